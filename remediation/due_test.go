package remediation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// The platform delivers at least once: a tick that comes twice may spend its budget twice, and rotates no secret twice.
func TestATickThatComesTwiceRotatesEachSecretOnce(t *testing.T) {
	inTimedAccount(t, standin.Options{Behavior: standin.Behavior{Work: time.Minute}}, func(a *account) {
		names := a.fleet("web", 20)
		a.enter(remediation.PhaseOpen, 0, -time.Minute, names...)
		a.wantSummary("the first time", "pending web-000, pending web-019, pending web-001, pending web-002, waiting=16")
		plan := a.plan() // the same tick: its budget is that of the first
		again := a.sweep(plan)
		began := 0
		for _, name := range names {
			n := len(a.Rotations(name))
			if n > 1 {
				t.Errorf("%s: %d rotations, want one", name, n)
			}
			began += n
		}
		if began != 8 || again.Counts[remediation.Waiting] != 16 {
			t.Errorf("%d rotations began, and the second counts %v; want 8 of them, and 16 that wait", began, again.Counts)
		}
	})
}

// A burst of ticks that waited for each other must not do the same part of the hour several times, nor leave one out.
func TestATickThatHadToWaitDoesItsOwnPart(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		one := a.fleet("web", 1)[0]
		a.enterOf(v0, remediation.PhaseDone, 1, -time.Minute, one)
		a.wait(7 * time.Minute)
		plan := a.plan()
		if a.sweep(plan); a.recordOf(one) == "" {
			t.Fatal("a tick within the hour removed the record")
		}
		plan.Tick = remediation.TickAt(morning, time.Now(), every)
		if got := a.sweep(plan); a.recordOf(one) != "" {
			t.Errorf("the first tick of the hour, seven minutes late, came to %q and left the record", summary(got))
		}
	})
}

// The first refusal says what the others would be answered, and each may count.
func TestTheFirstThrottledAnswerEndsTheRotationsOfATick(t *testing.T) {
	inTimedAccount(t, standin.Options{Behavior: standin.Behavior{RotationsPerHour: 1}}, func(a *account) {
		names := a.fleet("web", 20)
		a.enter(remediation.PhaseOpen, 0, -time.Minute, names...)
		got := a.tick()
		if asked := a.asked(rotate, ""); asked != 2 || got.Counts[remediation.Waiting] != 18 {
			t.Errorf("%d RotateSecret, and the tick came to %q; want 2, and 18 that wait", asked, summary(got))
		}
	})
}

// A failure whose event never came is one that nobody else would ever report.
func TestAFailureWhoseEventNeverCameIsReconciled(t *testing.T) {
	for _, row := range []struct {
		name    string
		account standin.Behavior
	}{
		{"the content alone, newest first", standin.Behavior{}},
		{"whole events, oldest first", standin.Behavior{HistoryContent: standin.WholeEvents, HistoryOrder: standin.OldestFirst, HistoryQuotesTime: true}},
	} {
		inTimedAccount(t, standin.Options{Behavior: row.account}, func(a *account) {
			a.fleet("web", 3)
			a.failOf("web-001")
			a.wantSummary(row.name, "pending web-001")
			a.wantSummary(row.name+", and once only", "waiting=1")
		})
	}
}

// Beyond the budget nothing may be forgotten: it has to be on the secret before the window of the history has passed.
func TestFailuresOfTheHistoryBeyondTheBudgetAreRecorded(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		names := a.fleet("web", 10)
		for _, name := range names {
			a.failOf(name)
		}
		got := a.tick()
		queued, tried := 0, 0
		for _, name := range names {
			switch a.recordOf(name) {
			case "open 0":
				queued++
			case "open 1":
				tried++
			}
		}
		if tried != 4 || queued != 6 || len(got.Listed) != 10 {
			t.Errorf("%d tried, %d queued, %d listed; want 4, 6 and all 10, since each record changed", tried, queued, len(got.Listed))
		}
	})
}

