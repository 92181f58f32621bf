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
		inWorld(t, slow(), func(w *world) {
			event := w.fail()
			w.handle(event)
			w.expect(row.name+" while the first is open", row.copy(event), came{Outcome: remediation.Waiting, Attempt: 1, Next: "9m40s", Record: "open 1 9m40s", Calls: "describe list"})
			w.wait(15 * time.Minute)
			w.expect(row.name+" when it has worked", row.copy(event), came{Outcome: remediation.AlreadyRotated, Record: "open 1 -5m20s", Calls: "describe list"})
			if w.rotations() != 1 {
				t.Errorf("%s: %d rotations, want 1", row.name, w.rotations())
			}
		})
	}
}

// An event that was held up for hours is about a version that nobody uses any more.
func TestALateEventOfAnOlderFailureChangesNothing(t *testing.T) {
	inWorld(t, slow(), func(w *world) {
		older := w.fail()
		w.wait(time.Hour)
		w.rotateByHand()
		w.wait(time.Hour)
		w.expect("the failure of the new version", w.fail(), came{Outcome: remediation.Pending, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate" + looks})
		w.expect("the late event", older, came{Outcome: remediation.AlreadyRotated, Record: "open 1 9m40s", Calls: "describe list"}, "rotated since")
	})
}

// Tags are copied with templates. The record of another secret must not stop this one, nor count as its history for ever.
func TestARecordCopiedFromAnotherSecretEndsNothing(t *testing.T) {
	inWorld(t, standin.Options{}, func(w *world) {
		w.Put(standin.Secret{Name: "acs/ecs/template"})
		w.Inject(standin.Fault{Action: rotate, Secret: "acs/ecs/template", Kind: standin.ResetBefore})
		w.handle(w.failOf("acs/ecs/template"))
		template, _ := w.Secret("acs/ecs/template")
		event := w.fail()
		w.Tag(secret, remediation.RecordTag, template.Tags[remediation.RecordTag])
		w.wait(time.Minute)
		w.expect("the failure", event, came{Outcome: remediation.Waiting, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag"})
		w.wait(10 * time.Minute)
		w.expect("its copy, when that is due", event, came{Outcome: remediation.Rotated, Attempt: 2, Record: "done 2 6h0m0s", Calls: works})
	})
}

// Two clocks that are compared once too often make every failure look old, or every rotation.
func TestAClockOfKMSThatIsHoursOffChangesNothing(t *testing.T) {
	for _, skew := range []time.Duration{-26 * time.Hour, -5 * time.Hour, -time.Second, 0, time.Second, 59 * time.Minute} {
		options := slow()
		options.ClockSkew = skew
		inWorld(t, options, func(w *world) {
			w.wait(48 * time.Hour) // no event is older than the century
			event := w.fail()
			w.expect("the failure", event, came{Outcome: remediation.Pending, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate" + looks})
			w.expect("a copy", event, came{Outcome: remediation.Waiting, Attempt: 1, Next: "9m40s", Record: "open 1 9m40s", Calls: "describe list"})
			w.wait(15 * time.Minute)
			w.expect("a copy when it has worked", event, came{Outcome: remediation.AlreadyRotated, Record: "open 1 -5m20s", Calls: "describe list"})
			w.expect("the success", succeeded(), came{Outcome: remediation.Recovered, Attempt: 1, Record: "done 1 6h0m0s", Calls: "describe list tag describe"})
			w.wait(7 * time.Hour)
			w.expect("the next failure", w.fail(), came{Outcome: remediation.Waiting, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag"})
			if t.Failed() {
				t.Fatalf("with KMS's clock %s off", skew)
			}
		})
	}
}

// A person who takes a secret in hand during an episode must find it as they left it.
func TestTheSwitchCountsDuringAnEpisode(t *testing.T) {
	for _, value := range []string{"off", "Off", "no", "ON", "on "} {
		inWorld(t, slow(), func(w *world) {
			w.neverWorks()
			event := w.fail()
			w.handle(event)
			w.Tag(secret, remediation.SwitchTag, value)
			w.wait(15 * time.Minute)
			w.expect("a copy while it is "+value, event, came{Outcome: remediation.Skipped, Record: "open 1 -5m20s", Calls: "describe"})
			w.Tag(secret, remediation.SwitchTag, "on")
			w.expect("and when it is on again", event, came{Outcome: remediation.Pending, Attempt: 2, Next: "30m0s", Record: "open 2 30m0s", Calls: "describe list tag rotate" + looks})
		})
	}
}

// Whoever rotates beside us must not be taken for us, nor we for them.
func TestSomebodyElseRotatesBetweenOurCalls(t *testing.T) {
	on := func(action string, nth int, do func(*world)) func(*world) {
		return func(w *world) {
			seen := 0
			w.before = func(c call) {
				if c.action == action {
					if seen++; seen == nth {
						do(w)
					}
				}
			}
		}
	}
	tell(t, []story{
		{name: "after our look, still running at our call", options: slow(), amiss: on("rotate", 1, (*world).rotateByHand), says: []string{"busy"},
			want: came{Outcome: remediation.Waiting, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate tag"}},
		{name: "after our look, done before our call, which is the limit that a claim has", amiss: on("rotate", 1, (*world).rotateByHand),
			want: came{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works}},
		{name: "between our claim, which KMS never heard of, and our look", faults: []standin.Fault{{Action: rotate, Kind: standin.HTML}}, amiss: on("list", 2, (*world).rotateByHand), says: []string{"not ours"},
			want: came{Outcome: remediation.Recovered, Attempt: 1, Record: "done 1 6h0m0s", Calls: works}},
		{name: "before our first look", amiss: func(w *world) { w.wait(time.Second); w.rotateByHand() }, says: []string{"rotated since"},
			want: came{Outcome: remediation.AlreadyRotated, Calls: "describe list"}},
	})
}

// The ARN decides which secret is meant; a name that differs is a hint for people, since documented samples differ too.
func TestADifferentNameInTheContentIsSaid(t *testing.T) {
	inWorld(t, standin.Options{}, func(w *world) {
		event := w.fail()
		event.ContentName = "acs/ecs/web-2\nforged"
		w.expect("the failure", event, came{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works}, "acs/ecs/web-2?forged, but the ARN decides")
		if names := w.secretsAsked(); !slices.Equal(names, []string{secret}) {
			t.Errorf("asked for %v, want the secret of the ARN only", names)
		}
	})
}

func (w *world) secretsAsked() []string {
	var names []string
	for _, c := range w.Calls() {
		if !slices.Contains(names, c.Secret) {
			names = append(names, c.Secret)
		}
	}
	return names
}
