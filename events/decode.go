package events

import (
	"bytes"
	"strconv"
)

// maxPayload is what an asynchronous invocation can carry, in bytes. A synchronous one could carry more, but documented
// events stay below a kilobyte.
const maxPayload = 128 << 10

// wholePayload is the field of an error about the payload itself.
const wholePayload = "payload"

// byteOrderMark is tolerated in front: it says nothing, and some editors leave it in a file that is replayed.
var byteOrderMark = []byte("\xef\xbb\xbf")

// Decode reads one payload. Its error, if there is one, is a *RejectError, and the Event is then empty.
func Decode(payload []byte) (Event, error) {
	if len(payload) > maxPayload {
		return Event{}, &RejectError{Field: wholePayload, Got: strconv.Itoa(len(payload)) + " bytes long", Want: "at most " + strconv.Itoa(maxPayload)}
	}
	o, err := readObject(wholePayload, bytes.TrimPrefix(payload, byteOrderMark))
	if err != nil {
		return Event{}, err
	}
	return read(o)
}

// read picks the form that a payload has. Each form is recognized by its own mark, and read in a file of its own.
func read(o object) (Event, error) {
	switch {
	case isNamed(o):
		return readNamed(o)
	case isTimer(o):
		return readTimer(o), nil
	}
	return Event{}, o.refuse("name", missing, "an event of CloudMonitor, such as "+failure.name)
}
