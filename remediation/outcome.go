package remediation

// Outcome is what one look at one secret came to. It is a closed set.
type Outcome string

const (
	Rotated          Outcome = "rotated"         // we rotated, and the version that we asked for was seen current
	Pending          Outcome = "pending"         // the attempt was made, its result is not to be seen yet
	Recovered        Outcome = "recovered"       // an episode is over, by a late success of ours or by somebody else
	AlreadyRotated   Outcome = "already-rotated" // rotated since the failure, told before, or no episode open
	Waiting          Outcome = "waiting"         // no attempt now: not due, running, queued or refused
	OutcomeThrottled Outcome = "throttled"       // KMS refused for its quota; the attempt was given back
	NeedsHuman       Outcome = "needs-human"     // attempts spent, or a cause that only a person can mend
	WouldRotate      Outcome = "would-rotate"    // observe mode, where act mode would rotate now
	Skipped          Outcome = "skipped"         // out of scope, switched off, or gone
	Ignored          Outcome = "ignored"         // not a rotation event
	Rejected         Outcome = "rejected"        // cannot be read, contradicts itself, or belongs to another account
	Undecided        Outcome = "undecided"       // KMS could not be asked; no rotation was asked for
	Overdue          Outcome = "overdue"         // the schedule's time is long past, without a rotation and without an event
)

// Outcomes lists every Outcome, in the order of the README's table.
var Outcomes = []Outcome{Rotated, Pending, Recovered, AlreadyRotated, Waiting, OutcomeThrottled, NeedsHuman, WouldRotate,
	Skipped, Ignored, Rejected, Undecided, Overdue}
