package remediation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// looks are all looks for the proof within VERIFY_WAIT.
var looks = strings.Repeat(" list", 9)

const (
	rotate   = "RotateSecret"
	list     = "ListSecretVersionIds"
	describe = "DescribeSecret"
	tag      = "TagResource"
)

// Each row is a promise of the table of what KMS answers to RotateSecret. A broken one either rotates twice, forgets a
// failure, or says something that is not so.
func TestWhatFollowsFromEachAnswerToRotateSecret(t *testing.T) {
	noted := came{Outcome: remediation.Waiting, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate tag"}
	given := came{Outcome: remediation.OutcomeThrottled, Next: "10m0s", Record: "open 0 10m0s", Calls: "describe list tag rotate tag"}
	pending := came{Outcome: remediation.Pending, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate" + looks}
	unanswered := pending
	unanswered.Calls += " tag"
	undecided := came{Outcome: remediation.Undecided, Record: "open 0 0s", Calls: "describe list tag rotate tag", Failed: true}
	gone := came{Outcome: remediation.Skipped, Attempt: 1, Record: "open 1 10m0s", Calls: "describe list tag rotate"}
	other := func(w *world) {
		w.before = func(c call) {
			if c.action == "list" && len(w.calls) == 5 {
				w.promote("theirs")
			}
		}
	}
	tell(t, []story{
		{name: "accepted, and current at the first look, is rotated",
			want: came{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works},
			says: []string{"KMS accepted", "the version that was asked for is current", "still Invalid"}},
		{name: "accepted, and current a little later, is rotated", options: standin.Options{Behavior: standin.Behavior{Work: time.Second, SuccessClearsInvalid: true}},
			want: came{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m2s", Calls: "describe list tag rotate list list list tag describe"}},
		{name: "accepted, and not current within the time, is pending", options: slow(), want: pending, says: []string{"KMS accepted"}},
		{name: "accepted, and another became current, is recovered", options: slow(), amiss: other,
			want: came{Outcome: remediation.Recovered, Attempt: 1, Record: "done 1 6h0m0s", Calls: works}, says: []string{"not ours", "ours may still follow"}},
		{name: "a lost answer with the work done is rotated", faults: []standin.Fault{{Action: rotate, Kind: standin.ResetAfter}},
			want: came{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works}, says: []string{"the answer of KMS was lost"}},
		{name: "a lost answer and a rotation of somebody else is recovered", faults: []standin.Fault{{Action: rotate, Kind: standin.ResetBefore}}, amiss: other,
			want: came{Outcome: remediation.Recovered, Attempt: 1, Record: "done 1 6h0m0s", Calls: works}, says: []string{"not ours"}},
		{name: "a server error is pending", faults: []standin.Fault{refuse(rotate, 500, "InternalFailure")}, want: unanswered, says: []string{"nobody knows"}},
		{name: "so is a service that is unavailable", faults: []standin.Fault{refuse(rotate, 503, "ServiceUnavailableTemporary")}, want: unanswered, says: []string{"nobody knows"}},

		{name: "throttled by the quota gives the attempt back", faults: []standin.Fault{refuse(rotate, 429, "Rejected.Throttling")}, want: given},
		{name: "throttled by the gateway does too", faults: []standin.Fault{refuse(rotate, 400, "Throttling.User")}, want: given},
		{name: "another limit keeps it spent", faults: []standin.Fault{refuse(rotate, 400, "Rejected.LimitExceeded")}, want: noted, says: []string{"stays spent"}},
		{name: "the quota of the hour by another code keeps it spent", options: standin.Options{Behavior: standin.Behavior{RotationsPerHour: 1, RotationsLimitCode: "Rejected.LimitExceeded"}},
			amiss: func(w *world) { w.spendQuota() }, want: noted},
		{name: "the quota of the hour by the code of throttling gives it back", options: standin.Options{Behavior: standin.Behavior{RotationsPerHour: 1}},
			amiss: func(w *world) { w.spendQuota() }, want: given},

		{name: "a secret that is gone is skipped", faults: []standin.Fault{refuse(rotate, 404, "Forbidden.ResourceNotFound")}, want: gone},
		{name: "so is one in its deletion window", faults: []standin.Fault{refuse(rotate, 409, "Rejected.ResourceInDeleteWindow")}, want: gone},
		{name: "a rotation that runs waits", options: slow(), amiss: func(w *world) { w.rotateByHand() }, want: noted, says: []string{"busy", "stays spent"}},
		{name: "a refusal waits, and its code is kept", faults: []standin.Fault{refuse(rotate, 400, "InvalidParameter")}, want: noted, says: []string{"InvalidParameter", "stays spent"}},
		{name: "another 404 is a refusal", faults: []standin.Fault{refuse(rotate, 404, "Forbidden.Something")}, want: noted},
		{name: "a token that is over is refunded at once", faults: []standin.Fault{refuse(rotate, 400, "InvalidSecurityToken.Expired")}, want: undecided, says: []string{"expired", "no rotation was asked for"}},
		{name: "so is one that does not fit", faults: []standin.Fault{refuse(rotate, 400, "InvalidSecurityToken.Malformed")}, want: undecided},
		{name: "so are missing credentials", faults: []standin.Fault{refuse(rotate, 400, "MissingSecurityToken")}, want: undecided},
	})
}

// What concerns the caller must not give up a whole fleet; all go on by themselves once it is mended.
func TestACauseOfTheAccountGivesTheAttemptBack(t *testing.T) {
	var stories []story
	for code, status := range map[string]int{
		"Forbidden.NoPermission": 403, "Forbidden.RAM": 403, "Forbidden.AccessKey": 403, "Forbidden.KmsServiceNotEnabled": 403,
		"Forbidden.InDebt": 403, "Forbidden.InDebtOverdue": 403, "Forbidden.ProhibitedByRiskControl": 403,
		"Forbidden.UbsmsInvalidUserid": 403, "Forbidden.UbsmsInvalidBid": 403, "InvalidAccessKeyId.NotFound": 404,
		"SignatureDoesNotMatch": 400, "IncompleteSignature": 400,
	} {
		stories = append(stories, story{name: code, faults: []standin.Fault{refuse(rotate, status, code)},
			want: came{Outcome: remediation.NeedsHuman, Next: "6h0m0s", Record: "open 0 6h0m0s", Calls: "describe list tag rotate tag"},
			says: []string{code + ": ", "no secret is given up"}})
	}
	tell(t, stories)
}

// What only a person can mend about this secret would be tried, and fail, until the attempts are spent.
func TestACauseOfTheSecretIsGivenUpAtOnce(t *testing.T) {
	var stories []story
	for code, status := range map[string]int{
		"Forbidden.KeyNotFound": 404, "Forbidden.KeyVersionNotFound": 404, "Forbidden.AliasNotFound": 404, "Rejected.Disabled": 409,
		"Rejected.PendingDeletion": 409, "Rejected.PendingImport": 409,
		"Rejected.UnsupportedOperation": 400, "UnsupportedOperation": 400,
	} {
		stories = append(stories, story{name: code, faults: []standin.Fault{refuse(rotate, status, code)},
			want: came{Outcome: remediation.NeedsHuman, Attempt: 1, Record: "needs-human 1 10m0s", Calls: "describe list tag rotate tag"},
			says: []string{code + ": ", "rotate the secret by hand", "remove tag"}})
	}
	tell(t, stories)
}

// KMS may have acted on each of these. A second RotateSecret would retire a password that was just set.
func TestALostAnswerIsNotSentAgain(t *testing.T) {
	for _, kind := range standin.FaultKinds {
		inWorld(t, standin.Options{}, func(w *world) {
			event := w.fail()
			w.Inject(standin.Fault{Action: rotate, Kind: kind})
			r := w.handle(event)
			want := remediation.Pending
			if kind.Commits() {
				want = remediation.Rotated
			}
			if sent := strings.Count(w.did(), "rotate"); r.Outcome != want || sent != 1 || r.Attempt != 1 {
				t.Errorf("%s: %s after %d RotateSecret, attempt %d; want %s after 1: %s", kind, r.Outcome, sent, r.Attempt, want, r.Reason)
			}
		})
	}
}

// What never left costs a try, not an attempt.
func TestOnlyWhatNeverLeftIsSentAgain(t *testing.T) {
	offlineFor := func(tries int) func(*world) {
		return func(w *world) {
			w.before = func(c call) {
				w.offline = c.action == "rotate" && strings.Count(w.did(), "rotate") <= tries
				w.client.CloseIdleConnections()
			}
		}
	}
	tell(t, []story{
		{name: "three times without a connection and then with one", amiss: offlineFor(3),
			want: came{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m2s", Calls: "describe list tag rotate rotate rotate rotate list tag describe"}},
		{name: "never with one", amiss: offlineFor(9), says: []string{"unsent", "stays spent"},
			want: came{Outcome: remediation.Waiting, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate rotate rotate rotate"}},
		{name: "once without one and then with a lost answer", options: slow(), amiss: offlineFor(1), faults: []standin.Fault{{Action: rotate, Kind: standin.ResetAfter}},
			want: came{Outcome: remediation.Pending, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate rotate" + looks + " tag"}},
	})
}

// spendQuota uses up the rotations of the hour by a call of somebody else.
func (w *world) spendQuota() {
	w.t.Helper()
	w.Put(standin.Secret{Name: "acs/ecs/other"})
	kms := w.remediator.Connect(region)
	if _, err := kms.RotateSecret(w.t.Context(), "acs/ecs/other", "theirs"); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) rotateByHand() {
	w.t.Helper()
	if err := w.Rotate(secret, "theirs"); err != nil {
		w.t.Fatal(err)
	}
}
