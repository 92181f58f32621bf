package standin

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// HistoryContent says what the field Content of an event of the history holds. It is a closed set.
type HistoryContent string

const (
	ContentAlone  HistoryContent = "content-alone"  // the content of the event, as the field is described
	ContentObject HistoryContent = "content-object" // the content of the event, not as text but as an object
	WholeEvents   HistoryContent = "whole-events"   // an array of whole events, as the example of the field shows
)

// HistoryContents lists every HistoryContent.
var HistoryContents = []HistoryContent{ContentAlone, ContentObject, WholeEvents}

// HistoryOrder says in which order the history lists events. It is a closed set.
type HistoryOrder string

const (
	NewestFirst HistoryOrder = "newest-first"
	OldestFirst HistoryOrder = "oldest-first"
)

// HistoryOrders lists every HistoryOrder.
var HistoryOrders = []HistoryOrder{NewestFirst, OldestFirst}

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
func (e pastEvent) row(b Behavior) systemEvent {
	ms := e.Time.UnixMilli()
	row := systemEvent{
		Product: e.Product, Name: e.Name, Level: e.Level, Status: e.Status, ResourceID: e.ResourceID, RegionID: e.RegionID,
		InstanceName: e.InstanceName, Content: string(e.Content), Time: ms,
	}
	switch {
	case b.HistoryContent == WholeEvents:
		row.Content = e.whole()
	case b.HistoryContent == ContentObject && e.Content != nil:
		row.Content = e.Content
	}
	if b.HistoryGivesID {
		row.ID = e.id
	}
	if b.HistoryQuotesTime {
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

type systemEventList struct {
	textSuccess
	SystemEvents struct {
		SystemEvent []systemEvent `json:"SystemEvent"`
	} `json:"SystemEvents"`
}

type systemEvent struct {
	ID           string `json:"Id,omitempty"`
	Product      string `json:"Product"`
	Name         string `json:"Name"`
	Level        string `json:"Level"`
	Status       string `json:"Status"`
	ResourceID   string `json:"ResourceId"`
	RegionID     string `json:"RegionId"`
	InstanceName string `json:"InstanceName"`
	GroupID      string `json:"GroupId"`
	Content      any    `json:"Content"`
	Time         any    `json:"Time"`
}

// describeSystemEventAttribute lists events of the history. Nothing in the answer says how many there are.
func describeSystemEventAttribute(k *KMS, p url.Values, now time.Time) (identified, *refusal) {
	k.history = slices.DeleteFunc(k.history, func(e pastEvent) bool { return now.Sub(e.Time) > events.HistoryKept })
	asked, refused := k.pastEvents(p)
	if refused != nil {
		return nil, refused
	}
	if asked, refused = cutMonitor(asked, p); refused != nil {
		return nil, refused
	}
	list := &systemEventList{textSuccess: textSuccessTrue()}
	list.SystemEvents.SystemEvent = []systemEvent{}
	for _, e := range asked {
		list.SystemEvents.SystemEvent = append(list.SystemEvents.SystemEvent, e.row(k.behavior()))
	}
	return list, nil
}

// pastEvents returns the events that a request asks for, in the order of the behavior.
func (k *KMS) pastEvents(p url.Values) ([]pastEvent, *refusal) {
	// A filter that is passed over in silence would make a test mean something else than it says.
	if p.Get("GroupId") != "" {
		return nil, parameterInvalid("GroupId")
	}
	from, to, refused := between(p)
	if refused != nil {
		return nil, refused
	}
	var asked []pastEvent
	for _, e := range k.history {
		if at := e.Time.UnixMilli(); from <= at && at <= to && e.isAsked(p) {
			asked = append(asked, e)
		}
	}
	slices.SortStableFunc(asked, func(a, b pastEvent) int { return a.Time.Compare(b.Time) })
	if k.behavior().HistoryOrder == NewestFirst {
		slices.Reverse(asked)
	}
	return asked, nil
}

// isAsked compares without case: the examples write products and levels in either. Where keywords are looked for, the page
// does not say; the content is what people read.
func (e pastEvent) isAsked(p url.Values) bool {
	eventType := eventTypeOf(e.Product, e.Name)
	for name, value := range map[string]string{
		"Product": e.Product, "Name": e.Name, "Level": e.Level, "Status": e.Status, "EventType": eventType,
	} {
		if want := p.Get(name); want != "" && !strings.EqualFold(want, value) {
			return false
		}
	}
	return keywordsIn(string(e.Content), p.Get("SearchKeywords"))
}

// sendDryRunSystemEvent raises an event, and pushes it as if it had happened: nothing in it marks it as a dry run.
// EventContent is the whole event, and has to hold three members, by the page of SendDryRunSystemEvent.
func sendDryRunSystemEvent(k *KMS, p url.Values, now time.Time) (identified, *refusal) {
	product, name, payload := p.Get("Product"), p.Get("EventName"), []byte(p.Get("EventContent"))
	if product == "" || name == "" {
		return nil, parameterInvalid("Product, EventName")
	}
	var fields eventFields
	if err := json.Unmarshal(payload, &fields); err != nil || fields.Product == "" || fields.ResourceID == "" || fields.RegionID == "" {
		return nil, parameterInvalid("EventContent")
	}
	e := Event{Time: now, Name: name, Secret: strings.TrimPrefix(fields.ResourceID, k.arnPrefix()), Payload: payload}
	k.events = append(k.events, e)
	if !k.behavior().DryRunsForgotten {
		if err := k.remember(e); err != nil {
			panic(err) // it was read above
		}
	}
	answer := textSuccessTrue()
	return &answer, nil
}

// eventMeta describes one kind of system event in the catalogue of DescribeSystemEventMetaList.
type eventMeta struct {
	Product    string `json:"Product"`
	EventType  string `json:"EventType"`
	Name       string `json:"Name"`
	NameDesc   string `json:"NameDesc"`
	NameDescEn string `json:"NameDesc.En"`
	Level      string `json:"Level"`
	Status     string `json:"Status"`
	StatusDesc string `json:"StatusDesc"`
}

// catalogue has the events of KMS whose names are published, and one of another product, as the real one has hundreds.
var catalogue = []eventMeta{
	{"ECS", "StatusNotification", "Instance:StateChange", "实例状态改变通知", "Instance state change", "INFO", "Normal", "正常"},
	{"KMS", "Exception", EventFailure, "托管凭据轮转失败", "Managed secret rotation failed", "CRITICAL", "Failed", "失败"},
	{"KMS", "StatusNotification", EventSuccess, "托管凭据轮转成功", "Managed secret rotation succeeded", "INFO", "Normal", "正常"},
}

// metaList is alone in having a number for its Code.
type metaList struct {
	head
	Code    int    `json:"Code"`
	Message string `json:"Message"`
	Success bool   `json:"Success"`
	Data    struct {
		Resource []eventMeta `json:"Resource"`
	} `json:"Data"`
}

// describeSystemEventMetaList gives the whole catalogue in one answer.
func describeSystemEventMetaList(*KMS, url.Values, time.Time) (identified, *refusal) {
	list := &metaList{Code: 200, Message: "success", Success: true}
	list.Data.Resource = catalogue
	return list, nil
}

// eventTypeOf returns the type of an event, "" for one that the catalogue does not have.
func eventTypeOf(product, name string) string {
	for _, meta := range catalogue {
		if meta.Product == product && meta.Name == name {
			return meta.EventType
		}
	}
	return ""
}
