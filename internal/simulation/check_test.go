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
	i.mu.Lock()
	defer i.mu.Unlock()
	i.off = isOff(s.Tags[remediation.SwitchTag])
	if r, err := remediation.ParseRecord(s.Tags[remediation.RecordTag]); err == nil && i.claim == nil {
		i.episode = i.marks[r.Replaces].ID
	}
	i.refresh(i)
}

// isOff is what the contract says of the switch.
func isOff(value string) bool { return value != "on" && value != "" }

// sawCurrent notes which version was current.
func (i *invocation) sawCurrent(v remediation.Version) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.observed, i.observedAt = v, time.Now()
	i.refresh(i)
}

// rotates checks a RotateSecret before it is sent.
func (i *invocation) rotates(versionID string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.refresh(i)
	i.requested = versionID
	if i.off {
		i.violate(SwitchMeansHandsOff, "RotateSecret was called")
	}
	if i.saved != "" && i.claim == nil {
		i.violate(AttemptsAreKept, "%q counts no new attempt, and RotateSecret follows", i.saved)
		return
	}
	if i.claim == nil || !i.claim.confirmed {
		i.violate(ClaimBeforeCall, "RotateSecret %s", versionID)
		return
	}
	if i.claim.called {
		i.violate(OneCallPerClaim, "RotateSecret %s was called again", versionID)
	}
	if claim, known := i.ids[versionID]; known && claim != i.claim.value {
		i.violate(IDOfItsOwn, "%s asks for %s, as did %s", i.claim.value, versionID, claim)
	}
	i.ids[versionID] = i.claim.value
	if since := i.observedAt.Sub(i.floor.at); i.floor.instance == i.instance && since < i.policy.Backoff {
		i.violate(FloorHolds, "RotateSecret %s follows another by %s", versionID, since)
	}
	if _, failed := i.unhealed(i.claim.observed, func(failure) bool { return true }); !failed {
		i.violate(RotatedSinceIsLeft, "%s was created at %s, after every failure", i.claim.observed.ID, i.claim.observed.CreateTime.Format(time.DateTime))
	}
}

// rotated notes how RotateSecret was answered.
func (i *invocation) rotated(class remediation.Class) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.refusal = class
	if i.claim != nil {
		i.claim.called = class != remediation.NotSent
	}
	if class == "" || class == remediation.Transient {
		i.floor = floor{i.instance, i.observedAt}
	}
	i.refresh(i)
}

// started checks a rotation that KMS began for us.
func (i *invocation) started() {
	i.series.rotations++
	if i.series.rotations > i.policy.MaxAttempts {
		i.violate(SeriesIsBounded, "rotation %d of at most %d", i.series.rotations, i.policy.MaxAttempts)
	}
	if record, found := i.truth.record(); found && i.series.rotations > record.Attempts {
		i.violate(OneCallPerClaim, "%d rotations, and the record says %q", i.series.rotations, i.truth.value)
	}
}

// readPast notes what was read of the history.
func (i *invocation) readPast(name string, from time.Time, more bool, class remediation.Class) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch class {
	case "":
		if name == standin.EventFailure && !more && (i.past.from.IsZero() || from.Before(i.past.from)) {
			i.past.from = from
		}
	case remediation.Throttled, remediation.Transient, remediation.NotSent, remediation.Expired, remediation.StaleSignature:
	default:
		i.past.refused = true
	}
	i.refresh(i)
}

// judge checks what the function says of itself.
func (i *invocation) checkResult(r remediation.Result) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.refresh(i)
	i.log("      %s: %s (attempt %d)", r.Outcome, r.Reason, r.Attempt)
	switch r.Outcome {
	case remediation.Rotated:
		if r.Rotation.VersionID == "" || r.Rotation.VersionID != i.requested || r.Rotation.VersionID != i.observed.ID || !strings.HasPrefix(r.Rotation.VersionID, "remediation-") {
			i.violate(RotatedMeansOurs, "%s, and %s was asked for and %s seen", r.Rotation.VersionID, i.requested, i.observed.ID)
		}
	case remediation.Recovered:
		if i.observed.ID == "" || i.observed.ID == i.episode {
			i.violate(DoneMeansReplaced, "recovered, and %s is still current", i.episode)
		}
	}
	if r.Event.Kind == events.Success && i.requested != "" {
		i.violate(RotatedSinceIsLeft, "a Success event led to a rotation")
	}
}

