package remediation

import (
	"fmt"
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
	Secret  string // ARN; "" where nothing names one
	Event   events.Event

	InstanceID string // the instance whose credential it is; "" where KMS names none

	Attempt     int // attempts made at the end; for would-rotate the one it would make; for recovered those of the episode that closed
	MaxAttempts int
	Rotation    Rotation

	AutomaticRotation string // the schedule after verifying, or of what is overdue: Enabled, Disabled or Invalid
	NextAttempt       time.Time
	Elapsed           time.Duration

	Changed bool // Decide asked for more than to observe

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

// addReason returns the result with one more part of its reason.
func (r Result) addReason(format string, args ...any) Result {
	part := fmt.Sprintf(format, args...)
	if r.Reason != "" {
		part = r.Reason + "; " + part
	}
	r.Reason = part
	return r
}

// addHints mentions what an event says beside the ARN, which alone decides.
func (r Result) addHints(event events.Event) Result {
	if event.ContentName != "" {
		r = r.addReason("the content of the event names %s, but the ARN decides", clean(event.ContentName))
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
	r.Changed = d.Action != None
	return r.addReason("%s", explain(d, o.state, p))
}

// failedBeforeRotate is the result where the observation failed, so that no rotation was requested.
func failedBeforeRotate(r Result, doing string, o observation) Result {
	r.NextAttempt = time.Time{}
	err := o.err
	switch classOf(err) {
	case Gone:
		r.Outcome = Skipped
		return r.addReason("%s: %v: KMS does not know this secret, or it is planned for deletion", doing, err)
	case Expired:
		r.Outcome = Undecided
		return r.addReason("%s: %v; no rotation was asked for; the credentials of this invocation are missing, then the function needs a role, or over, then %s", doing, err, o.otherTry())
	case Throttled, Transient, StaleSignature, NotSent, Busy:
		r.Outcome = Undecided
		return r.addReason("%s: %v; no rotation was asked for, and %s", doing, err, o.otherTry())
	}
	r.Outcome, r.Recorded = NeedsHuman, false
	return r.addReason("%s: %v; no rotation was asked for; %s", doing, err, adviceFor(codeOf(err)))
}
