package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"
	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const reporting = "REPORT_CUSTOM_EVENTS=true"

// reportedOutcomes are those of the custom events so far, in order.
func (c *cloud) reportedOutcomes(t testing.TB) []string {
	t.Helper()
	outcomes := []string{}
	for _, e := range c.CustomEvents() {
		outcome, rest, _ := strings.Cut(strings.TrimPrefix(e.Content, "outcome:"), ",")
		if e.Name != "RotationRemediation" || rest == "" {
			t.Errorf("event %q says %q, want RotationRemediation with an outcome first", e.Name, e.Content)
		}
		outcomes = append(outcomes, outcome)
		c.sent.search(t, "a custom event", []byte(e.Content))
	}
	return outcomes
}

// People look at their mail and not at the log. What changed reaches them once; what is repeated is read by nobody.
func TestWhatIsNewIsReportedOnce(t *testing.T) {
	given := func(i *instance) { // until it is given up
		for range 3 {
			i.invoke(i.cloud.failure)
			time.Sleep(time.Hour)
		}
	}
	for _, row := range []struct {
		name    string
		options standin.Options
		secret  standin.Secret
		env     []string
		story   func(i *instance)
		want    []string
	}{
		{"rotated, and copies of the event", standin.Options{}, standin.Secret{}, nil, func(i *instance) {
			for range 3 {
				i.invoke(i.cloud.failure)
			}
		}, []string{"rotated"}},
		{"pending, then recovered by a tick", standin.Options{Behavior: standin.Behavior{Work: time.Minute}}, standin.Secret{}, nil, func(i *instance) {
			i.invoke(i.cloud.failure)
			time.Sleep(30 * time.Minute)
			i.invoke(tickAt(mid()))
			i.invoke(tickAt(mid()))
		}, []string{"recovered"}},
		{"given up, and copies of the event", slow, failing, []string{"MAX_ATTEMPTS=1"}, func(i *instance) {
			given(i)
			given(i)
		}, []string{"needs-human"}},
		{"given up, and the first ticks of two days", slow, failing, []string{"MAX_ATTEMPTS=1", "SWEEP_HISTORY=false"}, func(i *instance) {
			given(i)
			for range 48 {
				time.Sleep(time.Hour)
				i.invoke(tickAt(top()))
			}
		}, []string{"needs-human", "needs-human", "needs-human"}},
		{"an event that is rejected, brought again by the platform", standin.Options{}, standin.Secret{}, nil, func(i *instance) {
			i.deliver([]byte("hello"), func(answer) {})
		}, []string{"rejected"}},
		{"observe mode writes nothing, not even this", standin.Options{}, standin.Secret{}, []string{"REMEDIATION_MODE=observe"}, func(i *instance) {
			i.invoke([]byte("hello"))
			i.invoke(i.cloud.failure)
		}, []string{}},
		{"not wanted", standin.Options{}, standin.Secret{}, []string{"REPORT_CUSTOM_EVENTS=false"}, func(i *instance) {
			i.invoke(i.cloud.failure)
		}, []string{}},
	} {
		inVirtualTime(t, func(t *testing.T) {
			c := newCloud(t, row.options, row.secret)
			row.story(newInstance(t, c, append([]string{reporting}, row.env...)...))
			if diff := cmp.Diff(row.want, c.reportedOutcomes(t)); diff != "" {
				t.Errorf("%s: reports (-want +got):\n%s", row.name, diff)
			}
		})
	}
}

// The report is the least of what an invocation does. If it hangs or is refused, the rotation must still be told as what
// it was, in time, with a word about the report.
func TestAReportThatFailsChangesNoOutcome(t *testing.T) {
	t.Parallel()
	for _, fault := range faultRows {
		inVirtualTime(t, func(t *testing.T) {
			c := newCloud(t, standin.Options{}, standin.Secret{})
			i := newInstance(t, c, reporting)
			fault := fault
			fault.Action = "PutCustomEvent"
			c.Inject(fault)
			a := i.invoke(c.failure)
			if a.failed() || a.result().Outcome != remediation.Rotated {
				t.Errorf("%s: %s, errorType %q; want rotated", rowName(fault), a.text, a.errorType)
			}
			arrived := len(c.CustomEvents()) > 0
			if said := len(a.report.Notes) == 1 && strings.Contains(a.report.Notes[0], "PutCustomEvent"); !said && !arrived {
				t.Errorf("%s: notes %q, want one that names the call", rowName(fault), a.report.Notes)
			}
		})
	}
}

type panickingMonitor struct{ cloudMonitor }

func (panickingMonitor) PutCustomEvents(context.Context, []alicloud.CustomEvent) error {
	panic(canaryPanic)
}

// Even this panic fails the invocation, and the results that stand are told with it.
func TestAPanicInAReportLosesNoResult(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		c := newCloud(t, standin.Options{}, standin.Secret{})
		i := newInstance(t, c, reporting)
		i.monitor = func(string, alicloud.Credentials) cloudMonitor { return panickingMonitor{} }
		text, errorType := i.answered(i.Invoke(fccontext.NewContext(t.Context(), &fccontext.FcContext{
			Region: region, AccountId: account, Credentials: contextCredentials(canaryCredentials),
		}), c.failure))
		c.sent.search(t, "answer and log", slices.Concat(text, i.log.Bytes()))
		var r report.Report
		if err := json.Unmarshal(text, &r); err != nil {
			t.Fatal(err)
		}
		if errorType != report.Panic || len(r.Results) != 1 || r.Results[0].Outcome != remediation.Rotated || len(r.Notes) != 1 {
			t.Errorf("errorType %q, %s; want panic, the result, and a note of the place", errorType, text)
		}
	})
}

// A fleet has more to report than one call takes.
func TestManyReportsGoInSeveralCalls(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		c := newCloud(t, standin.Options{}, standin.Secret{})
		record := remediation.Record{Phase: remediation.PhaseNeedsHuman, Attempts: 5, Opened: time.Now(), Due: time.Now()}
		const fleet = 120
		for n := range fleet {
			c.Put(standin.Secret{Name: fmt.Sprintf("acs/ecs/given-up-%03d", n), Tags: map[string]string{remediation.RecordTag: record.String()}})
		}
		time.Sleep(time.Until(top().Truncate(24 * time.Hour).Add(24 * time.Hour)))
		newInstance(t, c, reporting, "SWEEP_HISTORY=false", "OVERDUE_AFTER=0").invoke(tickAt(top()))
		calls := 0
		for _, call := range c.Calls() {
			if call.Action == "PutCustomEvent" {
				calls++
			}
		}
		if got := len(c.CustomEvents()); got != fleet || calls != 3 {
			t.Errorf("%d reports in %d calls, want %d in 3", got, calls, fleet)
		}
	})
}

// A refusal of the report names the right that is missing, since nobody else will.
func TestAMissingRightToReportIsSaid(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		c := newCloud(t, standin.Options{}, standin.Secret{})
		i := newInstance(t, c, reporting)
		c.Inject(standin.Fault{Action: "PutCustomEvent", Kind: standin.Refuse, Status: http.StatusForbidden, Code: "AccessForbidden"})
		if a := i.invoke(c.failure); len(a.report.Notes) != 1 || !strings.Contains(a.report.Notes[0], "AccessForbidden") {
			t.Errorf("notes %q, want the code", a.report.Notes)
		}
	})
}
