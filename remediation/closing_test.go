package remediation_test

import (
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// What was done is told even where it cannot be written: an outcome that is lost is looked for again, by rotating.
func TestAClosingCallThatFailsLeavesTheOutcome(t *testing.T) {
	broken := func(action string, skip int) standin.Fault {
		return later(skip, refuse(action, 500, "InternalFailure"))
	}
	tell(t, []story{
		{name: "the look for the proof fails", faults: []standin.Fault{broken(list, 1)}, says: []string{"could not be seen"},
			want: came{Outcome: remediation.Pending, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate" + tried("list")}},
		{name: "the look is forbidden", faults: []standin.Fault{later(1, refuse(list, 403, "Forbidden.NoPermission"))}, says: []string{"could not be seen"},
			want: came{Outcome: remediation.Pending, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate list"}},
		{name: "the secret is gone at the look", faults: []standin.Fault{later(1, refuse(list, 404, "Forbidden.ResourceNotFound"))}, says: []string{"could not be seen"},
			want: came{Outcome: remediation.Pending, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate list"}},
		{name: "done cannot be written", faults: []standin.Fault{broken(tag, 1)}, says: []string{"marking the record", "the next reconcile repairs"},
			want: came{Outcome: remediation.Rotated, Attempt: 1, Record: "open 1 10m0s", Calls: "describe list tag rotate list" + tried("tag") + " describe"}},
		{name: "the schedule cannot be read", faults: []standin.Fault{broken(describe, 1)}, says: []string{"reading the schedule"},
			want: came{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: "describe list tag rotate list tag" + tried("describe")}},
		{name: "a throttled attempt cannot be given back", faults: []standin.Fault{refuse(rotate, 429, "Rejected.Throttling"), broken(tag, 1)}, says: []string{"refunding the attempt"},
			want: came{Outcome: remediation.OutcomeThrottled, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate" + tried("tag")}},
		{name: "nor one that the account's cause ended", faults: []standin.Fault{refuse(rotate, 403, "Forbidden.InDebt"), broken(tag, 1)}, says: []string{"refunding the attempt"},
			want: came{Outcome: remediation.NeedsHuman, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate" + tried("tag")}},
		{name: "a cause cannot be written", faults: []standin.Fault{refuse(rotate, 400, "InvalidParameter"), broken(tag, 1)}, says: []string{"recording the cause"},
			want: came{Outcome: remediation.Waiting, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate" + tried("tag")}},
		{name: "a needs-human that does not stand on the secret fails the invocation", faults: []standin.Fault{refuse(rotate, 409, "Rejected.Disabled"), broken(tag, 1)}, says: []string{"recording it"},
			want: came{Outcome: remediation.NeedsHuman, Attempt: 1, Record: "open 1 10m0s", Calls: "describe list tag rotate" + tried("tag"), Failed: true}},
	})
}

// A person who is told once, and whose record is then missing, would never be told again.
func TestGivingUpIsRepeatedUntilItIsRecorded(t *testing.T) {
	inWorld(t, standin.Options{}, func(w *world) {
		event := w.fail()
		w.put(remediation.PhaseOpen, 5, 0)
		w.Inject(standin.Fault{Action: tag, Kind: standin.ResetBefore, Times: 4})
		want := came{Outcome: remediation.NeedsHuman, Attempt: 5, Record: "open 5 0s", Calls: "describe list" + tried("tag"), Failed: true}
		w.expect("while it cannot be written", event, want, "5 attempts made", "InstanceNotRunning", "start the ECS instance")
		again := w.handle(event)
		if again.Outcome != remediation.NeedsHuman || again.Failed() || w.did() != "describe list tag" {
			t.Errorf("once it can: %s, failed %t, calls %s", again.Outcome, again.Failed(), w.did())
		}
		w.expect("and then it is quiet", event, came{Outcome: remediation.NeedsHuman, Attempt: 5, Record: "needs-human 5 -1.4s", Calls: "describe list"}, "given up after 5 attempts")
	})
}

// A record whose end could not be written is mended by whoever looks next, and told once more rather than never.
func TestTheNextLookMendsWhatCouldNotBeWritten(t *testing.T) {
	inWorld(t, standin.Options{}, func(w *world) {
		event := w.fail()
		w.Inject(later(1, standin.Fault{Action: tag, Kind: standin.ResetBefore, Times: 4}))
		w.expect("done is not written", event, came{Outcome: remediation.Rotated, Attempt: 1, Record: "open 1 10m0s", Calls: "describe list tag rotate list" + tried("tag") + " describe"})
		w.wait(600 * 1e6)
		w.expect("a success does it", succeeded(), came{Outcome: remediation.Recovered, Attempt: 1, Record: "done 1 6h0m0s", Calls: "describe list tag describe"}, "1 attempt of ours")
		w.expect("another finds it told", succeeded(), came{Outcome: remediation.AlreadyRotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: "describe list"}, "told before")
	})
}
