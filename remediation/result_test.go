package remediation

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// An invocation that fails is sent again and then kept: too many of them hide the ones that matter, too few lose events.
func TestAnInvocationFailsOnlyWhereThatHelps(t *testing.T) {
	fails := map[Outcome]bool{Rejected: true, Undecided: true}
	for _, outcome := range Outcomes {
		if outcome == NeedsHuman {
			continue
		}
		for _, recorded := range []bool{false, true} {
			if got := (Result{Outcome: outcome, Recorded: recorded}).Failed(); got != fails[outcome] {
				t.Errorf("%s: failed is %t, want %t", outcome, got, fails[outcome])
			}
		}
	}
	if (Result{Outcome: NeedsHuman, Recorded: true}).Failed() {
		t.Error("a needs-human that is on the secret fails: it would be sent again for nothing")
	}
	if !(Result{Outcome: NeedsHuman}).Failed() {
		t.Error("a needs-human that is on no secret succeeds: nobody would ever learn of it")
	}
}

// The text goes to logs: what the caller sent, or a cause that holds an address with a token, must not be in it.
func TestTheTextOfACallErrorIsWhatItNames(t *testing.T) {
	leak := errors.New("https://kms/?SecurityToken=canary")
	for _, row := range []struct {
		err  *CallError
		want string
	}{
		{&CallError{Action: "RotateSecret", Class: Transient}, "RotateSecret got no answer that can be read"},
		{&CallError{Action: "RotateSecret", Class: Transient, Cause: leak}, "RotateSecret got no answer that can be read"},
		{&CallError{Action: "RotateSecret", Class: Transient, Status: 502}, "RotateSecret failed on the side of the service (HTTP 502)"},
		{&CallError{Action: "RotateSecret", Class: Refused, Status: 400, Code: "InvalidParameter", RequestID: "REQ-1", Cause: leak}, "RotateSecret was refused (HTTP 400 InvalidParameter, request REQ-1)"},
		{&CallError{Action: "DescribeSecret", Class: Transient, Status: 200, Unreadable: "Tags", RequestID: "REQ-1"}, "DescribeSecret got no answer that can be read (HTTP 200, unreadable Tags, request REQ-1)"},
		{&CallError{Action: "RotateSecret", Class: NotSent, Network: "kms.example.com: no such host", Cause: leak}, "RotateSecret could not be sent (kms.example.com: no such host)"},
	} {
		if got := row.err.Error(); got != row.want {
			t.Errorf("got %q, want %q", got, row.want)
		}
	}
}

// The consequence of an answer depends on its class alone; an error that nobody classified must not be repeated.
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

// All invocations of an instance have it in common.
func TestACooldownIsSafeForManyCallers(t *testing.T) {
	var memory InstanceMemory
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 100 {
				memory.startCooldown("cn-hangzhou", now.Add(time.Duration(i)))
				memory.CooldownActive("cn-hangzhou", now)
			}
		})
	}
	all.Wait()
	if !memory.CooldownActive("cn-hangzhou", now) || memory.CooldownActive("cn-beijing", now) || memory.CooldownActive("cn-hangzhou", now.Add(time.Second)) {
		t.Error("want the one region in its cooldown, and until its time only")
	}
}
