package remediation_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// tried names an action as often as it is tried.
func tried(action string) string { return strings.Repeat(" "+action, 4) }

// More than this, or other than this, is quota spent on a secret that is well.
func TestARemediationThatWorksTakesSevenCalls(t *testing.T) {
	inWorld(t, standin.Options{}, func(w *world) {
		w.expect("a failure", w.fail(), came{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works})
		var atKMS []string
		for _, c := range w.Calls() {
			atKMS = append(atKMS, c.Action)
		}
		if want := []string{describe, list, tag, rotate, list, tag, describe}; !slices.Equal(atKMS, want) {
			t.Errorf("KMS saw %v, want %v", atKMS, want)
		}
		if id := w.Calls()[3].VersionID; w.current().ID != id || len(w.Rotations(secret)) != 2 {
			t.Errorf("%s is current after %d rotations, want %s after that of the schedule and ours", w.current().ID, len(w.Rotations(secret)), id)
		}
	})
}

// Where KMS cannot be asked nothing is known, and the event has to come again: an event that is answered is lost.
func TestWithoutAnAnswerBeforeTheClaimNothingIsDecided(t *testing.T) {
	undecided := func(calls string) came {
		return came{Outcome: remediation.Undecided, Calls: calls, Failed: true}
	}
	unavailable := func(action string) standin.Fault { return refuse(action, 503, "ServiceUnavailableTemporary") }
	stories := []story{
		{name: "the secret cannot be read", faults: []standin.Fault{unavailable(describe)}, want: undecided(tried("describe")[1:])},
		{name: "nor its version", faults: []standin.Fault{unavailable(list)}, want: undecided("describe" + tried("list"))},
		{name: "nor the claim be written", faults: []standin.Fault{unavailable(tag)}, want: undecided("describe list" + tried("tag"))},
		{name: "reads are throttled", faults: []standin.Fault{refuse(describe, 429, "Rejected.Throttling")}, want: undecided(tried("describe")[1:])},
		{name: "claims are throttled", faults: []standin.Fault{refuse(tag, 400, "Throttling.User")}, want: undecided("describe list" + tried("tag"))},
		{name: "no version is current", amiss: func(w *world) {
			s, _ := w.Secret(secret)
			s.Versions[0].Stages = nil
			w.Put(s)
		}, want: undecided("describe" + tried("list"))},
		{name: "an expired token is not tried again", faults: []standin.Fault{refuse(describe, 400, "InvalidSecurityToken.Expired")}, want: undecided("describe")},
		{name: "nor for the version", faults: []standin.Fault{refuse(list, 400, "InvalidSecurityToken.Expired")}, want: undecided("describe list")},
		{name: "nor for the claim", faults: []standin.Fault{refuse(tag, 400, "InvalidSecurityToken.Expired")}, want: undecided("describe list tag")},
		{name: "nobody can be reached", amiss: func(w *world) { w.offline = true }, want: undecided(tried("describe")[1:])},
	}
	for i := range stories {
		stories[i].says = []string{"no rotation was asked for"}
	}
	tell(t, stories)
}

