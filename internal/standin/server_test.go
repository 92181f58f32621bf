package standin

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Every claim about how many calls were made, and in which order, is read from this record.
func TestCallsAreRecordedAsTheyCame(t *testing.T) {
	k, c, _ := serveKMS(t, Options{})
	c.call("TagResource", "SecretName", secretName, "Tags", `[{"TagKey":"k","TagValue":"v"}]`)
	c.call("RotateSecret", "SecretName", k.arn(secretName), "VersionId", "v2")
	c.call("DescribeSecret", "SecretName", "other")
	c.call("DescribeSecret", "SecretName", secretName, "AccessKeyId", "forged-key")
	id := func(n string) string { return "00000000-0000-4000-8000-00000000000" + n }
	want := []Call{
		{Action: "TagResource", Secret: secretName, Tags: map[string]string{"k": "v"}, AccessKeyID: "STS.…", RequestID: id("1"), Time: start, Acted: true, Status: 200},
		{Action: "RotateSecret", Secret: secretName, VersionID: "v2", AccessKeyID: "STS.…", RequestID: id("2"), Time: start, Acted: true, Status: 200},
		{Action: "DescribeSecret", Secret: "other", AccessKeyID: "STS.…", RequestID: id("3"), Time: start, Status: 404, Code: "Forbidden.ResourceNotFound"},
		{Action: "DescribeSecret", Secret: secretName, AccessKeyID: "forg…", RequestID: id("4"), Time: start, Status: 404, Code: "InvalidAccessKeyId.NotFound"},
	}
	if diff := cmp.Diff(want, k.Calls(), cmpopts.IgnoreUnexported(Call{}), cmpopts.IgnoreFields(Call{}, "Params")); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	wantParams := url.Values{
		"Action": {"DescribeSecret"}, "Version": {"2016-01-20"}, "Format": {"JSON"}, "RegionId": {"cn-hangzhou"},
		"SecretName": {"other"}, "SignatureMethod": {"HMAC-SHA1"}, "SignatureVersion": {"1.0"}, "SignatureType": {""},
		"SignatureNonce": {"3"}, "Timestamp": {"2026-01-02T03:04:05Z"},
	}
	if diff := cmp.Diff(wantParams, k.Calls()[2].Params); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
}

// Least privilege in the README is proved by running with exactly the permissions that it lists.
func TestOnlyWhatIsAllowedIsPermitted(t *testing.T) {
	k, c, _ := serveKMS(t, Options{Allow: []string{"kms:DescribeSecret"}})
	if got := c.call("DescribeSecret", "SecretName", secretName); got.status != 200 {
		t.Errorf("an allowed action answered %d %s, want 200", got.status, got.text)
	}
	if got := c.rotate("v2"); got.status != 403 || got.code() != "Forbidden.NoPermission" {
		t.Errorf("another answered %d %s, want 403 Forbidden.NoPermission", got.status, got.text)
	}
	if n := len(k.Rotations(secretName)); n != 0 {
		t.Errorf("%d rotations without permission, want 0", n)
	}
}

// Simulations of days run in a bubble: a real connection or a clock of its own would let none of them end.
func TestPipeWorksInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := New(Options{Behavior: Behavior{Work: 3 * time.Hour}})
		k.Put(anECSSecret(nil))
		dial, stop := Pipe(k)
		defer stop()
		transport := &http.Transport{DialContext: dial}
		defer transport.CloseIdleConnections()
		c := &client{t: t, url: "http://kms.cn-hangzhou.aliyuncs.com", http: noRedirects(transport), now: time.Now}

		if got := c.rotate("v2"); got.status != 200 {
			t.Fatalf("answered %d %s, error %v, want 200", got.status, got.text, got.err)
		}
		time.Sleep(3*time.Hour - time.Second)
		if got := stateOf(t, k).Current; got != "v1" {
			t.Errorf("a second before the work ends %s is current, want v1", got)
		}
		time.Sleep(time.Second)
		if got := stateOf(t, k).Current; got != "v2" {
			t.Errorf("when the work ends %s is current, want v2", got)
		}

		k.Inject(Fault{Kind: HangBefore})
		c.http.Timeout = time.Hour
		before := time.Now()
		if got := c.rotate("v3"); !errors.Is(got.err, context.DeadlineExceeded) || time.Since(before) != time.Hour {
			t.Errorf("a call that hangs ended after %v with %v, want a timeout after one hour", time.Since(before), got.err)
		}
	})
}

