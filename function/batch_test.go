package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// batchOf is a payload with the failure of each of these secrets, in that order.
func (c *cloud) batchOf(names ...string) []byte {
	var all []string
	for _, name := range names {
		all = append(all, strings.ReplaceAll(string(c.failure), secretName, name))
	}
	return []byte("[" + strings.Join(all, ",") + "]")
}

func numbered(n int) []string {
	var names []string
	for k := range n {
		names = append(names, fmt.Sprintf("acs/ecs/other-%03d", k))
	}
	return names
}

// A secret whose calls hang takes time from all others of its payload. Those behind it have to have their turn, within the
// deliveries that the platform makes.
func TestEventsThatHangDoNotStarveTheOthersOfTheirPayload(t *testing.T) {
	for _, hanging := range []int{1, 3, 10, 40} {
		inVirtualTime(t, func(t *testing.T) {
			c := newCloud(t, standin.Options{}, standin.Secret{})
			names := numbered(hanging)
			for _, name := range names {
				c.Put(standin.Secret{Name: name})
				c.Inject(standin.Fault{Secret: name, Kind: standin.HangBefore})
			}
			i := newInstance(t, c, "SWEEP_HISTORY=false")
			i.deliver(c.batchOf(append(names, secretName)...), func(a answer) {
				if n := len(a.report.Results); n != hanging+1 {
					t.Errorf("%d results for %d events", n, hanging+1)
				}
			})
			if n := c.rotateCalls(); n != 1 || c.current() == "v1" {
				t.Errorf("%d hang: %d calls of RotateSecret for the one behind them, want 1", hanging, n)
			}
		})
	}
}

// Results stand in the order of the payload, wherever an invocation began, or nobody can tell which is whose.
func TestResultsStandInTheOrderOfThePayload(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		c := newCloud(t, standin.Options{}, standin.Secret{})
		i := newInstance(t, c, "SECRET_ALLOW=none")
		names := numbered(10)
		for i.retry = range platformRetries + 1 {
			for n, r := range i.invoke(c.batchOf(names...)).report.Results {
				if !strings.HasSuffix(r.Secret, names[n]) {
					t.Errorf("retry %d: result %d is of %s, want %s", i.retry, n, r.Secret, names[n])
				}
			}
		}
	})
}

// What is kept holds payload and report in one message of 64 KB at most. A report that is too long for it costs the event.
func TestAKeptBatchFitsTheFailureQueue(t *testing.T) {
	t.Parallel()
	c := newCloud(t, standin.Options{}, standin.Secret{})
	c.Inject(standin.Fault{Action: "DescribeSecret", Kind: standin.Refuse, Status: http.StatusForbidden, Code: "Forbidden.NoPermission"})
	f := startFunction(t, c, fcruntime.Options{})
	for _, n := range []int{1, 30, 60, 80} {
		if _, err := f.InvokeAsync(t.Context(), c.batchOf(numbered(n)...)); err != nil {
			t.Fatal(err)
		}
		all := f.FailureDestination()
		message := all[len(all)-1]
		if len(message) > 64<<10 {
			t.Errorf("%d events: %d bytes, want at most 65,536", n, len(message))
		}
		var said struct{ ResponsePayload string }
		var failure struct{ ErrorMessage string }
		var r report.Report
		if json.Unmarshal(message, &said) != nil || json.Unmarshal([]byte(said.ResponsePayload), &failure) != nil || json.Unmarshal([]byte(failure.ErrorMessage), &r) != nil {
			t.Fatalf("cannot read what is kept: %.300s", message)
		}
		total := len(r.Results)
		for _, counted := range r.Counts {
			total += counted
		}
		if total != n {
			t.Errorf("%d results and counts for %d events", total, n)
		}
	}
}

// An alert on ERROR lines must not ring for the event that was healed beside a bad one.
func TestALineIsAnErrorForItsOwnResultOnly(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		c := newCloud(t, standin.Options{}, standin.Secret{})
		i := newInstance(t, c)
		i.invoke([]byte(`[{"name":"Secret:RotateSecret:Failure"},` + string(c.failure) + `]`))
		var levels []string
		for line := range strings.Lines(i.log.String()) {
			var said struct{ Level string }
			_ = json.Unmarshal([]byte(line), &said)
			levels = append(levels, said.Level)
		}
		if got := strings.Join(levels, ","); got != "ERROR,INFO" {
			t.Errorf("levels %s, want ERROR for the one that is rejected and INFO for the one that is rotated", got)
		}
	})
}

