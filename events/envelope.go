package events

import (
	"bytes"
	"slices"
	"strings"
)

// form is one shape that a payload may have, recognized by a mark of its own. One of decode, open, reject and isRequest
// says what follows. The table in README.md lists the same forms.
type form struct {
	name string
	is   func(object) bool

	decode    func(object) (Event, error) // it is an event
	open      func(object) (body, error)  // it is an envelope, and holds this
	reject    func(object) error          // it is known, and holds nothing to act on
	isRequest bool                        // it is decoded once its sender is checked

	alone bool // comes as a payload of its own, never inside another form
}

// forms lists every form that is known, in the order in which they are asked for.
var forms = []form{
	{name: "an HTTP request", is: isRequest, isRequest: true, alone: true},
	{name: cloudMonitorEvent, is: func(o object) bool { return o.has("name") }, decode: decodeNamed},
	{name: "a timer tick", is: func(o object) bool { return o.has("triggerName") }, decode: decodeTick, alone: true},
	{name: "an event subscription", is: isSubscription, decode: decodeSubscription},
	{name: "an MNS topic (JSON)", is: func(o object) bool { return o.has("TopicName") }, open: openMember("Message")},
	{name: "an MNS topic (STREAM)", is: isStream, open: openMember("body")},
	{name: "an MNS queue", is: isQueue, open: openQueue},
	{name: "an HTTPEvent", is: isHTTPEvent, open: openMember("data", "body")},
	{name: "a CloudEvent", is: func(o object) bool { return o.has("specversion") }, decode: decodeCloudEvent},
	{name: "a failure destination", is: isFailureRecord, open: openMember("requestPayload")},
	{name: "the content alone", is: isRawContent, reject: rejectRawContent},
}

// formOf finds the form that o has. One that must be rejected is not returned.
func formOf(o object) (form, error) {
	for _, f := range forms {
		switch {
		case !f.is(o):
			continue
		case f.reject != nil:
			return form{}, f.reject(o)
		case f.alone && o.field != wholePayload:
			return form{}, &RejectError{Field: o.field, Got: f.name, Want: "an event: this comes as a payload of its own"}
		}
		return f, nil
	}
	return form{}, o.reject("name", missing, wantEvent+", or one of "+otherForms())
}

const (
	cloudMonitorEvent = "a CloudMonitor event"

	wantEvent = cloudMonitorEvent + ", such as " + FailureName
)

// otherForms names what can be decoded beside a CloudMonitor event.
func otherForms() string {
	var names []string
	for _, f := range forms {
		_, name, _ := strings.Cut(f.name, " ")
		name, _, _ = strings.Cut(name, " (")
		if (f.open != nil || f.decode != nil) && f.name != cloudMonitorEvent {
			names = append(names, name)
		}
	}
	return strings.Join(slices.Compact(names), ", ")
}

// openMember opens an envelope that holds an event in a member, or in a member of a member.
func openMember(path ...string) func(object) (body, error) {
	return func(o object) (body, error) {
		for _, key := range path[:len(path)-1] {
			if err := o.rejectDuplicates(); err != nil {
				return body{}, err
			}
			inside, err := o.object(key)
			if err != nil {
				return body{}, err
			}
			o = inside
		}
		if err := o.rejectDuplicates(); err != nil {
			return body{}, err
		}
		return o.body(path[len(path)-1])
	}
}

// decodeTick never rejects: a time that is no time is left zero, and the function goes by its clock instead. A timer
// trigger sends {triggerTime, triggerName, payload}; a tick whose time is missing is still a tick. See
// https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/time-triggers
func decodeTick(o object) (Event, error) {
	e := Event{Kind: Timer, Name: displayName(o.member("triggerName").text)}
	if t, err := o.member("triggerTime").time(); err == nil {
		e.Time = t
	}
	return e, nil
}

// isStream recognizes a message of an MNS topic with attributes in the format STREAM; without attributes the message comes
// alone. See https://www.alibabacloud.com/help/en/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-struct-mnstopictriggerconfig
func isStream(o object) bool { return o.has("body") && o.has("attrs") }

// isQueue recognizes a message of an MNS queue, by its type or by its body: a CloudEvent, or its data alone, which comes
// where the trigger's eventSchema is RawData. See https://www.alibabacloud.com/help/en/functioncompute/fc/mns-queue-triggers
func isQueue(o object) bool {
	return o.isType("mns:Queue:SendMessage") || isQueueData(o) || o.has("specversion") && o.hasNested("data", "messageBody")
}

func isQueueData(o object) bool { return o.has("messageBody") && !o.has("specversion") }

func openQueue(o object) (body, error) {
	if isQueueData(o) {
		return openMember("messageBody")(o)
	}
	return openMember("data", "messageBody")(o)
}

// isHTTPEvent recognizes what an HTTP source of EventBridge passes on: the body of a request to that source.
func isHTTPEvent(o object) bool { return o.isType("eventbridge:Events:HTTPEvent") }

func (o object) isType(name string) bool {
	m, found := o.find("type")
	return found && m.isText() && strings.EqualFold(string(bytes.TrimSpace(m.text())), name)
}

// isFailureRecord recognizes what a failure destination of Function Compute keeps of an invocation that failed, so that it
// can be fed back. See https://www.alibabacloud.com/help/en/fc/user-guide/result-callback
func isFailureRecord(o object) bool { return o.hasNested("requestContext", "functionArn") }

// isRawContent recognizes the content of an event of KMS without anything around it: the data of a CloudEvent alone, as a
// trigger hands it over whose eventSchema is RawData. See
// https://www.alibabacloud.com/help/en/functioncompute/api-fc-2023-03-30-struct-deliveryoption
func isRawContent(o object) bool {
	return o.has("secretName") && o.has("rotationStatus") || o.has(failure.timeKey) || o.has(success.timeKey)
}

// rejectRawContent rejects content that names neither a region nor an account: a name alone may be that of many secrets.
func rejectRawContent(o object) error {
	return &RejectError{Field: o.field, Got: "content without its event", Want: "the whole CloudEvent: set the trigger's eventSchema to CloudEvents, not RawData"}
}
