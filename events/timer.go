package events

// isTimer recognizes what a timer trigger of Function Compute sends: {triggerTime, triggerName, payload}, see
// https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/time-triggers. The name alone is asked for:
// a tick whose time is missing is still a tick.
func isTimer(o object) bool {
	return o.has("triggerName")
}

// readTimer never refuses: a time that cannot be read is left zero, and whoever runs the tick goes by a clock instead.
func readTimer(o object) (Event, error) {
	e := Event{Kind: Timer, Name: o.shown("triggerName")}
	if t, err := o.instant("triggerTime"); err == nil {
		e.Time = t
	}
	return e, nil
}
