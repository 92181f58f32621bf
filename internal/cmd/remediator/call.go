package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	// maxTries and firstPause are those of the function, whose quotas a person at a terminal shares.
	maxTries   = 4
	firstPause = 200 * time.Millisecond
)

var (
	// passing are the classes of answers for which a read is tried again.
	passing = []remediation.Class{remediation.Throttled, remediation.Transient, remediation.Unsent}
	// undone are those for which a write is: nothing was done, for certain.
	undone = []remediation.Class{remediation.Throttled, remediation.Unsent}
)

// read makes one reading call, and makes it again while its answer may pass.
func read[T any](ctx context.Context, c *cloud, what string, call func(context.Context) (T, error)) (T, error) {
	defer c.console.progress("reading " + what)()
	value, err := try(ctx, c.limit, passing, call)
	if err != nil {
		return value, fmt.Errorf("reading %s: %w", what, err)
	}
	return value, nil
}

// write makes one writing call, and makes it again only if nothing was done. what is a gerund.
func write(ctx context.Context, c *cloud, what string, call func(context.Context) error) error {
	defer c.console.progress(what)()
	_, err := try(ctx, c.limit, undone, func(ctx context.Context) (struct{}, error) { return struct{}{}, call(ctx) })
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func try[T any](ctx context.Context, limit time.Duration, again []remediation.Class, call func(context.Context) (T, error)) (T, error) {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.Multiplier, pauses.RandomizationFactor = firstPause, 2, 0
	var last error // what was answered is worth more than that the time ran out
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

// classOf returns the class of err, Refused where it has none.
func classOf(err error) remediation.Class {
	if call, ok := errors.AsType[*remediation.CallError](err); ok {
		return call.Class
	}
	return remediation.Refused
}

// remedy says what to do about an error of a call, or nothing.
func remedy(err error) string {
	call, ok := errors.AsType[*remediation.CallError](err)
	if !ok {
		return ""
	}
	switch call.Class {
	case remediation.Account:
		return grant(call.Action)
	case remediation.Expired:
		return "; renew the credentials in the environment"
	case remediation.Throttled, remediation.Limit:
		return "; other callers of the account share the limit: wait a minute"
	case remediation.Transient, remediation.Unsent:
		return "; run it again, or see whether the endpoint can be reached"
	}
	return ""
}

func grant(action string) string {
	for _, allowed := range policy.Operator.Actions() {
		if _, name, _ := strings.Cut(allowed, ":"); name == action {
			return "; " + allowed + " is granted by internal/policy/" + policy.Operator.File + ", if it is that"
		}
	}
	return ""
}
