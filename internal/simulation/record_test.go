package simulation

import (
	"slices"
	"time"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// writes checks a record before it is written.
func (i *invocation) writes(key, value string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	before := i.look(i)
	if i.off || key != remediation.RecordTag {
		i.violate(SwitchMeansHandsOff, "wrote %s=%s", key, value)
	}
	if before.found && !i.readable() {
		i.violate(UnreadableIsNotTouched, "%q was replaced", before.value)
	}
}

// wrote checks what a write has changed, whatever was answered.
func (i *invocation) wrote(err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	before := i.look(i)
	old, hadOld := before.record()
	switch now, found := i.truth.record(); {
	case i.truth.value == before.value && i.truth.found == before.found:
	case !i.truth.found:
		i.series, i.removed = series{}, true
	case !found:
		i.violate(UnreadableIsNotTouched, "wrote %q, which is no record", i.truth.value)
	default:
		i.changed(old, hadOld, now)
	}
	if err == nil && i.claim != nil && i.claim.value == i.truth.value {
		i.claim.confirmed = true
	}
}

// changed checks a record that was written over another, or where none was.
func (i *invocation) changed(old remediation.Record, hadOld bool, now remediation.Record) {
	attempts := 0
	if hadOld && old.Phase != remediation.PhaseNeedsHuman {
		attempts = old.Attempts
	}
	switch now.Phase {
	case remediation.PhaseOpen:
		i.opened(attempts, now)
	case remediation.PhaseDone:
		if now.Attempts != attempts {
			i.violate(AttemptsAreKept, "done with %d attempts, want %d", now.Attempts, attempts)
		}
		if i.looked.ID == i.marks[now.Replaces].ID {
			i.violate(DoneMeansReplaced, "the record says done, and %s is still current", i.looked.ID)
		}
		if !hadOld || old.Phase != remediation.PhaseDone {
			i.doneSince = time.Now()
		}
	case remediation.PhaseNeedsHuman:
		if now.Attempts != attempts {
			i.violate(AttemptsAreKept, "given up with %d attempts, want %d", now.Attempts, attempts)
		}
		i.gaveUp(now)
	}
}

// gaveUp checks a record that asks for a person.
func (i *invocation) gaveUp(now remediation.Record) {
	i.learn(now.Replaces)
	spent := now.Attempts >= i.policy.MaxAttempts && !i.lookedAt.Before(i.series.notBefore)
	if !spent && i.refusal != remediation.SecretBlocked {
		i.violate(GivesUpLast, "given up after %d of %d attempts, %s after the last was due",
			now.Attempts, i.policy.MaxAttempts, i.lookedAt.Sub(i.series.notBefore))
	}
	i.series.givenUpOn = i.looked.ID
}

// learn notes which version a record means.
func (i *invocation) learn(of remediation.VersionHash) {
	if known, found := i.marks[of]; found && known != i.looked {
		i.violate(RecordNamesTheVersion, "the record means %s, and %s was looked at", known.ID, i.looked.ID)
	}
	i.marks[of] = i.looked
}

// opened checks a record of an episode that goes on: a new one, a claim, or a claim that is given back.
func (i *invocation) opened(attempts int, now remediation.Record) {
	i.learn(now.Replaces)
	i.episode = i.looked.ID
	i.kept = ""
	waits := i.refusal == remediation.Throttled || i.refusal == remediation.Account
	nothingDone := i.asked == "" || slices.Contains([]remediation.Class{remediation.Expired, remediation.StaleSignature}, i.refusal)
	refunded := i.claim != nil && (waits || nothingDone)
	switch {
	case now.Attempts == attempts+1:
		i.claims(now)
	case now.Attempts == attempts:
		i.kept = i.truth.value
	case now.Attempts == attempts-1 && refunded:
		i.series.notBefore = time.Now().Truncate(time.Second)
		if waits {
			i.series.notBefore = time.Now().Add(i.policy.Backoff)
		}
		delete(i.ids, i.asked) // KMS said that it did nothing, so that the next claim may ask for it again
	default:
		i.violate(AttemptsAreKept, "the record says %d attempts, and %d were made", now.Attempts, attempts)
	}
}

func (i *invocation) claims(now remediation.Record) {
	if i.lookedAt.Before(i.series.notBefore) {
		i.violate(ClaimWhenDue, "attempt %d was claimed %s early", now.Attempts, i.series.notBefore.Sub(i.lookedAt))
	}
	if i.series.givenUpOn != "" {
		i.violate(SeriesIsBounded, "attempt %d was claimed after giving up", now.Attempts)
	}
	i.series.notBefore = i.lookedAt.Add(i.waitAfter(now.Attempts))
	i.claim = &claim{value: i.truth.value, attempt: now.Attempts, looked: i.looked}
}

// removes checks the removal of a record before it happens.
func (i *invocation) removes(key string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.look(i)
	if i.off {
		i.violate(SwitchMeansHandsOff, "UntagResource was called")
	}
	if i.removed {
		return // sent again, for a lost answer
	}
	dayRead := !i.past.from.IsZero() && !i.past.from.After(i.begun.Add(-23*time.Hour)) // its tick may be an hour late
	record, found := i.truth.record()
	switch {
	case key != remediation.RecordTag:
		i.violate(RemovedWhenSettled, "tag %s", key)
	case i.tick == nil || !i.tick.At.Equal(i.tick.At.Truncate(time.Hour)):
		i.violate(RemovedWhenSettled, "not in the first tick of an hour")
	case i.history != historyOff && !i.past.refused && !dayRead:
		i.violate(RemovedWhenSettled, "a day of history was not read")
	case !found || record.Phase != remediation.PhaseDone || i.looked.ID == i.marks[record.Replaces].ID:
		i.violate(RemovedWhenSettled, "%q while %s is current", i.truth.value, i.looked.ID)
	case time.Now().Before(i.doneSince.Add(i.policy.BackoffMax)):
		i.violate(RemovedWhenSettled, "%s after it was done", time.Since(i.doneSince))
	}
	if f, failed := i.unhealed(i.looked, func(f failure) bool { return f.at.Before(i.begun) && f.at.After(i.begun.Add(-23*time.Hour)) }); failed && dayRead {
		i.violate(RemovedWhenSettled, "the failure of %s is open", f.stamp.Format(time.DateTime))
	}
}
