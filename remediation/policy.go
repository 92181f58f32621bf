package remediation

import (
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/rotation-remediator/rotation-remediator/events"
)

const (
	// SwitchTag is the key of the tag by which people take a secret out of our hands. Only people write it.
	SwitchTag = "rotation-remediation"
	// backoffFactor is how much longer each wait is than the one before it.
	backoffFactor = 3
	// maxWait is the longest wait that a Policy may have.
	maxWait = 24 * time.Hour
	// maxAhead is how far ahead of our clock an event may lie: a failure of the future would be open for ever. It allows
	// for clocks that differ.
	maxAhead = time.Hour
)

// Policy is what the operator allows.
type Policy struct {
	Observe     bool          // report, but write nothing and rotate nothing
	Scope       Scope         // which secrets may be touched
	MaxAttempts int           // attempts of one episode, at least 1
	Backoff     time.Duration // wait after the first attempt, and after the last
	BackoffMax  time.Duration // the longest wait, at most a day, and how long a rotation has to settle
	VerifyWait  time.Duration // how long one invocation verifies; 0 = one read
}

// WaitAfter returns how long to wait after attempt n: nothing before the first, then Backoff, three times longer each
// time up to BackoffMax. After the last attempt it is Backoff again, to give up soon.
func (p Policy) WaitAfter(n int) time.Duration {
	if n < 1 {
		return 0
	}
	wait := p.Backoff
	if n >= p.MaxAttempts {
		return wait
	}
	for range n - 1 {
		if wait >= p.BackoffMax/backoffFactor {
			return p.BackoffMax
		}
		wait *= backoffFactor
	}
	return wait
}

// Scope says which secrets may be touched.
type Scope struct {
	Account string   // the function's own account; "" where the platform did not name it
	Regions []string // the regions whose secrets may be touched
	Types   []string // SecretType values, compared without case
	Allow   []string // glob patterns on the whole secret name
	Deny    []string // the same; deny wins
}

// HasRegion reports whether secrets of region may be touched.
func (s Scope) HasRegion(region string) bool { return slices.Contains(s.Regions, region) }

// HasType reports whether secrets of this type may be touched. Documents spell the types in several ways (RDS, Rds).
func (s Scope) HasType(secretType string) bool {
	return slices.ContainsFunc(s.Types, func(t string) bool { return strings.EqualFold(t, secretType) })
}

// HasName reports whether the secret of this name may be touched.
func (s Scope) HasName(name string) bool { return s.leftOut(name) == "" }

// leftOut says which list leaves a name out, "" if none does. A pattern that cannot be read matches nothing where it allows
// and everything where it denies.
func (s Scope) leftOut(name string) string {
	switch {
	case matchesAny(s.Deny, name, true):
		return "SECRET_DENY leaves this name out"
	case !matchesAny(s.Allow, name, false):
		return "SECRET_ALLOW leaves this name out: a pattern matches the whole name, and names of ECS secrets begin with acs/ecs/"
	}
	return ""
}

func matchesAny(patterns []string, name string, ifBroken bool) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		matched, err := doublestar.Match(pattern, name)
		if err != nil {
			return ifBroken
		}
		return matched
	})
}

// switchedOff reports whether a person took the secret out of our hands. Every value but "on" and "" does: a switch that
// someone misspells must not fail open.
func switchedOff(tags map[string]string) bool {
	value := tags[SwitchTag]
	return value != "" && value != "on"
}

// admit decides what can be decided before any call, for events and for items of the history alike. refused is set where
// the event ends here.
func admit(event events.Event, scope Scope, now time.Time) (refusal Result, refused bool) {
	switch {
	case event.Kind != events.Failure && event.Kind != events.Success:
		return Result{Outcome: Ignored, Reason: "not a rotation event"}, true
	case scope.Account != "" && event.Account != scope.Account:
		return Result{Outcome: Rejected, Notify: true, Reason: "the secret belongs to another account than the function: deploy one function per account"}, true
	case isFromTheFuture(event, now):
		return Result{Outcome: Rejected, Notify: true, Reason: "the event is dated " + event.Time.UTC().Format(time.RFC3339) + ", more than an hour ahead of the function's clock: check the clock of whoever sent it"}, true
	case !scope.HasRegion(event.Region):
		return Result{Outcome: Skipped, Reason: "region " + event.Region + " is not in REGIONS"}, true
	case !scope.HasName(event.SecretName):
		return Result{Outcome: Skipped, Reason: scope.leftOut(event.SecretName)}, true
	case event.SecretType != "" && !scope.HasType(event.SecretType):
		return Result{Outcome: Skipped, Reason: "type " + clean(event.SecretType) + " is not in SECRET_TYPES"}, true
	}
	return Result{}, false
}

func isFromTheFuture(event events.Event, now time.Time) bool {
	return event.Time.After(now.Add(maxAhead))
}
