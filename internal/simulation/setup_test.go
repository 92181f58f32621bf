package simulation

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/accounttest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	region = accounttest.Region
	secret = accounttest.Secret
	other  = "acs/ecs/db-1" // uses up the quota
)

// historyMode says what a tick learns from CloudMonitor. It is a closed set.
type historyMode string

const (
	historyRead    historyMode = "read"
	historyOff     historyMode = "off"
	historyRefused historyMode = "refused" // the role lacks the permission
)

// setup is what does not change while a script is played.
type setup struct {
	kms      standin.Behavior
	skew     time.Duration // KMS's clock less ours
	start    time.Duration // into a day
	policy   remediation.Policy
	interval time.Duration // between ticks
	perHour  int           // ROTATIONS_PER_HOUR
	history  historyMode
	timeout  time.Duration // of an invocation
	failing  int           // so many rotations fail first; all, if negative
	cause    string        // of the failures
	leaveOff bool          // a switch that is off in the end stays off
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

// between is a time from a to b, in whole milliseconds.
func between(r *rand.Rand, a, b time.Duration) time.Duration {
	return a + time.Duration(r.Int64N(int64((b-a)/time.Millisecond)+1))*time.Millisecond
}

func drawSetup(r *rand.Rand) setup {
	s := setup{
		kms:      drawKMS(r),
		skew:     pick(r, 0, 0, between(r, -12*time.Hour, time.Hour)), // what is further ahead is from the future
		start:    between(r, 0, 24*time.Hour),
		interval: time.Duration(pick(r, 1, 5, 5, 10, 15, 30, 60)) * time.Minute,
		history:  pick(r, historyRead, historyRead, historyRead, historyOff, historyRefused),
		timeout:  pick(r, 10*time.Second, 30*time.Second, time.Minute),
		failing:  pick(r, 0, 1, 1, 2, 3, r.IntN(7), -1),
		cause:    pick(r, "", "InstanceNotRunning", "Kms:ClientNotRunning", "A.Very:Long-Code.ThatNobodyHasEverSeenBefore"),
		leaveOff: chance(r, 50),
	}
	s.perHour, s.kms.RotationsPerHour = drawRate(r, s.interval)
	s.policy = drawPolicy(r, s.kms.Work+s.interval)
	return s
}

func drawKMS(r *rand.Rand) standin.Behavior {
	return standin.Behavior{
		StageMoves:                  pick(r, standin.StageMovesAll...),
		Work:                        pick(r, 0, 0, between(r, 0, 20*time.Second), between(r, 0, 30*time.Minute)),
		FailedLeavesVersion:         chance(r, 50),
		FailedMovesLastRotationDate: chance(r, 50),
		FailedRaisesEvent:           chance(r, 50),
		SucceededRaisesEvent:        chance(r, 50),
		SuccessClearsInvalid:        chance(r, 50),
		FailureSparesSchedule:       chance(r, 50),
		HourlyWindow:                pick(r, standin.Windows...),
		RotationsLimitCode:          pick(r, "", "Rejected.LimitExceeded", "QuotaExceeded.Rotation"),
		RefusedCallsCount:           chance(r, 50),
		RequestsPerSecond:           pick(r, 0, 0, 20),
		BusyCode:                    pick(r, "", "Rejected.RotationInProgress"),
		BusyStatus:                  pick(r, 0, http.StatusBadRequest, http.StatusServiceUnavailable),
		TagRowsNameARNs:             chance(r, 50),
		TagRowsOfOtherKeys:          chance(r, 50),
		HistoryContent:              pick(r, standin.HistoryContents...),
		HistoryOrder:                pick(r, standin.HistoryOrders...),
		HistoryQuotesTime:           chance(r, 50),
	}
}

// drawRate returns what the ticks of an hour may send, and what KMS takes: a little more, as it should be set. With many
// ticks in an hour a low rate would only make most of them idle.
func drawRate(r *rand.Rand, interval time.Duration) (perHour, limit int) {
	if interval >= 5*time.Minute && chance(r, 30) {
		return 1, 3
	}
	return 46, 50
}

// drawPolicy keeps the wait in which a rotation settles longer than slowest: a rotation plus an interval.
func drawPolicy(r *rand.Rand, slowest time.Duration) remediation.Policy {
	p := remediation.Policy{
		Scope:       remediation.Scope{Account: pick(r, "", accounttest.ID), Regions: []string{region}, Types: []string{"ecs"}, Allow: []string{"**"}},
		MaxAttempts: 1 + r.IntN(5),
		Backoff:     pick(r, time.Second, 10*time.Second, time.Minute, 10*time.Minute),
		VerifyWait:  pick(r, 0, 5*time.Second, 20*time.Second),
	}
	shortest := max(p.Backoff, slowest+10*time.Minute).Round(time.Second)
	p.BackoffMax = min(24*time.Hour, shortest+pick(r, 0, between(r, 0, time.Hour), between(r, 0, 24*time.Hour)))
	return p
}

// stepKind is what happens in one step. It is a closed set.
type stepKind string

const (
	scheduleFails stepKind = "the schedule rotates, and fails"
	eventComes    stepKind = "an event comes"
	tickComes     stepKind = "a tick comes"
	hourTickComes stepKind = "the first tick of an hour comes"
	callsGoWrong  stepKind = "the next calls go wrong"
	instanceDies  stepKind = "the next invocation is killed"
	handRotates   stepKind = "somebody rotates by hand"
	handIntrudes  stepKind = "somebody rotates while the next invocation is at work"
	handSwitches  stepKind = "somebody writes the switch"
	handRemoves   stepKind = "somebody removes the record"
	handGarbles   stepKind = "somebody writes something else in place of the record"
	clockJumped   stepKind = "the record is due years ahead"
	othersRotate  stepKind = "others use up the quota"
)

// step is one step with all that it depends on, so that the others stay as they are when one is left out.
type step struct {
	kind  stepKind
	wait  waitFor
	pause time.Duration // before it, at least a second
	n     int           // which event, which call, how many calls
	after bool          // the call that it concerns is carried out first
	value string        // of the switch
	fault standin.Fault
}

// waitFor says how long to wait before a step. It is a closed set.
type waitFor string

const (
	aWhile        waitFor = "pause"
	untilItIsDue  waitFor = "until the record is due, and the pause"
	untilNoneRuns waitFor = "until no rotation runs, and the pause"
)

func drawScript(r *rand.Rand) []step {
	script := []step{{kind: scheduleFails, pause: time.Second}}
	for range 5 + r.IntN(25) {
		script = append(script, drawStep(r))
	}
	return script
}

func drawStep(r *rand.Rand) step {
	return step{
		kind: pick(r, scheduleFails, eventComes, eventComes, eventComes, eventComes, tickComes, tickComes, tickComes, hourTickComes,
			hourTickComes, callsGoWrong, callsGoWrong, instanceDies, handRotates, handIntrudes, handSwitches, handRemoves, handGarbles, clockJumped, othersRotate),
		wait:  pick(r, aWhile, aWhile, aWhile, untilItIsDue, untilNoneRuns),
		pause: pick(r, time.Second, time.Second, between(r, time.Second, time.Minute), between(r, time.Second, time.Hour), between(r, time.Second, 12*time.Hour)),
		n:     r.IntN(12),
		after: chance(r, 50),
		value: pick(r, "on", "on", "", "off", "Off", "of", "ON", "false"),
		fault: drawFault(r),
	}
}

// answers are refusals that KMS documents. That a secret is gone, when it is not, is only said of a rotation: said of a
// read, no event and no record would be left.
var answers = []standin.Fault{
	{Status: http.StatusTooManyRequests, Code: "Rejected.Throttling"},
	{Status: http.StatusInternalServerError, Code: "InternalFailure"},
	{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable"},
	{Status: http.StatusForbidden, Code: "Forbidden.NoPermission"},
	{Status: http.StatusForbidden, Code: "Rejected.Unavailable"},
	{Status: http.StatusBadRequest, Code: "InvalidSecurityToken.Expired"},
	{Status: http.StatusBadRequest, Code: "InvalidTimeStamp.Expired"},
	{Status: http.StatusBadRequest, Code: "SignatureNonceUsed"},
	{Status: http.StatusForbidden, Code: "Rejected.LimitExceeded"},
	{Status: http.StatusBadRequest, Code: "InvalidParameter"},
	{Status: http.StatusConflict, Code: "Rejected.StateModifiedFailed", Message: "Your secret is being rotated, please try again later."},
	{Status: http.StatusForbidden, Code: "Rejected.Disabled", Action: "RotateSecret"},
	{Status: http.StatusNotFound, Code: "Forbidden.ResourceNotFound", Action: "RotateSecret"},
}

func drawFault(r *rand.Rand) standin.Fault {
	f := standin.Fault{Kind: standin.Refuse}
	if chance(r, 50) {
		f = pick(r, answers...)
		f.Kind = pick(r, standin.Refuse, standin.Refuse, standin.Error200)
	} else {
		f.Kind = pick(r, standin.FaultKinds...)
	}
	if f.Action == "" {
		f.Action = pick(r, "", "RotateSecret", "RotateSecret", "TagResource", "TagResource", "DescribeSecret", "ListSecretVersionIds",
			"UntagResource", "ListTagResources", "DescribeSystemEventAttribute")
	}
	f.Skip, f.Times = pick(r, 0, 0, 0, 1, 2), pick(r, 1, 1, 2, 4, 5)
	return f
}

func (s step) String() string {
	switch s.kind {
	case eventComes, othersRotate:
		return fmt.Sprintf("%s (%d)", s.kind, s.n)
	case instanceDies, handIntrudes:
		return fmt.Sprintf("%s (call %d, after it: %t)", s.kind, s.n+1, s.after)
	case handSwitches:
		return fmt.Sprintf("%s: %q", s.kind, s.value)
	case callsGoWrong:
		f := s.fault
		return fmt.Sprintf("%s: %s of %q, skip %d, times %d, %d %s", s.kind, f.Kind, f.Action, f.Skip, f.Times, f.Status, f.Code)
	}
	return string(s.kind)
}
