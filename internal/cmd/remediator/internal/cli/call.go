package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

var (
	// passing are the classes of answers for which a read is tried again.
	passing = []remediation.Class{remediation.Throttled, remediation.Transient, remediation.NotSent}
	// undone are those for which a write is: nothing was done, for certain.
	undone = []remediation.Class{remediation.Throttled, remediation.NotSent}
)

// Read makes one reading call about one thing, and makes it again while its answer may pass.
func Read[A, T any](ctx context.Context, r Region, what string, call func(context.Context, A) (T, error), about A) (T, error) {
	defer r.Console.Progress("reading " + what)()
	value, err := remediation.Try(ctx, r.account.limit, passing, func(ctx context.Context) (T, error) { return call(ctx, about) })
	if err != nil {
		return value, fmt.Errorf("reading %s: %w", what, err)
	}
	return value, nil
}

// Write makes one writing call, and makes it again only if nothing was done. what is a gerund.
func Write(ctx context.Context, r Region, what string, call func(context.Context) error) error {
	defer r.Console.Progress(what)()
	_, err := remediation.Try(ctx, r.account.limit, undone, func(ctx context.Context) (struct{}, error) { return struct{}{}, call(ctx) })
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// ClassOf returns the class of err, Refused where it has none.
func ClassOf(err error) remediation.Class {
	if call, ok := errors.AsType[*remediation.CallError](err); ok {
		return call.Class
	}
	return remediation.Refused
}

// CheckNetwork is what to do where no service answers.
const CheckNetwork = "check the region, KMS_ENDPOINT and CLOUDMONITOR_ENDPOINT, and whether this machine reaches them: proxy variables are not used"

// Remedy says what to do about an error of a call, or nothing.
func Remedy(err error) string {
	call, ok := errors.AsType[*remediation.CallError](err)
	if !ok {
		return ""
	}
	switch call.Class {
	case remediation.Account:
		return grant(call.Action)
	case remediation.Expired:
		return "renew the credentials in the environment"
	case remediation.Throttled, remediation.Limit:
		return "other callers of the account share the limit: wait a minute"
	case remediation.NotSent:
		return CheckNetwork
	case remediation.Transient:
		return "run it again; if that does not help, " + CheckNetwork
	}
	return ""
}

// WithRemedy is an error and what to do about it.
func WithRemedy(err error) string {
	if advice := Remedy(err); advice != "" {
		return err.Error() + "; " + advice
	}
	return err.Error()
}

func grant(action string) string {
	for _, p := range []policy.Policy{policy.Operator, policy.Repair} {
		for _, allowed := range p.Actions() {
			if _, name, _ := strings.Cut(allowed, ":"); name == action {
				return allowed + " is granted by internal/policy/" + p.File + ", if it is that"
			}
		}
	}
	return ""
}
