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
	d.say("overdue", stateFinding, region, fmt.Sprintf("%s: a rotation was due at %s, and no event of it is in the history", seen.Name, shownTime(due)),
		"check the instance and the schedule, then rotate the secret by hand")
}
