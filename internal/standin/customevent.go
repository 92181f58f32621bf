package standin

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"
)

const (
	// maxCustomEvents is the limit of EventInfo on the page of PutCustomEvent.
	maxCustomEvents = 50
	// noGroup is the GroupId of what belongs to no application group.
	noGroup = "0"
	// customEventLayout is the form of Time on that page, beside milliseconds.
	customEventLayout = "20060102T150405.000-0700"
)

// CustomEvent is an event that a user reported, by the page of PutCustomEvent.
type CustomEvent struct {
	ID      string // chosen by CloudMonitor
	Name    string
	Content string
	GroupID string // 0 if empty: of no application group
	Time    time.Time
}

type customEventList struct {
	textVerdict
	CustomEvents struct {
		CustomEvent []customEventRow `json:"CustomEvent"`
	} `json:"CustomEvents"`
}

type customEventRow struct {
	ID      string `json:"Id"`
	Name    string `json:"Name"`
	GroupID string `json:"GroupId"`
	Content string `json:"Content"`
	Time    string `json:"Time"`
}

// CustomEvents returns the events reported so far, in the order in which they came.
func (k *KMS) CustomEvents() []CustomEvent {
	k.lock()
	defer k.mu.Unlock()
	return slices.Clone(k.customEvents)
}

// ReportCustomEvent reports an event by somebody else's hand, now if it has no Time.
func (k *KMS) ReportCustomEvent(e CustomEvent) {
	now := k.lock()
	defer k.mu.Unlock()
	k.report(e, now)
}

func (k *KMS) report(e CustomEvent, now time.Time) {
	e.ID = cmp.Or(e.ID, fmt.Sprintf("custom-event-%d", len(k.customEvents)+1))
	e.GroupID = cmp.Or(e.GroupID, noGroup)
	if e.Time.IsZero() {
		e.Time = now
	}
	k.customEvents = append(k.customEvents, e)
}

// putCustomEvent takes all events of a request, or none.
func putCustomEvent(k *KMS, p url.Values, now time.Time) (identified, *refusal) {
	sent := members(p, "EventInfo")
	if len(sent) == 0 || len(sent) > maxCustomEvents {
		return nil, parameterInvalid("EventInfo")
	}
	var all []CustomEvent
	for _, one := range sent {
		e := CustomEvent{Name: one.Get("EventName"), Content: one.Get("Content"), GroupID: one.Get("GroupId")}
		var ok bool
		if e.Time, ok = customEventTime(one.Get("Time")); !ok || e.Name == "" || e.Content == "" {
			return nil, parameterInvalid("EventInfo")
		}
		all = append(all, e)
	}
	for _, e := range all {
		k.report(e, now)
	}
	answer := succeeded()
	return &answer, nil
}

// customEventTime returns no time for a text that is empty.
func customEventTime(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(ms), ms >= firstMillisecond
	}
	at, err := time.Parse(customEventLayout, text)
	return at, err == nil
}

func describeCustomEventAttribute(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	from, to, refused := between(p)
	if refused != nil {
		return nil, refused
	}
	var asked []CustomEvent
	for _, e := range k.customEvents {
		if at := e.Time.UnixMilli(); from <= at && at <= to && e.isAsked(p) {
			asked = append(asked, e)
		}
	}
	slices.SortStableFunc(asked, func(a, b CustomEvent) int { return a.Time.Compare(b.Time) })
	if k.world().HistoryOrder == NewestFirst {
		slices.Reverse(asked)
	}
	if asked, refused = cutMonitor(asked, p); refused != nil {
		return nil, refused
	}
	list := &customEventList{textVerdict: textVerdictTrue()}
	list.CustomEvents.CustomEvent = []customEventRow{}
	for _, e := range asked {
		row := customEventRow{e.ID, e.Name, e.GroupID, e.Content, strconv.FormatInt(e.Time.UnixMilli(), 10)}
		list.CustomEvents.CustomEvent = append(list.CustomEvents.CustomEvent, row)
	}
	return list, nil
}

func (e CustomEvent) isAsked(p url.Values) bool {
	for name, value := range map[string]string{"EventId": e.ID, "Name": e.Name, "GroupId": e.GroupID} {
		if want := p.Get(name); want != "" && want != value {
			return false
		}
	}
	return keywordsIn(e.Content, p.Get("SearchKeywords"))
}
