package localrun

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// maxFile bounds a payload on disk, in bytes. It leaves room for a failure destination's record and for an HTTP request
// around the longest payload, both of which escape it.
const maxFile = 8 * events.MaxPayload

// ReadPayload reads a payload from a file. A file that no invocation could carry is refused by its size, unread.
func ReadPayload(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadFile(path, err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > maxFile {
		return nil, fmt.Errorf("the file %s has %d MB: want at most 1 MB, since an event has a few KB", nameOf(path), (info.Size()+1<<20-1)>>20)
	}
	payload, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	switch {
	case err != nil:
		return nil, unreadFile(path, err)
	case len(payload) > maxFile: // a pipe has no size
		return nil, fmt.Errorf("the file %s has more than 1 MB: an event has a few KB", nameOf(path))
	}
	return payload, nil
}

// nameOf shows the name of a file. An address that was typed in its place may hold a token.
func nameOf(path string) string {
	if strings.ContainsAny(path, "?") || strings.Contains(path, "://") {
		return "https://…"
	}
	return Printable(path, maxLine)
}

func unreadFile(path string, err error) error {
	var place *fs.PathError
	if errors.As(err, &place) {
		err = place.Err
	}
	return fmt.Errorf("reading the file %s: %w", nameOf(path), err)
}

// Malformed says at which byte a payload stops being JSON and why, "" for one that is JSON, or JSON in base64.
func Malformed(payload []byte) string {
	text := bytes.TrimSpace(bytes.TrimPrefix(payload, []byte("\xef\xbb\xbf")))
	if json.Valid(text) {
		return ""
	}
	if decoded, err := base64.StdEncoding.DecodeString(string(text)); err == nil && json.Valid(decoded) {
		return ""
	}
	if format := otherFormat(text); format != "" {
		return "it is " + format + ", not JSON"
	}
	at, cause := syntaxError(text)
	return fmt.Sprintf("it is not JSON: byte %d: %s", bytes.Index(payload, text)+at, cause)
}

// otherFormat recognizes what people save in place of an event.
func otherFormat(text []byte) string {
	switch {
	case len(text) == 0:
		return "empty"
	case bytes.HasPrefix(text, []byte("\x1f\x8b")):
		return "gzip"
	case bytes.HasPrefix(text, []byte("PK\x03\x04")):
		return "a zip file"
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")), bytes.IndexByte(text[:min(len(text), 4)], 0) >= 0:
		return "UTF-16"
	case text[0] == '<':
		return "HTML or XML"
	case !utf8.Valid(text):
		return "text that is not UTF-8"
	}
	return ""
}

// syntaxError returns the offset of the first byte that cannot be part of the value, counted from 1.
func syntaxError(text []byte) (at int, cause string) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	var first json.RawMessage
	err := decoder.Decode(&first)
	if err == nil {
		end := int(decoder.InputOffset())
		rest := bytes.TrimSpace(text[end:])
		at = len(text) - len(rest) + 1
		if decoder.Decode(&first) == nil {
			return at, "a second JSON value (NDJSON?): want one event, or an array of them"
		}
		return at, "text behind the JSON value"
	}
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return len(text), "the text ends within a value"
	}
	at = int(syntax.Offset)
	before := strings.TrimRight(string(text[:max(at-1, 0)]), " \t\r\n")
	if at > 0 && at <= len(text) && strings.ContainsRune("}]", rune(text[at-1])) && strings.HasSuffix(before, ",") {
		return at, "a trailing comma before " + string(text[at-1])
	}
	return at, Printable(syntax.Error(), maxLine)
}
