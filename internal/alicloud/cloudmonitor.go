package alicloud

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/cms"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	// kmsProduct is how events of KMS name their product.
	kmsProduct = "KMS"
	// eventsPerPage is the most that one page holds.
	eventsPerPage = 100
)

var _ remediation.CloudMonitor = (*CloudMonitor)(nil)

// CloudMonitor makes the calls to CloudMonitor in one region, with the credentials of one invocation.
type CloudMonitor struct{ caller }

// CloudMonitor returns the calls to CloudMonitor in a region. It makes no connection.
func (c *Client) CloudMonitor(region string, cred Credentials) *CloudMonitor {
	target, _ := c.cloudMonitor.target(region) // none for a region that is none, which refuses each call
	return &CloudMonitor{caller{client: c, target: target, region: region, judge: judgeCloudMonitor, cred: func() Credentials { return cred }}}
}

// RotationEvents reads one page of the history. The answer names no total, so that a full page may be the last.
func (m *CloudMonitor) RotationEvents(ctx context.Context, name string, from, to time.Time, page int) (remediation.HistoryPage, error) {
	request := cms.CreateDescribeSystemEventAttributeRequest()
	request.Product = kmsProduct
	request.Name = name
	request.StartTime = milliseconds(from)
	request.EndTime = milliseconds(to)
	request.PageNumber = requests.NewInteger(page)
	request.PageSize = requests.NewInteger(eventsPerPage)
	var reply struct {
		SystemEvents struct{ SystemEvent []json.RawMessage }
	}
	if _, err := m.call(ctx, request, &reply); err != nil {
		return remediation.HistoryPage{}, err
	}
	rows := reply.SystemEvents.SystemEvent
	history := remediation.HistoryPage{More: len(rows) >= eventsPerPage}
	for _, row := range rows {
		read, err := readSystemEvent(row)
		history.Events = append(history.Events, read...)
		if err != nil {
			history.Unreadable++
		}
	}
	return history, nil
}

// milliseconds is the form of the examples, and of all descriptions but one, which says seconds.
func milliseconds(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// readSystemEvent reads each row by itself, so that one that is odd does not hide the others of its page.
func readSystemEvent(row json.RawMessage) ([]events.Event, error) {
	var said struct {
		Product, Name, Level, Status, ResourceId, RegionId, Content string

		Time json.Number // which may be quoted
	}
	if err := json.Unmarshal(row, &said); err != nil {
		return nil, err
	}
	item := events.HistoryItem{
		Product: said.Product, Name: said.Name, Level: said.Level, Status: said.Status,
		ResourceID: said.ResourceId, RegionID: said.RegionId, Content: said.Content,
	}
	if said.Time != "" {
		ms, err := said.Time.Int64()
		if err != nil {
			return nil, err
		}
		item.Time = time.UnixMilli(ms)
	}
	return events.FromHistory(item)
}

// judgeCloudMonitor knows that CloudMonitor says whether it succeeded in Success, which is true or "true" depending on
// the document, beside a Code of 200. It can refuse with HTTP status 200.
func judgeCloudMonitor(h head) remediation.Class {
	code := text(h.Code)
	if number, ok := h.Code.(float64); ok {
		code = strconv.FormatFloat(number, 'f', -1, 64)
	}
	switch h.Success {
	case true, "true":
		if code == "" || code == "200" {
			return ""
		}
	case false, "false":
		return classify(statusIn(code), code, text(h.Message))
	}
	return remediation.Transient
}

// statusIn returns the HTTP status that a code names, and that of a refusal for a code in words.
func statusIn(code string) int {
	if status, err := strconv.Atoi(code); err == nil {
		return status
	}
	return http.StatusBadRequest
}
