package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// tickAt is the event of the timer trigger.
func tickAt(t time.Time) []byte {
	return fmt.Appendf(nil, `{"triggerTime":%q,"triggerName":"sweep","payload":""}`, t.UTC().Format(time.RFC3339))
}

// top and mid are the two ticks of this hour with halfHourly, so that no test depends on when it runs: mid reads the
// history of the 90 minutes before it, and top that of a day.
func top() time.Time { return time.Now().Truncate(time.Hour) }
func mid() time.Time { return top().Add(30 * time.Minute) }

const halfHourly = "SWEEP_INTERVAL=30m"

// tick delivers a tick to the binary, and returns the report and the line that sums it up.
func (f *function) tick(at time.Time) (report.Report, string, map[string]any) {
	f.t.Helper()
	r, err := f.Invoke(f.t.Context(), tickAt(at))
	if err != nil || r.Exited || r.TimedOut {
		f.t.Fatalf("no answer: %v, exited %t, timed out %t", err, r.Exited, r.TimedOut)
	}
	f.cloud.sent.search(f.t, "the answer", r.Payload)
	text, errorType := r.Payload, ""
	if r.Error != nil {
		text, errorType = []byte(r.Error.Message), r.Error.Type
	}
	var said report.Report
	if err := json.Unmarshal(text, &said); err != nil {
		f.t.Fatalf("the report of a tick: %v in\n%s", err, text)
	}
	stdout, _ := f.Output()
	lines := logOf(f.t, r.RequestID, stdout)
	if len(lines) != len(said.Results)+1 {
		f.t.Fatalf("%d log lines for %d results, want one each and one for the tick:\n%s", len(lines), len(said.Results), stdout)
	}
	return said, errorType, lines[len(lines)-1]
}

// An event that never came is a secret that stays on its old password, and often a schedule that is Invalid for ever.
func TestATickHealsAFailureWhoseEventNeverCame(t *testing.T) {
	t.Parallel()
	c := newCloud(t, standin.Options{Behavior: standin.Behavior{SucceededRaisesEvent: true}}, standin.Secret{})
	f := startFunction(t, c, fcruntime.Options{Command: underWatch(t)}, halfHourly, "OVERDUE_AFTER=0")
	said, errorType, summary := f.tick(mid())
	want := []string{"ListTagResources 200", "DescribeSystemEventAttribute 200", "DescribeSystemEventAttribute 200",
		"DescribeSecret 200", "ListSecretVersionIds 200", "TagResource 200", "RotateSecret 200"}
	if diff := cmp.Diff(want, c.calls(0)); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if errorType != "" || said.Trigger != report.OnTimer || len(said.Results) != 1 || said.Results[0].Outcome != remediation.Pending {
		t.Errorf("the tick said %+v, errorType %q; want one result, pending: it does not verify its own rotations", said, errorType)
	}
	if summary["message"] != "tick handled" || summary["listed"] != 1.0 || summary["trigger"] != string(report.OnTimer) {
		t.Errorf("the line of the tick is %v", summary)
	}
	if a := f.invoke(c.lastEvent(t, standin.EventSuccess)); a.result().Outcome != remediation.Recovered {
		t.Errorf("after the Success event: %s, want recovered", a.result().Outcome)
	}
}

// A setting that the timer does not heed is a quota spent, or a right that has to be granted for nothing.
func TestATickHeedsItsSettings(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name        string
		env         []string
		at          time.Time
		recorded    bool // the failure is recorded
		rotations   int
		asksMonitor bool
	}{
		{"acting", nil, mid(), true, 1, true},
		{"without a history nothing is found", []string{"SWEEP_HISTORY=false"}, mid(), false, 0, false},
		{"a tick without a share records what it found", []string{"ROTATIONS_PER_HOUR=1"}, top(), true, 0, true},
		{"the tick that has the share of a small quota", []string{"ROTATIONS_PER_HOUR=1"}, mid(), true, 1, true},
		{"one tick an hour has all of it", []string{"SWEEP_INTERVAL=1h", "ROTATIONS_PER_HOUR=1"}, top(), true, 1, true},
		{"observing", []string{"REMEDIATION_MODE=observe"}, mid(), false, 0, true},
		{"out of scope by name", []string{"SECRET_DENY=**"}, mid(), false, 0, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, standin.Options{}, standin.Secret{})
			f := startFunction(t, c, fcruntime.Options{}, append([]string{halfHourly}, row.env...)...)
			f.tick(row.at)
			asked := slices.ContainsFunc(c.calls(0), func(call string) bool { return strings.HasPrefix(call, "DescribeSystemEvent") })
			got := []any{c.recordText() != "", len(c.rotations()), asked}
			if diff := cmp.Diff([]any{row.recorded, row.rotations, row.asksMonitor}, got); diff != "" {
				t.Errorf("recorded, rotations, history asked (-want +got):\n%s", diff)
			}
		})
	}
}

// A tick that could do nothing has to fail, or nobody learns that the timer is blind.
func TestATickFailsOnlyIfItCouldDoNothing(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, action, errorType string
		notes                   int
	}{
		{"the records cannot be listed", "ListTagResources", "undecided", 0},
		{"the history is refused", "DescribeSystemEventAttribute", "", 1},
		{"a secret cannot be read", "DescribeSecret", "", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, standin.Options{}, standin.Secret{})
			c.Inject(standin.Fault{Action: row.action, Kind: standin.Refuse, Status: 403, Code: "Forbidden.NoPermission"})
			said, errorType, _ := startFunction(t, c, fcruntime.Options{}, halfHourly).tick(mid())
			if errorType != row.errorType || len(said.Notes) != row.notes {
				t.Errorf("errorType %q, notes %q; want %q and %d notes", errorType, said.Notes, row.errorType, row.notes)
			}
		})
	}
}

// A panic that is reported as that of an event sends people in search of an event that was never there.
func TestAPanicInATickIsOneOfTheTimer(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		c := newCloud(t, standin.Options{}, standin.Secret{})
		i := newInstance(t, c)
		i.connect = func(string, alicloud.Credentials) remediation.KMS { panic(canaryPanic) }
		r, err := i.Invoke(t.Context(), tickAt(time.Now()))
		text, errorType := i.answered(r, err)
		var said report.Report
		if err := json.Unmarshal(text, &said); err != nil || errorType != report.Panic || said.Trigger != report.OnTimer {
			t.Errorf("errorType %q, trigger %q, %v; want panic and timer", errorType, said.Trigger, err)
		}
	})
}
