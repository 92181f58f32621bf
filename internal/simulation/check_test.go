package simulation

import (
	"slices"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// described notes what DescribeSecret was answered.
func (i *invocation) described(s remediation.Secret) {
	i.oracle.mu.Lock()
	defer i.oracle.mu.Unlock()
	i.off = isOff(s.Tags[remediation.SwitchTag])
	if r, err := remediation.ParseRecord(s.Tags[remediation.RecordTag]); err == nil && i.claim == nil {
		i.episode = i.oracle.marks[r.Replaces].ID
	}
	i.oracle.refresh(i)
}

// isOff is what the contract says of the switch.
func isOff(value string) bool { return value != "on" && value != "" }

// sawCurrent notes which version was current.
func (i *invocation) sawCurrent(v remediation.Version) {
	i.oracle.mu.Lock()
	defer i.oracle.mu.Unlock()
	i.observed, i.observedAt = v, time.Now()
	i.oracle.refresh(i)
}

// rotates checks a RotateSecret before it is sent.
func (i *invocation) rotates(versionID string) {
	i.oracle.mu.Lock()
	defer i.oracle.mu.Unlock()
	i.oracle.refresh(i)
	i.requested = versionID
	if i.off {
		i.oracle.violate(SwitchMeansHandsOff, "RotateSecret was called")
	}
	if i.saved != "" && i.claim == nil {
		i.oracle.violate(AttemptsAreKept, "%q counts no new attempt, and RotateSecret follows", i.saved)
		return
	}
	if i.claim == nil || !i.claim.confirmed {
		i.oracle.violate(ClaimBeforeCall, "RotateSecret %s", versionID)
		return
	}
	if i.claim.called {
		i.oracle.violate(OneCallPerClaim, "RotateSecret %s was called again", versionID)
	}
	if claim, known := i.oracle.ids[versionID]; known && claim != i.claim.value {
		i.oracle.violate(IDOfItsOwn, "%s asks for %s, as did %s", i.claim.value, versionID, claim)
	}
	i.oracle.ids[versionID] = i.claim.value
	if since := i.observedAt.Sub(i.oracle.floor.at); i.oracle.floor.memory == i.memory && since < i.run.policy.Backoff {
		i.oracle.violate(FloorHolds, "RotateSecret %s follows another by %s", versionID, since)
	}
	if _, failed := i.oracle.unhealed(i.claim.observed, func(failure) bool { return true }); !failed {
		i.oracle.violate(RotatedSinceIsLeft, "%s was created at %s, after every failure", i.claim.observed.ID, i.claim.observed.CreateTime.Format(time.DateTime))
	}
}

// rotated notes how RotateSecret was answered.
func (i *invocation) rotated(class remediation.Class) {
	i.oracle.mu.Lock()
	defer i.oracle.mu.Unlock()
	i.refusal = class
	if i.claim != nil {
		i.claim.called = class != remediation.NotSent
	}
	if class == "" || class == remediation.Transient {
		i.oracle.floor = floor{i.memory, i.observedAt}
	}
	i.oracle.refresh(i)
}

// started checks a rotation that KMS began for us.
func (i *invocation) started() {
	i.oracle.series.rotations++
	if i.oracle.series.rotations > i.run.policy.MaxAttempts {
		i.oracle.violate(SeriesIsBounded, "rotation %d of at most %d", i.oracle.series.rotations, i.run.policy.MaxAttempts)
	}
	if record, found := i.oracle.truth.record(); found && i.oracle.series.rotations > record.Attempts {
		i.oracle.violate(OneCallPerClaim, "%d rotations, and the record says %q", i.oracle.series.rotations, i.oracle.truth.value)
	}
}

// readPast notes what was read of the history.
func (i *invocation) readPast(name string, from time.Time, more bool, class remediation.Class) {
	i.oracle.mu.Lock()
	defer i.oracle.mu.Unlock()
	switch class {
	case "":
		if name == standin.EventFailure && !more && (i.past.from.IsZero() || from.Before(i.past.from)) {
			i.past.from = from
		}
	case remediation.Throttled, remediation.Transient, remediation.NotSent, remediation.Expired, remediation.StaleSignature:
	default:
		i.past.refused = true
	}
	i.oracle.refresh(i)
}

// judge checks what the function says of itself.
func (i *invocation) checkResult(r remediation.Result) {
	i.oracle.mu.Lock()
	defer i.oracle.mu.Unlock()
	i.oracle.refresh(i)
	i.run.log("      %s: %s (attempt %d)", r.Outcome, r.Reason, r.Attempt)
	switch r.Outcome {
	case remediation.Rotated:
		if r.Rotation.VersionID == "" || r.Rotation.VersionID != i.requested || r.Rotation.VersionID != i.observed.ID || !strings.HasPrefix(r.Rotation.VersionID, "remediation-") {
			i.oracle.violate(RotatedMeansOurs, "%s, and %s was asked for and %s seen", r.Rotation.VersionID, i.requested, i.observed.ID)
		}
	case remediation.Recovered:
		if i.observed.ID == "" || i.observed.ID == i.episode {
			i.oracle.violate(DoneMeansReplaced, "recovered, and %s is still current", i.episode)
		}
	}
	if r.Event.Kind == events.Success && i.requested != "" {
		i.oracle.violate(RotatedSinceIsLeft, "a Success event led to a rotation")
	}
}

// writes checks a record before it is written.
func (i *invocation) writes(key, value string) {
	i.oracle.mu.Lock()
	defer i.oracle.mu.Unlock()
	before := i.oracle.refresh(i)
	if i.off || key != remediation.RecordTag {
		i.oracle.violate(SwitchMeansHandsOff, "wrote %s=%s", key, value)
	}
	if before.found && !i.oracle.readable() {
		i.oracle.violate(UnreadableIsNotTouched, "%q was replaced", before.value)
	}
}

// wrote checks what a write has changed, whatever was answered.
func (i *invocation) wrote(err error) {
	i.oracle.mu.Lock()
	defer i.oracle.mu.Unlock()
	before := i.oracle.refresh(i)
	old, hadOld := before.record()
	switch now, found := i.oracle.truth.record(); {
	case i.oracle.truth.value == before.value && i.oracle.truth.found == before.found:
	case !i.oracle.truth.found:
		i.oracle.series, i.removed = series{}, true
	case !found:
		i.oracle.violate(UnreadableIsNotTouched, "wrote %q, which is no record", i.oracle.truth.value)
	default:
		i.changed(old, hadOld, now)
	}
	if err == nil && i.claim != nil && i.claim.value == i.oracle.truth.value {
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
		i.checkCause(old, hadOld, now)
	case remediation.PhaseDone:
		if now.Attempts != attempts {
			i.oracle.violate(AttemptsAreKept, "done with %d attempts, want %d", now.Attempts, attempts)
		}
		if i.observed.ID == i.oracle.marks[now.Replaces].ID {
			i.oracle.violate(DoneMeansReplaced, "the record says done, and %s is still current", i.observed.ID)
		}
		if !hadOld || old.Phase != remediation.PhaseDone {
			i.oracle.doneSince = time.Now()
		}
	case remediation.PhaseNeedsHuman:
		if now.Attempts != attempts {
			i.oracle.violate(AttemptsAreKept, "given up with %d attempts, want %d", now.Attempts, attempts)
		}
		i.gaveUp(now)
	}
}

// gaveUp checks a record that asks for a person.
func (i *invocation) gaveUp(now remediation.Record) {
	i.learn(now.Replaces)
	spent := now.Attempts >= i.run.policy.MaxAttempts && !i.observedAt.Before(i.oracle.series.notBefore)
	if !spent && i.refusal != remediation.SecretBlocked {
		i.oracle.violate(GivesUpLast, "given up after %d of %d attempts, %s after the last was due",
			now.Attempts, i.run.policy.MaxAttempts, i.observedAt.Sub(i.oracle.series.notBefore))
	}
	i.oracle.series.givenUpOn = i.observed.ID
}

// learn notes which version a record means.
func (i *invocation) learn(of remediation.VersionHash) {
	if known, found := i.oracle.marks[of]; found && known != i.observed {
		i.oracle.violate(RecordNamesTheVersion, "the record means %s, and %s was observed", known.ID, i.observed.ID)
	}
	i.oracle.marks[of] = i.observed
}

// opened checks a record of an episode that goes on: a new one, a claim, or a claim that is refunded.
func (i *invocation) opened(attempts int, now remediation.Record) {
	i.learn(now.Replaces)
	i.episode = i.observed.ID
	i.saved = ""
	waits := i.refusal == remediation.Throttled || i.refusal == remediation.Account
	nothingDone := i.requested == "" || slices.Contains([]remediation.Class{remediation.Expired, remediation.StaleSignature}, i.refusal)
	refunded := i.claim != nil && (waits || nothingDone)
	switch {
	case now.Attempts == attempts+1:
		i.claims(now)
	case now.Attempts == attempts:
		i.saved = i.oracle.truth.value
	case now.Attempts == attempts-1 && refunded:
		i.oracle.series.notBefore = time.Now().Truncate(time.Second)
		if waits {
			i.oracle.series.notBefore = time.Now().Add(i.run.policy.Backoff)
		}
		delete(i.oracle.ids, i.requested) // KMS said that it did nothing, so that the next claim may ask for it again
	default:
		i.oracle.violate(AttemptsAreKept, "the record says %d attempts, and %d were made", now.Attempts, attempts)
	}
}

// checkCause checks that a record which was open before, and counts no new attempt, has a cause of its last one. The times
// are of two clocks, as in the contract.
func (i *invocation) checkCause(old remediation.Record, hadOld bool, now remediation.Record) {
	if !hadOld || i.claim != nil || old.Phase != now.Phase || old.Replaces != now.Replaces || old.Cause == now.Cause || now.Attempts == 0 {
		return
	}
	if _, newer := i.oracle.unhealed(remediation.Version{}, func(f failure) bool { return !f.stamp.Before(i.oracle.claimedAt[now.Attempts]) }); !newer {
		i.oracle.violate(CauseIsOfTheLast, "%q became %q after attempt %d", old.Cause, now.Cause, now.Attempts)
	}
}

func (i *invocation) claims(now remediation.Record) {
	if i.observedAt.Before(i.oracle.series.notBefore) {
		i.oracle.violate(ClaimWhenDue, "attempt %d was claimed %s early", now.Attempts, i.oracle.series.notBefore.Sub(i.observedAt))
	}
	if i.oracle.series.givenUpOn != "" {
		i.oracle.violate(SeriesIsBounded, "attempt %d was claimed after giving up", now.Attempts)
	}
	i.oracle.series.notBefore = i.observedAt.Add(i.oracle.waitAfter(now.Attempts))
	i.oracle.claimedAt[now.Attempts] = i.observedAt
	i.claim = &claim{value: i.oracle.truth.value, attempt: now.Attempts, observed: i.observed}
}

// removes checks the removal of a record before it happens.
func (i *invocation) removes(key string) {
	i.oracle.mu.Lock()
	defer i.oracle.mu.Unlock()
	i.oracle.refresh(i)
	if i.off {
		i.oracle.violate(SwitchMeansHandsOff, "UntagResource was called")
	}
	if i.removed {
		return // sent again, for a lost answer
	}
	dayRead := !i.past.from.IsZero() && !i.past.from.After(i.begun.Add(-23*time.Hour)) // its tick may be an hour late
	record, found := i.oracle.truth.record()
	switch {
	case key != remediation.RecordTag:
		i.oracle.violate(RemovedWhenSettled, "tag %s", key)
	case i.tick == nil || !i.tick.At.Equal(i.tick.At.Truncate(time.Hour)):
		i.oracle.violate(RemovedWhenSettled, "not in the first tick of an hour")
	case i.run.history != historyOff && !i.past.refused && !dayRead:
		i.oracle.violate(RemovedWhenSettled, "a day of history was not read")
	case !found || record.Phase != remediation.PhaseDone || i.observed.ID == i.oracle.marks[record.Replaces].ID:
		i.oracle.violate(RemovedWhenSettled, "%q while %s is current", i.oracle.truth.value, i.observed.ID)
	case time.Now().Before(i.oracle.doneSince.Add(i.run.policy.BackoffMax)):
		i.oracle.violate(RemovedWhenSettled, "%s after it was done", time.Since(i.oracle.doneSince))
	}
	if f, failed := i.oracle.unhealed(i.observed, func(f failure) bool { return f.at.Before(i.begun) && f.at.After(i.begun.Add(-23*time.Hour)) }); failed && dayRead {
		i.oracle.violate(RemovedWhenSettled, "the failure of %s is open", f.stamp.Format(time.DateTime))
	}
}
