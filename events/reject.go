package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxQuoted bounds what an error repeats of a payload, in bytes, quotes included.
	maxQuoted = 64
	// maxDisplayed bounds text that is only shown, in characters, so that an event cannot flood a log.
	maxDisplayed = 256

	// missing is what a field is that is not there, or blank.
	missing = "missing"

	wantObject = "one JSON object in UTF-8"
	wantArray  = "one JSON array in UTF-8"
)

// RejectError says that a payload cannot be decoded or contradicts itself. It repeats one value at most, never the payload.
type RejectError struct {
	Field string // where: "payload", or a path such as "content.failureTime"
	Got   string // a quoted value, cut to 64 bytes, or a phrase such as "an array"
	Want  string // what would be right
}

func (e *RejectError) Error() string {
	return e.Field + " is " + e.Got + ", want " + e.Want
}

func tooLong(field string, size int) error {
	return &RejectError{Field: field, Got: strconv.Itoa(size) + " bytes long", Want: "at most " + strconv.Itoa(MaxPayload)}
}

// orMissing quotes a value for RejectError.Got.
func orMissing(s string) string {
	if s == "" {
		return missing
	}
	return quoted(s)
}

// quoted quotes s without markup, and cuts it so that the whole fits into maxQuoted. Characters that do not print are escaped.
func quoted(s string) string {
	const end = `…"`
	b := []byte{'"'}
	for _, r := range s {
		piece := strconv.Quote(string(withoutMarkup(r)))
		piece = piece[1 : len(piece)-1]
		if len(b)+len(piece)+len(end) > maxQuoted {
			return string(b) + end
		}
		b = append(b, piece...)
	}
	return string(b) + `"`
}

// withoutMarkup replaces what begins a tag in a mail, or a field in a report of "name:value,name:value".
func withoutMarkup(r rune) rune {
	switch r {
	case '<':
		return '('
	case '>':
		return ')'
	case ',':
		return ';'
	}
	return r
}

// display returns text from outside as it may be shown to people: short, in one line, without markup, and without a
// colon, which would begin a value.
func display(s string) string { return strings.ReplaceAll(displayName(s), ":", ";") }

// displayName is display for the names and codes that KMS writes with colons.
func displayName(s string) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) { // line breaks, control characters, marks that reorder a line
			return ' '
		}
		return withoutMarkup(r)
	}, s))
	if utf8.RuneCountInString(s) > maxDisplayed {
		return string([]rune(s)[:maxDisplayed-1]) + "…"
	}
	return s
}

// whyNotJSON says what text is that json.Valid refuses, and at which byte, counted from 1 and with those before the text.
func whyNotJSON(text []byte, before int) string {
	var syntax *json.SyntaxError
	var value json.RawMessage
	if len(bytes.TrimSpace(text)) == 0 {
		return "empty"
	}
	for _, known := range []struct{ prefix, is string }{
		{"\x1f\x8b", "compressed with gzip"}, {"\xff\xfe", "UTF-16"}, {"\xfe\xff", "UTF-16"}, {"<", "HTML or XML"}, {"PK\x03\x04", "a zip file"},
	} {
		if bytes.HasPrefix(text, []byte(known.prefix)) {
			return known.is
		}
	}
	if bytes.IndexByte(text[:min(len(text), 4)], 0) >= 0 {
		return "UTF-16"
	}
	if !utf8.Valid(text) {
		return "not UTF-8"
	}
	if err := json.Unmarshal(text, &value); !errors.As(err, &syntax) {
		return "not JSON"
	}
	if _, depth := endOfValue(text); depth > maxDepth {
		return "nested too deep"
	}
	at := min(int(syntax.Offset), len(text))
	return "not JSON" + causeAt(text, at) + " at byte " + strconv.Itoa(before+at)
}

// causeAt names what people and tools get wrong most. Byte at is the one that cannot follow what is before it.
func causeAt(text []byte, at int) string {
	wrong := text[max(0, at-1)]
	end, _ := endOfValue(text)
	switch {
	case startsJSON(text) && end > 0 && end < at && (wrong == '{' || wrong == '['):
		return ", but several values, as in NDJSON, of which an array is wanted: the second begins"
	case startsJSON(text) && end > 0 && end < at:
		return ": text behind the end of the value"
	case end < 0 && at >= len(text):
		return ": the text ends too early,"
	}
	return ": " + wrongByte(wrong, bytes.TrimRight(text[:max(0, at-1)], " \t\r\n"))
}

// wrongByte names a byte by what is before it. A letter is not repeated: it may be the first one of a credential.
func wrongByte(wrong byte, before []byte) string {
	switch r := rune(wrong); {
	case (wrong == '}' || wrong == ']') && bytes.HasSuffix(before, []byte(",")):
		return "a comma before " + string(r)
	case wrong == '\'':
		return "a single quote"
	case wrong < ' ':
		return "a control character or line break inside a string"
	case isLetter(r), isDigit(r), r >= utf8.RuneSelf:
		return "an unexpected letter or digit"
	case wrong == ',':
		return "an unexpected comma"
	case wrong == ':':
		return "an unexpected colon"
	case wrong == '<' || wrong == '>':
		return "an unexpected angle bracket"
	default:
		return "an unexpected " + string(r)
	}
}
