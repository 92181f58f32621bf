package main

import (
	"context"
	"io"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// handler serves the invocations of one instance.
type handler struct {
	settings config.Settings
	connect  func(region string, credentials alicloud.Credentials) remediation.KMS
	monitor  func(region string, credentials alicloud.Credentials) cloudMonitor
	pace     remediation.Cooldown
	now      func() time.Time
	log      resultLog
}

// cloudMonitor is what the function asks of CloudMonitor.
type cloudMonitor interface {
	remediation.CloudMonitor
	// PutCustomEvents reports custom events, at most alicloud.MaxCustomEvents of them.
	PutCustomEvents(ctx context.Context, events []alicloud.CustomEvent) error
}

func newHandler(s config.Settings, client *alicloud.Client, out io.Writer) *handler {
	return &handler{
		settings: s,
		connect: func(region string, credentials alicloud.Credentials) remediation.KMS {
			return client.KMS(region, credentials)
		},
		monitor: func(region string, credentials alicloud.Credentials) cloudMonitor {
			return client.CloudMonitor(region, credentials)
		},
		now: time.Now,
		log: resultLog{out: out, now: time.Now},
	}
}

// Invoke serves one invocation. The runtime passes the event untouched, since the parameter is []byte, and sends the
// answer as JSON: a report, or over HTTP a response that holds one.
func (h *handler) Invoke(ctx context.Context, payload []byte) (answer any, err error) {
	i := h.begin(ctx)
	defer func() {
		// The runtime would report the text of a panic, which may hold anything, and would go on. It is a failure, and
		// only the place is told.
		if recover() != nil {
			i.report.Results = append(i.report.Results, panicked(events.Event{}))
			i.fail(report.Panic)
			answer, err = i.answer()
		}
	}()
	decoded := events.Decode(payload)
	if decoded.Request != nil {
		return i.callback(payload, decoded.Request)
	}
	i.handle(payload, decoded.Items)
	return i.answer()
}
