package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	// maxReason bounds the reason in a report, in characters: all reports of a call travel in its address.
	maxReason = 300
	// maxID bounds the id of an event, which the event chose.
	maxID = 64
	// customEventTime is what the reports of one invocation may take, and customEventReserve what they leave for the answer.
	customEventTime    = 2 * time.Second
	customEventReserve = 250 * time.Millisecond
)

// reported are the outcomes that people want to hear of where they look.
var reported = []remediation.Outcome{remediation.Rotated, remediation.Recovered, remediation.NeedsHuman, remediation.Overdue, remediation.Rejected}

// sendCustomEvents reports what is news to CloudMonitor, if it is to. That it fails changes no outcome; it is only said.
// https://www.alibabacloud.com/help/en/cms/cloudmonitor-1-0/developer-reference/api-cms-2019-01-01-putcustomevent
func (i *invocation) sendCustomEvents() {
	defer func() {
		if recover() != nil {
			i.note(fmt.Sprintf("the function panicked at %s while it reported custom events: report it; the results stand", place()))
			i.fail(report.Panic)
		}
	}()
	news := i.news()
	if len(news) == 0 {
		return
	}
	ctx, stop := i.timeToReport()
	defer stop()
	monitor := i.monitor(cmp.Or(i.platform.Region, i.settings.FunctionRegion), i.credentials())
	for batch := range slices.Chunk(news, alicloud.MaxCustomEvents) {
		if err := put(ctx, monitor, batch); err != nil {
			i.note(fmt.Sprintf("not all of the %d custom events were reported to CloudMonitor: %v", len(news), err))
			return
		}
	}
}

// put halves what does not fit into one address, which is refused before it is sent.
func put(ctx context.Context, monitor cloudMonitor, batch []alicloud.CustomEvent) error {
	err := monitor.PutCustomEvents(ctx, batch)
	call, ok := errors.AsType[*remediation.CallError](err)
	if !ok || call.Class != remediation.Refused || call.Status != 0 || len(batch) < 2 {
		return err
	}
	if err := put(ctx, monitor, batch[:len(batch)/2]); err != nil {
		return err
	}
	return put(ctx, monitor, batch[len(batch)/2:])
}

// note says something of the invocation itself. A tick has a line of its own for its notes.
func (i *invocation) note(text string) {
	i.report.Notes = append(i.report.Notes, text)
	if i.report.Trigger == report.OnEvent {
		i.log.note(i.report, text)
	}
}

// news are the reports of this invocation. Observe mode writes nothing, nowhere. What is rejected is so by its bytes: once
// is enough, and whoever can call over HTTP must not be able to mail people. All else is rather told twice than never.
func (i *invocation) news() []alicloud.CustomEvent {
	if !i.settings.ReportCustomEvents || i.settings.Mode == config.Observe {
		return nil
	}
	var news []alicloud.CustomEvent
	for _, r := range i.report.Results {
		toLog := r.Outcome == remediation.Rejected && (i.overHTTP || i.platform.RetryCount > 0)
		if r.Notify && !toLog && slices.Contains(reported, r.Outcome) {
			news = append(news, alicloud.CustomEvent{Name: report.CustomEventName, Content: i.contentOf(r), Time: i.now()})
		}
	}
	return news
}

// contentOf has the form of the samples: key:value, in one line.
func (i *invocation) contentOf(r report.Result) string {
	parts := []string{"outcome:" + string(r.Outcome)}
	add := func(key, value string) {
		if value != "" {
			parts = append(parts, key+":"+value)
		}
	}
	add("secret", r.Secret)
	if r.Event != nil {
		add("event", plain(r.Event.ID))
	}
	add("requestId", i.report.RequestID)
	reason := []rune(r.Reason)
	if len(reason) > maxReason {
		reason = append(reason[:maxReason-1], '…')
	}
	add("reason", string(reason))
	return strings.Join(parts, ",")
}

const inContent = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// plain leaves of an id what cannot be taken for the next field.
func plain(id string) string {
	id = strings.Map(func(r rune) rune {
		if strings.ContainsRune(inContent, r) {
			return r
		}
		return -1
	}, id)
	return id[:min(len(id), maxID)]
}

func (i *invocation) timeToReport() (context.Context, context.CancelFunc) {
	until := time.Now().Add(customEventTime)
	if deadline, ok := i.ctx.Deadline(); ok && deadline.Add(-customEventReserve).Before(until) {
		until = deadline.Add(-customEventReserve)
	}
	return context.WithDeadline(i.ctx, until)
}
