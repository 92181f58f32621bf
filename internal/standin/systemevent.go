package standin

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// defaultEventPageSize is the documented default of PageSize.
	defaultEventPageSize = 10
	// firstMillisecond lies in 2001. What is less is taken for seconds: one page wants those, the others and all examples
	// milliseconds, and a client that is wrong should be told, not find an empty history and believe it.
	firstMillisecond = 1_000_000_000_000
)

type systemEventList struct {
	head
	Code         string `json:"Code"`
	Message      string `json:"Message"`
	Success      string `json:"Success"` // documented as text
	SystemEvents struct {
		SystemEvent []systemEvent `json:"SystemEvent"`
	} `json:"SystemEvents"`
}

type systemEvent struct {
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
	asked, _, refused = cut(asked, p, defaultEventPageSize)
	if refused != nil {
		return nil, parameterInvalid("PageNumber, PageSize")
	}
	list := &systemEventList{Code: "200", Message: "success", Success: "true"}
	list.SystemEvents.SystemEvent = []systemEvent{}
	for _, e := range asked {
		list.SystemEvents.SystemEvent = append(list.SystemEvents.SystemEvent, e.row(k.world()))
	}
	return list, nil
}

// pastEvents returns the events that a request asks for, in the order of the world.
func (k *KMS) pastEvents(p url.Values) ([]pastEvent, *refusal) {
	// A filter that is passed over in silence would make a test mean something else than it says.
	for _, name := range []string{"EventType", "Status", "GroupId", "SearchKeywords"} {
		if p.Get(name) != "" {
			return nil, parameterInvalid(name)
		}
	}
	from, fromOK := millisecondParameter(p, "StartTime", 0)
	to, toOK := millisecondParameter(p, "EndTime", math.MaxInt64)
	if !fromOK || !toOK || to < from {
		return nil, parameterInvalid("StartTime, EndTime")
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

func millisecondParameter(p url.Values, name string, missing int64) (int64, bool) {
	if p.Get(name) == "" {
		return missing, true
	}
	ms, err := strconv.ParseInt(p.Get(name), 10, 64)
	return ms, err == nil && ms >= firstMillisecond
}

// isAsked compares without case: the examples write products and levels in either.
func (e pastEvent) isAsked(p url.Values) bool {
	for name, value := range map[string]string{"Product": e.Product, "Name": e.Name, "Level": e.Level} {
		if want := p.Get(name); want != "" && !strings.EqualFold(want, value) {
			return false
		}
	}
	return true
}

func parameterInvalid(name string) *refusal {
	return &refusal{http.StatusBadRequest, "ParameterInvalid", "The specified parameter is invalid: " + name + "."}
}
