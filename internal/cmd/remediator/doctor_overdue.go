package main

import "fmt"

// checkOverdue tells a secret whose time passed without a rotation and without an event: one that raised an event is the
// function's to deal with.
func (d *doctor) checkOverdue(region string, seen seenSecret) {
	due, overdue := seen.OverdueSince(seen.current, d.now, d.overdue)
	if !overdue {
		return
	}
	for _, event := range seen.events {
		if !event.Time.Before(due) {
			return
		}
	}
	if d.pastIsCut[region] {
		d.say("overdue", stateUnknown, region, fmt.Sprintf("%s: a rotation was due at %s; whether an event of it came could not be looked up", seen.Name, shownTime(due)),
			"run doctor again once the history can be read; if there was a failure, the function deals with it")
		return
	}
	d.say("overdue", stateFinding, region, fmt.Sprintf("%s: a rotation was due at %s, and no event of it is in the history", seen.Name, shownTime(due)),
		"check the instance and the schedule, then rotate the secret by hand")
}
