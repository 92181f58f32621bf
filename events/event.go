package events

import (
	"strings"
	"time"
)

// The two events that KMS raises for a rotation.
const (
	FailureName = "Secret:RotateSecret:Failure"
	SuccessName = "Secret:RotateSecret:Success"
)

// HistoryKept is how long CloudMonitor keeps the events of KMS.
// https://www.alibabacloud.com/help/en/kms/key-management-service/user-guide/alert-settings
const HistoryKept = 90 * 24 * time.Hour

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

// Event is what one form says. A Foreign event has a Kind, ID, Name, Level and Product at most, a Timer a Kind, Name and
// Time. Text from outside is cut to 256 characters and free of control characters, markup and commas; only Name and
// Cause.Code keep their colons.
type Event struct {
	Kind Kind

	ID      string // for people and logs only: no document says that it is unique
	Name    string // as sent; of a Timer, the name of the trigger
	Level   string // as sent, "" where it is missing
	Product string // as sent, "" where it is missing

	Region     string
	Account    string // may be masked with asterisks, as in the vendor's samples
	ARN        string // of the secret, without blanks around it; has the last word on which secret it is
	SecretName string // from the ARN, slashes included

	// Two names that differ from the ARN's, else "". The vendor's samples differ in case, so each is worth a word in the
	// reason and never a rejection.
	ContentName string // secretName of the content
	EntityARN   string // RotationEntityArn of the content, where it is the ARN of a secret

	SecretType     string // as sent: ECS, Rds, ...
	SubType        string // rotationSubType or secretSubType, documents show both
	RotationStatus string // of the schedule, as sent: Enabled, Invalid, ...

	Time              time.Time // failureTime or successTime, else eventTime; zero on a Success without any
	TimeFromEventTime bool      // Time is eventTime: not the clock of KMS but that of the event's way to us
	UnreadableTime    string    // eventTime, where it is no time and Time does not need it; worth a word in the reason

	Cause Cause
}

// Cause is why a rotation failed, by KMS's own word. Both parts may be missing, and no document lists them.
type Cause struct {
	Code    string
	Message string
}

// maxShortCode bounds a code that is recorded in the value of a tag, in characters; a value has room for 128 in all.
const maxShortCode = 24

// ShortCode returns the part of the code after its last ':' or '.', since documents show codes with and without a
// prefix, in letters, digits, '_' and '-' only. It is "" where nothing of that is left.
func (c Cause) ShortCode() string {
	last := c.Code[strings.LastIndexAny(c.Code, ":.")+1:]
	short := strings.Map(func(r rune) rune {
		if isLetter(r) || isDigit(r) || r == '_' || r == '-' {
			return r
		}
		return -1
	}, last)
	return short[:min(len(short), maxShortCode)]
}

// rotation is the shape of an event about a rotation.
type rotation struct {
	kind    Kind
	name    string
	word    string // in every spelling of the name, once reduced to its letters
	level   string // may be missing, but not differ
	status  string // may be missing or unknown, but not that of the other kind
	timeKey string // where the content holds the time, by KMS's clock
}

// product is that of both, as sent.
const product = "KMS"

// Both, as documented.
var (
	failure = rotation{kind: Failure, name: FailureName, word: "rotatesecretfailure", level: "CRITICAL", status: "Failed", timeKey: "failureTime"}
	success = rotation{kind: Success, name: SuccessName, word: "rotatesecretsuccess", level: "INFO", status: "Normal", timeKey: "successTime"}
)

// opposite returns the other one: what it holds must not be in an event of this kind.
func (r rotation) opposite() rotation {
	if r.kind == Failure {
		return success
	}
	return failure
}

// rotationIn finds the rotation that a name or a type means. KMS's own pages spell the name in two ways, with and without
// brackets, so what is between and around its letters decides nothing: an unknown spelling of a failure that was taken
// for something else would be lost.
func rotationIn(name string) (r rotation, found bool) {
	switch name { // nearly all, and much cheaper
	case FailureName:
		return failure, true
	case "":
		return rotation{}, false
	}
	letters := lettersOf(name)
	for _, r := range []rotation{failure, success} {
		if strings.Contains(letters, r.word) {
			return r, true
		}
	}
	return rotation{}, false
}

// isKMS recognizes the product, alone or behind the prefix that sources of EventBridge and namespaces of CloudMonitor
// have, as in acs.kms and acs_kms. No document shows it in an event, and none rules it out.
func isKMS(name string) bool {
	return strings.EqualFold(name, product) || lettersOf(name) == "acskms"
}

// lettersOf returns the letters and digits of s, in lower case.
func lettersOf(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case isLetter(r) && !isLower(r):
			return r - 'A' + 'a'
		case isLower(r), isDigit(r):
			return r
		}
		return -1
	}, s)
}
