package remediation

import "time"

// TriggerKind says what made us look.
type TriggerKind string

const (
	OnFailure TriggerKind = "failure" // a Secret:RotateSecret:Failure event
	OnSuccess TriggerKind = "success" // a Secret:RotateSecret:Success event
	OnTimer   TriggerKind = "timer"   // a tick of the timer
)

// Trigger is what made us look at a secret.
type Trigger struct {
	Kind TriggerKind
	// FailedAt is the time of the Failure event: KMS's clock, or CloudMonitor's where the event has no failureTime. On
	// the timer it is that of the newest Failure that the history holds of this secret; zero if it holds none.
	FailedAt time.Time
	Cause    string // code of that failure; "" where the event has none
	// MayRemove is set by the tick that may remove what has settled, after it has read a day of history.
	MayRemove bool
	// Held says that KMS throttled a rotation of this region a moment ago: a new attempt is queued for the timer.
	Held bool
}

func (t Trigger) failed() bool { return !t.FailedAt.IsZero() }

// moot reports whether the secret was rotated since the failure. Both times are KMS's, in whole seconds; an equal second
// is not later, since a needless rotation is cheaper than a lost failure.
func (t Trigger) moot(current Version) bool {
	return t.failed() && current.CreateTime.After(t.FailedAt)
}

// State is what KMS says of a secret. Current is not read where Gone or the Secret alone end the look.
type State struct {
	Gone    bool
	Secret  Secret
	Current Version
}

// record reads the record of an episode.
func (s State) record() (r Record, found bool, err error) {
	value, found := s.Secret.Tags[RecordTag]
	if !found {
		return Record{}, false, nil
	}
	r, err = ParseRecord(value)
	return r, true, err
}

// Action is what Decide asks for. It is a closed set.
type Action string

const (
	None   Action = "leave"   // write nothing
	Save   Action = "keep"    // write Record, and rotate nothing
	Close  Action = "close"   // the episode is over and was not told: tell it, write Record
	GiveUp Action = "give-up" // write Record, and say what a person can do
	Remove Action = "remove"  // the episode has settled: remove the record
	Rotate Action = "rotate"  // claim by writing Record, then ask for the rotation
)

// Decision is what Decide found.
type Decision struct {
	Action  Action
	Outcome Outcome // what to report if the action succeeds; empty for Rotate, whose answer decides
	Reason  Reason
	Record  Record    // what the record is to say; where nothing is written, what it says
	Next    time.Time // when to look again; zero = when something happens
	// Closed is how many attempts the episode made that Close ends; its Record says 0 where it was given up.
	Closed int
}