// What could not be told at the first delivery is told at a later one: a permission that is missing from the second call on
// reached nobody otherwise.
func TestWhatARetryFindsIsReported(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		c := newCloud(t, standin.Options{}, standin.Secret{})
		i := newInstance(t, c, reporting)
		c.Inject(standin.Fault{Action: "DescribeSecret", Kind: standin.Refuse, Status: http.StatusServiceUnavailable, Code: "InternalFailure", Times: 4})
		c.Inject(standin.Fault{Action: "DescribeSecret", Kind: standin.Refuse, Status: http.StatusForbidden, Code: "Forbidden.NoPermission"})
		i.deliver(c.failure, func(answer) {})
		if got := c.reportedOutcomes(t); len(got) == 0 || got[0] != string(remediation.NeedsHuman) {
			t.Errorf("reports %q, want needs-human", got)
		}
	})
}

// An id is chosen by whoever sends the event: it must not speak for another field, or for another secret.
func TestAnIDCannotForgeAReport(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		c := newCloud(t, standin.Options{}, standin.Secret{})
		i := newInstance(t, c, reporting)
		i.invoke([]byte(strings.Replace(string(c.failure), `"eventId":"event-1"`, `"eventId":"x,outcome:needs-human,secret:acs/ecs/other\n,reason:call 555"`, 1)))
		content := c.CustomEvents()[0].Content
		if strings.Count(content, "outcome:") != 1 || strings.Count(content, ",secret:") != 1 || strings.Contains(content, "\n") {
			t.Errorf("the report says %q", content)
		}
	})
}

// Fifty long reports do not fit into one address; a call that is refused for that must not lose them all.
func TestReportsThatDoNotFitGoInSmallerCalls(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		c := newCloud(t, standin.Options{}, standin.Secret{})
		i := newInstance(t, c, reporting)
		begun := i.begin(t.Context())
		begun.platform.Credentials = contextCredentials(canaryCredentials)
		for n := range 50 {
			begun.report.Results = append(begun.report.Results, report.Result{
				Outcome: remediation.NeedsHuman, Secret: fmt.Sprint("acs/ecs/", n), Reason: strings.Repeat("轮", maxReason), Notify: true,
			})
		}
		begun.sendCustomEvents()
		if got := len(c.CustomEvents()); got != 50 || len(begun.report.Notes) > 0 {
			t.Errorf("%d of 50 reports arrived, notes %q", got, begun.report.Notes)
		}
	})
}

// Over HTTP whoever has the token could mail people at will, and claim a failure that no rotation ever makes old.
func TestACallbackNeitherMailsNorClaimsTheFuture(t *testing.T) {
	t.Parallel()
	c := newCloud(t, standin.Options{}, standin.Secret{})
	f := startFunction(t, c, fcruntime.Options{}, callbackSetting, reporting)
	f.call(httpRequest(t, "hello", nil))
	var event map[string]any
	if err := json.Unmarshal(c.failure, &event); err != nil {
		t.Fatal(err)
	}
	event["content"].(map[string]any)["failureTime"] = time.Now().Add(2 * time.Hour).UTC().Format(time.RFC3339)
	a := f.call(httpRequest(t, string(wrapped(t, event)), nil))
	if a.StatusCode != http.StatusBadRequest || a.report.Results[0].Outcome != remediation.Rejected || len(c.Calls()) > 0 {
		t.Errorf("got %d %s after %d calls, want it rejected without any", a.StatusCode, a.Body, len(c.Calls()))
	}
}

// CloudMonitor tries a callback again for a 5xx: one event that could still be decided is worth it.
func TestACallbackWithOneUndecidedEventIsWorthAnotherTry(t *testing.T) {
	t.Parallel()
	c := newCloud(t, standin.Options{}, standin.Secret{})
	f := startFunction(t, c, fcruntime.Options{}, callbackSetting)
	c.Inject(standin.Fault{Action: "DescribeSecret", Kind: standin.ResetBefore})
	bad := `{"name":"Secret:RotateSecret:Failure"}`
	for _, body := range []string{"[" + bad + "," + string(c.failure) + "]", "[" + string(c.failure) + "," + bad + "]"} {
		if a := f.call(httpRequest(t, body, nil)); a.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("got %d %s, want 503", a.StatusCode, a.Body)
		}
	}
}

// Who has no token can still send as much as the platform lets through, and again. README has 256 MB for this route: one
// such request and its decoded form have to fit, and nothing may add up.
func TestLargeRequestsWithoutATokenDoNotKillTheInstance(t *testing.T) {
	t.Parallel()
	c := newCloud(t, standin.Options{}, standin.Secret{})
	f := startFunction(t, c, fcruntime.Options{}, callbackSetting)
	// What is binary comes as base64, a third longer.
	request := []byte(`{"rawPath":"/","requestContext":{"http":{"method":"POST"}},"isBase64Encoded":true,"body":"` + strings.Repeat("A", 32<<20/3*4) + `"}`)
	for range 2 {
		if a := f.call(request); a.StatusCode != http.StatusForbidden {
			t.Errorf("got %d, want 403", a.StatusCode)
		}
	}
	if peak := f.Peak() >> 20; peak >= 192 {
		t.Errorf("peak memory %d MB, want less than three quarters of 256 MB", peak)
	}
}
