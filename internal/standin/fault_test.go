package standin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A fault that is not what its name says makes every test built on it a claim about something else.
func TestEveryFaultIsWhatItSays(t *testing.T) {
	reset := func(a answer) bool { return errors.Is(a.err, syscall.ECONNRESET) }
	late := func(a answer) bool { return errors.Is(a.err, context.DeadlineExceeded) }
	tests := map[FaultKind]struct {
		fault  Fault
		acts   bool
		status int // in the record of the call
		seen   func(answer) bool
	}{
		Refuse: {Fault{Status: 429, Code: "Rejected.Throttling"}, false, 429,
			func(a answer) bool { return a.status == 429 && a.code() == "Rejected.Throttling" }},
		ResetBefore: {Fault{}, false, 0, reset},
		ResetAfter:  {Fault{}, true, 0, reset},
		HangBefore:  {Fault{}, false, 0, late},
		HangAfter:   {Fault{}, true, 0, late},
		Truncated: {Fault{}, true, 200,
			func(a answer) bool { return a.status == 200 && errors.Is(a.err, io.ErrUnexpectedEOF) && a.text != "" }},
		HTML: {Fault{}, false, 502, func(a answer) bool { return a.status == 502 && strings.HasPrefix(a.text, "<html>") }},
		NumericCode: {Fault{}, false, 502,
			func(a answer) bool { return a.status == 502 && a.body["Code"] == 502.0 }},
		Empty200: {Fault{}, true, 200, func(a answer) bool { return a.status == 200 && a.text == "" && a.err == nil }},
		Null200:  {Fault{}, true, 200, func(a answer) bool { return a.status == 200 && a.text == "null" }},
		Redirect: {Fault{Status: 302}, false, 302, func(a answer) bool { return a.status == 302 }},
		EndlessBody: {Fault{}, true, 200,
			func(a answer) bool { return a.status == 200 && len(a.text) == 1<<20 && strings.TrimSpace(a.text) == "" }},
		Error200:         {Fault{}, false, 200, func(a answer) bool { return a.status == 200 && a.code() == "InternalFailure" }},
		ServerErrorAfter: {Fault{}, true, 500, func(a answer) bool { return a.status == 500 && a.code() == "InternalFailure" }},
	}
	if len(tests) != len(FaultKinds) {
		t.Errorf("%d kinds are tested, %d exist", len(tests), len(FaultKinds))
	}
	for _, kind := range FaultKinds {
		t.Run(string(kind), func(t *testing.T) {
			tt := tests[kind]
			k, c, _ := serveKMS(t, Options{})
			tt.fault.Kind = kind
			k.Inject(tt.fault)
			if kind == HangBefore || kind == HangAfter {
				c.http.Timeout = 50 * time.Millisecond
			}
			got := c.rotate("v2")
			if tt.seen == nil || !tt.seen(got) {
				t.Errorf("the client saw status %d, error %v, body %.200q", got.status, got.err, got.text)
			}
			if kind.Commits() != tt.acts || len(k.Rotations(secretName)) == 1 != tt.acts {
				t.Errorf("Commits() %v and %d rotations, want acting %v", kind.Commits(), len(k.Rotations(secretName)), tt.acts)
			}
			call := k.Calls()[0]
			if call.Fault != kind || call.Acted != tt.acts || call.Status != tt.status {
				t.Errorf("recorded fault %q, acted %v, status %d, want %q, %v, %d", call.Fault, call.Acted, call.Status, kind, tt.acts, tt.status)
			}
			k.ClearFaults()
			c.http.Timeout = 0
			if got := c.rotate("v3"); got.status != 200 || got.err != nil {
				t.Errorf("once cleared: status %d, error %v, want 200", got.status, got.err)
			}
		})
	}
}

// Redirects are followed with the credentials unless a client prevents it, so there has to be somewhere to go.
func TestARedirectNamesAnotherHost(t *testing.T) {
	for location, want := range map[string]string{"": "http://elsewhere.invalid/", "http://127.0.0.1:1/x": "http://127.0.0.1:1/x"} {
		k, c, _ := serveKMS(t, Options{})
		k.Inject(Fault{Kind: Redirect, Location: location})
		response, err := c.http.Do(c.request("/?"+c.params("DescribeSecret", "SecretName", secretName).Encode(), ""))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got := response.Header.Get("Location"); response.StatusCode != http.StatusTemporaryRedirect || got != want {
			t.Errorf("%d to %q, want 307 to %q", response.StatusCode, got, want)
		}
	}
}

