package simulation

import (
	"time"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// maxTicks is more than any policy of the simulation needs to end a series.
const maxTicks = 600

// comeToRest ends the accidents, lets fair ticks come, and checks how the secret ends. Ticks before which nothing can have
// become due are left out.
func (r *run) comeToRest() {
	r.log("    the accidents are over")
	r.account.ClearFaults()
	r.accident = accident{}
	if record := r.oracle.now(); record.found && !r.oracle.readable() {
		r.person(func() error { r.account.Untag(secret, remediation.RecordTag); return nil })
		r.oracle.recordLost()
	}
	s, _ := r.account.Secret(secret)
	if isOff(s.Tags[remediation.SwitchTag]) {
		if r.leaveOff {
			r.sweepAt(time.Hour)
			return // and nothing was written, or a property is broken by now
		}
		r.person(func() error { r.account.Tag(secret, remediation.SwitchTag, "on"); return nil })
	}
	for range maxTicks {
		r.deliverRest()
		if r.atRest() {
			r.checkRest()
			return
		}
	}
	r.oracle.violate(ComesToRest, "the record says %q after %d ticks", r.oracle.now().value, maxTicks)
}

// deliverRest waits for the rotation that runs, and delivers what no history finds.
func (r *run) deliverRest() {
	for r.running() {
		<-time.After(time.Minute)
	}
	r.collect()
	for late := r.undelivered(); late != nil; late = r.undelivered() {
		r.deliverUntilDone(late)
	}
}

// atRest lets the next tick come that may change something, and reports whether none can any more.
func (r *run) atRest() bool {
	record, found := r.oracle.record()
	switch {
	case !found:
		r.sweepAt(24 * time.Hour) // which reads all of the history
		_, found = r.oracle.record()
		return !found && !r.running() && r.undelivered() == nil
	case record.Phase == remediation.PhaseOpen:
		r.advance(untilDue(record))
		r.sweepAt(r.interval)
		return false
	case record.Phase == remediation.PhaseDone:
		r.sweepAt(time.Hour) // which reads a day of it
		if after, found := r.oracle.record(); found && after == record {
			r.advance(time.Until(record.Due))
			r.sweepAt(time.Hour)
		}
		return false
	}
	r.sweepAt(24 * time.Hour)
	after, found := r.oracle.record()
	return found && after == record && !r.running() && r.undelivered() == nil
}

// sweepAt lets the next tick come that is a multiple of every.
func (r *run) sweepAt(every time.Duration) {
	triggered := time.Now().Truncate(every).Add(every)
	r.advance(time.Until(triggered))
	r.log("    tick")
	r.sweep(triggered)
	r.collect()
}

// checkRest checks how it ended. A failure in the very second in which the current version was created may count as
// healed, and may not.
func (r *run) checkRest() {
	t := r.oracle.refresh(nil)
	record, found := t.record()
	givenUp := found && record.Phase == remediation.PhaseNeedsHuman && r.oracle.marks[record.Replaces] == t.current
	open, lost := r.oracle.unhealed(t.current, func(f failure) bool { return !f.excused && f.stamp.After(t.current.CreateTime) })
	if lost && !givenUp {
		r.oracle.violate(FailureIsNotLost, "that of %s, by KMS's clock: the record says %q, and %s of %s is current",
			open.stamp.Format(time.DateTime), t.value, t.current.ID, t.current.CreateTime.Format(time.DateTime))
	}
	_, failed := r.oracle.unhealed(t.current, func(failure) bool { return true })
	if t.found && (!givenUp || !failed) {
		r.oracle.violate(RecordDoesNotStay, "%q, and %s of %s is current", t.value, t.current.ID, t.current.CreateTime.Format(time.DateTime))
	}
}
