package alicloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// A redirect that is followed carries the signed address, token included, to whoever the answer names.
func TestARedirectIsNotFollowed(t *testing.T) {
	trap := newRecorder(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		address := serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, trap.address+"/?"+r.URL.RawQuery, status)
		})
		got := failure(t, rotate(t.Context(), newKMS(t, address)))
		if got.Class != remediation.Transient || got.Status != status {
			t.Errorf("HTTP %d: got %v, want transient with that status", status, got)
		}
	}
	server, k := serveTLS(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, trap.address, http.StatusTemporaryRedirect)
	}, nil)
	defer server.Close()
	checkClass(t, rotate(t.Context(), k), remediation.Transient)
	if calls := trap.calls(); len(calls) != 0 {
		t.Errorf("%d requests came to the other host, want none: each held the token", len(calls))
	}
}

// The SDK pastes host and region into an address; if one ever gets in there, the request must not leave.
func TestOnlyTheExpectedAddressIsSentTo(t *testing.T) {
	target := endpoint{"https", "kms.cn-hangzhou.aliyuncs.com"}
	rows := []struct {
		name   string
		change func(*http.Request)
	}{
		{"another host", func(r *http.Request) { r.URL.Host, r.Host = "evil.example", "evil.example" }},
		{"a port more", func(r *http.Request) { r.URL.Host += ":443" }},
		{"another name in the header", func(r *http.Request) { r.Host = "evil.example" }},
		{"plain http", func(r *http.Request) { r.URL.Scheme = "http" }},
		{"a user", func(r *http.Request) {
			r.URL.User = nil
			r.URL, _ = r.URL.Parse("https://a@kms.cn-hangzhou.aliyuncs.com/?x")
		}},
		{"a path", func(r *http.Request) { r.URL.Path = "/x" }},
		{"an opaque address", func(r *http.Request) { r.URL.Opaque = "//evil.example/" }},
		{"a fragment", func(r *http.Request) { r.URL.Fragment = "x" }},
		{"a GET, which is sent again when a connection breaks", func(r *http.Request) { r.Method = http.MethodGet }},
	}
	for _, row := range rows {
		r := httptest.NewRequest(http.MethodPost, "https://kms.cn-hangzhou.aliyuncs.com/?x", nil)
		row.change(r)
		x := &exchange{ctx: t.Context(), base: noTransport{t}, target: target}
		if _, err := x.RoundTrip(r); !errors.Is(err, errGuarded) {
			t.Errorf("%s: got %v, want the guard's refusal", row.name, err)
		}
		_, err := x.result("RotateSecret", judgeKMS, nil)
		checkClass(t, err, remediation.Refused)
	}
}

// One call is one request, whatever the SDK makes of its answer.
func TestAnExchangeSendsOnce(t *testing.T) {
	server := newRecorder(t)
	k := newKMS(t, server.address)
	x := &exchange{ctx: t.Context(), base: k.client.transport, target: k.target}
	for range 3 {
		r := httptest.NewRequest(http.MethodPost, server.address+"/", nil)
		_, _ = x.RoundTrip(r)
	}
	if got := len(server.calls()); got != 1 {
		t.Errorf("%d requests were sent, want 1", got)
	}
}

// An answer without end would take the memory of the instance, and the invocation with it.
func TestAnEndlessAnswerIsNotRead(t *testing.T) {
	blanks := strings.Repeat(" ", 1000)
	rows := []struct{ name, first, again string }{
		{"a success, whole but for blanks", "HTTP/1.1 200 OK\r\n\r\n" + accepted(), blanks},
		{"a failure", "HTTP/1.1 500 Oops\r\n\r\n", blanks},
		{"headers", "HTTP/1.1 200 OK\r\n", "X: y\r\n"},
		{"one header", "HTTP/1.1 200 OK\r\nX: ", blanks},
		{"informational answers", "", "HTTP/1.1 103 Early Hints\r\n\r\n"},
	}
	for _, row := range rows {
		k := newKMS(t, serveRaw(t, func(conn net.Conn) {
			discardRequest(conn)
			writeForever(conn, row.first, row.again)
		}))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := failure(t, rotate(within(t, time.Minute), k))
		runtime.ReadMemStats(&after)
		if got.Class != remediation.Transient || got.Cause != nil {
			t.Errorf("%s: got %v (%v), want transient before the deadline", row.name, got, got.Cause)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 16*maxBody {
			t.Errorf("%s: %d MiB were allocated for one answer", row.name, used>>20)
		}
	}
}

func writeForever(conn net.Conn, first, again string) {
	text := first
	for {
		if _, err := io.WriteString(conn, text); err != nil {
			return
		}
		text = strings.Repeat(again, 100)
	}
}

// Each of these is an answer that was lost after KMS may have acted: it must not pass for "could not be sent".
func TestALostAnswerIsTransient(t *testing.T) {
	rows := []struct {
		name   string
		answer func(net.Conn)
	}{
		{"closed before the answer", func(conn net.Conn) {}},
		{"reset before the answer", func(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0) }},
		{"not HTTP", func(conn net.Conn) { _, _ = io.WriteString(conn, "SSH-2.0-x\r\n\r\n") }},
		{"half a header", func(conn net.Conn) { _, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Le") }},
		{"half a body", func(conn net.Conn) {
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n%s", accepted())
		}},
		{"half a chunk", func(conn net.Conn) {
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n%s", accepted())
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			requests := make(chan bool, 8)
			k := newKMS(t, serveRaw(t, func(conn net.Conn) {
				discardRequest(conn)
				requests <- true
				row.answer(conn)
			}))
			got := failure(t, rotate(within(t, 20*time.Second), k))
			if got.Class != remediation.Transient || got.Cause != nil {
				t.Errorf("got %v (%v), want transient before the deadline", got, got.Cause)
			}
			if len(requests) != 1 {
				t.Errorf("the request was sent %d times, want once", len(requests))
			}
		})
	}
}

// A kept connection can be gone on the other side. Sent again, a rotation could be made twice.
func TestARequestOnADeadConnectionIsNotSentAgain(t *testing.T) {
	requests := make(chan bool, 8)
	k := newKMS(t, serveRaw(t, func(conn net.Conn) {
		discardRequest(conn)
		requests <- true
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(accepted()), accepted())
		discardRequest(conn)
		requests <- true
	}))
	if err := rotate(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	checkClass(t, rotate(t.Context(), k), remediation.Transient)
	if got := len(requests); got != 2 {
		t.Errorf("%d requests for 2 calls", got)
	}
}

// Only what surely did not leave may be sent again for the same attempt.
func TestWhatCouldNotBeSentIsUnsent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	checkClass(t, rotate(t.Context(), newKMS(t, "http://"+listener.Addr().String())), remediation.NotSent)

	server := newRecorder(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := failure(t, rotate(ctx, newKMS(t, server.address)))
	if got.Class != remediation.NotSent || !errors.Is(got, context.Canceled) {
		t.Errorf("got %v (%v), want unsent and context.Canceled", got, got.Cause)
	}
	if calls := server.calls(); len(calls) != 0 {
		t.Errorf("%d calls were made after the end of the context, want none", len(calls))
	}
}

// noTransport fails the test when something is sent.
type noTransport struct{ t *testing.T }

func (n noTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("a request went to %s", r.URL.Host)
	return nil, errors.New("not sent")
}
