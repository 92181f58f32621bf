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
	"github.com/rotation-remediator/rotation-remediator/internal/version"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// errorPanic is the errorType of an invocation that panicked; else it is the outcome that failed.
const errorPanic = "panic"

// invocation is one invocation, and what came of it so far.
type invocation struct {
	*handler
	ctx      context.Context
	platform *fccontext.FcContext
	overHTTP bool
	report   report
	failure  string // errorType of the first result that failed, "" while none did
}

func (h *handler) begin(ctx context.Context) *invocation {
	// FromContext writes to what it returns, so it is called once.
	platform, _ := fccontext.FromContext(ctx)
	if platform == nil {
		platform = &fccontext.FcContext{}
	}
	return &invocation{handler: h, ctx: ctx, platform: platform, report: report{
		RequestID: platform.RequestID, Version: version.Version, Mode: h.settings.Mode, Trigger: triggerEvent, Results: []result{},
	}}
}

// handle takes up all that a payload holds, and tells it. One bad event among good ones fails the invocation, after the
// good ones are done.
func (i *invocation) handle(payload []byte) {
	items := events.Decode(payload)
	for _, item := range items {
		i.guard(item.Event, func() { i.take(item, len(items)) })
	}
	i.tell()
}

// guard lets the other events of a payload go on where one panics.
func (i *invocation) guard(event events.Event, do func()) {
	defer func() {
		if recover() != nil {
			i.panicked(event)
		}
	}()
	do()
}

// take takes up one of so many events, which share the time to look for a proof.
func (i *invocation) take(item events.Item, of int) {
	switch {
	case item.Err != nil:
		i.add(remediation.Result{Outcome: remediation.Rejected, Reason: item.Err.Error(), News: true})
	case item.Event.Kind != events.Timer:
		r := i.remediator()
		r.Policy.VerifyWait /= time.Duration(of)
		i.add(r.HandleEvent(i.ctx, item.Event))
	case i.overHTTP:
		i.add(remediation.Result{Outcome: remediation.Rejected, Reason: "a tick of the timer comes from its trigger, never over HTTP"})
	default:
		i.report.Trigger = triggerTimer
		i.sweep(item.Event.Time)
	}
}

func (i *invocation) add(r remediation.Result) {
	i.report.Results = append(i.report.Results, resultOf(r))
	if r.Failed() {
		i.fail(string(r.Outcome))
	}
}

func (i *invocation) fail(errorType string) { i.failure = cmp.Or(i.failure, errorType) }

// panicked says where the function panicked. Whether a rotation was asked for is not known here; if it was, its claim
// stands on the secret.
func (i *invocation) panicked(event events.Event) {
	i.report.Results = append(i.report.Results, result{
		Outcome: remediation.Undecided,
		Secret:  event.ARN,
		Event:   infoOf(event),
		Reason:  fmt.Sprintf("the function panicked at %s: report it; an attempt that was claimed stays claimed, and is not repeated", place()),
	})
	i.failure = errorPanic // whatever else failed: this is for whoever looks after the code
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

// tell writes one log line for each result, and reports what is to be reported.
func (i *invocation) tell() {
	for _, one := range i.report.Results {
		i.log.write(i.report, one, i.failure != "")
	}
	i.sendCustomEvents()
	if i.report.Trigger == triggerTimer {
		i.log.summarize(i.report, i.failure != "")
		i.report.cut()
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
		Connect: func(region string) remediation.KMS { return i.connect(region, credentials) },
		Policy:  i.settings.policy(i.platform.AccountId, i.platform.Region),
		Pace:    &i.pace,
		Now:     i.now,
	}
}
