package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fc/messages"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/internal/version"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// platformRetries is how often s.yaml has the platform bring an event again.
const platformRetries = 3

// handler serves the invocations of one instance. It keeps nothing between them but connections and what remediation remembers.
type handler struct {
	settings config.Settings
	connect  func(region string, credentials alicloud.Credentials) remediation.KMS
	monitor  func(region string, credentials alicloud.Credentials) cloudMonitor
	memory   remediation.InstanceMemory
	now      func() time.Time
	log      resultLog
}

// cloudMonitor is what the function asks of CloudMonitor.
type cloudMonitor interface {
	remediation.CloudMonitor
	// PutCustomEvents reports custom events, at most alicloud.MaxCustomEvents of them.
	PutCustomEvents(ctx context.Context, events []alicloud.CustomEvent) error
}

// invocation is what the platform says of one invocation, and how its events came.
type invocation struct {
	requestID, region, account string
	retry                      int // how often the platform brought the event before
	credentials                alicloud.Credentials
	overHTTP                   bool
}

func invocationOf(ctx context.Context) invocation {
	platform, _ := fccontext.FromContext(ctx)
	if platform == nil {
		return invocation{}
	}
	return invocation{
		requestID: platform.RequestID, region: platform.Region, account: platform.AccountId, retry: max(0, platform.RetryCount),
		credentials: alicloud.Credentials{
			AccessKeyID:     platform.Credentials.AccessKeyId,
			AccessKeySecret: platform.Credentials.AccessKeySecret,
			SecurityToken:   platform.Credentials.SecurityToken,
		},
	}
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

// Invoke serves one invocation. The runtime hands the payload over untouched, since the parameter is []byte, and sends the
// answer as JSON: a report, or over HTTP a response that holds one.
func (h *handler) Invoke(ctx context.Context, payload []byte) (answer any, err error) {
	in := invocationOf(ctx)
	defer func() {
		// The runtime would report the text of a panic, which may hold anything, and would go on.
		if recover() != nil {
			r := h.newReport(in)
			r.Results, r.ErrorType = []report.Result{panicked(events.Event{}, remediation.PanicPlace())}, report.Panic
			answer, err = answerOf(r)
		}
	}()
	decoded := events.Decode(payload)
	if decoded.Request != nil {
		return h.callback(ctx, in, payload, decoded.Request)
	}
	return answerOf(h.handle(ctx, in, payload, decoded.Items))
}

// handle serves all that a payload holds, and publishes what came of it.
func (h *handler) handle(ctx context.Context, in invocation, payload []byte, items []events.Item) report.Report {
	// A tick works through the secrets of all regions, so it is a payload of its own; over HTTP none is taken, or a sender
	// could start one at will.
	if len(items) == 1 && items[0].Event.Kind == events.Timer && !in.overHTTP {
		return h.publish(ctx, in, payload, h.tick(ctx, in, items[0].Event.Time))
	}
	r := h.newReport(in)
	r.Results = h.handleEvents(ctx, in, items)
	for _, one := range r.Results {
		r.Fail(one.ErrorType)
	}
	return h.publish(ctx, in, payload, r)
}

func (h *handler) newReport(in invocation) report.Report {
	return report.Report{
		RequestID: in.requestID, Version: version.Version, Mode: h.settings.Mode, Trigger: report.OnEvent, Results: []report.Result{},
	}
}

// handleEvents handles each event, a bad one among good ones too. One that hangs can take the time of those behind it, so
// each delivery by the platform begins elsewhere.
func (h *handler) handleEvents(ctx context.Context, in invocation, items []events.Item) []report.Result {
	begin := in.retry * len(items) / (platformRetries + 1)
	results := make([]report.Result, len(items))
	for n := range items {
		at := (begin + n) % len(items)
		results[at] = withRecover(items[at].Event, func() report.Result { return h.handleEvent(ctx, in, items[at], len(items)) })
	}
	return results
}

// handleEvent handles one of count events, which share the time of the invocation.
func (h *handler) handleEvent(ctx context.Context, in invocation, item events.Item, count int) report.Result {
	switch {
	case item.Err != nil:
		return rejected(item.Event, item.Err.Error())
	case item.Event.Kind == events.Timer:
		return rejected(item.Event, "a tick of the timer comes from its trigger, never over HTTP")
	}
	remediator := h.remediator(in)
	remediator.Policy.VerifyWait /= time.Duration(count)
	remediator.SingleTry = count > 1
	return report.ResultOf(remediator.HandleEvent(ctx, item.Event))
}

func rejected(event events.Event, reason string) report.Result {
	return report.ResultOf(remediation.Result{Outcome: remediation.Rejected, Reason: reason, Secret: event.ARN, Event: event, Notify: true})
}

func (h *handler) remediator(in invocation) *remediation.Remediator {
	return &remediation.Remediator{
		Connect: func(region string) remediation.KMS { return h.connect(region, in.credentials) },
		Policy:  h.settings.Policy(in.account, in.region),
		Memory:  &h.memory,
		Now:     h.now,
	}
}

// publish writes a log line for each result, notifies people, and cuts the report to what the failure destination holds.
func (h *handler) publish(ctx context.Context, in invocation, payload []byte, r report.Report) report.Report {
	h.log.results(r)
	note, errorType := h.notify(ctx, in, r)
	if note != "" {
		r.Notes = append(r.Notes, note)
	}
	r.Fail(errorType)
	if r.Trigger == report.OnTimer {
		h.log.summary(r)
		r.Truncate(report.TickBudget)
		return r
	}
	if note != "" {
		h.log.note(r, note)
	}
	if r.ErrorType != "" {
		r.Truncate(report.BudgetBeside(payload))
	}
	return r
}

// answerOf is what the runtime sends: the report, or an error that carries it.
func answerOf(r report.Report) (any, error) {
	if r.ErrorType == "" {
		return r, nil
	}
	message, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	// Only the value of this type keeps its Type; a pointer or a wrapped one would be printed as Go syntax.
	return nil, messages.InvokeResponse_Error{Message: string(message), Type: r.ErrorType}
}

// withRecover lets the other events of a payload go on where one panics.
func withRecover(event events.Event, handle func() report.Result) (result report.Result) {
	defer func() {
		if recover() != nil {
			result = panicked(event, remediation.PanicPlace())
		}
	}()
	return handle()
}

// panicked says where the function panicked. It cannot know whether a rotation was requested; if so, its claim is on the
// secret.
func panicked(event events.Event, where string) report.Result {
	return report.Result{
		Outcome:   remediation.Undecided,
		Secret:    event.ARN,
		Event:     report.EventOf(event),
		Reason:    fmt.Sprintf("the function panicked at %s: report it; an attempt that was claimed stays claimed, and is not repeated", where),
		ErrorType: report.Panic,
	}
}
