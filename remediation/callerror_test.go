package remediation

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// The text goes to logs: what the caller sent, or a cause that holds an address with a token, must not be in it.
func TestTheTextOfACallErrorIsWhatItNames(t *testing.T) {
	leak := errors.New("https://kms/?SecurityToken=canary")
	for _, row := range []struct {
		err  *CallError
		want string
	}{
		{&CallError{Action: "RotateSecret", Class: Transient}, "RotateSecret: transient"},
		{&CallError{Action: "RotateSecret", Class: Transient, Cause: leak}, "RotateSecret: transient"},
		{&CallError{Action: "RotateSecret", Class: Transient, Status: 502}, "RotateSecret: transient, HTTP 502"},
		{&CallError{Action: "RotateSecret", Class: Refused, Status: 400, Code: "InvalidParameter", RequestID: "REQ-1", Cause: leak}, "RotateSecret: refused, HTTP 400 InvalidParameter (request REQ-1)"},
		{&CallError{Action: "RotateSecret", Class: NotSent, Network: "kms.example.com: no such host", Cause: leak}, "RotateSecret: unsent (kms.example.com: no such host)"},
	} {
		if got := row.err.Error(); got != row.want {
			t.Errorf("got %q, want %q", got, row.want)
		}
	}
}

// What follows from an answer depends on its class alone; an error that nobody classified must not be repeated.
func TestAnErrorKeepsItsClassWhenItIsWrapped(t *testing.T) {
	call := &CallError{Action: "RotateSecret", Class: Busy, Code: "C", RequestID: "R", Cause: context.DeadlineExceeded}
	wrapped := fmt.Errorf("doing: %w", call)
	if classOf(wrapped) != Busy || codeOf(wrapped) != "C" || requestIDOf(wrapped) != "R" || !errors.Is(wrapped, context.DeadlineExceeded) {
		t.Errorf("got %s %s %s from %v", classOf(wrapped), codeOf(wrapped), requestIDOf(wrapped), wrapped)
	}
	for _, err := range []error{nil, errors.New("odd"), context.Canceled} {
		if classOf(err) != Refused || codeOf(err) != "" || requestIDOf(err) != "" {
			t.Errorf("%v: got %s %q %q, want refused and nothing", err, classOf(err), codeOf(err), requestIDOf(err))
		}
	}
}
