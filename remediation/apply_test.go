package remediation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// reads are those of verifying within VERIFY_WAIT.
var reads = strings.Repeat(" list", 9)

const (
	rotate   = "RotateSecret"
	list     = "ListSecretVersionIds"
	describe = "DescribeSecret"
	tag      = "TagResource"
)

// Each row is a promise of the table of what KMS answers to RotateSecret. A broken one either rotates twice, forgets a
// failure, or says something that is not so.
func TestWhatFollowsFromEachAnswerToRotateSecret(t *testing.T) {
	noted := handled{Outcome: remediation.Waiting, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate tag"}
	given := handled{Outcome: remediation.OutcomeThrottled, Next: "10m0s", Record: "open 0 10m0s", Calls: "describe list tag rotate tag"}
	pending := handled{Outcome: remediation.Pending, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate" + reads}
	unanswered := pending
	unanswered.Calls += " tag"
	undecided := handled{Outcome: remediation.Undecided, Record: "open 0 0s", Calls: "describe list tag rotate tag", Failed: true}
	gone := handled{Outcome: remediation.Skipped, Attempt: 1, Record: "open 1 10m0s", Calls: "describe list tag rotate"}
	other := func(a *account) {
		a.before = func(c call) {
			if c.action == "list" && len(a.calls) == 5 {
				a.promote("theirs")
			}
		}
	}
	handleEach(t, []delivery{
		{name: "accepted, and current at the first read, is rotated",
			want: handled{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works},
			says: []string{"rotation accepted", " is current", "still Invalid"}},
		{name: "accepted, and current a little later, is rotated", options: standin.Options{Behavior: standin.Behavior{Work: time.Second, SuccessClearsInvalid: true}},
			want: handled{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m2s", Calls: "describe list tag rotate list list list tag describe"}},
		{name: "accepted, and not current within the time, is pending", options: slow(), want: pending, says: []string{"rotation accepted"}},
		{name: "accepted, and another became current, is recovered", options: slow(), given: other,
			want: handled{Outcome: remediation.Recovered, Attempt: 1, Record: "done 1 6h0m0s", Calls: works}, says: []string{"another version than ours", "ours may still follow"}},
		{name: "a lost answer with the work done is rotated", faults: []standin.Fault{{Action: rotate, Kind: standin.ResetAfter}},
			want: handled{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works}, says: []string{"the answer was lost"}},
		{name: "a lost answer and a rotation of somebody else is recovered", faults: []standin.Fault{{Action: rotate, Kind: standin.ResetBefore}}, given: other,
			want: handled{Outcome: remediation.Recovered, Attempt: 1, Record: "done 1 6h0m0s", Calls: works}, says: []string{"another version than ours"}},
		{name: "a server error is pending", faults: []standin.Fault{refuse(rotate, 500, "InternalFailure")}, want: unanswered, says: []string{"the answer was lost"}},
		{name: "so is a service that is unavailable", faults: []standin.Fault{refuse(rotate, 503, "ServiceUnavailableTemporary")}, want: unanswered, says: []string{"the answer was lost"}},

		{name: "throttled by the quota refunds the attempt", faults: []standin.Fault{refuse(rotate, 429, "Rejected.Throttling")}, want: given},
		{name: "throttled by the gateway does too", faults: []standin.Fault{refuse(rotate, 400, "Throttling.User")}, want: given},
		{name: "another limit keeps it spent", faults: []standin.Fault{refuse(rotate, 400, "Rejected.LimitExceeded")}, want: noted, says: []string{"the attempt counts"}},
		{name: "the quota of the hour by another code keeps it spent", options: standin.Options{Behavior: standin.Behavior{RotationsPerHour: 1, RotationsLimitCode: "Rejected.LimitExceeded"}},
			given: func(a *account) { a.spendQuota() }, want: noted},
		{name: "the quota of the hour by the code of throttling refunds it", options: standin.Options{Behavior: standin.Behavior{RotationsPerHour: 1}},
			given: func(a *account) { a.spendQuota() }, want: given},

		{name: "a secret that is gone is skipped", faults: []standin.Fault{refuse(rotate, 404, "Forbidden.ResourceNotFound")}, want: gone},
		{name: "so is one in its deletion window", faults: []standin.Fault{refuse(rotate, 409, "Rejected.ResourceInDeleteWindow")}, want: gone},
		{name: "a rotation that runs waits", options: slow(), given: func(a *account) { a.rotateByHand() }, want: noted, says: []string{"a rotation is running", "the attempt counts"}},
		{name: "a refusal waits, and its code is kept", faults: []standin.Fault{refuse(rotate, 400, "InvalidParameter")}, want: noted, says: []string{"InvalidParameter", "the attempt counts"}},
		{name: "another 404 is a refusal", faults: []standin.Fault{refuse(rotate, 404, "Forbidden.Something")}, want: noted},
		{name: "a token that is over is refunded at once", faults: []standin.Fault{refuse(rotate, 400, "InvalidSecurityToken.Expired")}, want: undecided, says: []string{"expired", "the attempt does not count"}},
		{name: "so is one that does not fit", faults: []standin.Fault{refuse(rotate, 400, "InvalidSecurityToken.Malformed")}, want: undecided},
		{name: "so is a time stamp that is refused", faults: []standin.Fault{refuse(rotate, 400, "InvalidTimeStamp.Expired")}, want: undecided, says: []string{"does not count"}},
		{name: "in its other spelling", faults: []standin.Fault{refuse(rotate, 400, "IllegalTimestamp")}, want: undecided},
		{name: "but a nonce that was used may have worked", faults: []standin.Fault{refuse(rotate, 400, "SignatureNonceUsed")}, want: unanswered, says: []string{"the answer was lost"}},
		{name: "so are missing credentials", faults: []standin.Fault{refuse(rotate, 400, "MissingSecurityToken")}, want: undecided},
	})
}

// A cause of the caller must not give up a whole fleet; all go on by themselves once it is repaired.
func TestACauseOfTheAccountRefundsTheAttempt(t *testing.T) {
	var stories []delivery
	for code, status := range map[string]int{
		"Forbidden.NoPermission": 403, "Forbidden.RAM": 403, "Forbidden.AccessKey": 403, "Forbidden.KmsServiceNotEnabled": 403,
		"Forbidden.InDebt": 403, "Forbidden.InDebtOverdue": 403, "Forbidden.ProhibitedByRiskControl": 403,
		"Forbidden.UbsmsInvalidUserid": 403, "Forbidden.UbsmsInvalidBid": 403, "InvalidAccessKeyId.NotFound": 404,
		"SignatureDoesNotMatch": 400, "IncompleteSignature": 400,
		"Rejected.Unavailable": 409, "Forbidden.DKMSInstanceStateInvalid": 403,
	} {
		stories = append(stories, delivery{name: code, faults: []standin.Fault{refuse(rotate, status, code)},
			want: handled{Outcome: remediation.NeedsHuman, Next: "6h0m0s", Record: "open 0 6h0m0s", Calls: "describe list tag rotate tag"},
			says: []string{code + ", ", "no secret is given up"}})
	}
	handleEach(t, stories)
}

// A cause that only a person can repair would be tried, and fail, until the attempts are spent.
func TestACauseOfTheSecretIsGivenUpAtOnce(t *testing.T) {
	var stories []delivery
	for code, status := range map[string]int{
		"Forbidden.KeyNotFound": 404, "Forbidden.KeyVersionNotFound": 404, "Forbidden.AliasNotFound": 404, "Rejected.Disabled": 409,
		"Rejected.PendingDeletion": 409, "Rejected.PendingImport": 409,
		"Rejected.UnsupportedOperation": 400, "UnsupportedOperation": 400,
	} {
		stories = append(stories, delivery{name: code, faults: []standin.Fault{refuse(rotate, status, code)},
			want: handled{Outcome: remediation.NeedsHuman, Attempt: 1, Record: "needs-human 1 10m0s", Calls: "describe list tag rotate tag"},
			says: []string{code + ", ", "then run remediator", "retry " + secret}})
	}
	handleEach(t, stories)
}

// KMS may have acted on each of these. A second RotateSecret would retire a password that was just set.
func TestALostAnswerIsNotSentAgain(t *testing.T) {
	for _, kind := range standin.FaultKinds {
		inAccount(t, standin.Options{}, func(a *account) {
			event := a.fail()
			a.Inject(standin.Fault{Action: rotate, Kind: kind})
			r := a.handle(event)
			want := remediation.Pending
			if kind.Commits() {
				want = remediation.Rotated
			}
			if sent := strings.Count(a.did(), "rotate"); r.Outcome != want || sent != 1 || r.Attempt != 1 {
				t.Errorf("%s: %s after %d RotateSecret, attempt %d; want %s after 1: %s", kind, r.Outcome, sent, r.Attempt, want, r.Reason)
			}
		})
	}
}

// A request that never left costs a try, not an attempt.
func TestOnlyWhatNeverLeftIsSentAgain(t *testing.T) {
	offlineFor := func(tries int) func(*account) {
		return func(a *account) {
			a.before = func(c call) {
				a.SetOffline(c.action == "rotate" && strings.Count(a.did(), "rotate") <= tries)
			}
		}
	}
	handleEach(t, []delivery{
		{name: "three times without a connection and then with one", given: offlineFor(3),
			want: handled{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m2s", Calls: "describe list tag rotate rotate rotate rotate list tag describe"}},
		{name: "never with one", given: offlineFor(9), says: []string{"could not be sent", "the attempt counts"},
			want: handled{Outcome: remediation.Waiting, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate rotate rotate rotate"}},
		{name: "once without one and then with a lost answer", options: slow(), given: offlineFor(1), faults: []standin.Fault{{Action: rotate, Kind: standin.ResetAfter}},
			want: handled{Outcome: remediation.Pending, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate rotate" + reads + " tag"}},
	})
}

// spendQuota uses up the rotations of the hour by a call of somebody else.
func (a *account) spendQuota() {
	a.t.Helper()
	a.Put(standin.Secret{Name: "acs/ecs/other"})
	kms := a.remediator.Connect(region)
	if _, err := kms.RotateSecret(a.t.Context(), "acs/ecs/other", "theirs"); err != nil {
		a.t.Fatal(err)
	}
}

func (a *account) rotateByHand() {
	a.t.Helper()
	if err := a.Rotate(secret, "theirs"); err != nil {
		a.t.Fatal(err)
	}
}

// An attempt is reported even where its end cannot be written: an outcome that is lost is searched for again, by rotating.
func TestAClosingCallThatFailsLeavesTheOutcome(t *testing.T) {
	broken := func(action string, skip int) standin.Fault {
		return later(skip, refuse(action, 500, "InternalFailure"))
	}
	handleEach(t, []delivery{
		{name: "the verifying read fails", faults: []standin.Fault{broken(list, 1)}, says: []string{"could not be read"},
			want: handled{Outcome: remediation.Pending, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate" + tried("list")}},
		{name: "the verifying read is forbidden", faults: []standin.Fault{later(1, refuse(list, 403, "Forbidden.NoPermission"))}, says: []string{"could not be read"},
			want: handled{Outcome: remediation.Pending, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate list"}},
		{name: "the secret is gone at the verifying read", faults: []standin.Fault{later(1, refuse(list, 404, "Forbidden.ResourceNotFound"))}, says: []string{"could not be read"},
			want: handled{Outcome: remediation.Pending, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate list"}},
		{name: "done cannot be written", faults: []standin.Fault{broken(tag, 1)}, says: []string{"could not be closed", "the next reconcile does it"},
			want: handled{Outcome: remediation.Rotated, Attempt: 1, Record: "open 1 10m0s", Calls: "describe list tag rotate list" + tried("tag") + " describe"}},
		{name: "the schedule cannot be read", faults: []standin.Fault{broken(describe, 1)}, says: []string{"schedule could not be read"},
			want: handled{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: "describe list tag rotate list tag" + tried("describe")}},
		{name: "a throttled attempt cannot be refunded", faults: []standin.Fault{refuse(rotate, 429, "Rejected.Throttling"), broken(tag, 1)}, says: []string{"could not be refunded"},
			want: handled{Outcome: remediation.OutcomeThrottled, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate" + tried("tag")}},
		{name: "nor one that the account's cause ended", faults: []standin.Fault{refuse(rotate, 403, "Forbidden.InDebt"), broken(tag, 1)}, says: []string{"could not be refunded"},
			want: handled{Outcome: remediation.NeedsHuman, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate" + tried("tag")}},
		{name: "a cause cannot be written", faults: []standin.Fault{refuse(rotate, 400, "InvalidParameter"), broken(tag, 1)}, says: []string{"cause could not be recorded"},
			want: handled{Outcome: remediation.Waiting, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate" + tried("tag")}},
		{name: "a needs-human that is not on the secret fails the invocation", faults: []standin.Fault{refuse(rotate, 409, "Rejected.Disabled"), broken(tag, 1)}, says: []string{"could not be recorded"},
			want: handled{Outcome: remediation.NeedsHuman, Attempt: 1, Record: "open 1 10m0s", Calls: "describe list tag rotate" + tried("tag"), Failed: true}},
	})
}

// A person who is called once, and whose record is then missing, would never be called again.
func TestGivingUpIsRepeatedUntilItIsRecorded(t *testing.T) {
	inAccount(t, standin.Options{}, func(a *account) {
		event := a.fail()
		a.put(remediation.PhaseOpen, 5, 0)
		a.Inject(standin.Fault{Action: tag, Kind: standin.ResetBefore, Times: 4})
		want := handled{Outcome: remediation.NeedsHuman, Attempt: 5, Record: "open 5 0s", Calls: "describe list" + tried("tag"), Failed: true}
		a.expect("while it cannot be written", event, want, "5 attempts failed", "InstanceNotRunning", "start the ECS instance")
		again := a.handle(event)
		if again.Outcome != remediation.NeedsHuman || again.Failed() || a.did() != "describe list tag" {
			t.Errorf("once it can: %s, failed %t, calls %s", again.Outcome, again.Failed(), a.did())
		}
		a.expect("and then it is quiet", event, handled{Outcome: remediation.NeedsHuman, Attempt: 5, Record: "needs-human 5 -1.4s", Calls: "describe list"}, "5 attempts failed")
	})
}

// A record whose end could not be written is repaired by whoever reconciles next, and reported once more rather than never.
func TestTheNextReconcileRepairsWhatCouldNotBeWritten(t *testing.T) {
	inAccount(t, standin.Options{}, func(a *account) {
		event := a.fail()
		a.Inject(later(1, standin.Fault{Action: tag, Kind: standin.ResetBefore, Times: 4}))
		a.expect("done is not written", event, handled{Outcome: remediation.Rotated, Attempt: 1, Record: "open 1 10m0s", Calls: "describe list tag rotate list" + tried("tag") + " describe"})
		a.wait(600 * 1e6)
		a.expect("a success does it", succeeded(), handled{Outcome: remediation.Recovered, Attempt: 1, Record: "done 1 6h0m0s", Calls: "describe list tag describe"}, "1 attempt of ours")
		a.expect("another finds it reported", succeeded(), handled{Outcome: remediation.AlreadyRotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: "describe list"}, "reported before")
	})
}
