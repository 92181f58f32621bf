package events

import "strings"

const eventForm = "an event of CloudMonitor"

// route is one form that a payload may have, recognized by a mark of its own. One of read, open and refuse says what
// follows.
type route struct {
	form   string // for people
	is     func(object) bool
	read   func(object) (Event, error) // it is an event
	open   func(object) (part, error)  // it is an envelope, and this is in it
	refuse func(object) error          // it is known, and nothing to be read here

	alone bool // comes as a payload of its own only
}

// routes lists every form that is known, in the order in which they are asked for.
var routes = []route{
	{form: "a request of an HTTP trigger", is: hasRequest, refuse: refuseRequest},
	{form: eventForm, is: isNamed, read: readNamed},
	{form: "a tick of a timer", is: isTimer, read: readTimer, alone: true},
	{form: "a message of an MNS topic", is: isTopicMessage, open: openTopicMessage},
	{form: "a message of an MNS queue", is: isQueueMessage, open: openQueueMessage},
	{form: "a CloudEvent", is: isCloudEvent, read: readCloudEvent},
	{form: "a kept failure", is: isKeptFailure, open: openKeptFailure},
	{form: "the content of an event", is: isBareContent, refuse: refuseBareContent},
}

// routeOf finds the form that o has. One that must be refused is not returned.
func routeOf(o object) (route, error) {
	for _, r := range routes {
		switch {
		case !r.is(o):
			continue
		case r.refuse != nil:
			return route{}, r.refuse(o)
		case r.alone && o.field != wholePayload:
			return route{}, &RejectError{Field: o.field, Got: r.form, Want: "an event: this comes as a payload of its own"}
		}
		return r, nil
	}
	return route{}, o.refuse("name", missing, eventForm+", such as "+failure.name+"; or "+otherForms())
}

// otherForms names what can be read beside an event itself.
func otherForms() string {
	var forms []string
	for _, r := range routes {
		if r.refuse == nil && r.form != eventForm {
			forms = append(forms, r.form)
		}
	}
	return strings.Join(forms, ", ")
}
