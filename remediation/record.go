package remediation

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// RecordTag is the key of the tag that holds a Record.
const RecordTag = "rotation-remediation-record"

const (
	recordFormat = "v1"
	// maxRecordLength is the longest value that KMS takes for a tag.
	// https://www.alibabacloud.com/help/en/kms/key-management-service/developer-reference/api-kms-2016-01-20-tagresources
	maxRecordLength = 128
	// MaxAttemptsLimit is the largest attempt number that a record holds, so that the longest one stays below that.
	MaxAttemptsLimit = 1000
)

// Phase says where an episode stands.
type Phase string

const (
	PhaseOpen       Phase = "open"        // attempts are made, or will be
	PhaseDone       Phase = "done"        // over, and told; kept until the new version has settled
	PhaseNeedsHuman Phase = "needs-human" // given up, and told
)

// Record is the memory of one episode, kept as the value of one tag on the secret. A person can read it:
//
//	v1/open/n=2/opened=2026-01-02T03:04:05Z/due=2026-01-02T03:44:05Z/of=0123456789abcdef/cause=InstanceNotRunning
type Record struct {
	Phase    Phase
	Attempts int         // claimed so far
	Opened   time.Time   // when the episode began, function's clock, whole seconds
	Due      time.Time   // when to look next, function's clock, whole seconds
	Replaces VersionHash // names the version that is to be replaced
	Cause    string      // the last cause that was seen, shortened; "" = none
}

var errUnreadable = errors.New("not a record that this function wrote")

// String returns the record as a tag value.
func (r Record) String() string { return string(r.appendTo(make([]byte, 0, maxRecordLength))) }

func (r Record) appendTo(text []byte) []byte {
	text = append(text, recordFormat+"/"...)
	text = append(text, r.Phase...)
	text = strconv.AppendInt(append(text, "/n="...), int64(r.Attempts), 10)
	text = r.Opened.UTC().AppendFormat(append(text, "/opened="...), time.RFC3339)
	text = r.Due.UTC().AppendFormat(append(text, "/due="...), time.RFC3339)
	text = append(append(text, "/of="...), r.Replaces[:]...)
	if r.Cause == "" {
		return text
	}
	return append(append(text, "/cause="...), r.Cause...)
}

// ParseRecord reads a tag value. What does not read back exactly as it would have been written is not ours, so that
// nothing has to be checked twice here.
func ParseRecord(value string) (Record, error) {
	_, rest, _ := strings.Cut(value, "/")
	phase, rest, _ := strings.Cut(rest, "/n=")
	number, rest, _ := strings.Cut(rest, "/opened=")
	from, rest, _ := strings.Cut(rest, "/due=")
	until, rest, _ := strings.Cut(rest, "/of=")
	of, cause, _ := strings.Cut(rest, "/cause=")
	attempts, errAttempts := strconv.Atoi(number)
	opened, errOpened := time.Parse(time.RFC3339, from)
	due, errDue := time.Parse(time.RFC3339, until)
	if errAttempts != nil || errOpened != nil || errDue != nil {
		return Record{}, errUnreadable
	}
	r := Record{Phase: Phase(phase), Attempts: attempts, Opened: opened, Due: due, Cause: cause}
	copy(r.Replaces[:], of)
	var again [maxRecordLength]byte // this runs at every look: what is only compared stays on the stack
	if string(r.appendTo(again[:0])) != value || !r.plausible() {
		return Record{}, errUnreadable
	}
	return r, nil
}

func (r Record) plausible() bool {
	switch r.Phase {
	case PhaseOpen, PhaseDone, PhaseNeedsHuman:
	default:
		return false
	}
	return r.Attempts >= 0 && r.Attempts <= MaxAttemptsLimit && r.Replaces.valid() && r.Cause == shortCause(r.Cause)
}

// shortCause cuts a code to what a record can hold.
func shortCause(code string) string { return events.Cause{Code: code}.ShortCode() }