// writes checks a record before it is written.
func (i *invocation) writes(key, value string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	before := i.refresh(i)
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
	before := i.refresh(i)
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
		i.checkCause(old, hadOld, now)
	case remediation.PhaseDone:
		if now.Attempts != attempts {
			i.violate(AttemptsAreKept, "done with %d attempts, want %d", now.Attempts, attempts)
		}
		if i.observed.ID == i.marks[now.Replaces].ID {
			i.violate(DoneMeansReplaced, "the record says done, and %s is still current", i.observed.ID)
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
	spent := now.Attempts >= i.policy.MaxAttempts && !i.observedAt.Before(i.series.notBefore)
	if !spent && i.refusal != remediation.SecretBlocked {
		i.violate(GivesUpLast, "given up after %d of %d attempts, %s after the last was due",
			now.Attempts, i.policy.MaxAttempts, i.observedAt.Sub(i.series.notBefore))
	}
	i.series.givenUpOn = i.observed.ID
}

// learn notes which version a record means.
func (i *invocation) learn(of remediation.VersionHash) {
	if known, found := i.marks[of]; found && known != i.observed {
		i.violate(RecordNamesTheVersion, "the record means %s, and %s was observed", known.ID, i.observed.ID)
	}
	i.marks[of] = i.observed
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
		i.saved = i.truth.value
	case now.Attempts == attempts-1 && refunded:
		i.series.notBefore = time.Now().Truncate(time.Second)
		if waits {
			i.series.notBefore = time.Now().Add(i.policy.Backoff)
		}
		delete(i.ids, i.requested) // KMS said that it did nothing, so that the next claim may ask for it again
	default:
		i.violate(AttemptsAreKept, "the record says %d attempts, and %d were made", now.Attempts, attempts)
	}
}

// checkCause checks that a record which was open before, and counts no new attempt, has a cause of its last one. The times
// are of two clocks, as in the contract.
func (i *invocation) checkCause(old remediation.Record, hadOld bool, now remediation.Record) {
	if !hadOld || i.claim != nil || old.Phase != now.Phase || old.Replaces != now.Replaces || old.Cause == now.Cause || now.Attempts == 0 {
		return
	}
	if _, newer := i.unhealed(remediation.Version{}, func(f failure) bool { return !f.stamp.Before(i.claimedAt[now.Attempts]) }); !newer {
		i.violate(CauseIsOfTheLast, "%q became %q after attempt %d", old.Cause, now.Cause, now.Attempts)
	}
}

func (i *invocation) claims(now remediation.Record) {
	if i.observedAt.Before(i.series.notBefore) {
		i.violate(ClaimWhenDue, "attempt %d was claimed %s early", now.Attempts, i.series.notBefore.Sub(i.observedAt))
	}
	if i.series.givenUpOn != "" {
		i.violate(SeriesIsBounded, "attempt %d was claimed after giving up", now.Attempts)
	}
	i.series.notBefore = i.observedAt.Add(i.waitAfter(now.Attempts))
	i.claimedAt[now.Attempts] = i.observedAt
	i.claim = &claim{value: i.truth.value, attempt: now.Attempts, observed: i.observed}
}

// removes checks the removal of a record before it happens.
func (i *invocation) removes(key string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.refresh(i)
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
	case !found || record.Phase != remediation.PhaseDone || i.observed.ID == i.marks[record.Replaces].ID:
		i.violate(RemovedWhenSettled, "%q while %s is current", i.truth.value, i.observed.ID)
	case time.Now().Before(i.doneSince.Add(i.policy.BackoffMax)):
		i.violate(RemovedWhenSettled, "%s after it was done", time.Since(i.doneSince))
	}
	if f, failed := i.unhealed(i.observed, func(f failure) bool { return f.at.Before(i.begun) && f.at.After(i.begun.Add(-23*time.Hour)) }); failed && dayRead {
		i.violate(RemovedWhenSettled, "the failure of %s is open", f.stamp.Format(time.DateTime))
	}
}
