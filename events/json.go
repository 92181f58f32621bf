package events

import (
	"bytes"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deep one event nests. Documented events nest three deep.
const maxDepth = 32

// manyMembers is where comparing each key with each other costs more than a map does.
const manyMembers = 24

// object is a JSON object whose keys are compared without case, as encoding/json does: the vendor's own
// keys differ in case from API to API. Nothing of the text is copied.
type object struct {
	field    string // where it was found, for errors
	members  []member
	repeated []string // lower-case keys that occur more than once
}

// member is one member of an object: its value is JSON, or the plain text of a form's field.
type member struct {
	key, value []byte
	plain      bool
}

// readObject reads text as exactly one JSON object; field says where the text was found.
func readObject(field string, text []byte) (object, error) {
	if !json.Valid(text) {
		return object{}, &RejectError{Field: field, Got: whyNotJSON(text, 0), Want: wantObject}
	}
	return objectIn(field, bytes.TrimSpace(text))
}

// objectIn returns the object that a value is, of text that json.Valid accepted.
func objectIn(field string, value []byte) (object, error) {
	switch {
	case value[0] != '{':
		return object{}, &RejectError{Field: field, Got: describe(value), Want: wantObject}
	case !utf8.Valid(value):
		return object{}, &RejectError{Field: field, Got: "not UTF-8", Want: wantObject}
	}
	if _, depth := endOfValue(value); depth > maxDepth {
		return object{}, &RejectError{Field: field, Got: "nested too deep", Want: "at most " + strconv.Itoa(maxDepth) + " levels"}
	}
	return split(field, value, MaxPayload), nil
}

// split takes an object apart, up to so many members and as far as its text goes: one that is cut off has the members
// before the cut.
func split(field string, text []byte, most int) object {
	o := object{field: field, members: make([]member, 0, 12)}
	rest := bytes.TrimLeft(text[1:], separators)
	for len(rest) > 0 && rest[0] == '"' && len(o.members) < most {
		end, _ := endOfValue(rest)
		if end < 0 {
			break
		}
		key := unquote(rest[:end])
		rest = bytes.TrimLeft(rest[end:], separators)
		if end, _ = endOfValue(rest); end <= 0 {
			break
		}
		o.members = append(o.members, member{key: key, value: rest[:end]})
		rest = bytes.TrimLeft(rest[end:], separators)
	}
	o.repeated = repeatedIn(o.members)
	return o
}

// repeatedIn returns the keys that occur more than once, whatever their case.
func repeatedIn(members []member) (repeated []string) {
	if len(members) > manyMembers {
		times := make(map[string]int, len(members))
		for _, m := range members {
			key := strings.ToLower(string(m.key))
			if times[key]++; times[key] == 2 {
				repeated = append(repeated, key)
			}
		}
		return repeated
	}
	for i, m := range members {
		if slices.ContainsFunc(members[:i], func(other member) bool { return bytes.EqualFold(other.key, m.key) }) {
			repeated = append(repeated, strings.ToLower(string(m.key)))
		}
	}
	return repeated
}

// rejectDuplicates rejects an object in which a key occurs twice: a reader of the first one and a reader of the last one
// would see two different events.
func (o object) rejectDuplicates() error {
	if len(o.repeated) == 0 {
		return nil
	}
	return o.duplicateError(o.repeated[0])
}

func (o object) duplicateError(key string) error {
	return &RejectError{Field: o.field, Got: "an object with " + quoted(key) + " twice", Want: "each key once, whatever its case"}
}

// find returns a member, false where it is missing or null.
func (o object) find(key string) (member, bool) {
	for _, m := range slices.Backward(o.members) {
		if len(m.key) == len(key) && bytes.EqualFold(m.key, []byte(key)) {
			return m, m.plain || string(m.value) != "null"
		}
	}
	return member{}, false
}

func (o object) has(key string) bool {
	_, found := o.find(key)
	return found
}

// raw returns a member as it was sent, nil where it is missing or null.
func (o object) raw(key string) []byte {
	m, found := o.find(key)
	if !found {
		return nil
	}
	return m.value
}

// isText reports whether a member is a string.
func (m member) isText() bool { return m.plain || m.value[0] == '"' }

// text returns the text of a string.
func (m member) text() []byte {
	if m.plain {
		return m.value
	}
	return unquote(m.value)
}

// object returns a member that is an object, or the text of one: samples show objects where tables of fields say String.
// It is empty where the member is missing.
func (o object) object(key string) (object, error) {
	m, found := o.find(key)
	switch {
	case !found:
		return object{field: o.path(key)}, nil
	case !m.isText() && m.value[0] != '{':
		return object{}, o.reject(key, describe(m.value), wantObject)
	case !m.isText():
		return split(o.path(key), m.value, MaxPayload), nil // the text around it was checked
	}
	text := bytes.TrimSpace(m.text())
	if len(text) == 0 {
		return object{field: o.path(key)}, nil
	}
	return readObject(o.path(key), text)
}

// hasNested reports whether there is a member that is an object with such a member.
func (o object) hasNested(key, nested string) bool {
	if !o.has(key) {
		return false
	}
	inside, err := o.object(key)
	return err == nil && inside.has(nested)
}

// body returns what an envelope holds in a member.
func (o object) body(key string) (body, error) {
	m, found := o.find(key)
	switch {
	case !found:
		return body{}, o.reject(key, missing, "the event, as text")
	case m.isText():
		return body{field: o.path(key), text: decodeText(m.text())}, nil
	}
	return body{field: o.path(key), text: m.value, valid: true}, nil
}

func (o object) reject(key, got, want string) error {
	return &RejectError{Field: o.path(key), Got: got, Want: want}
}

func (o object) path(key string) string { return pathOf(o.field, key) }

// pathOf names a member: those of the payload by their key alone.
func pathOf(field, key string) string {
	if field == wholePayload {
		return key
	}
	return field + "." + key
}

// elements yields the elements of an array, of text that json.Valid accepted.
func elements(array []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		rest := bytes.TrimLeft(array[1:], separators)
		for n := 0; rest[0] != ']'; n++ {
			end, _ := endOfValue(rest)
			if !yield(n, rest[:end]) {
				return
			}
			rest = bytes.TrimLeft(rest[end:], separators)
		}
	}
}

