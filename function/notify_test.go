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

// People read their mail and not the log. A change reaches them once, since nobody reads what is repeated.
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

// The report is the least of what an invocation does. If it hangs or is refused, the result must still say what
// was done, in time, with a note about the report.
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

// Even this panic fails the invocation, and reports the results beside it.
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

// An outcome of a later delivery is sent as well: a permission that is missing from the second call on
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

// Names, levels and ids are chosen by the sender of an event: none may speak for another field or another secret, nor
// become a link in a mail.
func TestTextFromOutsideCannotForgeACustomEvent(t *testing.T) {
	const forged = "x,outcome:needs-human,secret:acs/ecs/other\n<a href=//evil.example>call 555</a>\u202e\u001b[31m"
	for _, field := range []string{
		`"eventId":"event-1"`, `"level":"CRITICAL"`, `"status":"Failed"`, `"secretName":"acs/ecs/web-1"`, `"secretType":"ECS"`,
		`"errorCode":"Kms:InstanceNotRunning"`, `"regionId":"cn-hangzhou"`, `"product":"KMS"`, `"name":"Secret:RotateSecret:Failure"`, `"rotationStatus":"Invalid"`,
		`"RotationEntityArn":"acs:kms:cn-hangzhou:1000000000000001:secret/acs/ecs/web-1"`,
	} {
		inVirtualTime(t, func(t *testing.T) {
			c := newCloud(t, standin.Options{}, standin.Secret{})
			i := newInstance(t, c, reporting)
			name, _, _ := strings.Cut(field, ":")
			quoted, _ := json.Marshal(forged)
			payload := strings.Replace(string(c.failure), field, name+":"+string(quoted), 1)
			if payload == string(c.failure) {
				t.Fatalf("the event has no %s", field)
			}
			a := i.invoke([]byte(payload))
			for _, event := range c.CustomEvents() {
				checkContent(t, field, event.Content)
			}
			if strings.ContainsAny(a.result().Reason, "\n\u202e\u001b") || strings.Contains(a.result().Reason, "<a") || strings.Contains(a.result().Reason, ",outcome:") {
				t.Errorf("%s: the reason is %q", field, a.result().Reason)
			}
		})
	}
}

func checkContent(t *testing.T, field, content string) {
	t.Helper()
	for _, name := range []string{"outcome:", ",secret:", ",event:", ",requestId:", ",reason:"} {
		if n := strings.Count(content, name); n > 1 {
			t.Errorf("%s: %d fields %q in %q", field, n, name, content)
		}
	}
	if strings.ContainsAny(content, "<>\n\u202e\u001b") {
		t.Errorf("%s: markup or control characters in %q", field, content)
	}
}

// A reason names what KMS and others wrote: it stays within its field, whatever its length.
func TestAFieldOfACustomEventHoldsItsTextOnly(t *testing.T) {
	event := report.Event{ID: strings.Repeat("i", 100) + ",x:y"}
	const says = "attempt 2 of 5: due 03:04:05Z;outcome;rotated (b)"
	got := contentOf(report.Result{
		Outcome: remediation.Rejected, Secret: "acs:kms:cn-hangzhou:1:secret/a,outcome:rotated", InstanceID: "i-bp1<b>", Event: &event,
		Reason: "attempt 2 of 5: due 03:04:05Z,outcome:rotated <b>" + strings.Repeat("轮", maxReason),
	}, "request-1")
	want := "outcome:rejected,secret:acs:kms:cn-hangzhou:1:secret/a;outcome:rotated,instance:i-bp1(b),event:" + strings.Repeat("i", maxID-1) + "…" +
		",requestId:request-1,reason:" + says + strings.Repeat("轮", maxReason-1-len(says)) + "…"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Fifty long reports do not fit into one address; a call that is refused for that must not lose them all.
func TestReportsThatDoNotFitGoInSmallerCalls(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		c := newCloud(t, standin.Options{}, standin.Secret{})
		i := newInstance(t, c, reporting)
		var r report.Report
		for n := range 50 {
			r.Results = append(r.Results, report.Result{
				Outcome: remediation.NeedsHuman, Secret: fmt.Sprint("acs/ecs/", n), Reason: strings.Repeat("轮", maxReason), Notify: true,
			})
		}
		in := invocation{region: region, credentials: alicloud.Credentials(canaryCredentials)}
		note, errorType := i.notify(t.Context(), in, r)
		if got := len(c.CustomEvents()); got != 50 || note != "" || errorType != "" {
			t.Errorf("%d of 50 reports arrived, note %q, errorType %q", got, note, errorType)
		}
	})
}
