package events

import "time"

// Kind says what an event is about. It is a closed set.
type Kind string

const (
	Failure Kind = "failure" // the rotation of a secret failed
	Success Kind = "success" // the rotation of a secret worked
	Timer   Kind = "timer"   // a timer trigger of Function Compute went off
	Foreign Kind = "foreign" // well formed, but not about a rotation
)

// Kinds lists every Kind.
var Kinds = []Kind{Failure, Success, Timer, Foreign}

// Event is what one payload says. A Foreign event has a Kind, ID, Name, Level and Product at most, a Timer a Kind, Name
// and Time. Text that was not checked against a set is cut to maxShown characters and free of control characters.
type Event struct {
	Kind Kind

	ID      string // for people and logs only: no document says that it is unique
	Name    string // as sent; of a Timer, the name of the trigger
	Level   string // as sent, "" where it is missing
	Product string // as sent, "" where it is missing

	Region     string
	Account    string // may be masked with asterisks, as in the vendor's samples
	ARN        string // of the secret, from resourceId without its blanks; has the last word on which secret it is
	SecretName string // from the ARN, slashes included
	// ContentName is the name in the content where it differs from the ARN's, else "". The vendor's samples differ in
	// case, so it is worth a word and never a reason to refuse.
	ContentName string

	SecretType     string // as sent: ECS, Rds, ...
	SubType        string // rotationSubType or secretSubType, documents show both
	RotationStatus string // of the schedule, as sent: Enabled, Invalid, ...

	Time              time.Time // failureTime or successTime, else eventTime; zero on a Success without any
	TimeFromEventTime bool      // Time is eventTime: not the clock of KMS but that of the event's way to us

	Cause Cause
}
