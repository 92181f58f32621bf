package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
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

// Results in another order than the events of the payload belong to nobody.
func TestResultsAreInTheOrderOfThePayload(t *testing.T) {
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

// A kept failure holds payload and report in one message of 64 KB at most. A report that is too long for it costs the event.
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

// An invocation that stops at the first bad event leaves the passwords behind it as they are; one that hides it loses it.
func TestOneBadEventAmongGoodFailsTheInvocationAfterTheGoodAreDone(t *testing.T) {
	t.Parallel()
	c := newCloud(t, standin.Options{}, standin.Secret{})
	f := startFunction(t, c, fcruntime.Options{})
	payload := wrapped(t, []any{json.RawMessage(`{"name":"Secret:RotateSecret:Failure"}`), json.RawMessage(`{"name":"Instance:Other","product":"ECS"}`), json.RawMessage(c.failure)})
	a := f.invoke(payload)
	if a.errorType != string(remediation.Rejected) {
		t.Errorf("errorType %q, want rejected", a.errorType)
	}
	var outcomes []string
	for _, r := range a.report.Results {
		outcomes = append(outcomes, string(r.Outcome))
	}
	if got := strings.Join(outcomes, ","); got != "rejected,ignored,rotated" || !strings.Contains(a.report.Results[0].Reason, "payload[0]") {
		t.Errorf("got %s, the first because %q; want rejected, which names its place, ignored, rotated", got, a.report.Results[0].Reason)
	}
	// The platform brings it again: the good one is not done twice.
	again := f.invoke(payload)
	if n := c.rotateCalls(); n != 1 || again.report.Results[2].Outcome != remediation.AlreadyRotated {
		t.Errorf("%d calls of RotateSecret after a second delivery, want 1: %s", n, again.text)
	}
}

// A panic over one event is no reason to drop the others of its payload.
func TestAPanicOverOneEventLeavesTheOthersTheirTurn(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		c := newCloud(t, standin.Options{}, standin.Secret{})
		i := newInstance(t, c)
		calls := 0
		connect := i.connect
		i.connect = func(region string, credentials alicloud.Credentials) remediation.KMS {
			return panickingKMS{KMS: connect(region, credentials), calls: &calls, at: 1, how: panicWithText}
		}
		a := i.invoke(wrapped(t, []json.RawMessage{c.failure, c.failure}))
		if a.errorType != report.Panic || len(a.report.Results) != 2 || a.report.Results[1].Outcome != remediation.Rotated {
			t.Errorf("errorType %q, %s; want panic, and the second copy rotated", a.errorType, a.text)
		}
	})
}

// Events that come together share the time to verify: the platform ends the invocation after a minute, whatever it did.
func TestEventsThatComeTogetherShareTheTimeToVerify(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		c := newCloud(t, slow, standin.Secret{})
		i := newInstance(t, c, "VERIFY_WAIT=20s")
		before := i.now()
		a := i.invoke(wrapped(t, []json.RawMessage{c.failure, c.failure, c.failure, c.failure}))
		if took := i.now().Sub(before); took.Seconds() > 21 || a.failed() {
			t.Errorf("took %s, want at most VERIFY_WAIT: %s", took, a.text)
		}
	})
}
