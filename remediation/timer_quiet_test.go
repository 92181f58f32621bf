package remediation_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const midnight = 18 * time.Hour // after the morning

// heard is what ticks listed until then, but for the attempts.
func (w *world) heard(until time.Duration) []string {
	var said []string
	for _, line := range listing(w.ticks(morning.Add(until))) {
		if !strings.HasPrefix(line, "pending") {
			said = append(said, line)
		}
	}
	return said
}

func (w *world) wantHeard(when string, until time.Duration, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.heard(until)); diff != "" {
		w.t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

// hopeless creates a secret whose rotations all fail, and lets the schedule fail.
func (w *world) hopeless() string {
	const name = "web-000"
	w.Put(standin.Secret{Name: name, Rotation: standin.FailFirst(1000, standin.Failure{})})
	w.failOf(name)
	return name
}

// An alarm that repeats is switched off, one that comes once is missed: so it is said once, and then once a day.
func TestGivingUpIsSaidOnceAndThenDaily(t *testing.T) {
	inTimedWorld(t, standin.Options{}, func(w *world) {
		name := w.hopeless()
		w.wantHeard("the first day", midnight-every, "needs-human "+name)
		if got := len(w.Rotations(name)); got != 6 || w.recordOf(name) != "needs-human 5" {
			t.Errorf("%d rotations and record %q, want the schedule's and five of ours, and needs-human", got, w.recordOf(name))
		}
		w.every = seldom
		w.wantHeard("the second", midnight+24*time.Hour-seldom, "needs-human "+name)
		w.wantHeard("the third", midnight+48*time.Hour-seldom, "needs-human "+name)
		if got := len(w.Rotations(name)); got != 6 {
			t.Errorf("%d rotations, want none after giving up", got)
		}
	})
}

// Whoever mended it by hand wants to hear that it is over, and the next failure has to find all attempts unspent.
func TestWhatWasGivenUpIsOverOnceAnotherVersionIsCurrent(t *testing.T) {
	inTimedWorld(t, standin.Options{}, func(w *world) {
		name := w.hopeless()
		w.heard(12 * time.Hour)
		w.every = seldom
		w.Put(standin.Secret{Name: name, Tags: tagsOf(w, name), Versions: []standin.Version{
			{ID: "v1", CreateTime: morning, Stages: []string{"ACSPrevious"}},
			{ID: "by-hand", CreateTime: time.Now(), Stages: []string{"ACSCurrent"}},
		}})
		w.wantHeard("until the record is gone", 24*time.Hour, "recovered "+name, "already-rotated "+name)
		if got := w.recordOf(name); got != "" {
			t.Errorf("the record is %q, want none once it has settled", got)
		}
		w.failOf(name)
		w.tick()
		if got := w.recordOf(name); got != "open 1" {
			t.Errorf("after another failure the record is %q, want a new count", got)
		}
	})
}

func tagsOf(w *world, name string) map[string]string {
	s, _ := w.Secret(name)
	return s.Tags
}

// Removing the record is how a person says: try again.
func TestARemovedRecordStartsAnew(t *testing.T) {
	inTimedWorld(t, standin.Options{}, func(w *world) {
		name := w.hopeless()
		w.heard(10*time.Hour + 30*time.Minute)
		w.Untag(name, remediation.RecordTag)
		before := len(w.Rotations(name))
		w.ticks(morning.Add(11*time.Hour + every))
		if got := len(w.Rotations(name)); got != before+1 || w.recordOf(name) != "open 1" {
			t.Errorf("%d rotations more and record %q, want one and a new count: the history holds the failure", got-before, w.recordOf(name))
		}
	})
}

// A permission that was forgotten must not give up a fleet: once it is granted, all go on without a hand.
func TestACauseOfTheAccountGoesOnByItselfOnceMended(t *testing.T) {
	inTimedWorld(t, standin.Options{}, func(w *world) {
		names := w.fleet("web", 2)
		for _, name := range names {
			w.failOf(name)
		}
		w.Inject(refuse(rotate, 403, "Forbidden.NoPermission"))
		w.wantHeard("while it is denied", 5*time.Hour, "needs-human web-000", "needs-human web-001")
		for _, name := range names {
			if got := w.recordOf(name); got != "open 0" {
				t.Errorf("%s: the record is %q, want open and the attempt given back", name, got)
			}
		}
		w.ClearFaults()
		w.ticks(morning.Add(7 * time.Hour))
		for _, name := range names {
			if !w.rotated(name) {
				t.Errorf("%s is not rotated although it is mended", name)
			}
		}
	})
}

// What stands on no secret is seen nowhere else: it is said again each hour, with what to do.
func TestWhatCannotBeRecordedIsSaidHourly(t *testing.T) {
	inTimedWorld(t, standin.Options{}, func(w *world) {
		w.enter(remediation.PhaseOpen, 1, -time.Minute, w.fleet("web", 1)...)
		w.Inject(refuse(describe, 403, "Forbidden.NoPermission"))
		w.wantHeard("five minutes to", time.Hour-every)
		w.wantHeard("two hours later", 2*time.Hour+every, "needs-human web-000", "needs-human web-000")
	})
}

// All that needs a person is on one list a day, whoever missed the first message.
func TestTheFirstTickOfADayListsAllThatNeedsAHuman(t *testing.T) {
	inTimedWorld(t, standin.Options{}, func(w *world) {
		w.enter(remediation.PhaseNeedsHuman, 5, -time.Minute, w.fleet("given-up", 2)...)
		w.Tag(w.fleet("odd", 1)[0], remediation.RecordTag, "mine")
		w.enter(remediation.PhaseOpen, 1, 23*time.Hour, w.fleet("later", 1)...)
		w.every = seldom
		w.wantSummary("half past", "waiting=1, needs-human=3")
		if n := w.asked(describe, ""); n != 0 {
			t.Errorf("%d looks, want none before the hour: nobody waits for what they would tell", n)
		}
		w.wantHeard("until midnight", midnight-seldom)
		w.wantSummary("before midnight", "waiting=1, needs-human=3")
		got := listing(w.tick().Listed)
		slices.Sort(got)
		if diff := cmp.Diff([]string{"needs-human given-up-000", "needs-human given-up-001", "needs-human odd-000"}, got); diff != "" {
			t.Errorf("at midnight (-want +got):\n%s", diff)
		}
		if n := w.asked(tag, "") + w.asked(rotate, ""); n != 0 {
			t.Errorf("%d writes, want none", n)
		}
	})
}
