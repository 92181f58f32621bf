package alicloud

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/cms"

	"github.com/rotation-remediator/rotation-remediator/events"
)

const (
	// kmsProduct is how events of KMS name their product.
	kmsProduct = "KMS"
	// eventsPerPage is the most that one page holds.
	eventsPerPage = 100
)

// EventQuery says which events of KMS are asked for. An empty text narrows nothing.
type EventQuery struct {
	Name, Level string
	Keywords    string // "a and b", "a or b"
	From, To    time.Time
}

// SystemEvent is one event of the history. ID and InstanceName are "" where the answer has none.
type SystemEvent struct {
	ID, InstanceName string

	events.HistoryItem
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
	var reply struct {
		SystemEvents struct{ SystemEvent []json.RawMessage }
	}
	_, err := m.call(ctx, request, &reply)
	return reply.SystemEvents.SystemEvent, err
}

// fullPage reports whether another page may follow: the answer names no total, so that a full page may be the last.
func fullPage(rows []json.RawMessage) bool { return len(rows) >= eventsPerPage }

// readSystemEvent reads each row by itself, so that one that is odd does not hide the others of its page.
func readSystemEvent(row json.RawMessage) (SystemEvent, error) {
	var said struct {
		Product, Name, Level, Status, ResourceId, RegionId, Content string

		Id, InstanceName loose       // of which no decision is made
		Time             json.Number // which may be quoted
	}
	if err := json.Unmarshal(row, &said); err != nil {
		return SystemEvent{}, err
	}
	event := SystemEvent{ID: string(said.Id), InstanceName: string(said.InstanceName), HistoryItem: events.HistoryItem{
		Product: said.Product, Name: said.Name, Level: said.Level, Status: said.Status,
		ResourceID: said.ResourceId, RegionID: said.RegionId, Content: said.Content,
	}}
	if said.Time != "" {
		ms, err := said.Time.Int64()
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
	var reply struct {
		Data struct{ Resource []EventMeta }
	}
	if _, err := m.call(ctx, cms.CreateDescribeSystemEventMetaListRequest(), &reply); err != nil {
		return nil, err
	}
	var known []EventMeta
	for _, meta := range reply.Data.Resource {
		if strings.EqualFold(meta.Product, kmsProduct) {
			known = append(known, meta)
		}
	}
	return known, nil
}
