package events

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// historyItem is the field of an error about an item of the history.
const historyItem = "item"

// HistoryItem is one event as CloudMonitor's history gives it: flat, and with its content as text. See
// https://www.alibabacloud.com/help/en/cms/cloudmonitor-1-0/developer-reference/api-cms-2019-01-01-describesystemeventattribute
type HistoryItem struct {
	Product, Name, Level, Status string
	ResourceID, RegionID         string
	Time                         time.Time // CloudMonitor's; zero where it is missing
	// Content is the content of the event, as the description of the field has it, or an array of whole events, as its
	// example shows. No document has an example of KMS.
	Content string
}

// FromHistory reads one item of CloudMonitor's history. Either shape gives the Event that its payload would have given,
// but for an id that only the payload has. Its error, if there is one, is a *RejectError, and the events are then the
// others of the item.
func FromHistory(item HistoryItem) ([]Event, error) {
	if size := item.size(); size > MaxPayload {
		return nil, &RejectError{Field: historyItem, Got: strconv.Itoa(size) + " bytes long", Want: "at most " + strconv.Itoa(MaxPayload)}
	}
	if strings.HasPrefix(strings.TrimSpace(item.Content), "[") {
		return item.wholeEvents()
	}
	e, err := readNamed(item.flat())
	if err != nil {
		return nil, err
	}
	return []Event{e}, nil
}

func (i HistoryItem) size() int {
	return len(i.Product) + len(i.Name) + len(i.Level) + len(i.Status) + len(i.ResourceID) + len(i.RegionID) + len(i.Content)
}

// flat gives an item the members that a delivered event has.
func (i HistoryItem) flat() object {
	return object{field: historyItem, members: map[string]json.RawMessage{
		"product":    textValue(i.Product),
		"name":       textValue(i.Name),
		"level":      textValue(i.Level),
		"status":     textValue(i.Status),
		"resourceid": textValue(i.ResourceID),
		"regionid":   textValue(i.RegionID),
		"content":    textValue(i.Content),
		"eventtime":  timeValue(i.Time),
	}}
}

// wholeEvents reads the events of an array. They speak for themselves: what stands around them is not read, but for the
// time of one that has none.
func (i HistoryItem) wholeEvents() ([]Event, error) {
	p := part{field: historyItem + ".content", text: []byte(i.Content)}
	elements, err := p.elements()
	if err != nil {
		return nil, err
	}
	var read []Event
	var failed error
	for n, element := range elements {
		e, err := i.wholeEvent(p.field+"["+strconv.Itoa(n)+"]", element)
		if err != nil {
			failed = err
			continue
		}
		read = append(read, e)
	}
	return read, failed
}

func (i HistoryItem) wholeEvent(field string, element json.RawMessage) (Event, error) {
	o, err := readObject(field, element)
	if err != nil {
		return Event{}, err
	}
	if !o.has("eventTime") {
		o.members["eventtime"] = i.timeOf(o)
	}
	return readNamed(o)
}

// timeOf returns the time of a whole event in the form that a delivered one has. One that is no number of milliseconds
// stays as it is, and is refused by whoever needs it.
func (i HistoryItem) timeOf(o object) json.RawMessage {
	if !o.has("time") {
		return timeValue(i.Time)
	}
	ms, err := strconv.ParseInt(o.shown("time"), 10, 64)
	if err != nil {
		return o.value("time")
	}
	return timeValue(time.UnixMilli(ms))
}

func textValue(s string) json.RawMessage {
	value, _ := json.Marshal(s) // a string can always be encoded
	return value
}

func timeValue(t time.Time) json.RawMessage {
	if t.IsZero() {
		return nil
	}
	return textValue(t.UTC().Format(time.RFC3339Nano))
}