// A secret that was rotated since must not lose a password that works.
func TestAFailureOfTheHistoryThatIsOverIsLeftAlone(t *testing.T) {
	for _, row := range []struct {
		name     string
		reported bool // a Success is in the history as well, so that no call is needed
		want     string
		reads    int
	}{
		{"a newer success in the history", true, "", 0},
		{"another version is current", false, "already-rotated=1", 1},
	} {
		inTimedAccount(t, standin.Options{Behavior: standin.Behavior{SucceededRaisesEvent: row.reported}}, func(a *account) {
			a.fleet("web", 1)
			a.failOf("web-000")
			a.wait(time.Second)
			if err := a.Rotate("web-000", "by-hand"); err != nil {
				t.Fatal(err)
			}
			a.wantSummary(row.name, row.want)
			if reads := a.asked(describe, ""); reads != row.reads || a.asked(rotate, "") != 0 {
				t.Errorf("%s: %d observations and %d RotateSecret, want %d and none", row.name, reads, a.asked(rotate, ""), row.reads)
			}
		})
	}
}

// A history that is in trouble must not stop what does not need it, and never goes without a word.
func TestWithoutAHistoryTheRestGoesOn(t *testing.T) {
	for _, row := range []struct {
		name    string
		given   func(*account)
		off     bool
		note    string
		removes bool // what has settled: not, where a failure may have been overlooked
		asks    bool
	}{
		{"refused", func(a *account) { a.Inject(refuse(history, 403, "AccessForbidden")) }, false, "the history is refused", true, true},
		{"failing", func(a *account) { a.Inject(refuse(history, 500, "InternalError")) }, false, "could not be read now", false, true},
		{"hanging", func(a *account) { a.Inject(standin.Fault{Action: history, Kind: standin.HangBefore}) }, false, "could not be read now", false, true},
		{"longer than the time for it", manyFailures, false, "read in part", false, true},
		{"switched off", func(*account) {}, true, "", true, false},
	} {
		t.Run(strings.ReplaceAll(row.name, " ", "-"), func(t *testing.T) {
			options := standin.Options{OnCall: func(c standin.Call, p standin.Phase) {
				if c.Action == history && p == standin.BeforeCommit {
					<-time.After(900 * time.Millisecond)
				}
			}}
			inTimedAccount(t, options, func(a *account) {
				names := a.fleet("web", 2)
				a.enter(remediation.PhaseOpen, 1, -time.Minute, names[0])
				a.enterOf(v0, remediation.PhaseDone, 1, -time.Minute, names[1])
				row.given(a)
				a.timeout = 20 * time.Second
				a.wait(time.Until(morning.Add(time.Hour)))
				plan := a.plan()
				plan.History = !row.off
				got := a.sweep(plan)
				notes := strings.Join(got.Notes, "\n")
				if got.Failed || !a.rotated(names[0]) {
					t.Errorf("failed %t, the other is rotated %t; want it rotated: it needs no history", got.Failed, a.rotated(names[0]))
				}
				if !saysOnce(notes, row.note) {
					t.Errorf("notes %q, want one that says %q", notes, row.note)
				}
				if removed := a.recordOf(names[1]) == ""; removed != row.removes {
					t.Errorf("the settled record was removed: %t, want %t", removed, row.removes)
				}
				if asked := a.asked(history, "") > 0; asked != row.asks {
					t.Errorf("the history was asked for: %t, want %t", asked, row.asks)
				}
				a.wait(2 * time.Second) // the stand-in may still be at a call that the tick gave up
			})
		})
	}
}

// saysOnce says whether the notes are this one, or none where it is empty.
func saysOnce(notes, note string) bool {
	if note == "" {
		return notes == ""
	}
	return strings.Count(notes, note) == 1
}

