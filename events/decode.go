package events

import "strconv"

const (
	// MaxPayload is what an asynchronous invocation can carry, in bytes. A synchronous one could carry more, but
	// documented events stay below a kilobyte. What lies in a payload as text, base64 or not, is shorter than the
	// payload, so this bounds every envelope as well.
	MaxPayload = 128 << 10

	// maxEnvelopes bounds how many envelopes lie in each other. A queue message that holds a kept failure that holds a
	// queue message has three.
	maxEnvelopes = 4

	// maxEvents bounds the work that one payload can ask for. An event stream whose batches are larger needs smaller ones.
	maxEvents = 100
)

// wholePayload is the field of an error about the payload itself.
const wholePayload = "payload"

// Item is one event of a payload, or why it cannot be read.
type Item struct {
	Event Event
	Err   error // a *RejectError; Event is then empty
}

// Payload is what one invocation brings: events, or a request of an HTTP trigger, of which nothing is decoded yet.
type Payload struct {
	Items   []Item   // in the order of the payload: at least one, none beside a Request
	Request *Request // nil unless the payload is one
}

// Decode reads one payload, by whatever message route it came.
func Decode(payload []byte) Payload {
	if r := readRequest(payload); r != nil {
		return Payload{Request: r}
	}
	return Payload{Items: decode(payload)}
}

// decode reads the events of a payload that is no request.
func decode(payload []byte) []Item {
	if len(payload) > MaxPayload {
		return []Item{{Err: &RejectError{Field: wholePayload, Got: strconv.Itoa(len(payload)) + " bytes long", Want: "at most " + strconv.Itoa(MaxPayload)}}}
	}
	var r reader
	r.read(part{field: wholePayload, text: unfold(payload)}, 0)
	return r.items
}

// reader gathers the events of one payload.
type reader struct {
	items []Item
}

// read reads a part that lies in so many envelopes.
func (r *reader) read(p part, envelopes int) {
	if !p.isArray() {
		r.readOne(p, envelopes)
		return
	}
	elements, err := p.elements()
	if err != nil {
		r.add(p, Event{}, err)
	}
	for n, element := range elements {
		if len(r.items) > maxEvents {
			return
		}
		r.readOne(partOf(p.field+"["+strconv.Itoa(n)+"]", element), envelopes)
	}
}

// readOne reads an event, or goes on with what is in an envelope.
func (r *reader) readOne(p part, envelopes int) {
	o, err := readObject(p.field, p.text)
	if err != nil {
		r.add(p, Event{}, err)
		return
	}
	found, err := routeOf(o)
	switch {
	case err != nil:
		r.add(p, Event{}, err)
	case found.read != nil:
		e, err := found.read(o)
		r.add(p, e, err)
	case envelopes == maxEnvelopes:
		r.add(p, Event{}, &RejectError{Field: p.field, Got: "an envelope too many", Want: "at most " + strconv.Itoa(maxEnvelopes) + " in each other"})
	default:
		inside, err := found.open(o)
		if err != nil {
			r.add(p, Event{}, err)
			return
		}
		r.read(inside, envelopes+1)
	}
}

// add notes one event, or why it cannot be read. The first that is too many says so for all that follow.
func (r *reader) add(p part, e Event, err error) {
	switch {
	case len(r.items) < maxEvents:
		r.items = append(r.items, Item{Event: e, Err: err})
	case len(r.items) == maxEvents:
		r.items = append(r.items, Item{Err: &RejectError{Field: p.field, Got: "an event too many", Want: "at most " + strconv.Itoa(maxEvents) + " in one payload"}})
	}
}
