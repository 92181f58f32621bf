package standin

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

type systemEventList struct {
	textVerdict
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
	Content      string `json:"Content"`
	Time         any    `json:"Time"`
}

// describeSystemEventAttribute lists events of the history. Nothing in the answer says how many there are.
func describeSystemEventAttribute(k *KMS, p url.Values, now time.Time) (identified, *refusal) {
	k.history = slices.DeleteFunc(k.history, func(e pastEvent) bool { return now.Sub(e.Time) > historyKept })
	asked, refused := k.pastEvents(p)
	if refused != nil {
		return nil, refused
	}
	if asked, refused = cutMonitor(asked, p); refused != nil {
		return nil, refused
	}
	list := &systemEventList{textVerdict: textVerdictTrue()}
	list.SystemEvents.SystemEvent = []systemEvent{}
	for _, e := range asked {
		list.SystemEvents.SystemEvent = append(list.SystemEvents.SystemEvent, e.row(k.world()))
	}
	return list, nil
}

// pastEvents returns the events that a request asks for, in the order of the world.
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
	if k.world().HistoryOrder == NewestFirst {
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
