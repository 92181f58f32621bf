package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fc/messages"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/internal/version"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// invocation is one invocation, and what came of it so far.
type invocation struct {
	*handler
	ctx      context.Context
	platform *fccontext.FcContext
	overHTTP bool
	report   report.Report
	failure  string // errorType of the first result that failed, "" while none did
}

func (h *handler) begin(ctx context.Context) *invocation {
	// FromContext writes to what it returns, so it is called once.
	platform, _ := fccontext.FromContext(ctx)
	if platform == nil {
		platform = &fccontext.FcContext{}
	}
	return &invocation{handler: h, ctx: ctx, platform: platform, report: report.Report{
		RequestID: platform.RequestID, Version: version.Version, Mode: h.settings.Mode, Trigger: report.OnEvent, Results: []report.Result{},
	}}
}

// handle takes up all that a payload holds, and tells it.
func (i *invocation) handle(payload []byte, items []events.Item) {
	if len(items) == 1 && items[0].Event.Kind == events.Timer && !i.overHTTP {
		i.report.Trigger = report.OnTimer
		i.sweep(items[0].Event.Time)
	} else {
		i.takeAll(items)
	}
	i.tell(payload)
}

// takeAll takes up each event: one bad among good fails the invocation after the good ones are done. One that hangs can
// take the time of those behind it, so the platform's next delivery begins elsewhere.
func (i *invocation) takeAll(items []events.Item) {
	begin := max(0, i.platform.RetryCount) * len(items) / (platformRetries + 1)
	i.report.Results = make([]report.Result, len(items))
	for n := range items {
		at := (begin + n) % len(items)
		i.report.Results[at] = i.guarded(items[at], len(items))
	}
	for _, one := range i.report.Results {
		i.fail(one.ErrorType)
	}
}

// platformRetries is how often s.yaml has the platform bring an event again.
const platformRetries = 3

// guarded lets the other events of a payload go on where one panics.
func (i *invocation) guarded(item events.Item, of int) (r report.Result) {
	defer func() {
		if recover() != nil {
			r = panicked(item.Event)
		}
	}()
	return i.take(item, of)
}

// take takes up one of so many events, which share the time of the invocation.
func (i *invocation) take(item events.Item, of int) report.Result {
	switch ahead := item.Event.Time.Sub(i.now()); {
	case item.Err != nil:
		return rejected(item.Event, item.Err.Error())
	case item.Event.Kind == events.Timer:
		return rejected(item.Event, "a tick of the timer comes from its trigger, never over HTTP")
	case i.overHTTP && ahead > maxAhead:
		return rejected(item.Event, fmt.Sprintf("the event lies %s ahead of the function's clock, want at most %s", ahead.Round(time.Second), maxAhead))
	}
	r := i.remediator()
	r.Policy.VerifyWait /= time.Duration(of)
	r.SingleTry = of > 1
	return report.ResultOf(r.HandleEvent(i.ctx, item.Event))
}

// maxAhead is how far ahead of our clock an event may lie that came over HTTP: a claim about the future would stay true
// whatever is rotated. It allows for clocks that differ.
const maxAhead = time.Hour

func rejected(event events.Event, reason string) report.Result {
	return report.ResultOf(remediation.Result{Outcome: remediation.Rejected, Reason: reason, Secret: event.ARN, Event: event, Notify: true})
}

func (i *invocation) fail(errorType string) { i.failure = cmp.Or(i.failure, errorType) }

// panicked says where the function panicked. Whether a rotation was asked for is not known here; if it was, its claim
// stands on the secret.
func panicked(event events.Event) report.Result { return panickedAt(event, place()) }

func panickedAt(event events.Event, where string) report.Result {
	return report.Result{
		Outcome:   remediation.Undecided,
		Secret:    event.ARN,
		Event:     report.EventOf(event),
		Reason:    fmt.Sprintf("the function panicked at %s: report it; an attempt that was claimed stays claimed, and is not repeated", where),
		ErrorType: report.Panic,
	}
}

// place returns the function and line that panicked.
func place() string {
	frames := make([]uintptr, 64)
	all := runtime.CallersFrames(frames[:runtime.Callers(0, frames)])
	below := false
	for {
		frame, more := all.Next()
		if below && !strings.HasPrefix(frame.Function, "runtime.") {
			return fmt.Sprintf("%s:%d", frame.Function, frame.Line)
		}
		below = below || frame.Function == "runtime.gopanic"
		if !more {
			return "an unknown place"
		}
	}
}

// tell writes one log line for each result, reports what is to be reported, and keeps the answer within its bounds.
func (i *invocation) tell(payload []byte) {
	for _, one := range i.report.Results {
		failed := one.ErrorType != ""
		if i.report.Trigger == report.OnTimer {
			failed = i.failure != ""
		}
		i.log.write(i.report, one, failed)
	}
	i.sendCustomEvents()
	switch {
	case i.report.Trigger == report.OnTimer:
		i.log.summarize(i.report, i.failure != "")
		i.report.Truncate(report.TickBudget)
	case i.failure != "":
		i.report.Truncate(report.BudgetBeside(payload))
	}
}

// answer returns what the runtime sends: the report, or an error that carries it.
func (i *invocation) answer() (any, error) {
	if i.failure == "" {
		return i.report, nil
	}
	message, err := json.Marshal(i.report)
	if err != nil {
		return nil, err
	}
	// Only the value of this type keeps its Type; a pointer or a wrapped one would be printed as Go syntax.
	return nil, messages.InvokeResponse_Error{Message: string(message), Type: i.failure}
}

// credentials are those that came with this invocation.
func (i *invocation) credentials() alicloud.Credentials {
	return alicloud.Credentials{
		AccessKeyID:     i.platform.Credentials.AccessKeyId,
		AccessKeySecret: i.platform.Credentials.AccessKeySecret,
		SecurityToken:   i.platform.Credentials.SecurityToken,
	}
}

func (i *invocation) remediator() *remediation.Remediator {
	credentials := i.credentials()
	return &remediation.Remediator{
		Connect:  func(region string) remediation.KMS { return i.connect(region, credentials) },
		Policy:   i.settings.Policy(i.platform.AccountId, i.platform.Region),
		Cooldown: &i.pace,
		Now:      i.now,
	}
}
