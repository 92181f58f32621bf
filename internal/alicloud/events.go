package alicloud

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
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
	return &CloudMonitor{caller{client: c, target: target, region: region, succeeded: cloudMonitorSuccess, cred: func() Credentials { return cred }}}
}

// cloudMonitorSuccess knows that CloudMonitor says whether it succeeded in Success, which is true or "true" depending on
// the document, beside a Code of 200. It can refuse with HTTP status 200.
func cloudMonitorSuccess(h head) remediation.Class {
	code := codeOf(h)
	switch h.Success {
	case true, "true":
		if code == "" || code == "200" {
			return ""
		}
	case false, "false", nil:
		return classify(statusIn(code), code, text(h.Message))
	}
	return remediation.Transient
}

// codeSuccess is for the answers that have no Success by their documents: then the Code alone speaks.
func codeSuccess(h head) remediation.Class {
	if h.Success == nil && codeOf(h) == "200" {
		return ""
	}
	return cloudMonitorSuccess(h)
}

// checkedBy returns the same caller with another idea of a success.
func (m *CloudMonitor) checkedBy(succeeded successCheck) caller {
	c := m.caller
	c.succeeded = succeeded
	return c
}

// codeOf returns the code of an answer, which is text or a number depending on the document.
func codeOf(h head) string {
	if number, ok := h.Code.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return text(h.Code)
}

// statusIn returns the HTTP status that a code names, and that of a refusal for a code in words.
func statusIn(code string) int {
	if status, err := strconv.Atoi(code); err == nil {
		return status
	}
	return http.StatusBadRequest
}

// EventQuery says which events of KMS are asked for. An empty text narrows nothing.
type EventQuery struct {
	Name, Level string
	Keywords    string // "a and b", "a or b"
	From, To    time.Time
}

// SystemEvent is one event of the history. InstanceName is "" where the answer has none.
type SystemEvent struct {
	InstanceName string

	events.HistoryItem
}

// RotationEvents reads one page of the history.
func (m *CloudMonitor) RotationEvents(ctx context.Context, name string, from, to time.Time, page int) (remediation.HistoryPage, error) {
	rows, err := m.systemEventRows(ctx, EventQuery{Name: name, From: from, To: to}, page)
	if err != nil {
		return remediation.HistoryPage{}, err
	}
	history := remediation.HistoryPage{More: fullPage(rows)}
	for _, row := range rows {
		event, err := readSystemEvent(row)
		if err != nil {
			history.Unreadable++
			continue
		}
		read, err := events.FromHistory(event.HistoryItem)
		history.Events = append(history.Events, read...)
		if err != nil {
			history.Unreadable++
		}
	}
	return history, nil
}

// SystemEvents reads one page of the history, counted from 1. A row that cannot be read is among the events with itself
// as Content and nothing else, so that it is seen.
func (m *CloudMonitor) SystemEvents(ctx context.Context, query EventQuery, page int) (events []SystemEvent, more bool, err error) {
	rows, err := m.systemEventRows(ctx, query, page)
	if err != nil {
		return nil, false, err
	}
	for _, row := range rows {
		event, err := readSystemEvent(row)
		if err != nil {
			event = SystemEvent{}
			event.Content = string(row)
		}
		events = append(events, event)
	}
	return events, fullPage(rows), nil
}

func (m *CloudMonitor) systemEventRows(ctx context.Context, query EventQuery, page int) ([]json.RawMessage, error) {
	request := cms.CreateDescribeSystemEventAttributeRequest()
	request.Product = kmsProduct
	request.Name = query.Name
	request.Level = query.Level
	request.SearchKeywords = query.Keywords
	request.StartTime = milliseconds(query.From)
	request.EndTime = milliseconds(query.To)
	request.PageNumber = requests.NewInteger(page)
	request.PageSize = requests.NewInteger(eventsPerPage)
	var reply struct{ SystemEvents json.RawMessage }
	r, err := m.call(ctx, request, &reply)
	if err != nil {
		return nil, err
	}
	found, ok := rows(reply.SystemEvents, "SystemEvent")
	if !ok {
		return nil, r.unreadable("SystemEvents")
	}
	return found, nil
}

// milliseconds is the form of the examples, and of all descriptions but one, which says seconds.
func milliseconds(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// fullPage reports whether another page may follow: the answer names no total, so that a full page may be the last.
func fullPage(rows []json.RawMessage) bool { return len(rows) >= eventsPerPage }

// readSystemEvent reads each row by itself, so that one that is odd does not hide the others of its page.
func readSystemEvent(row json.RawMessage) (SystemEvent, error) {
	var read struct {
		Product, Name, Level, Status, ResourceId, RegionId string

		Content, Id, InstanceName flexString  // an object or its text; and of which no decision is made
		Time                      json.Number // which may be quoted
	}
	if err := json.Unmarshal(row, &read); err != nil {
		return SystemEvent{}, err
	}
	event := SystemEvent{InstanceName: string(read.InstanceName), HistoryItem: events.HistoryItem{
		ID: string(read.Id), Product: read.Product, Name: read.Name, Level: read.Level, Status: read.Status,
		ResourceID: read.ResourceId, RegionID: read.RegionId, Content: string(read.Content),
	}}
	if read.Time != "" {
		ms, err := read.Time.Int64()
		if err != nil {
			return SystemEvent{}, err
		}
		event.Time = time.UnixMilli(ms).UTC()
	}
	return event, nil
}

// EventMeta is how the catalogue of CloudMonitor describes a kind of event.
type EventMeta struct{ Product, Name, EventType, Level, Status string }

// SystemEventMeta reads those of KMS from the catalogue, which comes whole, in one answer.
func (m *CloudMonitor) SystemEventMeta(ctx context.Context) ([]EventMeta, error) {
	var reply struct{ Data json.RawMessage }
	r, err := m.call(ctx, cms.CreateDescribeSystemEventMetaListRequest(), &reply)
	if err != nil {
		return nil, err
	}
	catalogue, ok := rows(reply.Data, "Resource")
	if !ok {
		return nil, r.unreadable("Data")
	}
	var known []EventMeta
	for _, row := range catalogue {
		var meta EventMeta // a row of another product may be odd
		if json.Unmarshal(row, &meta) == nil && strings.EqualFold(meta.Product, kmsProduct) {
			known = append(known, meta)
		}
	}
	return known, nil
}

// SendDryRunEvent has CloudMonitor raise an event, which goes to the targets of all rules that let it through. content
// is a JSON object. No document shows a mark that sets it apart from a real one.
func (m *CloudMonitor) SendDryRunEvent(ctx context.Context, product, name, content string) error {
	request := cms.CreateSendDryRunSystemEventRequest()
	request.Product = product
	request.EventName = name
	request.EventContent = content
	_, err := m.call(ctx, request, nil)
	return err
}
