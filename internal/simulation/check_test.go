package simulation

import (
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
	i.look(i)
}

// isOff is what the contract says of the switch.
func isOff(value string) bool { return value != "on" && value != "" }

// sawCurrent notes which version was current.
func (i *invocation) sawCurrent(v remediation.Version) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.looked, i.lookedAt = v, time.Now()
	i.look(i)
}

// rotates checks a RotateSecret before it is sent.
func (i *invocation) rotates(versionID string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.look(i)
	i.asked = versionID
	if i.off {
		i.violate(SwitchMeansHandsOff, "RotateSecret was called")
	}
	if i.kept != "" && i.claim == nil {
		i.violate(AttemptsAreKept, "%q counts no new attempt, and RotateSecret follows", i.kept)
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
	if _, failed := i.unhealed(i.claim.looked, func(failure) bool { return true }); !failed {
		i.violate(RotatedSinceIsLeft, "%s was created at %s, after every failure", i.claim.looked.ID, i.claim.looked.CreateTime.Format(time.DateTime))
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
	i.look(i)
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
	i.look(i)
}

// judge checks what the function says of itself.
func (i *invocation) judge(r remediation.Result) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.look(i)
	i.say("      %s: %s (attempt %d)", r.Outcome, r.Reason, r.Attempt)
	switch r.Outcome {
	case remediation.Rotated:
		if r.Rotation.VersionID == "" || r.Rotation.VersionID != i.asked || r.Rotation.VersionID != i.looked.ID || !strings.HasPrefix(r.Rotation.VersionID, "remediation-") {
			i.violate(RotatedMeansOurs, "%s, and %s was asked for and %s seen", r.Rotation.VersionID, i.asked, i.looked.ID)
		}
	case remediation.Recovered:
		if i.looked.ID == "" || i.looked.ID == i.episode {
			i.violate(DoneMeansReplaced, "recovered, and %s is still current", i.episode)
		}
	}
	if r.Event.Kind == events.Success && i.asked != "" {
		i.violate(RotatedSinceIsLeft, "a Success event led to a rotation")
	}
}