// The matrix of faults counts on hitting the very call that it names.
func TestAFaultHitsTheCallsThatItNames(t *testing.T) {
	tests := []struct {
		name  string
		fault Fault
		want  []int // of describe, rotate, describe, rotate, describe another
	}{
		{"any call, always", Fault{}, []int{500, 500, 500, 500, 500}},
		{"one action", Fault{Action: "RotateSecret"}, []int{200, 500, 200, 500, 404}},
		{"one action, once", Fault{Action: "RotateSecret", Times: 1}, []int{200, 500, 200, 200, 404}},
		{"the second of one action", Fault{Action: "DescribeSecret", Skip: 1, Times: 1}, []int{200, 200, 500, 200, 404}},
		{"one secret", Fault{Secret: secretName, Skip: 3}, []int{200, 200, 200, 500, 404}},
		{"all after the fourth", Fault{Skip: 4}, []int{200, 200, 200, 200, 500}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{})
			tt.fault.Kind = Refuse
			k.Inject(tt.fault)
			describe := func(name string) int { return c.call("DescribeSecret", "SecretName", name).status }
			// The ARN names the same secret as the name does.
			got := []int{describe(secretName), c.rotate("v2").status, describe(k.arn(secretName)), c.rotate("v3").status, describe("other")}
			if !slices.Equal(got, tt.want) {
				t.Errorf("answered %v, want %v", got, tt.want)
			}
		})
	}
}

// A forged call must not use a fault up, or the test would go on without it.
func TestAForgedCallUsesNoFaultUp(t *testing.T) {
	k, c, _ := serveKMS(t, Options{})
	k.Inject(Fault{Kind: Refuse, Times: 1})
	c.call("RotateSecret", "AccessKeyId", "other")
	if got := c.rotate("v2"); got.status != 500 {
		t.Errorf("the first authentic call answered %d, want the fault's 500", got.status)
	}
}

// A test that kills a process before or after a call has to be called exactly then.
func TestOnCallComesBeforeAndAfterACallIsCarriedOut(t *testing.T) {
	tests := []struct {
		name  string
		fault *Fault
		want  []string
	}{
		{"without a fault", nil, []string{"before-commit 0 0 false", "after-commit 1 200 true"}},
		{"committed and lost", &Fault{Kind: ResetAfter}, []string{"before-commit 0 0 false", "after-commit 1 200 true"}},
		{"lost before", &Fault{Kind: ResetBefore}, []string{"before-commit 0 0 false"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var mu sync.Mutex
			var got []string
			var k *KMS
			k, c, _ := serveKMS(t, Options{OnCall: func(call Call, p Phase) {
				mu.Lock()
				defer mu.Unlock()
				got = append(got, fmt.Sprint(p, " ", len(k.Rotations(secretName)), " ", call.Status, " ", call.Acted))
			}})
			if tt.fault != nil {
				k.Inject(*tt.fault)
			}
			c.rotate("v2")
			mu.Lock()
			defer mu.Unlock()
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("calls of OnCall (-want +got):\n%s", diff)
			}
		})
	}
}

// The odd values come from real answers: a client that has to live with them needs an answer that is odd in one place only.
func TestAnAlteredAnswerDiffersOnlyWhereItIsAltered(t *testing.T) {
	tests := []struct {
		name   string
		action string
		alter  func(map[string]any)
		want   string // of the altered member
		kept   string // of another
	}{
		{"a tag whose value is a number", "DescribeSecret", func(a map[string]any) {
			a["Tags"] = map[string]any{"Tag": []any{map[string]any{"TagKey": "n", "TagValue": 7}}}
		}, `"Tags":{"Tag":[{"TagKey":"n","TagValue":7}]}`, `"AutomaticRotation":"Enabled"`},
		{"tags that are a text", "DescribeSecret", func(a map[string]any) { a["Tags"] = "" }, `"Tags":""`, `"AutomaticRotation":"Enabled"`},
		{"a total that is a text", "ListSecretVersionIds", func(a map[string]any) { a["TotalCount"] = "1" }, `"TotalCount":"1"`, `"PageNumber":1`},
		{"a schedule that is a boolean", "DescribeSecret", func(a map[string]any) { a["AutomaticRotation"] = true }, `"AutomaticRotation":true`, `"SecretType":"ECS"`},
		{"a leap second", "DescribeSecret", func(a map[string]any) { a["CreateTime"] = "2026-01-02T03:04:60Z" }, `"CreateTime":"2026-01-02T03:04:60Z"`, `"SecretType":"ECS"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{})
			k.Inject(Fault{Action: tt.action, Kind: Altered, Alter: tt.alter, Times: 1})
			got := c.call(tt.action, "SecretName", secretName)
			if got.status != 200 || !strings.Contains(got.text, tt.want) || !strings.Contains(got.text, tt.kept) {
				t.Errorf("answered %d %s, want %s in it, and %s", got.status, got.text, tt.want, tt.kept)
			}
			if again := c.call(tt.action, "SecretName", secretName); strings.Contains(again.text, tt.want) {
				t.Errorf("the answer after it is altered too: %s", again.text)
			}
		})
	}
}
