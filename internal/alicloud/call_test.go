package alicloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/kms"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

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

// The SDK's own limit of 10 s, or what it remembers of the call before, must not end a call that still has time.
func TestTheSDKDoesNotCutACall(t *testing.T) {
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

// The SDK has panics of its own. One before the request is a refusal; one after it does not undo what was sent.
func TestAPanicOfTheSDKIsAnError(t *testing.T) {
	server := newRecorder(t)
	k := newKMS(t, server.address)
	_, err := k.call(t.Context(), &panickyRequest{kms.CreateRotateSecretRequest().RpcRequest}, nil)
	checkClass(t, err, remediation.Refused)
	if calls := server.calls(); len(calls) != 0 {
		t.Errorf("%d calls were made, want none", len(calls))
	}

	x := &exchange{ctx: t.Context(), base: panickyTransport{}, target: k.target}
	k.sign(kms.CreateRotateSecretRequest(), x)
	_, err = x.result("RotateSecret", judgeKMS, nil)
	checkClass(t, err, remediation.Transient)
}

type panickyRequest struct{ *requests.RpcRequest }

func (*panickyRequest) GetStyle() string { panic(canaries.AccessKeyID) }

// panickyTransport panics once it has a connection.
type panickyTransport struct{}

func (panickyTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
	panic(canaries.AccessKeyID)
}
