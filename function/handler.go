package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// handler serves the invocations of one instance.
type handler struct {
	settings settings
	connect  func(region string, credentials alicloud.Credentials) remediation.KMS
	monitor  func(region string, credentials alicloud.Credentials) remediation.CloudMonitor
	pace     remediation.Pace
	now      func() time.Time
	log      resultLog
}

func newHandler(s settings, client *alicloud.Client, out io.Writer) *handler {
	return &handler{
		settings: s,
		connect: func(region string, credentials alicloud.Credentials) remediation.KMS {
			return client.KMS(region, credentials)
		},
		monitor: func(region string, credentials alicloud.Credentials) remediation.CloudMonitor {
			return client.CloudMonitor(region, credentials)
		},
		now: time.Now,
		log: resultLog{out: out, now: time.Now},
	}
}

// Invoke serves one invocation. The runtime passes the event untouched, since the parameter is []byte.
func (h *handler) Invoke(ctx context.Context, payload []byte) (r report, err error) {
	// FromContext writes to what it returns, so it is called once.
	platform, _ := fccontext.FromContext(ctx)
	if platform == nil {
		platform = &fccontext.FcContext{}
	}
	r = report{RequestID: platform.RequestID, Mode: h.settings.Mode, Trigger: triggerEvent}
	var event events.Event
	defer func() {
		// The runtime would report the text of a panic, which may hold anything, and would go on. It is a failure, and
		// only the place is told.
		if recover() != nil {
			r.Results = append(r.Results, panicked(event))
			r, err = h.tell(r, errorPanic)
		}
	}()
	event, err = events.Decode(payload)
	if err != nil {
		r.Results = []result{resultOf(remediation.Result{Outcome: remediation.Rejected, Reason: err.Error()})}
		return h.tell(r, string(remediation.Rejected))
	}
	if event.Kind == events.Timer {
		r.Trigger = triggerTimer
		return h.sweep(ctx, platform, event.Time, &r)
	}
	outcome := h.remediator(platform).HandleEvent(ctx, event)
	r.Results = []result{resultOf(outcome)}
	if outcome.Failed() {
		return h.tell(r, string(outcome.Outcome))
	}
	return h.tell(r, "")
}

// credentialsOf are those that came with this invocation.
func credentialsOf(platform *fccontext.FcContext) alicloud.Credentials {
	return alicloud.Credentials{
		AccessKeyID:     platform.Credentials.AccessKeyId,
		AccessKeySecret: platform.Credentials.AccessKeySecret,
		SecurityToken:   platform.Credentials.SecurityToken,
	}
}

func (h *handler) remediator(platform *fccontext.FcContext) *remediation.Remediator {
	credentials := credentialsOf(platform)
	return &remediation.Remediator{
		Connect: func(region string) remediation.KMS { return h.connect(region, credentials) },
		Policy:  h.settings.policy(platform.AccountId, platform.Region),
		Pace:    &h.pace,
		Now:     h.now,
	}
}

// panicked says where the function panicked. Whether a rotation was asked for is not known here; if it was, its claim
// stands on the secret.
func panicked(event events.Event) result {
	return result{
		Outcome: remediation.Undecided,
		Secret:  event.ARN,
		Event:   infoOf(event),
		Reason:  fmt.Sprintf("the function panicked at %s: report it; an attempt that was claimed stays claimed, and is not repeated", place()),
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
