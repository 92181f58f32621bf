package events

import (
	"bytes"
	"cmp"
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
	ID                           string // CloudMonitor's; "" where the answer has none
	Product, Name, Level, Status string
	ResourceID, RegionID         string
	Time                         time.Time // CloudMonitor's; zero where it is missing
	// Content is the content of the event, as the description of the field has it, or an array of whole events, as its
	// example shows. No document has an example of KMS.
	Content string
}

// FromHistory decodes one item of CloudMonitor's history. Either shape gives the Event that its payload would have given.
// Its error, if there is one, is a *RejectError, and the events are then the others of the item.
func FromHistory(item HistoryItem) ([]Event, error) {
	if size := item.size(); size > MaxPayload { // compared before anything is copied
		return nil, tooLong(historyItem, size)
	}
	content := bytes.TrimSpace([]byte(item.Content))
	if len(content) > 0 && content[0] == '[' {
		return item.wholeEvents(content)
	}
	e, err := item.event(content)
	if err != nil {
		return nil, err
	}
	return []Event{e}, nil
}

func (i HistoryItem) size() int {
	return len(i.ID) + len(i.Product) + len(i.Name) + len(i.Level) + len(i.Status) + len(i.ResourceID) + len(i.RegionID) + len(i.Content)
}

// event decodes an item whose content is that of the event.
func (i HistoryItem) event(content []byte) (Event, error) {
	flat := func(key, text string) field { return field{in: historyItem, key: key, text: strings.TrimSpace(text)} }
	a := alert{
		id: i.ID, status: flat("status", i.Status), name: flat("name", i.Name), product: flat("product", i.Product),
		levels: [3]field{flat("level", i.Level)}, resource: flat("resourceId", i.ResourceID), region: flat("regionId", i.RegionID),
		sent: i.sent(),
	}
	a.content.field = historyItem + ".content"
	if len(content) > 0 {
		a.content, a.err = readObject(a.content.field, content)
	}
	return a.named(object{})
}

func (i HistoryItem) sent() field {
	f := field{in: historyItem, key: "eventTime", millis: true}
	if !i.Time.IsZero() {
		f.text = strconv.FormatInt(i.Time.UnixMilli(), 10)
	}
	return f
}

// wholeEvents decodes the events of an array. They speak for themselves: of what is around them only the time counts, for
// one that has none, and the id.
func (i HistoryItem) wholeEvents(content []byte) ([]Event, error) {
	field := historyItem + ".content"
	if !json.Valid(content) {
		return nil, &RejectError{Field: field, Got: whyNotJSON(content, 0), Want: wantArray}
	}
	var all []Event
	failed := error(&RejectError{Field: field, Got: "an empty array", Want: "at least one event"})
	for n, element := range elements(content) {
		if n == 0 {
			failed = nil
		}
		e, err := i.wholeEvent(field+"["+strconv.Itoa(n)+"]", element)
		if err != nil {
			failed = err
			continue
		}
		all = append(all, e)
	}
	return all, failed
}

func (i HistoryItem) wholeEvent(field string, element []byte) (Event, error) {
	o, err := objectIn(field, element)
	if err != nil {
		return Event{}, err
	}
	a := alertOf(o)
	a.id = cmp.Or(a.id, i.ID)
	a.sent = a.sent.or(o.millis("time")).or(i.sent())
	return a.named(o)
}