// A fault that passes costs a second, not an event.
func TestAFaultThatPassesIsTriedAgain(t *testing.T) {
	thrice := func(action string, kind standin.FaultKind) []standin.Fault {
		return []standin.Fault{{Action: action, Kind: kind, Times: 3}}
	}
	worked := func(calls string) came {
		return came{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m2s", Calls: calls}
	}
	tell(t, []story{
		{name: "of the secret", faults: thrice(describe, standin.ResetBefore), want: worked("describe describe describe " + works)},
		{name: "of the version", faults: thrice(list, standin.HTML), want: worked("describe list list list list tag rotate list tag describe")},
		{name: "of the claim, which may have been written", faults: thrice(tag, standin.ResetAfter), want: worked("describe list tag tag tag tag describe list rotate list tag describe")},
	})
}

// Pauses that do not grow hammer a KMS in trouble; longer ones hold up everybody who waits for this instance.
func TestTriesComeAtDoublingPauses(t *testing.T) {
	for _, action := range []string{"describe", "list", "tag"} {
		inWorld(t, standin.Options{}, func(w *world) {
			event := w.fail()
			w.Inject(refuse(map[string]string{"describe": describe, "list": list, "tag": tag}[action], 500, "InternalFailure"))
			w.handle(event)
			var at []time.Duration
			for _, c := range w.calls {
				if c.action == action {
					at = append(at, c.at)
				}
			}
			if want := []time.Duration{0, 200 * time.Millisecond, 600 * time.Millisecond, 1400 * time.Millisecond}; !slices.Equal(at, want) {
				t.Errorf("%s was tried at %v, want %v", action, at, want)
			}
		})
	}
}

// Where permissions are missing no record can be written: unless the invocation fails, the event is gone for good.
func TestARefusalBeforeTheClaimNeedsAHumanAndKeepsTheEvent(t *testing.T) {
	refused := func(calls string) came {
		return came{Outcome: remediation.NeedsHuman, Calls: calls, Failed: true}
	}
	full := standin.Options{Behavior: standin.Behavior{TagMax: 1}}
	fill := func(w *world) { w.Tag(secret, "team", "web") }
	observe := func(w *world) { w.remediator.Policy.Observe = true }
	tell(t, []story{
		{name: "the secret may not be read", options: standin.Options{Allow: []string{}}, want: refused("describe"), says: []string{"Forbidden.NoPermission", "grant"}},
		{name: "nor in observe mode", options: standin.Options{Allow: []string{}}, amiss: observe, want: refused("describe"), says: []string{"grant"}},
		{name: "its versions may not be read", options: standin.Options{Allow: []string{"kms:" + describe}}, want: refused("describe list"), says: []string{"grant"}},
		{name: "nor in observe mode", options: standin.Options{Allow: []string{"kms:" + describe}}, amiss: observe, want: refused("describe list"), says: []string{"grant"}},
		{name: "it may not be tagged", options: standin.Options{Allow: []string{"kms:" + describe, "kms:" + list, "kms:" + rotate}}, want: refused("describe list tag"), says: []string{"grant"}},
		{name: "it has no room for a tag", options: full, amiss: fill, want: refused("describe list tag"), says: []string{"Rejected.LimitExceeded"}},
		{name: "the request is refused", faults: []standin.Fault{refuse(tag, 400, "InvalidParameter")}, want: refused("describe list tag"), says: []string{"InvalidParameter"}},
	})
}

// What a person took away is not theirs to hear about every hour.
func TestWhatIsGoneOrOffEndsWithTheFewestCalls(t *testing.T) {
	skipped := func(calls string) came { return came{Outcome: remediation.Skipped, Calls: calls} }
	tell(t, []story{
		{name: "gone", amiss: func(w *world) { w.Delete(secret) }, want: skipped("describe")},
		{name: "gone a moment later", faults: []standin.Fault{refuse(list, 404, "Forbidden.ResourceNotFound")}, want: skipped("describe list")},
		{name: "gone before the claim", faults: []standin.Fault{refuse(tag, 404, "Forbidden.ResourceNotFound")}, want: skipped("describe list tag")},
		{name: "in its deletion window", amiss: func(w *world) {
			s, _ := w.Secret(secret)
			s.PlannedDeleteTime = time.Now().Add(7 * 24 * time.Hour)
			w.Put(s)
		}, want: skipped("describe"), says: []string{"planned for deletion at 2000-01-08"}},
		{name: "switched off", amiss: func(w *world) { w.Tag(secret, remediation.SwitchTag, "off") }, want: skipped("describe"), says: []string{remediation.SwitchTag}},
		{name: "of another type by KMS's own word", amiss: func(w *world) {
			s, _ := w.Secret(secret)
			s.Type = "Rds"
			w.Put(s)
		}, want: skipped("describe"), says: []string{"Rds"}},
		{name: "out of scope by name", amiss: func(w *world) { w.remediator.Policy.Scope.Deny = []string{secret} }, want: skipped("")},
	})
}

// That a secret is gone is what Decide says of it, not a call that failed.
func TestAGoneSecretIsDecidedOn(t *testing.T) {
	for _, f := range []standin.Fault{refuse(describe, 404, "Forbidden.ResourceNotFound"), refuse(list, 404, "Forbidden.ResourceNotFound")} {
		inWorld(t, standin.Options{}, func(w *world) {
			event := w.fail()
			w.Inject(f)
			if r := w.handle(event); r.Reason != "KMS does not know this secret, or it is planned for deletion" {
				t.Errorf("%s: the reason is %q", f.Action, r.Reason)
			}
		})
	}
}
