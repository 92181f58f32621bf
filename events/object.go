package events

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deep a payload nests. Documented events nest three deep.
const maxDepth = 32

// object is a JSON object whose keys are compared without case. That is how encoding/json reads, and the vendor's own
// keys differ in case from API to API.
type object struct {
	field   string                     // where it stands, for messages
	members map[string]json.RawMessage // by lower-case key
	twice   []string                   // lower-case keys that occur more than once
}

// readObject reads text as exactly one JSON object; field says where the text was found.
func readObject(field string, text []byte) (object, error) {
	refuse := func(got string) (object, error) {
		return object{}, &RejectError{Field: field, Got: got, Want: "one JSON object in UTF-8"}
	}
	text = bytes.TrimSpace(text)
	switch {
	case len(text) == 0:
		return refuse("empty")
	case !utf8.Valid(text):
		return refuse("not UTF-8")
	case !json.Valid(text):
		return refuse("not JSON")
	case text[0] != '{':
		return refuse(describe(text))
	}
	if _, depth := nested(text); depth > maxDepth {
		return object{}, &RejectError{Field: field, Got: "nested too deep", Want: "at most " + strconv.Itoa(maxDepth) + " levels"}
	}
	o := object{field: field, members: make(map[string]json.RawMessage)}
	o.readMembers(text)
	return o, nil
}

// readMembers splits the members one by one, since decoding into a map would hide a key that occurs twice.
func (o *object) readMembers(text []byte) {
	rest := bytes.TrimLeft(text[1:], separators)
	for rest[0] != '}' {
		end := endOfValue(rest)
		key := strings.ToLower(stringOf(rest[:end]))
		rest = bytes.TrimLeft(rest[end:], separators)
		if _, known := o.members[key]; known {
			o.twice = append(o.twice, key)
		}
		end = endOfValue(rest)
		o.members[key] = rest[:end]
		rest = bytes.TrimLeft(rest[end:], separators)
	}
}

// unique refuses an object in which a key occurs twice: whoever reads the first one and whoever reads the last one
// would see two different events.
func (o object) unique() error {
	if len(o.twice) == 0 {
		return nil
	}
	return o.saysTwice(o.twice[0])
}

func (o object) saysTwice(key string) error {
	return &RejectError{Field: o.field, Got: "an object with " + quoted(key) + " twice", Want: "each key once, whatever its case"}
}
