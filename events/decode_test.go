package events

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A payload of any size would be in memory several times, and the function has little of it.
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

// A payload that nests without end costs time and memory in every step that reads it.
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

// A payload that asks for more than one invocation can do would keep all others waiting. The events within the limit are done
// all the same, and the rest is reported.
func TestAPayloadHoldsAtMostAHundredEvents(t *testing.T) {
	const event = `{"name":"Disk:Stopped"}`
	many := func(n int) string { return "[" + strings.Repeat(event+",", n-1) + event + "]" }
	one := good(Event{Kind: Foreign, Name: "Disk:Stopped"})[0]
	for _, tt := range []struct {
		name, payload string
		good          int
		rest          []Item
	}{
		{"a hundred are read", many(100), 100, nil},
		{"the next one speaks for the rest", many(103), 100, bad("payload[100]", "an event too many", "at most 100 in one payload")},
		{"those of a message are counted as well", inTopic(t, many(101)), 100, bad("Message[100]", "an event too many", "at most 100 in one payload")},
		{"messages are counted together", "[" + inTopic(t, many(60)) + "," + inTopic(t, many(60)) + "," + event + "]", 100,
			bad("payload[1].Message[40]", "an event too many", "at most 100 in one payload")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var want []Item
			for range tt.good {
				want = append(want, one)
			}
			if diff := cmp.Diff(append(want, tt.rest...), itemsOf(t, []byte(tt.payload))); diff != "" {
				t.Errorf("the items differ (-want +got):\n%s", diff)
			}
		})
	}
}

// Each envelope in an envelope is another reading of the whole text. A failure whose record was fed back through a queue,
// and failed again, must still be readable.
func TestFourEnvelopesInEachOtherAreOpened(t *testing.T) {
	payload := string(fixture(t, "failure-real-name.json"))
	for range 2 {
		payload = "[" + quote(t, inQueue(t, inRecord(t, payload))) + "]"
	}
	if diff := cmp.Diff(good(realFailure), itemsOf(t, []byte(payload))); diff != "" {
		t.Errorf("the event differs (-want +got):\n%s", diff)
	}
	want := bad("Message[0].data.messageBody.requestPayload[0].data.messageBody", "an envelope too many", "at most 4 in each other")
	if diff := cmp.Diff(want, itemsOf(t, []byte(inTopic(t, payload)))); diff != "" {
		t.Errorf("with a fifth around it, the items differ (-want +got):\n%s", diff)
	}
}

// The longest rejection must be one line of a log, not a page.
func TestTheLongestPathStillFitsIntoOneLine(t *testing.T) {
	payload := "[" + strings.Repeat("1,", 99) + `{"x":1}]`
	for range 4 {
		payload = "[" + quote(t, inQueue(t, payload)) + "]"
	}
	items := itemsOf(t, []byte(payload))
	last := items[len(items)-1].Err
	if want := "payload[0].data.messageBody[0].data.messageBody[0].data.messageBody[0].data.messageBody[99].name is missing"; !strings.HasPrefix(text(last), want) {
		t.Errorf("got %q, want it to begin with %q", text(last), want)
	}
	checkRejection(t, last)
}

// The function has 128 MB. A payload of 32 MB that is copied a few times ends the instance, and every event with it.
func TestAHugePayloadIsRejectedBeforeItIsCopied(t *testing.T) {
	huge := strings.Repeat("a", 32<<20)
	event := `{"name":"Secret:RotateSecret:Failure","content":"` + huge + `"}`
	requested := func(more string) func() error {
		payload := []byte(request(more))
		return func() error { return Decode(payload).Request.Decode()[0].Err }
	}
	direct := func(payload string) func() error {
		sent := []byte(payload)
		return func() error { return Decode(sent).Items[0].Err }
	}
	for _, tt := range []struct {
		name   string
		decode func() error
		want   string
	}{
		{"an event", direct(event), "payload is 33554483 bytes long, want at most 131072"},
		{"a text of an event", direct(`"` + huge + `"`), "payload is 33554434 bytes long, want at most 131072"},
		{"an array", direct("[" + strings.Repeat("1,", 16<<20) + "1]"), "payload is 33554435 bytes long, want at most 131072"},
		{"an object of many members", direct("{" + strings.Repeat(`"a":1,`, 6<<20) + `"a":1}`), "payload is 37748743 bytes long, want at most 131072"},
		{"the body of a request", requested(`,"body":"` + huge + `"`), "body is too long, want at most 131072 bytes"},
		{"its body in base64", requested(`,"isBase64Encoded":true,"body":"` + huge + `"`), "body is too long, want at most 131072 bytes"},
		{"a header", requested(`,"headers":{"x":"` + huge + `"}`), "headers is 33554440 bytes long, want at most 131072"},
		{"the parameters", requested(`,"queryParameters":{"data":"` + huge + `"}`), "queryParameters is 33554443 bytes long, want at most 131072"},
		{"an item of the history", func() error {
			_, err := FromHistory(HistoryItem{Name: FailureName, Content: huge})
			return err
		}, "item is 33554459 bytes long, want at most 131072"},
		{"its name", func() error {
			_, err := FromHistory(HistoryItem{Name: huge})
			return err
		}, "item is 33554432 bytes long, want at most 131072"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := tt.decode()
			runtime.ReadMemStats(&after)
			if got := text(err); got != tt.want {
				t.Errorf("got error %q, want %q", got, tt.want)
			}
			if taken := after.TotalAlloc - before.TotalAlloc; taken > 256<<10 {
				t.Errorf("took %d KiB to reject it, want no copy of it", taken>>10)
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
