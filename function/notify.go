package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	// maxReason bounds the reason in a custom event, in characters: all events of a call travel in its address, and the
	// command that helps comes last.
	maxReason = 1000
	// maxID bounds the id of an event, which the event chose.
	maxID = 64
	// notifyTime is what the custom events of one invocation may take, and notifyReserve what they leave for the answer.
	notifyTime    = 2 * time.Second
	notifyReserve = 250 * time.Millisecond
)

// important are the outcomes that are sent to people.
var important = []remediation.Outcome{remediation.Rotated, remediation.Recovered, remediation.NeedsHuman, remediation.Overdue, remediation.Rejected}

// notify sends custom events to CloudMonitor. A failure changes no outcome: it is a note, and a panic an errorType as well.
// https://www.alibabacloud.com/help/en/cms/cloudmonitor-1-0/developer-reference/api-cms-2019-01-01-putcustomevent
func (h *handler) notify(ctx context.Context, in invocation, r report.Report) (note, errorType string) {
	defer func() {
		if recover() != nil {
			note = fmt.Sprintf("the function panicked at %s while it sent custom events: report it; the results are as they say", remediation.PanicPlace())
			errorType = report.Panic
		}
	}()
	all := h.customEvents(in, r)
	if len(all) == 0 {
		return "", ""
	}
	ctx, stop := timeToNotify(ctx)
	defer stop()
	monitor := h.monitor(cmp.Or(in.region, h.settings.FunctionRegion), in.credentials)
	for batch := range slices.Chunk(all, alicloud.MaxCustomEvents) {
		if err := put(ctx, monitor, batch); err != nil {
			return fmt.Sprintf("not all of the %d custom events reached CloudMonitor: %v", len(all), err), ""
		}
	}
	return "", ""
}

func timeToNotify(ctx context.Context) (context.Context, context.CancelFunc) {
	until := time.Now().Add(notifyTime)
	if deadline, ok := ctx.Deadline(); ok && deadline.Add(-notifyReserve).Before(until) {
		until = deadline.Add(-notifyReserve)
	}
	return context.WithDeadline(ctx, until)
}

// put halves what does not fit into one address, which is refused before it is sent.
func put(ctx context.Context, monitor cloudMonitor, batch []alicloud.CustomEvent) error {
	err := monitor.PutCustomEvents(ctx, batch)
	if !errors.Is(err, alicloud.ErrTooLarge) || len(batch) < 2 {
		return err
	}
	if err := put(ctx, monitor, batch[:len(batch)/2]); err != nil {
		return err
	}
	return put(ctx, monitor, batch[len(batch)/2:])
}

// customEvents are those of this invocation. Observe mode writes nothing, nowhere. A rejected payload is rejected each
// time, so once is enough, and over HTTP never: else the sender could mail people. Of the rest, twice is better than never.
func (h *handler) customEvents(in invocation, r report.Report) []alicloud.CustomEvent {
	if !h.settings.ReportCustomEvents || h.settings.Mode == config.Observe {
		return nil
	}
	var all []alicloud.CustomEvent
	for _, one := range r.Results {
		onlyLogged := one.Outcome == remediation.Rejected && (in.overHTTP || in.retry > 0)
		if one.Notify && !onlyLogged && slices.Contains(important, one.Outcome) {
			all = append(all, alicloud.CustomEvent{Name: report.CustomEventName, Content: contentOf(one, r.RequestID), Time: h.now()})
		}
	}
	return all
}

// contentOf has the form of the vendor's samples: key:value, in one line.
func contentOf(r report.Result, requestID string) string {
	fields := []string{"outcome:" + string(r.Outcome)}
	add := func(key, value string) {
		if value != "" {
			fields = append(fields, key+":"+value)
		}
	}
	add("secret", fieldText(r.Secret))
	add("instance", fieldText(r.InstanceID))
	if r.Event != nil {
		add("event", shorten(withoutNames(fieldText(r.Event.ID)), maxID))
	}
	add("requestId", requestID)
	add("reason", shorten(withoutNames(fieldText(r.Reason)), maxReason))
	return strings.Join(fields, ",")
}

// fieldText keeps text within its field, in one line and without markup: parts of it come from outside.
func fieldText(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == ',':
			return ';'
		case r == '<':
			return '('
		case r == '>':
			return ')'
		case !unicode.IsPrint(r):
			return ' '
		}
		return r
	}, text))
}

// withoutNames replaces the colon of what could be the name of a field: one between a letter and its value.
func withoutNames(text string) string {
	b := []byte(text)
	for i := 1; i < len(b)-1; i++ {
		if b[i] == ':' && b[i+1] != ' ' && (b[i-1]|0x20 >= 'a' && b[i-1]|0x20 <= 'z') {
			b[i] = ';'
		}
	}
	return string(b)
}

func shorten(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