// separators is what may be between the keys and values of an object or array.
const separators = " \t\r\n,:"

// endOfValue returns where the value ends that text begins with, and how deep it nests; -1 where the text ends first.
func endOfValue(text []byte) (end, depth int) {
	level := 0
	for end < len(text) {
		switch text[end] {
		case '"':
			length := lengthOfString(text[end:])
			if length < 0 {
				return -1, depth
			}
			end += length
		case '{', '[':
			level++
			depth = max(depth, level)
			end++
		case '}', ']':
			level--
			end++
		default:
			if level == 0 {
				return lengthOfWord(text), 0
			}
			end++
			continue
		}
		if level <= 0 {
			return end, depth
		}
	}
	return -1, depth
}

// lengthOfString returns the length of the string that text begins with, quotes included, or -1.
func lengthOfString(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// lengthOfWord returns the length of a number, true, false or null.
func lengthOfWord(text []byte) int {
	if end := bytes.IndexAny(text, separators+"]}"); end >= 0 {
		return end
	}
	return len(text)
}

// unquote returns the text of a string.
func unquote(value []byte) []byte {
	if bytes.IndexByte(value, '\\') < 0 { // nearly all, and much cheaper
		return value[1 : len(value)-1]
	}
	var s string
	_ = json.Unmarshal(value, &s)
	return []byte(s)
}

// describe names the type of a value.
func describe(value []byte) string {
	switch value[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	default:
		return "a number"
	}
}
