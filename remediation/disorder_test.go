package remediation_test

import (
	"slices"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// CloudMonitor and Function Compute deliver at least once. Each delivery that rotates is a password too many.
func TestCopiesOfAnEventCauseOneRotation(t *testing.T) {
	second := func(e events.Event) events.Event { e.ID = "another"; return e }
	for _, row := range []struct {
		name string
		copy func(events.Event) events.Event
	}{
		{"a copy", func(e events.Event) events.Event { return e }},
		{"a second event about the same failure", second},
	} {
		inAccount(t, slow(), func(a *account) {
			event := a.fail()
			a.handle(event)
			a.expect(row.name+" while the first is open", row.copy(event), handled{Outcome: remediation.Waiting, Attempt: 1, Next: "9m40s", Record: "open 1 9m40s", Calls: "describe list"})
			a.wait(15 * time.Minute)
			a.expect(row.name+" when it has worked", row.copy(event), handled{Outcome: remediation.AlreadyRotated, Record: "open 1 -5m20s", Calls: "describe list"})
			if a.rotations() != 1 {
				t.Errorf("%s: %d rotations, want 1", row.name, a.rotations())
			}
		})
	}
}

// An event that was delayed for hours is about a version that nobody uses any more.
func TestALateEventOfAnOlderFailureChangesNothing(t *testing.T) {
	inAccount(t, slow(), func(a *account) {
		older := a.fail()
		a.wait(time.Hour)
		a.rotateByHand()
		a.wait(time.Hour)
		a.expect("the failure of the new version", a.fail(), handled{Outcome: remediation.Pending, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate" + reads})
		a.expect("the late event", older, handled{Outcome: remediation.AlreadyRotated, Record: "open 1 9m40s", Calls: "describe list"}, "rotated since")
	})
}

// Tags are copied with templates. The record of another secret must not stop this one, nor count as its history for ever.
func TestARecordCopiedFromAnotherSecretEndsNothing(t *testing.T) {
	inAccount(t, standin.Options{}, func(a *account) {
		a.Put(standin.Secret{Name: "acs/ecs/template"})
		a.Inject(standin.Fault{Action: rotate, Secret: "acs/ecs/template", Kind: standin.ResetBefore})
		a.handle(a.failOf("acs/ecs/template"))
		template, _ := a.Secret("acs/ecs/template")
		event := a.fail()
		a.Tag(secret, remediation.RecordTag, template.Tags[remediation.RecordTag])
		a.wait(time.Minute)
		a.expect("the failure", event, handled{Outcome: remediation.Waiting, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag"})
		a.wait(10 * time.Minute)
		a.expect("its copy, when that is due", event, handled{Outcome: remediation.Rotated, Attempt: 2, Record: "done 2 6h0m0s", Calls: works})
	})
}

// Two clocks that are compared once too often make every failure seem old, or every rotation.
func TestAClockOfKMSThatIsHoursOffChangesNothing(t *testing.T) {
	for _, skew := range []time.Duration{-26 * time.Hour, -5 * time.Hour, -time.Second, 0, time.Second, 59 * time.Minute} {
		options := slow()
		options.ClockSkew = skew
		inAccount(t, options, func(a *account) {
			a.wait(48 * time.Hour) // no event is older than the century
			event := a.fail()
			a.expect("the failure", event, handled{Outcome: remediation.Pending, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate" + reads})
			a.expect("a copy", event, handled{Outcome: remediation.Waiting, Attempt: 1, Next: "9m40s", Record: "open 1 9m40s", Calls: "describe list"})
			a.wait(15 * time.Minute)
			a.expect("a copy when it has worked", event, handled{Outcome: remediation.AlreadyRotated, Record: "open 1 -5m20s", Calls: "describe list"})
			a.expect("the success", succeeded(), handled{Outcome: remediation.Recovered, Attempt: 1, Record: "done 1 6h0m0s", Calls: "describe list tag describe"})
			a.wait(7 * time.Hour)
			a.expect("the next failure", a.fail(), handled{Outcome: remediation.Waiting, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag"})
			if t.Failed() {
				t.Fatalf("with KMS's clock %s off", skew)
			}
		})
	}
}

// A person who takes a secret in hand during an episode must find it as they left it.
func TestTheSwitchCountsDuringAnEpisode(t *testing.T) {
	for _, value := range []string{"off", "Off", "no", "ON", "on "} {
		inAccount(t, slow(), func(a *account) {
			a.neverWorks()
			event := a.fail()
			a.handle(event)
			a.Tag(secret, remediation.SwitchTag, value)
			a.wait(15 * time.Minute)
			a.expect("a copy while it is "+value, event, handled{Outcome: remediation.Skipped, Record: "open 1 -5m20s", Calls: "describe"})
			a.Tag(secret, remediation.SwitchTag, "on")
			a.expect("and when it is on again", event, handled{Outcome: remediation.Pending, Attempt: 2, Next: "30m0s", Record: "open 2 30m0s", Calls: "describe list tag rotate" + reads})
		})
	}
}

// Others who rotate beside us must not be taken for us, nor we for them.
func TestSomebodyElseRotatesBetweenOurCalls(t *testing.T) {
	on := func(action string, nth int, do func(*account)) func(*account) {
		return func(a *account) {
			seen := 0
			a.before = func(c call) {
				if c.action == action {
					if seen++; seen == nth {
						do(a)
					}
				}
			}
		}
	}
	handleEach(t, []delivery{
		{name: "after our observation, still running at our call", options: slow(), given: on("rotate", 1, (*account).rotateByHand), says: []string{"a rotation is running"},
			want: handled{Outcome: remediation.Waiting, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate tag"}},
		{name: "after our observation, done before our call, which is the limit that a claim has", given: on("rotate", 1, (*account).rotateByHand),
			want: handled{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works}},
		{name: "between our claim, which KMS never heard of, and our read", faults: []standin.Fault{{Action: rotate, Kind: standin.HTML}}, given: on("list", 2, (*account).rotateByHand), says: []string{"another version than ours"},
			want: handled{Outcome: remediation.Recovered, Attempt: 1, Record: "done 1 6h0m0s", Calls: works}},
		{name: "before our first observation", given: func(a *account) { a.wait(time.Second); a.rotateByHand() }, says: []string{"rotated since"},
			want: handled{Outcome: remediation.AlreadyRotated, Calls: "describe list"}},
	})
}

// The ARN decides which secret is meant; a name that differs is a hint for people, since documented samples differ too.
func TestADifferentNameInTheContentIsMentioned(t *testing.T) {
	inAccount(t, standin.Options{}, func(a *account) {
		event := a.fail()
		event.ContentName = "acs/ecs/web-2\nforged"
		a.expect("the failure", event, handled{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works}, "acs/ecs/web-2?forged, but the ARN decides")
		if names := a.secretsAsked(); !slices.Equal(names, []string{secret}) {
			t.Errorf("asked for %v, want the secret of the ARN only", names)
		}
	})
}

func (a *account) secretsAsked() []string {
	var names []string
	for _, c := range a.Calls() {
		if !slices.Contains(names, c.Secret) {
			names = append(names, c.Secret)
		}
	}
	return names
}

// neverWorks makes each rotation of the secret fail.
func (a *account) neverWorks() {
	a.Put(standin.Secret{Name: secret, Rotation: func(int) *standin.Failure { return &standin.Failure{Code: "ClientNotRunning"} }})
	a.wait(time.Minute)
}

// untilDone delivers an event, and copies of it whenever it may be due again, as the timer does: until the answer
// names no next attempt, or so many invocations were made.
func (a *account) untilDone(event events.Event, most int) remediation.Result {
	var r remediation.Result
	for range most {
		if r = a.handle(event); r.NextAttempt.IsZero() {
			return r
		}
		a.wait(time.Until(r.NextAttempt))
	}
	return r
}

// A secret whose new version is current for a moment, and fails, would be rotated for ever, each time with the report
// that it worked. Half of the ten failures are those of the attempts themselves.
func TestAVerificationThatDoesNotLastIsBounded(t *testing.T) {
	for _, moves := range []standin.StageMoves{standin.BeforeAndKept, standin.BeforeAndRolledBack} {
		for _, work := range []time.Duration{0, time.Second, time.Minute, 3 * time.Hour} {
			inAccount(t, standin.Options{Behavior: standin.Behavior{StageMoves: moves, Work: work, FailedRaisesEvent: true, FailedLeavesVersion: true}}, func(a *account) {
				a.neverWorks()
				var last remediation.Result
				failures := 0
				for failures < 10 {
					last = a.handle(a.fail())
					failures++
					if !last.NextAttempt.IsZero() {
						a.wait(time.Until(last.NextAttempt))
						last = a.handle(a.copyOfLast()) // this one rotates
					}
					a.wait(work)
					for _, event := range a.raised() { // and raises the failure of the attempt
						last = a.handle(event)
						failures++
					}
				}
				last = a.untilDone(a.copyOfLast(), 10)
				if n := a.rotations(); n > 5 || n < 2 || last.Outcome != remediation.NeedsHuman || last.Failed() {
					t.Errorf("%s, work %s: %d rotations after %d failures, then %s (%s); want 5 at most, then needs-human", moves, work, n, failures, last.Outcome, last.Reason)
				}
				if again := a.handle(a.copyOfLast()); again.Outcome != remediation.NeedsHuman {
					t.Errorf("%s, work %s: a copy after that: %s, want needs-human", moves, work, again.Outcome)
				}
			})
		}
	}
}

// copyOfLast is a Failure of the version that is current now.
func (a *account) copyOfLast() events.Event {
	event := succeeded()
	event.Kind, event.Time = events.Failure, time.Now()
	return event
}

// Where nothing ever works, this is all that a secret may cost.
func TestAttemptsRunOutAndThenItIsQuiet(t *testing.T) {
	for _, leaves := range []bool{false, true} {
		inAccount(t, standin.Options{Behavior: standin.Behavior{Work: time.Minute, FailedRaisesEvent: true, FailedLeavesVersion: leaves}}, func(a *account) {
			a.neverWorks()
			event := a.fail()
			began := time.Now()
			last := a.untilDone(event, 20)
			if last.Outcome != remediation.NeedsHuman || last.Attempt != 5 || a.rotations() != 5 {
				t.Errorf("%s after %d rotations, attempt %d; want needs-human after 5", last.Outcome, a.rotations(), last.Attempt)
			}
			// 10m, 30m, 90m and 4h30m between the attempts, and 10m after the last.
			if took := time.Since(began); took != 6*time.Hour+50*time.Minute {
				t.Errorf("given up after %s, want 6h50m", took)
			}
			ids := map[string]bool{}
			for _, r := range a.Rotations(secret) {
				ids[r.VersionID] = true
			}
			if len(ids) != 6 {
				t.Errorf("%d version ids for 6 rotations: one that is known already is ignored with success", len(ids))
			}
			for _, failure := range a.raised() {
				if r := a.handle(failure); r.Outcome != remediation.NeedsHuman || a.did() != "describe list" {
					t.Errorf("a failure that an attempt raised: %s, calls %s; want needs-human and no more", r.Outcome, a.did())
				}
			}
		})
	}
}

// An attempt that a lost answer or a slow instance hides is found by whoever reconciles next, and not made again.
func TestALateSuccessIsRecovered(t *testing.T) {
	inAccount(t, slow(), func(a *account) {
		event := a.fail()
		a.expect("the attempt", event, handled{Outcome: remediation.Pending, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate" + reads})
		a.expect("a success too early", succeeded(), handled{Outcome: remediation.Waiting, Attempt: 1, Next: "9m40s", Record: "open 1 9m40s", Calls: "describe list"}, "still current")
		a.wait(15*time.Minute - 20*time.Second)
		a.expect("a success", succeeded(), handled{Outcome: remediation.Recovered, Attempt: 1, Record: "done 1 6h0m0s", Calls: "describe list tag describe"}, "1 attempt of ours", "still Invalid")
		a.expect("its copy", succeeded(), handled{Outcome: remediation.AlreadyRotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: "describe list"})
		a.expect("a copy of the failure", event, handled{Outcome: remediation.AlreadyRotated, Record: "done 1 6h0m0s", Calls: "describe list"}, "rotated since")
	})
}

// A person who repaired it, and rotated by hand, hears that all is well; the next failure starts with a full count.
func TestWhatAPersonRepairedIsRecovered(t *testing.T) {
	inAccount(t, standin.Options{}, func(a *account) {
		a.fail()
		a.put(remediation.PhaseNeedsHuman, 5, -time.Minute)
		a.rotateByHand()
		a.expect("a success", succeeded(), handled{Outcome: remediation.Recovered, Attempt: 5, Record: "done 0 6h0m0s", Calls: "describe list tag describe"}, "5 attempts of ours")
		a.wait(time.Hour)
		a.expect("the next failure", a.fail(), handled{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works})
	})
}
