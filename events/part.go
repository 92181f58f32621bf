package events

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
)

// part is text that was found in a payload, or is the payload, and where that was.
type part struct {
	field string
	text  []byte
}

// byteOrderMark is tolerated in front: it says nothing, and some editors leave it in a file that is replayed.
var byteOrderMark = []byte("\xef\xbb\xbf")

// part returns what lies in a member of an envelope.
func (o object) part(key string) (part, error) {
	value := o.value(key)
	if value == nil {
		return part{}, o.refuse(key, missing, "the event, as text")
	}
	return partOf(o.path(key), value), nil
}

// partOf returns what a value holds: the text of a string, plain or in base64, or the value itself.
func partOf(field string, value json.RawMessage) part {
	if value[0] == '"' {
		return part{field: field, text: unfold([]byte(stringOf(value)))}
	}
	return part{field: field, text: value}
}

// unfold returns the JSON that text holds, plain or in base64. No document says which of the two a message is, so what
// stands there decides. Text that is neither stays as it is.
func unfold(text []byte) []byte {
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

func trim(text []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(text, byteOrderMark))
}

// startsJSON reports whether text can be an object or an array. Base64 begins with neither.
func startsJSON(text []byte) bool {
	return len(text) > 0 && (text[0] == '{' || text[0] == '[')
}

func (p part) isArray() bool {
	return len(p.text) > 0 && p.text[0] == '['
}

// elements takes an array apart. An empty one is refused: somebody sent it for some reason.
func (p part) elements() ([]json.RawMessage, error) {
	var elements []json.RawMessage
	if err := json.Unmarshal(p.text, &elements); err != nil {
		return nil, &RejectError{Field: p.field, Got: "not JSON", Want: "one JSON array in UTF-8"}
	}
	if len(elements) == 0 {
		return nil, &RejectError{Field: p.field, Got: "an empty array", Want: "at least one event"}
	}
	return elements, nil
}
