package alicloud

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/cms"

	"github.com/rotation-remediator/rotation-remediator/events"
)

const (
	// MaxCustomEvents is how many events PutCustomEvents sends at most.
	MaxCustomEvents = 50
	// maxEventPages bounds the custom events that are read at once. There is no total: a full page may be followed by another.
	maxEventPages = 20
	// noGroup means a rule that belongs to no application group; the parameter is required.
	noGroup = "0"
)

// CustomEvent is an event that somebody reported to CloudMonitor. ID is only in answers.
type CustomEvent struct {
	ID, Name, Content string

	Time time.Time // zero where the answer has none that can be read; on the way out, for CloudMonitor's own
}

// PutCustomEvents reports events. They travel in the address of the request: those that do not fit there, or are more
// than MaxCustomEvents, are ErrTooLarge, and nothing is sent.
func (m *CloudMonitor) PutCustomEvents(ctx context.Context, events []CustomEvent) error {
	if len(events) == 0 {
		return nil
	}
	request := cms.CreatePutCustomEventRequest()
	if len(events) > MaxCustomEvents {
		return notMade(request, ErrTooLarge)
	}
	rows := make([]cms.PutCustomEventEventInfo, len(events))
	for i, e := range events {
		rows[i] = cms.PutCustomEventEventInfo{EventName: e.Name, Content: e.Content}
		if !e.Time.IsZero() {
			rows[i].Time = milliseconds(e.Time)
		}
	}
	request.EventInfo = &rows
	_, err := m.checkedBy(codeSuccess).call(ctx, request, nil)
	return err
}

// CustomEvents reads the custom events of this name, and with these keywords unless they are "".
func (m *CloudMonitor) CustomEvents(ctx context.Context, name, keywords string, from, to time.Time) ([]CustomEvent, error) {
	var events []CustomEvent
	for page := 1; page <= maxEventPages; page++ {
		request := cms.CreateDescribeCustomEventAttributeRequest()
		request.Name = name
		request.SearchKeywords = keywords
		request.StartTime = milliseconds(from)
		request.EndTime = milliseconds(to)
		request.PageNumber = requests.NewInteger(page)
		request.PageSize = requests.NewInteger(eventsPerPage)
		var reply struct{ CustomEvents json.RawMessage }
		r, err := m.call(ctx, request, &reply)
		if err != nil {
			return nil, err
		}
		type customEvent struct{ Id, Name, Content, Time flexString }
		found, ok := decodeRows[customEvent](reply.CustomEvents, "CustomEvent")
		if !ok {
			return nil, r.unreadable("CustomEvents")
		}
		for _, row := range found {
			events = append(events, CustomEvent{ID: string(row.Id), Name: string(row.Name), Content: string(row.Content), Time: customEventTime(string(row.Time))})
		}
		if len(found) < eventsPerPage {
			return events, nil
		}
	}
	return nil, ErrTooMany
}

// customEventTime reads either form in which a custom event may be reported: no document says which of them an answer has.
func customEventTime(value string) time.Time {
	if ms, err := strconv.ParseInt(value, 10, 64); err == nil {
		return time.UnixMilli(ms).UTC()
	}
	t, _ := events.ParseTime(value)
	return t
}

// CustomEventRule sends custom events to contact groups. ID is its key.
type CustomEventRule struct {
	ID, Name, EventName, Level string

	ContactGroups []string      // a comma parts them, so that a name has none
	Threshold     int           // how many events within Period
	Period        time.Duration // a multiple of a minute; 0 for the default of five
}

// PutCustomEventRule creates the rule, or overwrites the one that has its ID. An event of its name has to be reported
// before.
func (m *CloudMonitor) PutCustomEventRule(ctx context.Context, rule CustomEventRule) error {
	request := cms.CreatePutCustomEventRuleRequest()
	request.RuleId = rule.ID
	request.RuleName = rule.Name
	request.EventName = rule.EventName
	request.Level = rule.Level
	request.GroupId = noGroup
	request.ContactGroups = strings.Join(rule.ContactGroups, ",")
	request.Threshold = strconv.Itoa(rule.Threshold)
	if rule.Period != 0 {
		request.Period = strconv.Itoa(int(rule.Period / time.Second))
	}
	_, err := m.call(ctx, request, nil)
	return err
}
