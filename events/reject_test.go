package events

import (
	"strings"
	"testing"
	"unicode/utf16"
)

// An error ends up in logs: it may show the value that is wrong, but neither all of a long one nor a second line.
func TestARejectionQuotesAtMost64Bytes(t *testing.T) {
	for _, tt := range []struct {
		name, value, want string
	}{
		{"a short value is whole", "INFO", `"INFO"`},
		{"a line break is escaped", "a\nb", `"a\nb"`},
		{"a long value is cut", strings.Repeat("x", 100), `"` + strings.Repeat("x", 59) + `…"`},
		{"a character is never cut in two", strings.Repeat("密", 100), `"` + strings.Repeat("密", 19) + `…"`},
		{"an escape is never cut in two", strings.Repeat("\x00", 100), `"` + strings.Repeat(`\x00`, 14) + `…"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := quoted(tt.value)
			if got != tt.want || len(got) > maxQuoted {
				t.Errorf("quoted as %s (%d bytes), want %s", got, len(got), tt.want)
			}
		})
	}
}

// A payload that is not an event may be anything, a credential as well: no word of it may be repeated.
func TestAPayloadThatCannotBeReadIsNotRepeated(t *testing.T) {
	const canary = "canary-3f9c"
	for _, payload := range []string{
		canary,
		`"` + canary + `"`,
		`["` + canary + `"]`,
		`{"` + canary + `":"` + canary + `"}`,
		`{"name":"Secret:RotateSecret:Failure","content":"` + canary + `"} trailing`,
		`{"name":{"token":"` + canary + `"}}`,
		`{"name":"Secret:RotateSecret:Failure","level":["` + canary + `"]}`,
	} {
		if _, err := decodeOne(t, []byte(payload)); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("got error %v for %s, want one that repeats nothing", err, payload)
		}
	}
}

// A person who replays a file has to find what is wrong with it without a second tool.
func TestBadJSONIsNamedByItsByteAndItsCause(t *testing.T) {
	event := `{"name":"Disk:Stopped"}`
	utf16Of := func(mark string) string {
		b := []byte(mark)
		for _, unit := range utf16.Encode([]rune(event)) {
			b = append(b, byte(unit), byte(unit>>8))
		}
		return string(b)
	}
	for _, tt := range []struct{ name, payload, got string }{
		{"a comma before the end", `{"name":"Disk:Stopped",}`, "not JSON: a comma before } at byte 24"},
		{"blanks in front are counted", "\n\n {\"a\":[1,2,]}", "not JSON: a comma before ] at byte 14"},
		{"a byte order mark as well", "\xef\xbb\xbf" + `{"a":}`, "not JSON: an unexpected } at byte 9"},
		{"text behind it", event + " done", "not JSON: text behind the end of the value at byte 25"},
		{"a second bracket", event + "}", "not JSON: text behind the end of the value at byte 24"},
		{"a value on each line", event + "\n" + event, "not JSON, but several values, as in NDJSON, of which an array is wanted: the second begins at byte 25"},
		{"a text that was cut off", event[:10], "not JSON: the text ends too early, at byte 10"},
		{"cut off inside a member", `{"name":{"a":[1`, "not JSON: the text ends too early, at byte 15"},
		{"single quotes", `{'name':'Disk:Stopped'}`, "not JSON: a single quote at byte 2"},
		{"a key without quotes", `{name:"Disk:Stopped"}`, "not JSON: an unexpected letter or digit at byte 2"},
		{"a line break in a string", "{\"name\":\"Disk\nStopped\"}", "not JSON: a control character or line break inside a string at byte 14"},
		{"a comment", "{\"name\":\"Disk:Stopped\" // the disk\n}", "not JSON: an unexpected / at byte 24"},
		{"a page", "<!DOCTYPE html><html></html>", "HTML or XML"},
		{"a comma too many", `{"a":1,,"b":2}`, "not JSON: an unexpected comma at byte 8"},
		{"a colon too many", `{"a"::1}`, "not JSON: an unexpected colon at byte 6"},
		{"a tag", `{"a":<b>}`, "not JSON: an unexpected angle bracket at byte 6"},
		{"a form", "alert=%7B%7D&time=1", "not JSON: an unexpected letter or digit at byte 1"},
		{"gzip", "\x1f\x8b\x08\x00" + event, "compressed with gzip"},
		{"a zip file", "PK\x03\x04" + event, "a zip file"},
		{"UTF-16 with its mark", utf16Of("\xff\xfe"), "UTF-16"},
		{"UTF-16 without it", utf16Of(""), "UTF-16"},
		{"another encoding", "{\"name\":\"\xc5\xcc\"", "not UTF-8"},
		{"nothing but blanks", " \n", "empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := decodeOne(t, []byte(tt.payload))
			want := "payload is " + tt.got + ", want one JSON object in UTF-8"
			if got := text(err); got != want {
				t.Errorf("got error %q, want %q", got, want)
			}
		})
	}
}

// Text from outside is shown to people: it must not add a field or a link.
func TestTextFromOutsideForgesNoField(t *testing.T) {
	for _, tt := range []struct{ name, sent, display, name2, quoted string }{
		{"a field", "x,outcome:rotated", "x;outcome;rotated", "x;outcome:rotated", `"x;outcome:rotated"`},
		{"a link", `<a href=x>`, "(a href=x)", "(a href=x)", `"(a href=x)"`},
		{"a line", "x\r\noutcome: rotated", "x  outcome; rotated", "x  outcome: rotated", `"x\r\noutcome: rotated"`},
		{"an escape sequence", "x\x1b[31m\u009b1m", "x [31m 1m", "x [31m 1m", `"x\x1b[31m\u009b1m"`},
		{"a mark that reorders the line", "x\u202ey", "x y", "x y", `"x\u202ey"`},
		{"bytes that are no UTF-8", "x\xff", "x�", "x�", `"x�"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := []string{display(tt.sent), displayName(tt.sent), quoted(tt.sent)}
			for i, want := range []string{tt.display, tt.name2, tt.quoted} {
				if got[i] != want {
					t.Errorf("got %q, want %q", got[i], want)
				}
			}
		})
	}
}
