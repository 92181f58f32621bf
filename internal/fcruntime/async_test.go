package fcruntime

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The count of retries, and their end, decide how often the function acts on one event.
func TestRetriesAreCountedAndEndWithASuccess(t *testing.T) {
	const pause = 300 * time.Millisecond // longer than the attempts themselves
	p := start(t, Options{Retries: 8, RetryPause: pause})
	began := time.Now()
	results, err := p.InvokeAsync(t.Context(), []byte(order{Do: "fail-twice"}.event()))
	if took := time.Since(began); err != nil || len(results) != 3 || took < 2*pause {
		t.Fatalf("got %d attempts in %s, error %v; want 3 with pauses of %s", len(results), took, err, pause)
	}
	ids := map[string]bool{}
	for n, result := range results {
		ids[result.RequestID] = true
		if result.Attempt != n+1 || result.Failed() != (n < 2) {
			t.Errorf("attempt %d: got number %d, failed %t", n+1, result.Attempt, result.Failed())
		}
	}
	if seen := reported(t, results[2]); seen.RetryCount != 2 || len(ids) != 3 {
		t.Errorf("the third attempt saw retry count %d, of %d request ids; want 2 and 3", seen.RetryCount, len(ids))
	}
	if kept := p.FailureDestination(); len(kept) != 0 {
		t.Errorf("the failure destination got %q, want nothing: the event succeeded", kept)
	}
}

// A person reads the failed event there, and consumers decode it: both payloads are strings, whatever is in them.
func TestTheFailureDestinationGetsTheDocumentedMessage(t *testing.T) {
	for _, row := range []struct {
		name    string
		event   string
		timeout time.Duration
		reply   string // how the payload of the response begins
	}{
		{"an error as the function posted it", order{Do: "fail"}.event(), 0, `{"errorMessage":"no luck","errorType":"luck"}`},
		{"an exit in the platform's words", order{Do: "exit"}.event(), 0, `{"errorMessage":"Process exited unexpectedly before`},
		{"a timeout in the platform's words", order{Do: "hang"}.event(), time.Second, `{"errorMessage":"Function time out after 1 seconds"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := start(t, Options{Region: "cn-hangzhou", AccountID: "123", FunctionName: "f", Retries: 1, Timeout: row.timeout})
			before := time.Now().UnixMilli()
			results, err := p.InvokeAsync(t.Context(), []byte(row.event))
			kept := p.FailureDestination()
			if err != nil || len(results) != 2 || len(kept) != 1 {
				t.Fatalf("got %d attempts and %d messages, error %v; want 2 and 1", len(results), len(kept), err)
			}
			var got map[string]any
			if err := json.Unmarshal(kept[0], &got); err != nil {
				t.Fatal(err)
			}
			if at, _ := got["timestamp"].(float64); int64(at) < before {
				t.Errorf("timestamp %v, want now in milliseconds", got["timestamp"])
			}
			reply, _ := got["responsePayload"].(string)
			if !strings.HasPrefix(reply, row.reply) || !json.Valid([]byte(reply)) {
				t.Errorf("responsePayload %s, want %s", reply, row.reply)
			}
			delete(got, "timestamp")
			delete(got, "responsePayload")
			want := map[string]any{
				"requestContext": map[string]any{
					"requestId": results[1].RequestID, "functionArn": "acs:fc:cn-hangzhou:123:functions/f",
					"condition": "", "approximateInvokeCount": 2.0,
				},
				"requestPayload":  row.event,
				"responseContext": map[string]any{"statusCode": 200.0, "functionError": "UnhandledInvocationError"},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("another message (-want +got):\n%s", diff)
			}
		})
	}
}

// A pause that cannot be ended would hold up the end of the program.
func TestThePauseBetweenAttemptsEndsWithTheContextAndWithClose(t *testing.T) {
	for _, row := range []struct {
		name string
		end  func(p *Platform, cancel func())
		want error
	}{
		{"its time is over", func(*Platform, func()) { <-time.After(time.Hour) }, nil},
		{"the context ends", func(_ *Platform, cancel func()) { cancel() }, context.Canceled},
		{"the platform is closed", func(p *Platform, _ func()) { _ = p.Close() }, errClosed},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := start(t, Options{RetryPause: time.Hour})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				done := make(chan error, 1)
				go func() { done <- p.pause(ctx) }()
				synctest.Wait()
				if len(done) != 0 {
					t.Fatal("the pause is over before it began")
				}
				row.end(p, cancel)
				synctest.Wait()
				if len(done) == 0 {
					t.Fatal("the pause goes on")
				}
				if err := <-done; !errors.Is(err, row.want) {
					t.Errorf("got %v, want %v", err, row.want)
				}
			})
		})
	}
}
