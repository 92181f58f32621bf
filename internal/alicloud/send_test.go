package alicloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
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
		t.Errorf("%d requests came to the other host, want none: each has the token", len(calls))
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
		t.Errorf("got %v (%v), want not-sent and context.Canceled", got, got.Cause)
	}
	if calls := server.calls(); len(calls) != 0 {
		t.Errorf("%d calls were made after the end of the context, want none", len(calls))
	}
}

// overPipe runs test in virtual time with a KMS whose connections are pipes to handle.
func overPipe(t *testing.T, handle func(net.Conn), test func(t *testing.T, k *KMS)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		dial := func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() {
				defer far.Close()
				handle(far)
			}()
			return near, nil
		}
		client, err := New(Options{DialContext: dial, KMSEndpoint: "http://127.0.0.1:1"})
		if err != nil {
			t.Fatal(err)
		}
		test(t, client.KMS(region, canaries))
		client.CloseIdleConnections()
		synctest.Wait()
	})
}

// untilClosed reads until the other side is gone.
func untilClosed(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// phases are those in which an answer can fail to come.
var phases = map[string]func(net.Conn){
	"before the answer": untilClosed,
	"within the headers": func(conn net.Conn) {
		discardRequest(conn)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
		untilClosed(conn)
	},
	"within the body": func(conn net.Conn) {
		discardRequest(conn)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
		untilClosed(conn)
	},
}

// Without a bound, one connection that hangs takes the invocation with it, and all that wait behind it.
func TestACallWithoutADeadlineEnds(t *testing.T) {
	for name, phase := range phases {
		overPipe(t, phase, func(t *testing.T, k *KMS) {
			start := time.Now()
			got := failure(t, rotate(context.Background(), k))
			if took := time.Since(start); got.Class != remediation.Transient || took != callTimeout {
				t.Errorf("%s: got %v after %v, want transient after %v", name, got, took, callTimeout)
			}
		})
	}
}

// The deadline of the invocation is the one that counts, in each phase of a call.
func TestTheContextEndsACall(t *testing.T) {
	for name, phase := range phases {
		overPipe(t, phase, func(t *testing.T, k *KMS) {
			ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
			defer cancel()
			start := time.Now()
			got := failure(t, rotate(ctx, k))
			if took := time.Since(start); got.Class != remediation.Transient || !errors.Is(got, context.DeadlineExceeded) || took != 150*time.Millisecond {
				t.Errorf("%s: got %v (%v) after %v, want transient at the deadline", name, got, got.Cause, took)
			}
		})
		overPipe(t, phase, func(t *testing.T, k *KMS) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			got := failure(t, rotate(ctx, k))
			if got.Class != remediation.Transient || !errors.Is(got, context.Canceled) {
				t.Errorf("%s: got %v (%v), want transient and context.Canceled", name, got, got.Cause)
			}
		})
	}
}

// A limit of the transport must not end a call that still has time.
func TestACallMayUseItsWholeTime(t *testing.T) {
	slowBody := func(conn net.Conn) {
		discardRequest(conn)
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(accepted()))
		time.Sleep(12 * time.Second)
		_, _ = io.WriteString(conn, accepted())
	}
	overPipe(t, slowBody, func(t *testing.T, k *KMS) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := rotate(ctx, k); err != nil {
			t.Errorf("got %v after 12 s of a minute, want success", err)
		}
	})
}

// A dial that hangs ends while there is time for another.
func TestADialThatHangsIsUnsentInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := New(Options{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		checkClass(t, rotate(context.Background(), client.KMS(region, canaries)), remediation.NotSent)
		if took := time.Since(start); took != connectTimeout {
			t.Errorf("it took %v, want %v", took, connectTimeout)
		}
	})
}

// An instance that serves several invocations must not mix their credentials, nor crash.
func TestCallsAtOnceDoNotMix(t *testing.T) {
	server := newRecorder(t)
	client := newClient(t, server.address)
	var calls sync.WaitGroup
	for i := range 64 {
		calls.Go(func() {
			cred := Credentials{fmt.Sprint("id-", i), "secret", fmt.Sprint("token-", i)}
			k := client.KMS(fmt.Sprint("cn-region-", i), cred)
			for range 10 {
				if _, err := k.RotateSecret(within(t, time.Minute), fmt.Sprint("secret-", i), fmt.Sprint("version-", i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	calls.Wait()
	for _, call := range server.calls() {
		var i int
		_, _ = fmt.Sscanf(call.Get("SecretName"), "secret-%d", &i)
		want := []string{fmt.Sprint("id-", i), fmt.Sprint("token-", i), fmt.Sprint("cn-region-", i), fmt.Sprint("version-", i)}
		got := []string{call.Get("AccessKeyId"), call.Get("SecurityToken"), call.Get("RegionId"), call.Get("VersionId")}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v: a call went out as another", got, want)
		}
	}
	if got := len(server.calls()); got != 640 {
		t.Errorf("%d requests for 640 calls", got)
	}
}

// A connection per call would leave 200 of them open on a warm instance.
func TestConnectionsAreReused(t *testing.T) {
	server := newRecorder(t)
	k := newKMS(t, server.address)
	before := runtime.NumGoroutine()
	for range 200 {
		if err := rotate(t.Context(), k); err != nil {
			t.Fatal(err)
		}
	}
	server.mu.Lock()
	defer server.mu.Unlock()
	if server.connections != 1 {
		t.Errorf("%d connections for 200 calls, want 1", server.connections)
	}
	if grown := runtime.NumGoroutine() - before; grown > 10 {
		t.Errorf("%d goroutines more after 200 calls", grown)
	}
}
