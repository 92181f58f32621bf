package remediation

import (
	"context"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	// callLimit bounds each call: with one instance, whoever waits makes all others wait.
	callLimit = 5 * time.Second
	// tickReadLimit bounds each read that is tried once: one secret that hangs must not hold up the others.
	tickReadLimit = 2 * time.Second
	// maxTries and firstPause are few and short, since the platform's retries are the outer loop. Pauses double, as KMS
	// documents it: https://www.alibabacloud.com/help/en/kms/key-management-service/developer-reference/use-the-exponential-backoff-method-to-retry-requests
	maxTries   = 4
	firstPause = 200 * time.Millisecond
)

// Of the time until the deadline of an invocation, workReserve is left when the last RotateSecret or read may still run,
// and answerReserve when the closing calls end: past the deadline the platform kills us, and the outcome would be lost.
const (
	workReserve   = 2 * time.Second
	answerReserve = 500 * time.Millisecond
	// defaultTime is for a context without a deadline; the runtime always sets one.
	defaultTime = time.Minute
)

// transient are the classes that another try may answer differently. An expired token is none: this invocation has no other.
var transient = []Class{Throttled, Transient, StaleSignature, NotSent}

// repeatable is what RotateSecret is tried again for: every other answer may mean that it was done.
func repeatable() []Class { return []Class{NotSent} }

// Try makes one call, and makes it again while its answer is of a class in again: four times at most, with pauses that
// double from 200 ms. Each may take as long as limit. It returns the last answer.
func Try[T any](ctx context.Context, limit time.Duration, again []Class, call func(context.Context) (T, error)) (T, error) {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.Multiplier, pauses.RandomizationFactor = firstPause, 2, 0
	var last error // the answer is worth more than that the time ran out
	value, err := backoff.Retry(ctx, func() (T, error) {
		value, err := once(ctx, limit, call)
		last = err
		if err != nil && !slices.Contains(again, classOf(err)) {
			err = backoff.Permanent(err)
		}
		return value, err
	}, backoff.WithBackOff(pauses), backoff.WithMaxTries(maxTries))
	if err != nil {
		return value, last
	}
	return value, nil
}

// read makes a read, once or with all tries. A tick tries once, since the next one is the other try; so does one of
// several events, which the platform brings again.
func read[T any](ctx context.Context, single bool, call func(context.Context) (T, error)) (T, error) {
	if single {
		return once(ctx, tickReadLimit, call)
	}
	return Try(ctx, callLimit, transient, call)
}

func once[T any](ctx context.Context, limit time.Duration, call func(context.Context) (T, error)) (T, error) {
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return call(bounded)
}

// workTime ends when the last RotateSecret or read may still run.
func workTime(ctx context.Context) (context.Context, context.CancelFunc) {
	return withReserve(ctx, workReserve)
}

// closingTime ends when the closing calls do: recording, refund, marking done, the schedule.
func closingTime(ctx context.Context) (context.Context, context.CancelFunc) {
	return withReserve(ctx, answerReserve)
}

func withReserve(ctx context.Context, reserve time.Duration) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, deadlineOf(ctx).Add(-reserve))
}

func deadlineOf(ctx context.Context) time.Time {
	if deadline, ok := ctx.Deadline(); ok {
		return deadline
	}
	return time.Now().Add(defaultTime)
}

// pause waits for d, or until ctx is over.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
