package fcruntime

import (
	"context"
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
	answered  chan *answer // of capacity one, so that an answer never waits for whoever asked
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
	result.take(got)
	if i.answers == 0 {
		result.SinceExec = got.at.Sub(i.execAt)
	}
	i.answers++
	i.stdout.flush()
	i.stderr.flush()
}
