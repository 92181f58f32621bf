package remediation_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// Whoever tries the function out on a real account must not find a tag or a new password there.
func TestObserveNeverWrites(t *testing.T) {
	const due, notDue = -time.Minute, time.Minute
	older := remediation.Version{ID: "v0", CreateTime: time.Date(1999, 12, 1, 0, 0, 0, 0, time.UTC)}
	success := func(*world) events.Event { return succeeded() }
	for _, row := range []struct {
		name  string
		state func(*world)
		event func(*world) events.Event
		want  remediation.Outcome
		calls string
	}{
		{"a new failure", func(*world) {}, nil, remediation.WouldRotate, "describe list"},
		{"an attempt that is due", func(w *world) { w.put(remediation.PhaseOpen, 1, due) }, nil, remediation.WouldRotate, "describe list"},
		{"one that is not", func(w *world) { w.put(remediation.PhaseOpen, 1, notDue) }, nil, remediation.Waiting, "describe list"},
		{"spent attempts", func(w *world) { w.put(remediation.PhaseOpen, 5, due) }, nil, remediation.NeedsHuman, "describe list"},
		{"given up", func(w *world) { w.put(remediation.PhaseNeedsHuman, 5, due) }, nil, remediation.NeedsHuman, "describe list"},
		{"a record that cannot be read", func(w *world) { w.Tag(secret, remediation.RecordTag, "mine") }, nil, remediation.NeedsHuman, "describe list"},
		{"a version that came back", func(w *world) { w.put(remediation.PhaseDone, 1, due) }, nil, remediation.Waiting, "describe list"},
		{"a series that goes on", func(w *world) { w.putOf(older, remediation.PhaseOpen, 1, due) }, nil, remediation.Waiting, "describe list"},
		{"a failure after giving up another version", func(w *world) { w.putOf(older, remediation.PhaseNeedsHuman, 5, due) }, nil, remediation.WouldRotate, "describe list"},
		{"an episode that is over", func(w *world) { w.putOf(older, remediation.PhaseOpen, 2, due) }, success, remediation.Recovered, "describe list describe"},
		{"one that was told", func(w *world) { w.putOf(older, remediation.PhaseDone, 2, due) }, success, remediation.AlreadyRotated, "describe list"},
		{"a success too early", func(w *world) { w.put(remediation.PhaseOpen, 1, due) }, success, remediation.Waiting, "describe list"},
		{"switched off", func(w *world) { w.Tag(secret, remediation.SwitchTag, "off") }, nil, remediation.Skipped, "describe"},
		{"gone", func(w *world) { w.Delete(secret) }, nil, remediation.Skipped, "describe"},
	} {
		inWorld(t, standin.Options{}, func(w *world) {
			w.remediator.Policy.Observe = true
			event := w.fail()
			row.state(w)
			if row.event != nil {
				event = row.event(w)
			}
			before, _ := w.Secret(secret)
			r := w.handle(event)
			after, _ := w.Secret(secret)
			if r.Outcome != row.want || r.Failed() || w.did() != row.calls {
				t.Errorf("%s: %s, failed %t, calls %s; want %s, calls %s: %s", row.name, r.Outcome, r.Failed(), w.did(), row.want, row.calls, r.Reason)
			}
			if !maps.Equal(before.Tags, after.Tags) || w.rotations() != 0 || strings.Contains(w.did(), "tag") || strings.Contains(w.did(), "rotate") {
				t.Errorf("%s: tags %v became %v, and %d rotations began: observing must change nothing", row.name, before.Tags, after.Tags, w.rotations())
			}
		})
	}
}

// What observe mode says is read as what act mode would do.
func TestObserveNamesTheAttemptThatItWouldMake(t *testing.T) {
	inWorld(t, standin.Options{}, func(w *world) {
		w.remediator.Policy.Observe = true
		event := w.fail()
		w.expect("the first", event, came{Outcome: remediation.WouldRotate, Attempt: 1, Calls: "describe list"}, "attempt 1 of 5", "nothing was written")
		w.put(remediation.PhaseOpen, 2, -time.Minute)
		w.expect("the third", event, came{Outcome: remediation.WouldRotate, Attempt: 3, Record: "open 2 -1m0s", Calls: "describe list"}, "attempt 3 of 5")
	})
}