// manyFailures fill more pages than half a tick can read at nine tenths of a second each.
func manyFailures(a *account) {
	a.fleet("noisy", 1)
	for range 1200 {
		if err := a.ScheduledFailure("noisy-000", standin.Failure{}); err != nil {
			a.t.Fatal(err)
		}
	}
	a.enter(remediation.PhaseOpen, 1, 24*time.Hour, "noisy-000")
}

// A record that goes too early lets the failure that follows begin a new series, for ever.
func TestOnlyTheFirstTickOfAnHourRemovesWhatHasSettled(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		names := a.fleet("web", 2)
		a.enterOf(v0, remediation.PhaseDone, 1, -time.Minute, names[0])
		a.enterOf(v0, remediation.PhaseDone, 1, 2*time.Hour, names[1])
		for minutes := 5; minutes < 60; minutes += 5 {
			a.wantSummary(fmt.Sprintf("%d minutes past", minutes), "waiting=2")
		}
		if a.asked(describe, "") != 0 {
			t.Errorf("%d observations, want none before the hour", a.asked(describe, ""))
		}
		a.wantSummary("on the hour", "already-rotated web-000, waiting=1")
		if first, second := a.recordOf(names[0]), a.recordOf(names[1]); first != "" || second != "done 1" {
			t.Errorf("the records are %q and %q, want the one that is due gone and the other kept", first, second)
		}
	})
}

// A tick within the hour has read some minutes of history only: a failure that came before may not have been heard of.
func TestATickWithinTheHourRemovesNothing(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		one := a.fleet("web", 1)[0]
		a.failOf(one)
		a.wait(time.Second)
		if err := a.Rotate(one, "by-hand"); err != nil {
			t.Fatal(err)
		}
		a.enterOf(v0, remediation.PhaseDone, 1, -time.Minute, one)
		a.wantSummary("an observation that the history asks for", "waiting=1")
		if got := a.recordOf(one); got != "done 1" || a.asked(describe, one) != 1 {
			t.Errorf("after %d observations the record is %q, want it kept after one", a.asked(describe, one), got)
		}
	})
}

// Names that are out of scope may be somebody's whole production: not even a read.
func TestWhatIsOutOfScopeIsCountedWithoutACall(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		a.remediator.Policy.Scope.Deny = []string{"db-*"}
		a.enter(remediation.PhaseOpen, 1, -time.Minute, a.fleet("db", 2)...)
		a.fleet("db-lost", 1)
		a.failOf("db-lost-000")
		a.wantSummary("two records and a failure of the history", "skipped=3")
		if n := a.asked(describe, "") + a.asked(rotate, "") + a.asked(tag, ""); n != 0 {
			t.Errorf("%d calls about them, want none", n)
		}
	})
}

// A person who observes a fleet wants to know what acting would do, at the rate at which it would.
func TestATickInObserveModeSpendsItsBudgetAndWritesNothing(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		a.remediator.Policy.Observe = true
		names := a.fleet("web", 10)
		a.enter(remediation.PhaseOpen, 0, -time.Minute, names...)
		a.enterOf(v0, remediation.PhaseDone, 1, -time.Minute, a.fleet("settled", 1)[0])
		before := a.tags()
		a.wantSummary("within the hour", "waiting=7, would-rotate=4")
		for range 10 {
			a.tick()
		}
		a.wantSummary("on the hour", "would-rotate web-007, would-rotate web-000, would-rotate web-008, already-rotated=1, waiting=7")
		if diff := cmp.Diff(before, a.tags()); diff != "" || a.asked(rotate, "") != 0 {
			t.Errorf("%d RotateSecret, tags (-before +after):\n%s", a.asked(rotate, ""), diff)
		}
	})
}

// tags are those of all secrets.
func (a *account) tags() map[string]string {
	all := map[string]string{}
	for _, name := range []string{"web-000", "web-001", "web-009", "settled-000"} {
		all[name] = a.recordOf(name)
	}
	return all
}
