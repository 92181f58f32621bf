package alicloud

import (
	"context"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/cms"
)

const (
	// MaxCustomEvents is how many events PutCustomEvents sends at most.
	MaxCustomEvents = 50
	// maxEventPages bounds the custom events that are read at once. There is no total: a full page may be followed by another.
	maxEventPages = 20
)

// CustomEvent is an event that somebody reported to CloudMonitor. ID is only in answers.
type CustomEvent struct {
	ID, Name, Content string

	Time time.Time // zero where the answer has none that can be read; on the way out, for CloudMonitor's own
}

// PutCustomEvents reports events, MaxCustomEvents at most. They travel in the address of the request: those that do not
// fit there are refused before anything is sent.
func (m *CloudMonitor) PutCustomEvents(ctx context.Context, events []CustomEvent) error {
	if len(events) == 0 {
		return nil
	}
	request := cms.CreatePutCustomEventRequest()
	if len(events) > MaxCustomEvents {
		return declined(request)
	}
	rows := make([]cms.PutCustomEventEventInfo, len(events))
	for i, e := range events {
		rows[i] = cms.PutCustomEventEventInfo{EventName: e.Name, Content: e.Content}
		if !e.Time.IsZero() {
			rows[i].Time = milliseconds(e.Time)
		}
	}
	request.EventInfo = &rows
	_, err := m.judgedBy(judgeCode).call(ctx, request, &struct{}{})
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
		var reply struct {
			CustomEvents struct {
				CustomEvent []struct{ Id, Name, Content, Time loose }
			}
		}
		if _, err := m.call(ctx, request, &reply); err != nil {
			return nil, err
		}
		rows := reply.CustomEvents.CustomEvent
		for _, row := range rows {
			events = append(events, CustomEvent{ID: string(row.Id), Name: string(row.Name), Content: string(row.Content), Time: row.Time.time()})
		}
		if len(rows) < eventsPerPage {
			return events, nil
		}
	}
	return nil, ErrTooMany
}
