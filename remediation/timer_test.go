package remediation_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// every is the interval of the timer, and seldom that of tests that last for days.
const (
	every  = 5 * time.Minute
	seldom = 30 * time.Minute
)

// morning is when a world with a timer begins: an hour that opens no day, and one in which nothing happened yet. The
// stand-in takes no times of the last century. The day after it is one whose first tick has the first of all secrets.
var morning = time.Date(2029, 2, 19, 6, 0, 0, 0, time.UTC)

const (
	listTagged = "ListTagResources"
	history    = "DescribeSystemEventAttribute"
)

// inTimedWorld runs script in a world that begins in the morning.
func inTimedWorld(t *testing.T, options standin.Options, script func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		<-time.After(time.Until(morning))
		w := newTimedWorld(t, options)
		defer w.client.CloseIdleConnections()
		script(w)
	})
}

// newTimedWorld is a world whose looks may go side by side, so that only the stand-in notes the calls.
func newTimedWorld(t *testing.T, options standin.Options) *world {
	t.Helper()
	w := newWorld(t, options)
	w.Delete(secret)
	w.remediator.Connect = func(region string) remediation.KMS {
		return w.client.KMS(region, alicloud.Credentials(standin.DefaultCredentials))
	}
	return w
}

// fleet creates so many secrets, and returns their names in order.
func (w *world) fleet(prefix string, n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("%s-%03d", prefix, i))
		w.Put(standin.Secret{Name: names[i]})
	}
	return names
}

// v0 is a version that was replaced long ago.
var v0 = remediation.Version{ID: "v0", CreateTime: morning.Add(-1000 * time.Hour)}

// enter writes a record of the version that is current, due so long from now.
func (w *world) enter(phase remediation.Phase, n int, due time.Duration, names ...string) {
	for _, name := range names {
		s, _ := w.Secret(name)
		w.enterOf(remediation.Version{ID: s.Versions[0].ID, CreateTime: s.Versions[0].CreateTime}, phase, n, due, name)
	}
}

func (w *world) enterOf(v remediation.Version, phase remediation.Phase, n int, due time.Duration, name string) {
	r := remediation.Record{
		Phase: phase, Attempts: n, Opened: time.Now().Add(-time.Hour), Due: time.Now().Add(due).Truncate(time.Second),
		Replaces: remediation.HashOf("acs:kms:"+region+":"+account+":secret/"+name, v),
	}
	w.Tag(name, remediation.RecordTag, r.String())
}

// plan is that of a tick now.
func (w *world) plan() remediation.SweepPlan {
	return remediation.SweepPlan{
		Tick: remediation.TickAt(time.Time{}, time.Now(), w.every), History: true, PerHour: 46, OverdueAfter: w.overdue,
		Monitor: func(region string) remediation.CloudMonitor {
			return w.client.CloudMonitor(region, alicloud.Credentials(standin.DefaultCredentials))
		},
	}
}

func (w *world) sweep(plan remediation.SweepPlan) remediation.SweepResult {
	ctx, cancel := context.WithTimeout(context.Background(), w.timeout)
	defer cancel()
	return w.remediator.Sweep(ctx, plan)
}

// tick waits for the timer, and serves it.
func (w *world) tick() remediation.SweepResult {
	w.wait(time.Until(time.Now().Truncate(w.every).Add(w.every)))
	return w.sweep(w.plan())
}

// ticks serves the timer until then, and returns what was listed.
func (w *world) ticks(until time.Time) []remediation.Result {
	var listed []remediation.Result
	for time.Now().Before(until.Add(-w.every)) {
		listed = append(listed, w.tick().Listed...)
	}
	return listed
}

// summary says what a tick came to: each result that it lists, and its counts.
func summary(s remediation.SweepResult) string {
	parts := listing(s.Listed)
	for _, outcome := range remediation.Outcomes {
		if n := s.Counts[outcome]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", outcome, n))
		}
	}
	if s.Unreached > 0 {
		parts = append(parts, fmt.Sprintf("left=%d", s.Unreached))
	}
	if s.Failed {
		parts = append(parts, "failed")
	}
	return strings.Join(parts, ", ")
}

func listing(results []remediation.Result) []string {
	var parts []string
	for _, r := range results {
		_, name, _ := strings.Cut(r.Secret, ":secret/")
		parts = append(parts, strings.TrimSpace(string(r.Outcome)+" "+name))
	}
	return parts
}

// wantSummary serves the timer and compares what it came to.
func (w *world) wantSummary(when, want string) remediation.SweepResult {
	w.t.Helper()
	got := w.tick()
	if summary(got) != want {
		w.t.Errorf("%s: the tick came to %q, want %q; notes %q", when, summary(got), want, got.Notes)
	}
	return got
}

// asked counts the calls of an action, of one secret or of all.
func (w *world) asked(action, name string) int {
	n := 0
	for _, c := range w.Calls() {
		if c.Action == action && (name == "" || c.Secret == name) {
			n++
		}
	}
	return n
}

// recordOf is the phase and the attempts that stand on a secret, "" for no record.
func (w *world) recordOf(name string) string {
	s, _ := w.Secret(name)
	value, found := s.Tags[remediation.RecordTag]
	if !found {
		return ""
	}
	r, err := remediation.ParseRecord(value)
	if err != nil {
		return value
	}
	return fmt.Sprintf("%s %d", r.Phase, r.Attempts)
}

// rotated says whether a rotation that we asked for worked.
func (w *world) rotated(name string) bool {
	return slices.ContainsFunc(w.Rotations(name), func(r standin.Rotation) bool {
		return r.By == standin.ByCall && !r.Failed && !r.Ended.IsZero()
	})
}
