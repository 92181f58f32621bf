package remediation

import (
	"fmt"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// Outcome is what came of one reconcile. It is a closed set.
type Outcome string

const (
	Rotated          Outcome = "rotated"         // we rotated, and the requested version was seen current
	Pending          Outcome = "pending"         // the attempt was made, its result is not visible yet
	Recovered        Outcome = "recovered"       // an episode is over, by a late success of ours or by somebody else
	AlreadyRotated   Outcome = "already-rotated" // rotated since the failure, reported before, or no episode open
	Waiting          Outcome = "waiting"         // no attempt now: not due, running, queued or refused
	OutcomeThrottled Outcome = "throttled"       // KMS refused for its quota; the attempt was refunded
	NeedsHuman       Outcome = "needs-human"     // attempts spent, or a cause that only a person can repair
	WouldRotate      Outcome = "would-rotate"    // observe mode, where act mode would rotate now
	Skipped          Outcome = "skipped"         // out of scope, switched off, or gone
	Ignored          Outcome = "ignored"         // not a rotation event
	Rejected         Outcome = "rejected"        // unreadable, contradictory, from the future, or another account's
	Undecided        Outcome = "undecided"       // KMS could not be asked; no rotation was requested
	Overdue          Outcome = "overdue"         // the schedule's time is long past, without a rotation and without an event
)

// Outcomes lists every Outcome, in the order of the README's table.
var Outcomes = []Outcome{Rotated, Pending, Recovered, AlreadyRotated, Waiting, OutcomeThrottled, NeedsHuman, WouldRotate,
	Skipped, Ignored, Rejected, Undecided, Overdue}

// Result is what came of one reconcile, for the report.
type Result struct {
	Outcome Outcome
	Reason  string // for the person on call: what happened, what happens next, what to do
	remedy  string // what to do, until withRemedy ends the reason with it
	Secret  string // ARN; "" where nothing names one
	Event   events.Event

	InstanceID string // the instance whose credential it is; "" where KMS names none

	Attempt     int // attempts made at the end; for would-rotate the one it would make; for recovered those of the episode that closed
	MaxAttempts int
	Rotation    Rotation

	AutomaticRotation string // the schedule after verifying, or of what is overdue: Enabled, Disabled or Invalid
	NextAttempt       time.Time
	Elapsed           time.Duration

	Changed bool // Decide asked for more than to observe, or to note another cause

	// Recorded says that a needs-human is on the secret, where people see it: in a record, or as the value that we cannot
	// read. Observe mode counts what it would have written.
	Recorded bool

	// Notify says that a person may want to hear of it: something changed or was tried, a needs-human is on no secret, an
	// event is rejected, or it is the one time a day at which a tick reminds of what needs a person. A copy of an event does
	// not notify, nor does what a tick reports again each hour.
	Notify bool
}

// Rotation is the RotateSecret of a reconcile.
type Rotation struct {
	VersionID string // the version that was requested; "" where no attempt was made
	RequestID string // of the answer of KMS
	Sent      bool   // a byte of the request left
	Throttled bool   // and KMS refused it for its quota, or for another limit
}

// Failed reports whether the invocation has to fail: where a retry, or a person who holds the payload, could still help.
func (r Result) Failed() bool {
	switch r.Outcome {
	case Rejected, Undecided:
		return true
	case NeedsHuman:
		return !r.Recorded
	}
	return false
}

// ends returns the result with an outcome after which no attempt is due.
func (r Result) ends(o Outcome) Result {
	r.Outcome, r.NextAttempt = o, time.Time{}
	return r
}

// addReason returns the result with one more part of its reason. An attempt ends with a colon until its answer follows.
func (r Result) addReason(format string, args ...any) Result {
	part := fmt.Sprintf(format, args...)
	switch {
	case r.Reason == "":
	case strings.HasSuffix(r.Reason, ":"):
		part = " " + part
	default:
		part = "; " + part
	}
	r.Reason += part
	return r
}

// withRemedy ends the reason with the remedy, once nothing else is added.
func (r Result) withRemedy() Result {
	if r.remedy != "" {
		r = r.addReason("needs a person: %s", r.remedy)
		r.remedy = ""
	}
	return r
}

// addHints mentions what an event says beside the ARN, which alone decides.
func (r Result) addHints(event events.Event) Result {
	if event.ContentName != "" {
		r = r.addReason("the content of the event names %s, but the ARN decides", clean(event.ContentName))
	}
	if event.EntityARN != "" {
		r = r.addReason("RotationEntityArn of the event names another secret (%s), but resourceId decides", clean(nameIn(event.EntityARN)))
	}
	if event.UnreadableTime != "" {
		r = r.addReason("eventTime of the event is no time (%s), but the time of the failure counts", clean(event.UnreadableTime))
	}
	return r
}

// decided returns the result of a Decision, before it is applied.
func (r Result) decided(d Decision, o observation, p Policy) Result {
	r.Outcome, r.NextAttempt, r.Attempt = d.Outcome, d.Next, d.Record.Attempts
	if d.Action == Close {
		r.Attempt = d.Closed
	}
	r.Recorded = d.Outcome == NeedsHuman
	r.Changed = d.Action != None && !o.differsInCause(d)
	r.Reason, r.remedy = explain(d, o.target, o.state, p)
	return r
}

// nameIn returns the name of a secret from its ARN.
func nameIn(arn string) string {
	_, name, _ := strings.Cut(arn, ":secret/")
	return name
}

// failedBeforeRotate is the result where the observation or the claim failed, so that no rotation was requested.
func failedBeforeRotate(r Result, failed string, o observation) Result {
	r.NextAttempt = time.Time{}
	r = r.addReason("%s: %s; no rotation was requested", failed, inWords(o.err))
	switch classOf(o.err) {
	case Gone:
		r.Outcome = Skipped
		return r
	case Throttled, Transient, StaleSignature, NotSent, Busy, Expired:
		r.Outcome = Undecided
		r = r.addReason("%s", o.otherTry())
		if classOf(o.err) == Expired {
			r = r.addReason("if it stays so, give the function a role")
		}
		return r
	}
	r.Outcome, r.Recorded = NeedsHuman, false
	r.remedy = adviceFor(codeOf(o.err), r.InstanceID)
	return r.addReason("%s", o.otherTry())
}
