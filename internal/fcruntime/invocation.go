package fcruntime

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// invocation is one event on its way through one process.
type invocation struct {
	requestID string
	attempt   int
	header    http.Header
	event     []byte
	answered  chan *answer // of capacity one, so that an answer never waits for its reader
}

// answer is what the process posted.
type answer struct {
	failed bool
	body   []byte
	at     time.Time
}

// run hands out one event and waits for its answer. The function's time begins when its process takes the event.
func (i *instance) run(ctx context.Context, inv *invocation, o Options) (Result, error) {
	result := Result{RequestID: inv.requestID, Attempt: inv.attempt}
	var got *answer
	if poll := i.awaitPoll(ctx, o.startLimit); poll != nil {
		start := time.Now()
		got = i.exchange(ctx, poll, inv, start.Add(o.Timeout))
		result.Elapsed = time.Since(start)
		if got != nil {
			result.Elapsed = got.at.Sub(start)
		}
	}
	switch {
	case got != nil:
		i.conclude(&result, got)
		return result, nil
	case i.hasEnded():
		result.Exited, result.ExitCode = true, i.cmd.ProcessState.ExitCode()
		return result, nil
	}
	if err := i.stop(); err != nil {
		return result, err
	}
	if err := ctx.Err(); err != nil {
		return result, fmt.Errorf("waiting for the function: %w", err)
	}
	result.TimedOut = true
	return result, nil
}

// awaitPoll returns nil if the process ends, or does not ask for an event in time.
func (i *instance) awaitPoll(ctx context.Context, limit time.Duration) chan *invocation {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case poll := <-i.polls:
		return poll
	case <-i.ended:
	case <-ctx.Done():
	}
	return nil
}

// exchange returns nil if the process ends, or does not answer by the deadline.
func (i *instance) exchange(ctx context.Context, poll chan *invocation, inv *invocation, deadline time.Time) *answer {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	i.mu.Lock()
	i.open = inv
	i.mu.Unlock()
	inv.header.Set(headerDeadline, strconv.FormatInt(deadline.UnixMilli(), 10))
	poll <- inv

	select {
	case got := <-inv.answered:
		return got
	case <-i.ended:
	case <-ctx.Done():
	}
	return i.withdraw(inv)
}

// accept takes an answer for the event that waits for one. Another id, or a second answer, is refused.
func (i *instance) accept(requestID string, a *answer) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.open == nil || i.open.requestID != requestID {
		return false
	}
	i.open.answered <- a
	i.open = nil
	return true
}

// withdraw ends the wait for an answer, and returns the one that came at the last moment.
func (i *instance) withdraw(inv *invocation) *answer {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.open = nil
	select {
	case got := <-inv.answered:
		return got
	default:
		return nil
	}
}

func (i *instance) conclude(result *Result, got *answer) {
	result.fill(got)
	if i.answers == 0 {
		result.SinceExec = got.at.Sub(i.execAt)
	}
	i.answers++
	i.stdout.flush()
	i.stderr.flush()
}

// Result is what one attempt at an invocation came to.
type Result struct {
	RequestID string
	Attempt   int    // 1 for the first; the function sees Attempt-1 as its retry count
	Payload   []byte // the body that the process posted, to /response or, where Error is set, to /error
	Error     *FunctionError
	TimedOut  bool          // no answer within Options.Timeout, or no poll at all; the process was killed
	Exited    bool          // the process ended, or was killed by Kill or Close, before it answered
	ExitCode  int           // where Exited; -1 after a signal
	Elapsed   time.Duration // from handing out the event; 0 if the process never asked for it
	SinceExec time.Duration // from just before exec to the answer; 0 for all but the first answer of a process
}

// FunctionError is the body of /error.
type FunctionError struct {
	Message    string       `json:"errorMessage"`
	Type       string       `json:"errorType"`
	StackTrace []StackFrame `json:"stackTrace,omitempty"`
}

// StackFrame is one line of the stack of a handler that panicked.
type StackFrame struct {
	Path  string `json:"path"`
	Line  int    `json:"line"`
	Label string `json:"label"`
}

// Failed says whether the platform counts the attempt as failed, and tries an asynchronous invocation again.
func (r Result) Failed() bool { return r.Error != nil || r.TimedOut || r.Exited }

// fill adds the answer of the process.
func (r *Result) fill(a *answer) {
	r.Payload = a.body
	if !a.failed {
		return
	}
	r.Error = &FunctionError{}
	if json.Unmarshal(a.body, r.Error) != nil {
		r.Error = &FunctionError{Message: "the body of /error cannot be read"}
	}
}

// reply is what the platform passes on as the payload of the response. Where the process left none, it is an error in
// words of the platform's own.
func (r Result) reply(timeout time.Duration) string {
	message := ""
	switch {
	case r.TimedOut:
		message = fmt.Sprintf("Function time out after %d seconds", wholeSeconds(timeout))
	case r.Exited:
		message = fmt.Sprintf("Process exited unexpectedly before completing request (duration: %dms)", r.Elapsed.Milliseconds())
	default:
		return string(r.Payload)
	}
	return `{"errorMessage":"` + message + `"}`
}
