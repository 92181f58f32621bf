package events

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// A payload of any size would be held in memory several times over, and the function has little of it.
func TestAPayloadThatIsTooLongIsNotRead(t *testing.T) {
	for _, tt := range []struct {
		name string
		size int
		want string
	}{
		{"128 KiB are read", MaxPayload, ""},
		{"one byte more is refused", MaxPayload + 1, "payload is 131073 bytes long, want at most 131072"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			event := `{"name":"Disk:Stopped"}`
			_, err := decodeOne(t, []byte(event+strings.Repeat(" ", tt.size-len(event))))
			if got := text(err); got != tt.want {
				t.Errorf("got error %q, want %q", got, tt.want)
			}
		})
	}
}

// A payload that nests without end costs time and memory in every step that looks at it.
func TestNestingIsCountedOutsideOfStrings(t *testing.T) {
	nested := func(levels int) string {
		return `{"name":"Disk:Stopped","a":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1) + "}"
	}
	for _, tt := range []struct {
		name    string
		payload string
		want    string
	}{
		{"32 levels are read", nested(32), ""},
		{"33 levels are refused", nested(33), "payload is nested too deep, want at most 32 levels"},
		{"levels that close again do not add up", `{"name":"Disk:Stopped","a":[` + strings.Repeat("[],", 40) + `[]]}`, ""},
		{"brackets in a string are text", `{"name":"Disk:Stopped","a":"\"` + strings.Repeat("[", 40) + `"}`, ""},
		{"more levels than the decoder counts are no JSON to us", nested(20000), "payload is nested too deep, want one JSON object in UTF-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := decodeOne(t, []byte(tt.payload))
			if got := text(err); got != tt.want {
				t.Errorf("got error %q, want %q", got, tt.want)
			}
		})
	}
}

// Text that is only shown reaches a log and a report: one event must not fill either, nor forge a line in it.
func TestShownTextIsShortAndPrintable(t *testing.T) {
	for _, tt := range []struct {
		name, sent, want string
	}{
		{"256 characters stay", strings.Repeat("密", 256), strings.Repeat("密", 256)},
		{"257 characters are cut", strings.Repeat("密", 257), strings.Repeat("密", 255) + "…"},
		{"a line break becomes a blank", "E1\nlevel=error", "E1 level=error"},
		{"a mark that reorders the line becomes a blank", "E1\u202egnorw", "E1 gnorw"},
		{"a control character at the end goes", "E1\x1b", "E1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id, err := json.Marshal(tt.sent)
			if err != nil {
				t.Fatal(err)
			}
			e, err := decodeOne(t, fmt.Appendf(nil, `{"name":"Disk:Stopped","id":%s}`, id))
			if e.ID != tt.want || err != nil {
				t.Errorf("shown as %q with error %v, want %q", e.ID, err, tt.want)
			}
		})
	}
}

// decodeOne decodes a payload that holds one event.
func decodeOne(t testing.TB, payload []byte) (Event, error) {
	t.Helper()
	items := itemsOf(t, payload)
	if len(items) != 1 {
		t.Fatalf("got %d items, want 1: %+v", len(items), items)
	}
	return items[0].Event, items[0].Err
}

// itemsOf decodes a payload; those of a request as if its sender had been checked.
func itemsOf(_ testing.TB, payload []byte) []Item {
	decoded := Decode(payload)
	if decoded.Request != nil {
		return decoded.Request.Decode()
	}
	return decoded.Items
}

// text is the text of err, "" without one.
func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