// In a bubble each kind has to end by itself or with its client, or the whole test deadlocks.
func TestEveryFaultEndsInABubble(t *testing.T) {
	for _, kind := range FaultKinds {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := New(Options{})
				k.Put(anECSSecret(nil))
				k.Inject(Fault{Kind: kind, Times: 1})
				dial, stop := Pipe(k)
				defer stop()
				transport := &http.Transport{DialContext: dial}
				defer transport.CloseIdleConnections()
				c := &client{t: t, url: "http://kms", http: noRedirects(transport), now: time.Now}
				c.http.Timeout = time.Minute
				c.rotate("v2")
				if got := c.rotate("v3"); got.status != 200 {
					t.Errorf("the call after it answered %d, error %v, want 200", got.status, got.err)
				}
			})
		})
	}
}

// A test that ends while a call hangs must not wait for it, nor may the client take the end for an answer.
func TestStopEndsACallThatHangs(t *testing.T) {
	for _, kind := range []FaultKind{HangBefore, HangAfter} {
		t.Run(string(kind), func(t *testing.T) {
			arrived := make(chan struct{})
			k := New(Options{OnCall: func(_ Call, p Phase) {
				if p == BeforeCommit {
					close(arrived)
				}
			}})
			k.Put(anECSSecret(nil))
			k.Inject(Fault{Kind: kind})
			url, stop, err := Serve(k)
			if err != nil {
				t.Fatal(err)
			}
			c := &client{t: t, url: url, http: &http.Client{}, now: time.Now}
			ended := make(chan answer)
			go func() { ended <- c.rotate("v2") }()
			<-arrived
			stop()
			if got := <-ended; got.err == nil {
				t.Errorf("answered %d, want an error: the end of the server is no answer", got.status)
			}
		})
	}
}

// Where the server answers for a handler that just returns, a hang would end as a success that was never answered.
func TestAHangIsNeverAnswered(t *testing.T) {
	k := New(Options{Now: func() time.Time { return start }})
	k.Inject(Fault{Kind: HangBefore})
	c := &client{t: t, now: k.options.Now}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	defer func() {
		got := recover()
		if err, _ := got.(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("the handler ended with %v, want http.ErrAbortHandler", got)
		}
	}()
	k.ServeHTTP(httptest.NewRecorder(), c.request("/?"+c.params("ListSecrets").Encode(), "").WithContext(gone))
}

// A dial that is given up, or comes after the end, must not block for ever.
func TestAPipeRefusesWhoComesTooLate(t *testing.T) {
	dial, stop := Pipe(New(Options{}))
	stop()
	if _, err := dial(t.Context(), "tcp", "kms:443"); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after stop: %v, want net.ErrClosed", err)
	}
}

// Deliveries that come at once must not start two rotations, nor race in the stand-in itself.
func TestManyCallsAtOnceStartOneRotation(t *testing.T) {
	k, c, _ := serveKMS(t, Options{Behavior: Behavior{Work: time.Hour}})
	var group sync.WaitGroup
	for _, id := range []string{"v2", "v2", "v3", "v4", "v5", "v6", "v7", "v8"} {
		group.Go(func() { c.rotate(id) })
	}
	group.Wait()
	if n := len(k.Rotations(secretName)); n != 1 {
		t.Errorf("%d rotations started, want 1: the others had to find it busy", n)
	}
}
