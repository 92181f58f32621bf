package events

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A payload that asks for more than one invocation can do would keep all others waiting. What was within the limit is done
// all the same, and somebody is told of the rest.
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
		{"the next one stands for the rest", many(103), 100, bad("payload[100]", "an event too many", "at most 100 in one payload")},
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

// Each envelope in an envelope is another look at the whole text. A failure that was kept, fed back through a queue, and
// kept again must still be readable.
func TestFourEnvelopesInEachOtherAreOpened(t *testing.T) {
	payload := string(fixture(t, "failure-real-name.json"))
	for range 2 {
		payload = "[" + quote(t, inQueue(t, inKept(t, payload))) + "]"
	}
	if diff := cmp.Diff(good(realFailure), itemsOf(t, []byte(payload))); diff != "" {
		t.Errorf("the event differs (-want +got):\n%s", diff)
	}
	want := bad("Message[0].data.messageBody.requestPayload[0].data.messageBody", "an envelope too many", "at most 4 in each other")
	if diff := cmp.Diff(want, itemsOf(t, []byte(inTopic(t, payload)))); diff != "" {
		t.Errorf("with a fifth around it, the items differ (-want +got):\n%s", diff)
	}
}

// Whoever meets the longest refusal reads one line of a log, not a page.
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
