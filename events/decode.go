package events

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
)

const (
	// MaxPayload is what an asynchronous invocation can carry, in bytes. A synchronous one could carry more, but
	// documented events stay below a kilobyte. The text in an envelope is shorter than its payload, so this bounds every
	// envelope as well.
	MaxPayload = 128 << 10

	// maxEnvelopes bounds how many envelopes are in each other. A queue message that holds a failure destination's record
	// of a queue message has three.
	maxEnvelopes = 4

	// maxEvents bounds the work that one payload can ask for. An event stream whose batches are larger needs smaller ones.
	maxEvents = 100
)

// wholePayload is the field of an error about the payload itself.
const wholePayload = "payload"

// Item is one event of a payload, or why it is rejected.
type Item struct {
	Event Event
	Err   error // a *RejectError; Event is then empty
}

// Payload is what one invocation brings: events, or a request of an HTTP trigger, of which nothing is decoded yet.
type Payload struct {
	Items   []Item   // in the order of the payload: at least one, none beside a Request
	Request *Request // nil unless the payload is one
}

// Decode decodes one payload, by whatever route it came.
func Decode(payload []byte) Payload {
	if len(payload) > MaxPayload { // compared before anything is copied
		if r := requestIn(payload, nil); r != nil {
			return Payload{Request: r}
		}
		return Payload{Items: []Item{{Err: tooLong(wholePayload, len(payload))}}}
	}
	var d decoder
	d.decode(payloadBody(payload), 0)
	return Payload{Items: d.items, Request: d.request}
}

// body is text that was found in a payload, or is the payload, and where that was.
type body struct {
	field   string
	text    []byte
	valid   bool // it is part of a text that json.Valid accepted
	skipped int  // bytes of the payload before text
}

// payloadBody returns what a payload holds, which may be one JSON text of it.
func payloadBody(payload []byte) body {
	text := trim(payload)
	b := body{field: wholePayload, text: decodeText(text)}
	if len(b.text) == len(text) {
		b.skipped = bytes.Index(payload, text)
	}
	if len(text) > 0 && text[0] == '"' && json.Valid(text) {
		if inner := decodeText(unquote(text)); startsJSON(inner) {
			b.text, b.skipped = inner, 0
		}
	}
	return b
}

// decodeText returns the JSON that text holds, plain or in base64. No document says which of the two a message is, so its
// first character decides. Text that is neither stays as it is.
func decodeText(text []byte) []byte {
	text = trim(text)
	if startsJSON(text) {
		return text
	}
	decoded := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(decoded, text)
	if decoded = trim(decoded[:n]); err != nil || !startsJSON(decoded) {
		return text
	}
	return decoded
}

// byteOrderMark is tolerated in front: it decides nothing, and some editors leave it in a file that is replayed.
var byteOrderMark = []byte("\xef\xbb\xbf")

func trim(text []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(text, byteOrderMark))
}

// startsJSON reports whether text can be an object or an array. Base64 begins with neither.
func startsJSON(text []byte) bool {
	return len(text) > 0 && (text[0] == '{' || text[0] == '[')
}

// decoder collects the events of one payload.
type decoder struct {
	items   []Item
	request *Request
}

// decode decodes a body that is inside that many envelopes.
func (d *decoder) decode(b body, envelopes int) {
	isArray := len(b.text) > 0 && b.text[0] == '['
	switch {
	case !b.valid && !json.Valid(b.text):
		want := wantObject
		if isArray {
			want = wantArray
		}
		d.rejectOrRequest(b, &RejectError{Field: b.field, Got: whyNotJSON(b.text, b.skipped), Want: want})
	case isArray:
		d.decodeArray(b, envelopes)
	default:
		o, err := objectIn(b.field, b.text)
		if err != nil {
			d.rejectOrRequest(b, err)
			return
		}
		d.decodeObject(o, envelopes)
	}
}

// rejectOrRequest rejects a body that is no object, unless it is a payload with the marks of a request: that stays a request, and
// its sender is checked first.
func (d *decoder) rejectOrRequest(b body, err error) {
	if b.field == wholePayload {
		d.request = requestIn(b.text, err)
	}
	if d.request == nil {
		d.add(b.field, Event{}, err)
	}
}

// decodeArray decodes each element by itself. An empty array is rejected: somebody sent it for some reason.
func (d *decoder) decodeArray(b body, envelopes int) {
	before := len(d.items)
	for n, element := range elements(b.text) {
		if len(d.items) > maxEvents {
			return
		}
		field := b.field + "[" + strconv.Itoa(n) + "]"
		o, err := elementIn(field, element)
		if err != nil {
			d.add(field, Event{}, err)
			continue
		}
		d.decodeObject(o, envelopes)
	}
	if len(d.items) == before {
		d.add(b.field, Event{}, &RejectError{Field: b.field, Got: "an empty array", Want: "at least one event"})
	}
}

// elementIn reads an element, which is an object or the text of one.
func elementIn(field string, element []byte) (object, error) {
	if element[0] == '"' {
		return readObject(field, decodeText(unquote(element)))
	}
	return objectIn(field, element)
}

// decodeObject decodes an event, or goes on with what is in an envelope.
func (d *decoder) decodeObject(o object, envelopes int) {
	f, err := formOf(o)
	switch {
	case err != nil:
		d.add(o.field, Event{}, err)
	case f.isRequest:
		d.request = requestOf(o, nil)
	case f.decode != nil:
		e, err := f.decode(o)
		d.add(o.field, e, err)
	case envelopes == maxEnvelopes:
		d.add(o.field, Event{}, &RejectError{Field: o.field, Got: "an envelope too many", Want: "at most " + strconv.Itoa(maxEnvelopes) + " in each other"})
	default:
		inside, err := f.open(o)
		if err != nil {
			d.add(o.field, Event{}, err)
			return
		}
		d.decode(inside, envelopes+1)
	}
}

// add notes one event, or why it is rejected. The first that is too many speaks for all that follow.
func (d *decoder) add(field string, e Event, err error) {
	switch {
	case len(d.items) < maxEvents:
		d.items = append(d.items, Item{Event: e, Err: err})
	case len(d.items) == maxEvents:
		d.items = append(d.items, Item{Err: &RejectError{Field: field, Got: "an event too many", Want: "at most " + strconv.Itoa(maxEvents) + " in one payload"}})
	}
}
