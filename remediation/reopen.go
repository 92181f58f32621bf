package remediation

import (
	"errors"
	"fmt"
	"time"
)

// HashOf returns the hash under which a record names a version of the secret with this ARN.
func HashOf(arn string, v Version) VersionHash { return versionHash(arn, v) }

// Reopen returns the record with which a person has a failed episode tried again: open, without attempts, due now, of the
// version that is current. Its error says why there is nothing to try again.
func Reopen(s State, p Policy, now time.Time) (Record, error) {
	if reason := skipReason(s, p); reason != "" {
		return Record{}, errors.New(explain(Decision{Reason: reason}, s, p))
	}
	last, found, err := s.record()
	switch {
	case err != nil:
		return Record{}, fmt.Errorf("its tag %s holds no record of the function: remove the tag", RecordTag)
	case !found:
		return Record{}, errors.New("it has no record, so no failed episode is known: the timer finds a failure in CloudMonitor's history")
	case last.Replaces != HashOf(s.Secret.ARN, s.Current):
		return Record{}, errors.New("another version became current since the failure, so the episode is over")
	}
	now = wholeSecond(now)
	r := Record{Phase: PhaseOpen, Opened: now, Due: now, Replaces: last.Replaces, Cause: last.Cause}
	if !r.Opened.After(last.Opened) { // it is part of each VersionId, and KMS ignores one that it has seen
		r.Opened = last.Opened.Add(time.Second)
	}
	if next := nextAfterLast(last, p); next.After(now) {
		r.Due = next
		if latest := dueAfter(now, p.Backoff); next.After(latest) { // the wait was of other settings
			r.Due = latest
		}
	}
	return r, nil
}

// nextAfterLast is when the first wait after the last attempt is over; zero where no attempt was made, or it worked.
func nextAfterLast(last Record, p Policy) time.Time {
	if last.Attempts == 0 || last.Phase == PhaseDone {
		return time.Time{}
	}
	return last.Due.Add(p.Backoff - p.WaitAfter(last.Attempts))
}
