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

	Attempt     int // attempts made when the look ended; for would-rotate the one it would make; for recovered those of the episode that closed
	MaxAttempts int
	VersionID   string // the version that was asked for

	AutomaticRotation string // the schedule after the proof: Enabled, Disabled or Invalid
	KMSRequestID      string // of RotateSecret
	NextAttempt       time.Time
	Elapsed           time.Duration

	// Stands says that a needs-human stands on the secret, where people see it: in a record, or as the value that we
	// cannot read. Observe mode counts what it would have written.
	Stands bool
}

// Failed reports whether the invocation has to fail: where a retry, or a person who holds the payload, could still help.
func (r Result) Failed() bool {
	switch r.Outcome {
	case Rejected, Undecided:
		return true
	case NeedsHuman:
		return !r.Stands
	}
	return false
}
