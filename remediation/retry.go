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
	// maxTries and firstPause are few and short, since the platform's retries are the outer loop. Pauses double, as KMS
	// documents it: https://www.alibabacloud.com/help/en/kms/key-management-service/developer-reference/use-the-exponential-backoff-method-to-retry-requests
	maxTries   = 4
	firstPause = 200 * time.Millisecond
)

// passing are the classes that another try may answer differently. An expired token is none: this invocation has no other.
var passing = []Class{Throttled, Transient, StaleSignature, NotSent}

// unsent is what RotateSecret is tried again for: every other answer may mean that it was done.
var unsent = []Class{NotSent}

// Try makes one call, and makes it again while its answer is of a class in again: four times at most, with pauses that
// double from 200 ms. Each may take as long as limit. It returns what was answered last.
func Try[T any](ctx context.Context, limit time.Duration, again []Class, call func(context.Context) (T, error)) (T, error) {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.Multiplier, pauses.RandomizationFactor = firstPause, 2, 0
	var last error // what was said is worth more than that the time ran out
	value, err := backoff.Retry(ctx, func() (T, error) {
		bounded, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		value, err := call(bounded)
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

// tickReadLimit bounds each read that is tried once: one secret that hangs must not hold up the others.
const tickReadLimit = 2 * time.Second

// once makes one read of a tick, or of one of several events.
func once[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	bounded, cancel := context.WithTimeout(ctx, tickReadLimit)
	defer cancel()
	return call(bounded)
}
