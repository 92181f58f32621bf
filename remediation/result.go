package remediation

import (
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// Result is what one look at one secret came to, for the report.
type Result struct {
	Outcome Outcome
	Reason  string // for the person on call: what is known, what happens next, what to do
	Secret  string // ARN; "" where nothing names one
	Event   events.Event

	InstanceID string // the instance whose credential it is; "" where KMS names none

	Attempt     int // attempts made when the look ended; for would-rotate the one it would make; for recovered those of the episode that closed
	MaxAttempts int
	VersionID   string // the version that was asked for

	AutomaticRotation string // the schedule after the proof, or of what is overdue: Enabled, Disabled or Invalid
	KMSRequestID      string // of RotateSecret
	NextAttempt       time.Time
	Elapsed           time.Duration

	// Stands says that a needs-human stands on the secret, where people see it: in a record, or as the value that we
	// cannot read. Observe mode counts what it would have written.
	Recorded bool

	// News says that a person may want to hear of it: this look changed something or tried to, a needs-human stands nowhere,
	// an event is rejected, or it is the one time a day at which a tick tells what needs a person. A copy of an event is
	// none, nor is what a tick says again each hour. In observe mode, what act mode would change is news of an event; of a
	// tick, which would come to the same each time, it is not.
	Notify bool
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
