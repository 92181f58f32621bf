package remediation

import "time"

// What AutomaticRotation says where KMS should rotate by itself. The third, Disabled, is a person's will.
const (
	scheduleEnabled = "Enabled"
	scheduleInvalid = "Invalid"
)

// MayBeOverdue says whether KMS should have rotated the secret by itself longer ago than after, as far as the schedule
// alone tells; OverdueSince has the last word. An Invalid schedule may come without its next date.
func (s Secret) MayBeOverdue(now time.Time, after time.Duration) bool {
	switch {
	case s.AutomaticRotation != scheduleEnabled && s.AutomaticRotation != scheduleInvalid:
		return false
	case s.NextRotation.IsZero():
		return s.AutomaticRotation == scheduleInvalid && s.RotationInterval > 0
	}
	return now.Sub(s.NextRotation) > after
}

// OverdueSince returns when the rotation was due, and whether that is longer ago than after with the version of before
// still current. Where the date is missing, the interval counts from that version.
func (s Secret) OverdueSince(current Version, now time.Time, after time.Duration) (due time.Time, overdue bool) {
	due = s.NextRotation
	if due.IsZero() {
		due = current.CreateTime.Add(s.RotationInterval)
	}
	return due, now.Sub(due) > after && !current.CreateTime.After(due)
}
