package remediation_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// tried names an action as often as it is tried.
func tried(action string) string { return strings.Repeat(" "+action, 4) }

// More than this, or other than this, is quota spent on a secret that is well.
func TestARemediationThatWorksTakesSevenCalls(t *testing.T) {
	inAccount(t, standin.Options{}, func(a *account) {
		a.expect("a failure", a.fail(), handled{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works})
		var atKMS []string
		for _, c := range a.Calls() {
			atKMS = append(atKMS, c.Action)
		}
		if want := []string{describe, list, tag, rotate, list, tag, describe}; !slices.Equal(atKMS, want) {
			t.Errorf("KMS saw %v, want %v", atKMS, want)
		}
		if id := a.Calls()[3].VersionID; a.current().ID != id || len(a.Rotations(secret)) != 2 {
			t.Errorf("%s is current after %d rotations, want %s after that of the schedule and ours", a.current().ID, len(a.Rotations(secret)), id)
		}
	})
}

// Where KMS cannot be asked nothing is known, and the event has to come again: an event that is answered is lost.
func TestWithoutAnAnswerBeforeTheClaimNothingIsDecided(t *testing.T) {
	undecided := func(calls string) handled {
		return handled{Outcome: remediation.Undecided, Calls: calls, Failed: true}
	}
	unavailable := func(action string) standin.Fault { return refuse(action, 503, "ServiceUnavailableTemporary") }
	stories := []delivery{
		{name: "the secret cannot be read", faults: []standin.Fault{unavailable(describe)}, want: undecided(tried("describe")[1:])},
		{name: "nor its version", faults: []standin.Fault{unavailable(list)}, want: undecided("describe" + tried("list"))},
		{name: "nor the claim be written", faults: []standin.Fault{unavailable(tag)}, want: undecided("describe list" + tried("tag"))},
		{name: "reads are throttled", faults: []standin.Fault{refuse(describe, 429, "Rejected.Throttling")}, want: undecided(tried("describe")[1:])},
		{name: "claims are throttled", faults: []standin.Fault{refuse(tag, 400, "Throttling.User")}, want: undecided("describe list" + tried("tag"))},
		{name: "no version is current", given: func(a *account) {
			s, _ := a.Secret(secret)
			s.Versions[0].Stages = nil
			a.Put(s)
		}, want: undecided("describe" + tried("list"))},
		{name: "an expired token is not tried again", faults: []standin.Fault{refuse(describe, 400, "InvalidSecurityToken.Expired")}, want: undecided("describe")},
		{name: "nor for the version", faults: []standin.Fault{refuse(list, 400, "InvalidSecurityToken.Expired")}, want: undecided("describe list")},
		{name: "nor for the claim", faults: []standin.Fault{refuse(tag, 400, "InvalidSecurityToken.Expired")}, want: undecided("describe list tag")},
		{name: "nobody can be reached", given: func(a *account) { a.SetOffline(true) }, want: undecided(tried("describe")[1:])},
	}
	for i := range stories {
		stories[i].says = []string{"no rotation was requested"}
	}
	handleEach(t, stories)
}

