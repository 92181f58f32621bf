package standin

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// HistoryContent says what stands in the field Content of an event of the history. It is a closed set.
type HistoryContent string

const (
	ContentAlone HistoryContent = "content-alone" // the content of the event, as the field is described
	WholeEvents  HistoryContent = "whole-events"  // an array of whole events, as the example of the field shows
)

// HistoryContents lists every HistoryContent.
var HistoryContents = []HistoryContent{ContentAlone, WholeEvents}

// HistoryOrder says in which order the history lists events. It is a closed set.
type HistoryOrder string

const (
	NewestFirst HistoryOrder = "newest-first"
	OldestFirst HistoryOrder = "oldest-first"
)

// HistoryOrders lists every HistoryOrder.
var HistoryOrders = []HistoryOrder{NewestFirst, OldestFirst}

// historyKept is how long events of KMS can be queried, by the KMS page "Alert settings".
const historyKept = 90 * 24 * time.Hour

// pastEvent is an event that CloudMonitor remembers.
type pastEvent struct {
	Event
	eventFields
	id string
}

// eventFields are those of a payload that the history shows.
type eventFields struct {
	Product      string
	Level        string
	Status       string
	ResourceID   string
	RegionID     string
	InstanceName string
	Content      json.RawMessage
}

// Record puts an event into CloudMonitor's history, as if it had come at its Time. The events that KMS raises are there
// by themselves.
func (k *KMS) Record(e Event) error {
	k.lock()
	defer k.mu.Unlock()
	return k.remember(e)
}

// Forget drops events from the history, as if they had never come.
func (k *KMS) Forget(lost func(Event) bool) {
	k.lock()
	defer k.mu.Unlock()
	k.history = slices.DeleteFunc(k.history, func(e pastEvent) bool { return lost(e.Event) })
}

func (k *KMS) remember(e Event) error {
	k.remembered++
	past := pastEvent{Event: e, id: fmt.Sprintf("history-%d", k.remembered)}
	if err := json.Unmarshal(e.Payload, &past.eventFields); err != nil {
		return fmt.Errorf("reading the payload of %s: %w", e.Name, err)
	}
	k.history = append(k.history, past)
	return nil
}

// row is the event as DescribeSystemEventAttribute lists it.
func (e pastEvent) row(w Behavior) systemEvent {
	ms := e.Time.UnixMilli()
	row := systemEvent{
		Product: e.Product, Name: e.Name, Level: e.Level, Status: e.Status, ResourceID: e.ResourceID, RegionID: e.RegionID,
		InstanceName: e.InstanceName, Content: string(e.Content), Time: ms,
	}
	if w.HistoryContent == WholeEvents {
		row.Content = e.whole()
	}
	if w.HistoryGivesID {
		row.ID = e.id
	}
	if w.HistoryQuotesTime {
		row.Time = strconv.FormatInt(ms, 10)
	}
	return row
}

// whole has the members of the documented example, with the content as text among them.
func (e pastEvent) whole() string {
	return string(mustMarshal([]map[string]string{{
		"product": e.Product, "content": string(e.Content), "groupId": "", "time": strconv.FormatInt(e.Time.UnixMilli(), 10),
		"resourceId": e.ResourceID, "level": e.Level, "status": e.Status, "instanceName": e.InstanceName, "name": e.Name,
		"regionId": e.RegionID,
	}}))
}
