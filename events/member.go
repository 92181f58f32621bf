package events

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
)

// maxShown bounds text that is only shown, in characters, so that an event cannot flood a log.
const maxShown = 256

// has reports whether there is a member with a value other than null.
func (o object) has(key string) bool {
	return o.value(key) != nil
}

// value returns a member as it was sent, nil where it is missing or null.
func (o object) value(key string) json.RawMessage {
	value := o.members[strings.ToLower(key)]
	if string(value) == "null" {
		return nil
	}
	return value
}

// text returns a member that decides something, without its blanks, and "" where it is missing.
func (o object) text(key string) (string, error) {
	if len(o.twice) > 0 && slices.Contains(o.twice, strings.ToLower(key)) {
		return "", o.saysTwice(key)
	}
	value := o.value(key)
	if value == nil {
		return "", nil
	}
	if value[0] != '"' {
		return "", o.refuse(key, describe(value), "a JSON string")
	}
	return strings.TrimSpace(stringOf(value)), nil
}

// shown returns a member that is only shown to people: a string or a number, and "" for anything else.
func (o object) shown(key string) string {
	value := o.value(key)
	var s string
	switch {
	case value == nil:
		return ""
	case value[0] == '"':
		s = stringOf(value)
	case describe(value) == "a number":
		s = string(value)
	}
	s = strings.TrimSpace(strings.Map(printable, s))
	if runes := []rune(s); len(runes) > maxShown {
		return string(runes[:maxShown-1]) + "…"
	}
	return s
}

// printable turns what does not print into a blank: line breaks, control characters, marks that reorder a line.
func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return ' '
}

// object returns a member that is an object, or the text of one: samples show objects, the table of fields on
// "Configure callbacks for system event-triggered alerts" says String. It is empty where the member is missing.
func (o object) object(key string) (object, error) {
	value := o.value(key)
	if value == nil {
		return object{field: o.path(key)}, nil
	}
	if value[0] != '"' {
		return readObject(o.path(key), value)
	}
	text := strings.TrimSpace(stringOf(value))
	if text == "" {
		return object{field: o.path(key)}, nil
	}
	return readObject(o.path(key), []byte(text))
}

// holds reports whether there is a member that is an object with such a member.
func (o object) holds(key, inside string) bool {
	if !o.has(key) {
		return false
	}
	member, err := o.object(key)
	return err == nil && member.has(inside)
}

func (o object) refuse(key, got, want string) error {
	return &RejectError{Field: o.path(key), Got: got, Want: want}
}

// path names a member: those of the payload by their key alone.
func (o object) path(key string) string {
	if o.field == wholePayload {
		return key
	}
	return o.field + "." + key
}
