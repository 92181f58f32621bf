package remediation_test

import (
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// neverWorks makes each rotation of the secret fail.
func (w *world) neverWorks() {
	w.Put(standin.Secret{Name: secret, Rotation: func(int) *standin.Failure { return &standin.Failure{Code: "ClientNotRunning"} }})
	w.wait(time.Minute)
}

// untilDone delivers an event, and copies of it whenever it may be taken up again, as the timer does: until the answer
// names no next attempt, or so many invocations were made.
func (w *world) untilDone(event events.Event, most int) remediation.Result {
	var r remediation.Result
	for range most {
		if r = w.handle(event); r.NextAttempt.IsZero() {
			return r
		}
		w.wait(time.Until(r.NextAttempt))
	}
	return r
}

// A secret whose new version is current for a moment, and fails, would be rotated for ever, each time with the report
// that it worked. Half of the ten failures are those of the attempts themselves.
func TestAProofThatDoesNotLastIsBounded(t *testing.T) {
	for _, moves := range []standin.StageMoves{standin.BeforeAndKept, standin.BeforeAndRolledBack} {
		for _, work := range []time.Duration{0, time.Second, time.Minute, 3 * time.Hour} {
			inWorld(t, standin.Options{Behavior: standin.Behavior{StageMoves: moves, Work: work, FailedRaisesEvent: true, FailedLeavesVersion: true}}, func(w *world) {
				w.neverWorks()
				var last remediation.Result
				failures := 0
				for failures < 10 {
					last = w.handle(w.fail())
					failures++
					if !last.NextAttempt.IsZero() {
						w.wait(time.Until(last.NextAttempt))
						last = w.handle(w.copyOfLast()) // this one rotates
					}
					w.wait(work)
					for _, event := range w.raised() { // and raises the failure of the attempt
						last = w.handle(event)
						failures++
					}
				}
				last = w.untilDone(w.copyOfLast(), 10)
				if n := w.rotations(); n > 5 || n < 2 || last.Outcome != remediation.NeedsHuman || last.Failed() {
					t.Errorf("%s, work %s: %d rotations after %d failures, then %s (%s); want 5 at most, then needs-human", moves, work, n, failures, last.Outcome, last.Reason)
				}
				if again := w.handle(w.copyOfLast()); again.Outcome != remediation.NeedsHuman {
					t.Errorf("%s, work %s: a copy after that: %s, want needs-human", moves, work, again.Outcome)
				}
			})
		}
	}
}

// copyOfLast is a Failure of the version that is current now.
func (w *world) copyOfLast() events.Event {
	event := succeeded()
	event.Kind, event.Time = events.Failure, time.Now()
	return event
}

// Where nothing ever works, this is all that a secret may cost.
func TestAttemptsRunOutAndThenItIsQuiet(t *testing.T) {
	for _, leaves := range []bool{false, true} {
		inWorld(t, standin.Options{Behavior: standin.Behavior{Work: time.Minute, FailedRaisesEvent: true, FailedLeavesVersion: leaves}}, func(w *world) {
			w.neverWorks()
			event := w.fail()
			began := time.Now()
			last := w.untilDone(event, 20)
			if last.Outcome != remediation.NeedsHuman || last.Attempt != 5 || w.rotations() != 5 {
				t.Errorf("%s after %d rotations, attempt %d; want needs-human after 5", last.Outcome, w.rotations(), last.Attempt)
			}
			// 10m, 30m, 90m and 4h30m between the attempts, and 10m after the last.
			if took := time.Since(began); took != 6*time.Hour+50*time.Minute {
				t.Errorf("given up after %s, want 6h50m", took)
			}
			ids := map[string]bool{}
			for _, r := range w.Rotations(secret) {
				ids[r.VersionID] = true
			}
			if len(ids) != 6 {
				t.Errorf("%d version ids for 6 rotations: one that is known already is ignored with success", len(ids))
			}
			for _, failure := range w.raised() {
				if r := w.handle(failure); r.Outcome != remediation.NeedsHuman || w.did() != "describe list" {
					t.Errorf("a failure that an attempt raised: %s, calls %s; want needs-human and no more", r.Outcome, w.did())
				}
			}
		})
	}
}

// An attempt that a lost answer or a slow instance hides is found by whoever looks next, and not made again.
func TestALateSuccessIsRecovered(t *testing.T) {
	inWorld(t, slow(), func(w *world) {
		event := w.fail()
		w.expect("the attempt", event, came{Outcome: remediation.Pending, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate" + looks})
		w.expect("a success too early", succeeded(), came{Outcome: remediation.Waiting, Attempt: 1, Next: "9m40s", Record: "open 1 9m40s", Calls: "describe list"}, "still current")
		w.wait(15*time.Minute - 20*time.Second)
		w.expect("a success", succeeded(), came{Outcome: remediation.Recovered, Attempt: 1, Record: "done 1 6h0m0s", Calls: "describe list tag describe"}, "1 attempt of ours", "still Invalid")
		w.expect("its copy", succeeded(), came{Outcome: remediation.AlreadyRotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: "describe list"})
		w.expect("a copy of the failure", event, came{Outcome: remediation.AlreadyRotated, Record: "done 1 6h0m0s", Calls: "describe list"}, "rotated since")
	})
}

// A person who mended it, and rotated by hand, is told that all is well; the next failure starts with a full count.
func TestWhatAPersonMendedIsRecovered(t *testing.T) {
	inWorld(t, standin.Options{}, func(w *world) {
		w.fail()
		w.put(remediation.PhaseNeedsHuman, 5, -time.Minute)
		w.rotateByHand()
		w.expect("a success", succeeded(), came{Outcome: remediation.Recovered, Attempt: 5, Record: "done 0 6h0m0s", Calls: "describe list tag describe"}, "5 attempts of ours")
		w.wait(time.Hour)
		w.expect("the next failure", w.fail(), came{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works})
	})
}
