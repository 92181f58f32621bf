package remediation

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
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

// Phase is the state of an episode.
type Phase string

const (
	PhaseOpen       Phase = "open"        // attempts are made, or will be
	PhaseDone       Phase = "done"        // over, and reported; kept until the new version has settled
	PhaseNeedsHuman Phase = "needs-human" // given up, and reported
)

// Record is the memory of one episode, kept as the value of one tag on the secret. A person can read it:
//
//	v1/open/n=2/opened=2026-01-02T03:04:05Z/due=2026-01-02T03:44:05Z/of=0123456789abcdef/cause=InstanceNotRunning
type Record struct {
	Phase    Phase
	Attempts int         // claimed so far
	Opened   time.Time   // when the episode began, function's clock, whole seconds
	Due      time.Time   // when to reconcile next, function's clock, whole seconds
	Replaces VersionHash // names the version that is to be replaced
	Cause    string      // the code of the last spent attempt, or of the failure before any; shortened; "" = none
}

var errUnreadable = errors.New("not a record that this function wrote")

// Equal compares times as moments, whatever their location.
func (r Record) Equal(o Record) bool { return r.equalEpisode(o) && r.Cause == o.Cause }

// equalEpisode leaves the cause out, which only informs people.
func (r Record) equalEpisode(o Record) bool {
	return r.Phase == o.Phase && r.Attempts == o.Attempts && r.Replaces == o.Replaces && r.Opened.Equal(o.Opened) && r.Due.Equal(o.Due)
}

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

// ParseRecord reads a tag value. A value that does not read back exactly as it would have been written is not ours, so that
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
	var again [maxRecordLength]byte // each reconcile parses: what is only compared stays on the stack
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

// attemptPrefix begins the VersionId of each of our attempts, so that a person who lists versions sees whose they are.
const attemptPrefix = "remediation-"

// VersionHash names one version of one secret within a record. It covers the ARN, so that a record copied from another secret
// names no version of this one, and the creation time, so that an id that is used again is another version.
type VersionHash [16]byte

// HashOf returns the hash under which a record names a version of the secret with this ARN.
func HashOf(arn string, v Version) VersionHash {
	sum := digest(arn, v, time.Time{})
	var h VersionHash
	hex.Encode(h[:], sum[:len(h)/2])
	return h
}

func (h VersionHash) valid() bool {
	for _, c := range h {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// attemptID returns the VersionId of attempt n of the episode that was opened then to replace version v. KMS ignores an
// id that exists already, and answers with success: so no two attempts may share one, and neither may an episode that
// begins anew on the same version. It has at most 64 characters of A-Z a-z 0-9 and '-'; no document gives the charset.
func attemptID(arn string, v Version, opened time.Time, n int) string {
	sum := digest(arn, v, opened)
	return attemptPrefix + strconv.Itoa(n) + "-" + hex.EncodeToString(sum[:16])
}

func digest(arn string, v Version, opened time.Time) [sha256.Size]byte {
	text := make([]byte, 0, 512) // an ARN and a VersionId fit, so this stays on the stack
	text = append(text, arn...)
	text = append(text, '\n')
	text = append(text, v.ID...)
	text = append(text, '\n')
	text = strconv.AppendInt(text, v.CreateTime.Unix(), 10)
	text = append(text, '\n')
	text = appendOpened(text, opened)
	return sha256.Sum256(text)
}

// appendOpened keeps an episode that begins anew on the same version from repeating an id.
func appendOpened(text []byte, opened time.Time) []byte {
	return strconv.AppendInt(text, opened.Unix(), 10)
}

// dueAfter returns when wait is over, in whole seconds, rounded up: a due time in a record is never early.
func dueAfter(now time.Time, wait time.Duration) time.Time {
	due := now.Add(wait).UTC()
	whole := due.Truncate(time.Second)
	if whole.Before(due) {
		return whole.Add(time.Second)
	}
	return whole
}

// wholeSecond is now in the unit of a record.
func wholeSecond(now time.Time) time.Time { return now.UTC().Truncate(time.Second) }

// Reopen returns the record with which a person has a failed episode tried again: open, without attempts, due now, of the
// version that is current. Its error says why there is nothing to try again.
func Reopen(s State, p Policy, now time.Time) (Record, error) {
	if reason := skipReason(s, p); reason != "" {
		return Record{}, errors.New(explainSkip(reason, s))
	}
	record, found, err := s.record()
	switch {
	case err != nil:
		return Record{}, fmt.Errorf("its tag %s holds no record of the function: remove the tag", RecordTag)
	case !found:
		return Record{}, errors.New("it has no record, so no failed episode is known: the timer finds a failure in CloudMonitor's history")
	case record.Replaces != HashOf(s.Secret.ARN, s.Current):
		return Record{}, errors.New("another version became current since the failure, so the episode is over")
	}
	now = wholeSecond(now)
	episode := Record{Phase: PhaseOpen, Opened: now, Due: now, Replaces: record.Replaces, Cause: record.Cause}
	if !episode.Opened.After(record.Opened) { // it is part of each VersionId, and KMS ignores one that it has seen
		episode.Opened = record.Opened.Add(time.Second)
	}
	if next := nextAfterLast(record, p); next.After(now) {
		episode.Due = next
		if latest := dueAfter(now, p.Backoff); next.After(latest) { // the wait was of other settings
			episode.Due = latest
		}
	}
	return episode, nil
}

// nextAfterLast is when the first wait after the last attempt is over; zero where no attempt was made, or it worked.
func nextAfterLast(record Record, p Policy) time.Time {
	if record.Attempts == 0 || record.Phase == PhaseDone {
		return time.Time{}
	}
	return record.Due.Add(p.Backoff - p.WaitAfter(record.Attempts))
}