// A fault that passes costs a second, not an event.
func TestAFaultThatPassesIsTriedAgain(t *testing.T) {
	thrice := func(action string, kind standin.FaultKind) []standin.Fault {
		return []standin.Fault{{Action: action, Kind: kind, Times: 3}}
	}
	worked := func(calls string) handled {
		return handled{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m2s", Calls: calls}
	}
	handleEach(t, []delivery{
		{name: "of the secret", faults: thrice(describe, standin.ResetBefore), want: worked("describe describe describe " + works)},
		{name: "of the version", faults: thrice(list, standin.HTML), want: worked("describe list list list list tag rotate list tag describe")},
		{name: "of the claim, which may have been written", faults: thrice(tag, standin.ResetAfter), want: worked("describe list tag tag tag tag describe list rotate list tag describe")},
	})
}

// Pauses that do not grow hammer a KMS in trouble; longer ones hold up everybody who waits for this instance.
func TestTriesComeAtDoublingPauses(t *testing.T) {
	for _, action := range []string{"describe", "list", "tag"} {
		inAccount(t, standin.Options{}, func(a *account) {
			event := a.fail()
			a.Inject(refuse(map[string]string{"describe": describe, "list": list, "tag": tag}[action], 500, "InternalFailure"))
			a.handle(event)
			var at []time.Duration
			for _, c := range a.calls {
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
	refused := func(calls string) handled {
		return handled{Outcome: remediation.NeedsHuman, Calls: calls, Failed: true}
	}
	full := standin.Options{Behavior: standin.Behavior{TagMax: 1}}
	fill := func(a *account) { a.Tag(secret, "team", "web") }
	observe := func(a *account) { a.remediator.Policy.Observe = true }
	handleEach(t, []delivery{
		{name: "the secret may not be read", options: standin.Options{Allow: []string{}}, want: refused("describe"), says: []string{"Forbidden.NoPermission", "grant"}},
		{name: "nor in observe mode", options: standin.Options{Allow: []string{}}, given: observe, want: refused("describe"), says: []string{"grant"}},
		{name: "its versions may not be read", options: standin.Options{Allow: []string{"kms:" + describe}}, want: refused("describe list"), says: []string{"grant"}},
		{name: "nor in observe mode", options: standin.Options{Allow: []string{"kms:" + describe}}, given: observe, want: refused("describe list"), says: []string{"grant"}},
		{name: "it may not be tagged", options: standin.Options{Allow: []string{"kms:" + describe, "kms:" + list, "kms:" + rotate}}, want: refused("describe list tag"), says: []string{"grant"}},
		{name: "it has no room for a tag", options: full, given: fill, want: refused("describe list tag"), says: []string{"Rejected.LimitExceeded"}},
		{name: "the request is refused", faults: []standin.Fault{refuse(tag, 400, "InvalidParameter")}, want: refused("describe list tag"), says: []string{"InvalidParameter"}},
	})
}

// A person who took a secret away need not hear of it every hour.
func TestWhatIsGoneOrOffEndsWithTheFewestCalls(t *testing.T) {
	skipped := func(calls string) handled { return handled{Outcome: remediation.Skipped, Calls: calls} }
	handleEach(t, []delivery{
		{name: "gone", given: func(a *account) { a.Delete(secret) }, want: skipped("describe")},
		{name: "gone a moment later", faults: []standin.Fault{refuse(list, 404, "Forbidden.ResourceNotFound")}, want: skipped("describe list")},
		{name: "gone before the claim", faults: []standin.Fault{refuse(tag, 404, "Forbidden.ResourceNotFound")}, want: skipped("describe list tag")},
		{name: "in its deletion window", given: func(a *account) {
			s, _ := a.Secret(secret)
			s.PlannedDeleteTime = time.Now().Add(7 * 24 * time.Hour)
			a.Put(s)
		}, want: skipped("describe"), says: []string{"planned for deletion at 2000-01-08"}},
		{name: "switched off", given: func(a *account) { a.Tag(secret, remediation.SwitchTag, "off") }, want: skipped("describe"), says: []string{remediation.SwitchTag}},
		{name: "of another type by KMS's own word", given: func(a *account) {
			s, _ := a.Secret(secret)
			s.Type = "Rds"
			a.Put(s)
		}, want: skipped("describe"), says: []string{"Rds"}},
		{name: "out of scope by name", given: func(a *account) { a.remediator.Policy.Scope.Deny = []string{secret} }, want: skipped("")},
	})
}

// Decide says that a secret is gone; it is no call that failed.
func TestAGoneSecretIsDecidedOn(t *testing.T) {
	for _, f := range []standin.Fault{refuse(describe, 404, "Forbidden.ResourceNotFound"), refuse(list, 404, "Forbidden.ResourceNotFound")} {
		inAccount(t, standin.Options{}, func(a *account) {
			event := a.fail()
			a.Inject(f)
			if r := a.handle(event); r.Reason != "KMS does not know this secret, or it is planned for deletion: nothing is rotated" {
				t.Errorf("%s: the reason is %q", f.Action, r.Reason)
			}
		})
	}
}

// Secrets that hang must not take the time of all others of a payload, and what was asked for is verified as ever.
func TestOneOfSeveralEventsIsReadOnceBeforeTheClaim(t *testing.T) {
	const s = time.Second
	type course struct {
		Outcome remediation.Outcome
		Calls   string
		Took    time.Duration
	}
	hang := func(action string, skip int) standin.Fault {
		return standin.Fault{Action: action, Kind: standin.HangBefore, Skip: skip}
	}
	once := func(action string, skip int) standin.Fault {
		f := refuse(action, 500, "InternalFailure")
		f.Skip, f.Times = skip, 1
		return f
	}
	for _, row := range []struct {
		name  string
		fault standin.Fault
		want  course
	}{
		{"all is well", standin.Fault{Action: "none"}, course{remediation.Rotated, works, 0}},
		{"reading the secret hangs", hang(describe, 0), course{remediation.Undecided, "describe", 2 * s}},
		{"reading the version hangs", hang(list, 0), course{remediation.Undecided, "describe list", 2 * s}},
		{"reading the secret fails once", once(describe, 0), course{remediation.Undecided, "describe", 0}},
		{"the claim fails once", once(tag, 0), course{remediation.Rotated, "describe list tag tag describe list rotate list tag describe", 200 * time.Millisecond}},
		{"a verifying read fails once", once(list, 1), course{remediation.Rotated, "describe list tag rotate list list tag describe", 200 * time.Millisecond}},
		{"all reads while verifying hang", hang(list, 1), course{remediation.Pending, "describe list tag rotate list list list list", 21400 * time.Millisecond}},
		{"reading the schedule fails once", once(describe, 1), course{remediation.Rotated, "describe list tag rotate list tag describe describe", 200 * time.Millisecond}},
	} {
		inAccount(t, standin.Options{}, func(a *account) {
			a.remediator.SingleTry = true
			event := a.fail()
			a.Inject(row.fault)
			r := a.handle(event)
			if diff := cmp.Diff(row.want, course{r.Outcome, a.did(), r.Elapsed}); diff != "" {
				t.Errorf("%s (-want +got):\n%s", row.name, diff)
			}
			if r.Outcome == remediation.Undecided {
				a.wantWords(r.Reason, "no rotation was requested", "the platform delivers the event again")
			}
		})
	}
}

// A person who tries the function out on a real account must not find a tag or a new password there.
func TestObserveNeverWrites(t *testing.T) {
	const due, notDue = -time.Minute, time.Minute
	older := remediation.Version{ID: "v0", CreateTime: time.Date(1999, 12, 1, 0, 0, 0, 0, time.UTC)}
	success := func(*account) events.Event { return succeeded() }
	for _, row := range []struct {
		name  string
		state func(*account)
		event func(*account) events.Event
		want  remediation.Outcome
		calls string
	}{
		{"a new failure", func(*account) {}, nil, remediation.WouldRotate, "describe list"},
		{"an attempt that is due", func(a *account) { a.put(remediation.PhaseOpen, 1, due) }, nil, remediation.WouldRotate, "describe list"},
		{"one that is not", func(a *account) { a.put(remediation.PhaseOpen, 1, notDue) }, nil, remediation.Waiting, "describe list"},
		{"spent attempts", func(a *account) { a.put(remediation.PhaseOpen, 5, due) }, nil, remediation.NeedsHuman, "describe list"},
		{"given up", func(a *account) { a.put(remediation.PhaseNeedsHuman, 5, due) }, nil, remediation.NeedsHuman, "describe list"},
		{"a record that cannot be read", func(a *account) { a.Tag(secret, remediation.RecordTag, "theirs") }, nil, remediation.NeedsHuman, "describe list"},
		{"a version that came back", func(a *account) { a.put(remediation.PhaseDone, 1, due) }, nil, remediation.Waiting, "describe list"},
		{"a series that goes on", func(a *account) { a.putOf(older, remediation.PhaseOpen, 1, due) }, nil, remediation.Waiting, "describe list"},
		{"a failure after giving up another version", func(a *account) { a.putOf(older, remediation.PhaseNeedsHuman, 5, due) }, nil, remediation.WouldRotate, "describe list"},
		{"an episode that is over", func(a *account) { a.putOf(older, remediation.PhaseOpen, 2, due) }, success, remediation.Recovered, "describe list describe"},
		{"one that was reported", func(a *account) { a.putOf(older, remediation.PhaseDone, 2, due) }, success, remediation.AlreadyRotated, "describe list"},
		{"a success too early", func(a *account) { a.put(remediation.PhaseOpen, 1, due) }, success, remediation.Waiting, "describe list"},
		{"switched off", func(a *account) { a.Tag(secret, remediation.SwitchTag, "off") }, nil, remediation.Skipped, "describe"},
		{"gone", func(a *account) { a.Delete(secret) }, nil, remediation.Skipped, "describe"},
	} {
		inAccount(t, standin.Options{}, func(a *account) {
			a.remediator.Policy.Observe = true
			event := a.fail()
			row.state(a)
			if row.event != nil {
				event = row.event(a)
			}
			before, _ := a.Secret(secret)
			r := a.handle(event)
			after, _ := a.Secret(secret)
			if r.Outcome != row.want || r.Failed() || a.did() != row.calls {
				t.Errorf("%s: %s, failed %t, calls %s; want %s, calls %s: %s", row.name, r.Outcome, r.Failed(), a.did(), row.want, row.calls, r.Reason)
			}
			if !maps.Equal(before.Tags, after.Tags) || a.rotations() != 0 || strings.Contains(a.did(), "tag") || strings.Contains(a.did(), "rotate") {
				t.Errorf("%s: tags %v became %v, and %d rotations began: observing must change nothing", row.name, before.Tags, after.Tags, a.rotations())
			}
		})
	}
}

// A report of observe mode is read as what act mode would do.
func TestObserveNamesTheAttemptThatItWouldMake(t *testing.T) {
	inAccount(t, standin.Options{}, func(a *account) {
		a.remediator.Policy.Observe = true
		event := a.fail()
		a.expect("the first", event, handled{Outcome: remediation.WouldRotate, Attempt: 1, Calls: "describe list"}, "attempt 1 of 5", "observe mode writes nothing")
		a.put(remediation.PhaseOpen, 2, -time.Minute)
		a.expect("the third", event, handled{Outcome: remediation.WouldRotate, Attempt: 3, Record: "open 2 -1m0s", Calls: "describe list"}, "attempt 3 of 5")
	})
}
