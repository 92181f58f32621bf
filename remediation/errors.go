package remediation

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
)

// Class says what an answer of KMS means for what happens next. It is a closed set.
type Class string

const (
	Throttled     Class = "throttled"      // refused for too many requests; nothing was done
	Limit         Class = "limit"          // another refusal that speaks of a limit or quota
	Busy          Class = "busy"           // the secret is being rotated already
	Gone          Class = "gone"           // the secret does not exist, or is in its deletion window
	Account       Class = "account"        // the caller or the account: permission, access key, debt, risk control, service not enabled
	SecretBlocked Class = "secret-blocked" // this secret or its key is in a state that only a person can repair
	Expired       Class = "expired"        // no credentials, or a security token that is over or does not fit
	// StaleSignature: KMS did nothing, since the time stamp of the signature is not of its time; a new signature may be taken.
	StaleSignature Class = "stale-signature"
	Transient      Class = "transient" // 5xx, no answer, or one that cannot be read: nobody knows what KMS did
	NotSent        Class = "not-sent"  // no byte of the request left
	Refused        Class = "refused"   // any other refusal
)

// Classes lists every Class.
var Classes = []Class{Throttled, Limit, Busy, Gone, Account, SecretBlocked, Expired, StaleSignature, Transient, NotSent, Refused}

// CallError is why a call did not succeed. It carries nothing that the caller sent and no free text of
// the answer, so it can be logged.
type CallError struct {
	Action    string // the API, such as RotateSecret
	Class     Class
	Status    int    // HTTP status, 0 without an answer
	Code      string // the error code of the answer, "" where it had none
	RequestID string // the request id of the answer, "" where it had none
	// Unreadable is what of an answer could not be read: a member, or "body"; "" where all could.
	Unreadable string
	Network    string // host and kind of a failure of the network, such as "kms.cn-hangzhou.aliyuncs.com: no such host"; else ""
	Cause      error  // context.DeadlineExceeded, context.Canceled or nil: for errors.Is, never printed
}

// Error says what came of the call, with its status, code and request id in brackets. It has no text of the answer.
func (e *CallError) Error() string {
	text := e.Action + " " + classInWords(e)
	if details := detailsOf(e); details != "" {
		text += " (" + details + ")"
	}
	return text
}

func (e *CallError) Unwrap() error { return e.Cause }

// classOf returns the class of err. An error that is no CallError is Refused: what nobody classified is not retried.
func classOf(err error) Class {
	if call, ok := errors.AsType[*CallError](err); ok {
		return call.Class
	}
	return Refused
}

func codeOf(err error) string {
	if call, ok := errors.AsType[*CallError](err); ok {
		return call.Code
	}
	return ""
}

func requestIDOf(err error) string {
	if call, ok := errors.AsType[*CallError](err); ok {
		return call.RequestID
	}
	return ""
}

// panicError is the place where one secret panicked.
type panicError string

func (p panicError) Error() string { return "the function panicked at " + string(p) }

// PanicPlace returns the function and line that panicked, to whatever recovers. Only the place is reported: a text may hold
// anything.
func PanicPlace() string {
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
