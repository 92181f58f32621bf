package simulation

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

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
	untilDue      waitFor = "until the record is due, and the pause"
	untilItLanded waitFor = "until no rotation runs, and the pause"
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
			hourTickComes, callsGoWrong, callsGoWrong, instanceDies, handRotates, handIntrudes, handSwitches, handRemoves, handGarbles, othersRotate),
		wait:  pick(r, aWhile, aWhile, aWhile, untilDue, untilItLanded),
		pause: pick(r, time.Second, time.Second, between(r, time.Second, time.Minute), between(r, time.Second, time.Hour), between(r, time.Second, 12*time.Hour)),
		n:     r.IntN(12),
		after: chance(r, 50),
		value: pick(r, "on", "on", "", "off", "Off", "of", "ON", "false"),
		fault: drawFault(r),
	}
}

// answers are refusals that KMS documents. That a secret is gone, when it is not, is only said of a rotation: said of a
// look, no event and no record would be left.
var answers = []standin.Fault{
	{Status: http.StatusTooManyRequests, Code: "Rejected.Throttling"},
	{Status: http.StatusInternalServerError, Code: "InternalFailure"},
	{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable"},
	{Status: http.StatusForbidden, Code: "Forbidden.NoPermission"},
	{Status: http.StatusBadRequest, Code: "InvalidSecurityToken.Expired"},
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
