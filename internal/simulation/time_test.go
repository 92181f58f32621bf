package simulation

import (
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// collect notes the events that were raised meanwhile.
func (r *run) collect() {
	for _, raw := range r.cloud.DrainEvents() {
		if raw.Secret != secret {
			continue
		}
		item := events.Decode(raw.Payload).Items[0]
		if item.Err != nil {
			panic(item.Err) // the stand-in follows the documented sample
		}
		event := item.Event
		r.raised = append(r.raised, &raisedEvent{Event: event, at: raw.Time})
		if event.Kind == events.Failure {
			r.failed(event.Time, raw.Time)
		}
		r.say("    raised: event %d, %s of %s", len(r.raised), event.Kind, event.Time.Format(time.DateTime))
	}
}

// waitFor lets the time before a step pass.
func (r *run) waitFor(s step) {
	switch s.wait {
	case untilDue:
		if record, found := r.record(); found && record.Due.After(time.Now()) {
			r.pass(time.Until(record.Due))
		}
	case untilItLanded:
		for r.running() {
			r.pass(time.Minute)
		}
	}
	r.pass(s.pause)
}

func (r *run) running() bool {
	all := r.cloud.Rotations(secret)
	return len(all) > 0 && all[len(all)-1].Ended.IsZero()
}

// pass lets time pass. Where no history finds it, each Failure is delivered before the record that it concerns may be
// removed: that a later one is lost is a limit.
func (r *run) pass(d time.Duration) {
	until := time.Now().Add(d)
	for {
		r.collect()
		next := until
		if late := r.latest(); late != nil {
			next = late.at.Add(r.patience())
			if !next.After(time.Now()) {
				r.say("    without history, event %s has to come now", late.ID)
				r.deliverUntilDone(late)
				continue
			}
		} else if r.history != historyRead && r.running() {
			next = time.Now().Add(time.Minute) // it may raise an event
		}
		if !next.Before(until) {
			break
		}
		<-time.After(time.Until(next))
	}
	if d = time.Until(until); d > 0 {
		<-time.After(d)
	}
	r.collect()
}

// patience is how late a Failure may come.
func (r *run) patience() time.Duration { return r.policy.BackoffMax - r.kms.Work - 5*time.Minute }

// latest returns the first Failure that only its delivery can tell us of, if there is one.
func (r *run) latest() *raisedEvent {
	if r.history == historyRead {
		return nil
	}
	for _, e := range r.raised {
		if e.Kind == events.Failure && !e.done {
			return e
		}
	}
	return nil
}
