package events

import (
	"encoding/json"
	"errors"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The two shapes that the description and the example of the field Content show, as a person finds them.
func TestTheHistoryIsReadInBothShapes(t *testing.T) {
	for _, file := range []string{"history/failure-content-alone.json", "history/failure-whole-events.json"} {
		t.Run(file, func(t *testing.T) {
			var row struct {
				Product, Name, Level, Status, ResourceId, RegionId, Content string

				Time int64
			}
			if err := json.Unmarshal(fixture(t, file), &row); err != nil {
				t.Fatal(err)
			}
			got, err := FromHistory(HistoryItem{
				Product: row.Product, Name: row.Name, Level: row.Level, Status: row.Status, ResourceID: row.ResourceId,
				RegionID: row.RegionId, Time: time.UnixMilli(row.Time), Content: row.Content,
			})
			if diff := cmp.Diff([]Event{accepted["rotate-failure-ecs.json"]}, got); diff != "" || err != nil {
				t.Errorf("read with error %v, the event differs (-want +got):\n%s", err, diff)
			}
		})
	}
}

// An event that reads otherwise in the history than when it is delivered would be taken for a second failure, of another
// moment or even of another secret.
func TestTheHistorySaysWhatTheDeliveredEventSays(t *testing.T) {
	compared := 0
	for file, want := range accepted {
		if want.Kind != Failure && want.Kind != Success {
			continue
		}
		compared++
		want.UnreadableTime = "" // the history has a time of its own
		item := itemOf(t, file, want)
		t.Run(file+" with its content alone", func(t *testing.T) {
			want := want
			if file == "failure-id-at-the-top.json" {
				want.ID = "" // an item has no place for it
			}
			checkHistory(t, item, want)
		})
		t.Run(file+" as a whole event", func(t *testing.T) {
			item := item
			item.Content = wholeOf(t, file, want)
			if !want.Time.IsZero() {
				item.Time = want.Time.Add(time.Hour) // the time inside counts
			}
			checkHistory(t, item, want)
		})
	}
	if compared < 20 {
		t.Errorf("compared %d events, want all fixtures", compared)
	}
}

func checkHistory(t *testing.T, item HistoryItem, want Event) {
	t.Helper()
	got, err := FromHistory(item)
	if diff := cmp.Diff([]Event{want}, got); diff != "" || err != nil {
		t.Errorf("read with error %v, the event differs (-want +got):\n%s", err, diff)
	}
}

// itemOf shapes a delivered event as an item of the history.
func itemOf(t testing.TB, file string, want Event) HistoryItem {
	t.Helper()
	o := delivered(t, file)
	item := HistoryItem{
		Product: plain(o, "product"), Name: plain(o, "name"), Level: plain(o, "level"), Status: plain(o, "status"),
		ResourceID: plain(o, "resourceId"), RegionID: plain(o, "regionId"), Content: plain(o, "content"),
	}
	if want.TimeFromEventTime {
		item.Time = want.Time
	}
	return item
}

// wholeOf shapes a delivered event as the array that the example of Content shows.
func wholeOf(t testing.TB, file string, want Event) string {
	t.Helper()
	o := delivered(t, file)
	members := map[string]any{}
	for _, m := range o.members {
		members[string(m.key)] = json.RawMessage(m.value)
	}
	maps.DeleteFunc(members, func(key string, _ any) bool {
		return strings.EqualFold(key, "eventTime") || strings.EqualFold(key, "content")
	})
	if want.TimeFromEventTime {
		members["time"] = strconv.FormatInt(want.Time.UnixMilli(), 10)
	}
	if o.has("content") {
		members["content"] = plain(o, "content")
	}
	whole, err := json.Marshal([]any{members})
	if err != nil {
		t.Fatal(err)
	}
	return string(whole)
}

func delivered(t testing.TB, file string) object {
	t.Helper()
	o, err := readObject(wholePayload, []byte(strings.TrimPrefix(string(fixture(t, file)), string(byteOrderMark))))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// plain returns a member as the text that an item has: that of a string, or of any other value.
func plain(o object, key string) string {
	m, found := o.find(key)
	if found && m.isText() {
		return string(m.text())
	}
	return string(o.raw(key))
}

// The time decides whether a failure is older than the version that is current: a wrong one loses it, or rotates twice.
func TestTheTimeOfTheHistoryCountsWhereTheContentHasNone(t *testing.T) {
	outer, inner := kmsTime.Add(time.Hour), kmsTime.Add(2*time.Hour+789*time.Millisecond)
	ms := strconv.FormatInt(inner.UnixMilli(), 10)
	const resource = `"resourceId":"acs:kms:cn-hangzhou:1:secret/a","regionId":"cn-hangzhou","name":"Secret:RotateSecret:Failure"`
	whole := func(more string) string { return "[{" + resource + more + "}]" }
	for _, tt := range []struct {
		name, content string
		want          Event
	}{
		{"content with a time goes before", `{"failureTime":"2026-01-02T03:04:05Z"}`, Event{Time: kmsTime}},
		{"content without a time takes that of the item", `{}`, Event{Time: outer, TimeFromEventTime: true}},
		{"no content takes that of the item", ``, Event{Time: outer, TimeFromEventTime: true}},
		{"a whole event has its own", whole(`,"time":"` + ms + `"`), Event{Time: inner, TimeFromEventTime: true}},
		{"as a number too", whole(`,"time":` + ms), Event{Time: inner, TimeFromEventTime: true}},
		{"its content goes before", whole(`,"time":"` + ms + `","content":"{\"failureTime\":\"2026-01-02T03:04:05Z\"}"`), Event{Time: kmsTime}},
		{"one with the key of a delivered event is read like one", whole(`,"time":"x","eventTime":"20260102T110405.000+0800"`), Event{Time: kmsTime, TimeFromEventTime: true}},
		{"one without any takes that of the item", whole(""), Event{Time: outer, TimeFromEventTime: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := FromHistory(HistoryItem{
				Name: "Secret:RotateSecret:Failure", ResourceID: "acs:kms:cn-hangzhou:1:secret/a", RegionID: "cn-hangzhou",
				Time: outer, Content: tt.content,
			})
			want := tt.want
			want.Kind, want.Name, want.Region, want.Account = Failure, "Secret:RotateSecret:Failure", "cn-hangzhou", "1"
			want.ARN, want.SecretName = "acs:kms:cn-hangzhou:1:secret/a", "a"
			if diff := cmp.Diff([]Event{want}, got); diff != "" || err != nil {
				t.Errorf("read with error %v, the event differs (-want +got):\n%s", err, diff)
			}
		})
	}
}

// The id is how a person finds in the log the event that CloudMonitor shows.
func TestTheIDOfAnItemIsReadWhereTheContentHasNone(t *testing.T) {
	const event = `"name":"Secret:RotateSecret:Failure","resourceId":"acs:kms:cn-hangzhou:1:secret/a","regionId":"cn-hangzhou"`
	for _, tt := range []struct{ name, content, want string }{
		{"no content", ``, "item-1"},
		{"content without an id", `{"secretName":"a"}`, "item-1"},
		{"content with an id", `{"eventId":"event-1"}`, "event-1"},
		{"a whole event without an id", `[{` + event + `}]`, "item-1"},
		{"a whole event with an id", `[{` + event + `,"id":"whole-1"}]`, "whole-1"},
	} {
		got, err := FromHistory(HistoryItem{
			ID: "item-1", Name: FailureName, ResourceID: "acs:kms:cn-hangzhou:1:secret/a", RegionID: "cn-hangzhou", Time: kmsTime, Content: tt.content,
		})
		if err != nil || len(got) != 1 || got[0].ID != tt.want {
			t.Errorf("%s: got %+v with error %v, want the id %q", tt.name, got, err, tt.want)
		}
	}
}

// An unreadable item must be counted and reported; taken for something else, it would rotate a secret that did not fail.
func TestAnItemThatContradictsItselfIsRejected(t *testing.T) {
	good := HistoryItem{
		Name: "Secret:RotateSecret:Failure", ResourceID: "acs:kms:cn-hangzhou:1:secret/a", RegionID: "cn-hangzhou", Time: kmsTime,
	}
	changed := func(change func(*HistoryItem)) HistoryItem {
		item := good
		change(&item)
		return item
	}
	content := func(text string) HistoryItem { return changed(func(i *HistoryItem) { i.Content = text }) }
	event := `"name":"Secret:RotateSecret:Failure","resourceId":"acs:kms:cn-hangzhou:1:secret/a","regionId":"cn-hangzhou"`
	for _, tt := range []struct {
		name string
		item HistoryItem
		want RejectError
	}{
		{"too long", content(strings.Repeat(" ", MaxPayload)), RejectError{"item", "131140 bytes long", "at most 131072"}},
		{"no name", changed(func(i *HistoryItem) { i.Name = "" }), RejectError{"item.name", "missing", wantEvent}},
		{"no time at all", changed(func(i *HistoryItem) { i.Time = time.Time{} }),
			RejectError{"item.content.failureTime", "missing", "a time, here or in eventTime, with Secret:RotateSecret:Failure"}},
		{"a time far off", changed(func(i *HistoryItem) { i.Time = time.UnixMilli(1 << 62) }),
			RejectError{"item.eventTime", `"4611686018427387904"`, wantYear}},
		{"another level", changed(func(i *HistoryItem) { i.Level = "INFO" }),
			RejectError{"item.level", `"INFO"`, "CRITICAL with Secret:RotateSecret:Failure"}},
		{"the status of a success", changed(func(i *HistoryItem) { i.Status = "Normal" }),
			RejectError{"item.status", `"Normal"`, "Failed with Secret:RotateSecret:Failure"}},
		{"another region", changed(func(i *HistoryItem) { i.RegionID = "cn-beijing" }),
			RejectError{"item.regionId", `"cn-beijing"`, wantRegion}},
		{"a resource that is no ARN", changed(func(i *HistoryItem) { i.ResourceID = "a" }), RejectError{"item.resourceId", `"a"`, wantARN}},
		{"content of text", content("oops"), RejectError{"item.content", "not JSON: an unexpected letter or digit at byte 1", wantObject}},
		{"content of a text of an object", content(`"{}"`), RejectError{"item.content", "a string", wantObject}},
		{"content twice", content(`{"eventId":"a","EVENTID":"b"}`), RejectError{"item.content", `an object with "eventid" twice`, wantOnce}},
		{"an array that does not end", content(`[{` + event + `}`), RejectError{"item.content", "not JSON: the text ends too early, at byte 110", wantArray}},
		{"an empty array", content(` [] `), RejectError{"item.content", "an empty array", "at least one event"}},
		{"an array of text", content(`["{}"]`), RejectError{"item.content[0]", "a string", wantObject}},
		{"a whole event that says twice where it is from", content(`[{` + event + `,"regionid":"cn-beijing"}]`),
			RejectError{"item.content[0]", `an object with "regionid" twice`, wantOnce}},
		{"a whole event without a name", content(`[{}]`), RejectError{"item.content[0].name", "missing", wantEvent}},
		{"a whole event with a time of another form", content(`[{` + event + `,"time":"yesterday"}]`),
			RejectError{"item.content[0].time", `"yesterday"`, wantTime}},
		{"a whole event with seconds for milliseconds", content(`[{` + event + `,"time":"1767323045"}]`),
			RejectError{"item.content[0].time", `"1767323045"`, wantYear}},
		{"a whole event nested too deep", content(`[{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}]`),
			RejectError{"item.content[0]", "nested too deep", "at most 32 levels"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := FromHistory(tt.item)
			var reject *RejectError
			if !errors.As(err, &reject) || len(got) > 0 {
				t.Fatalf("read as %+v with error %v, want a rejection and nothing else", got, err)
			}
			if diff := cmp.Diff(tt.want, *reject); diff != "" {
				t.Errorf("rejected for another reason (-want +got):\n%s", diff)
			}
		})
	}
}

// A failure beside an event that cannot be read is still a failure.
func TestOneUnreadableEventDoesNotHideTheOthers(t *testing.T) {
	event := `{"name":"Secret:RotateSecret:Failure","resourceId":"acs:kms:cn-hangzhou:1:secret/a","regionId":"cn-hangzhou"}`
	got, err := FromHistory(HistoryItem{Time: kmsTime, Content: "[" + event + `,7,{"name":"Disk:Stopped"},` + event + "]"})
	var kinds []Kind
	for _, e := range got {
		kinds = append(kinds, e.Kind)
	}
	if diff := cmp.Diff([]Kind{Failure, Foreign, Failure}, kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	if want := "item.content[1] is a number, want one JSON object in UTF-8"; text(err) != want {
		t.Errorf("got error %q, want %q", text(err), want)
	}
}
