package remediation

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

// attemptPrefix begins the VersionId of each of our attempts, so that a person who lists versions sees whose they are.
const attemptPrefix = "remediation-"

// Mark names one version of one secret within a record. It covers the ARN, so that a record copied from another secret
// names no version of this one, and the creation time, so that an id that is used again is another version.
type VersionHash [16]byte

func markOf(arn string, v Version) VersionHash {
	sum := digest(arn, v, time.Time{})
	var m VersionHash
	hex.Encode(m[:], sum[:len(m)/2])
	return m
}

func (m VersionHash) valid() bool {
	for _, c := range m {
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
	text = strconv.AppendInt(text, opened.Unix(), 10)
	return sha256.Sum256(text)
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
