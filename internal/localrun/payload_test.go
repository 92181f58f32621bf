package localrun

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A person who saved the wrong thing has to see which and where, not that "the name is missing".
func TestAPayloadThatIsNotJSONIsNamedWithItsByteAndCause(t *testing.T) {
	for _, row := range []struct{ name, payload, want string }{
		{"an object", `{"name":"x"}`, ""},
		{"blanks and a byte order mark around it", "\xef\xbb\xbf \n{}\n", ""},
		{"JSON in base64", "eyJuYW1lIjoieCJ9", ""},
		{"a trailing comma in an object", `{"name":"x",}`, "it is not JSON: byte 13: a trailing comma before }"},
		{"a trailing comma in an array, after blanks", " [1,\n]", "it is not JSON: byte 6: a trailing comma before ]"},
		{"text behind it", `{} x`, "it is not JSON: byte 4: text behind the JSON value"},
		{"a line for each event", "{\"a\":1}\n{\"a\":2}\n", "it is not JSON: byte 9: a second JSON value (NDJSON?): want one event, or an array of them"},
		{"cut off", `{"name":"x`, "it is not JSON: byte 10: the text ends within a value"},
		{"single quotes", `{'name':"x"}`, `it is not JSON: byte 2: invalid character '\'' looking for beginning of object key string`},
		{"a page", "<!DOCTYPE html><html>", "it is HTML or XML, not JSON"},
		{"gzip", "\x1f\x8b\x08\x00", "it is gzip, not JSON"},
		{"UTF-16 with a mark", "\xff\xfe{\x00}\x00", "it is UTF-16, not JSON"},
		{"UTF-16 without one", "{\x00}\x00", "it is UTF-16, not JSON"},
		{"another charset", "{\"name\":\"\xe9\"}x", "it is text that is not UTF-8, not JSON"},
		{"nothing", " \n", "it is empty, not JSON"},
	} {
		if got := Malformed([]byte(row.payload)); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}

// A file of the wrong name may be a database dump. It must not be read into memory in order to be refused.
func TestAFileThatNoInvocationCouldCarryIsRefusedUnread(t *testing.T) {
	large := filepath.Join(t.TempDir(), "dump")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, 200<<20); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, path, want string }{
		{"200 MB", large, "has 200 MB: want at most 1 MB"},
		{"a device without an end", "/dev/zero", "has more than 1 MB"},
		{"a folder", t.TempDir(), "is a directory"},
		{"no file", "gone.json", "reading the file gone.json: no such file or directory"},
		{"an address", "https://u.example/?token=SEKRET", "reading the file https://…: no such file"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ReadPayload(row.path)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "SEKRET") {
			t.Errorf("%s: %v, want %q", row.name, err, row.want)
		}
		if read := after.TotalAlloc - before.TotalAlloc; read > 8*maxFile {
			t.Errorf("%s: allocated %d bytes to refuse it", row.name, read)
		}
	}
}

// Quotes, blanks and a shell's own characters are legal in the name of a file.
func TestAFileOfAnyNameIsRead(t *testing.T) {
	for _, name := range []string{"it's.json", `a "b" c.json`, "$(touch x);.json", "a b"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadPayload(path); err != nil || string(got) != "{}" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
