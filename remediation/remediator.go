package remediation

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// Remediator acts. It belongs to one invocation, whose credentials Connect carries.
type Remediator struct {
	Connect func(region string) KMS // asked only for regions that are in scope; a tick asks from several goroutines
	Policy  Policy
	Memory  *InstanceMemory  // shared by the invocations of the instance
	Now     func() time.Time // the function's clock

	// SingleTry says that the event is one of several of a payload: its reads are tried once before the claim, each within
	// tickReadLimit, so that a secret that hangs leaves time for the others. Nothing else changes.
	SingleTry bool
}

// Target names one secret.
type Target struct {
	Region string
	Name   string
	ARN    string // as an event names it, since version hashes cover it; "" = as KMS names it
}

// HandleEvent reconciles the secret of one event.
func (r *Remediator) HandleEvent(ctx context.Context, event events.Event) Result {
	started := r.Now()
	result, refused := admit(event, r.Policy.Scope, started)
	if !refused {
		result = r.reconcile(ctx, Target{Region: event.Region, Name: event.SecretName, ARN: event.ARN}, triggerOf(event), r.eventBudget(event.Region))
		result = result.addHints(event).withRemedy()
		result.Notify = result.Changed || result.Outcome == NeedsHuman && !result.Recorded
	}
	result.Event, result.Secret = event, event.ARN
	result.Elapsed = r.Now().Sub(started)
	return result
}

func triggerOf(event events.Event) Trigger {
	if event.Kind == events.Success {
		return Trigger{Kind: OnSuccess}
	}
	return Trigger{Kind: OnFailure, FailedAt: event.Time, Cause: event.Cause.Code}
}

// eventBudget lets an event rotate at once, unless KMS throttled a moment ago: then the timer drains the queue.
func (r *Remediator) eventBudget(region string) Budget {
	throttled := r.Memory.CooldownActive(region, r.Now())
	return Budget{Rotate: !throttled, Throttled: throttled}
}

// reconcile observes one secret, decides, and applies the decision. Nothing else leads to a RotateSecret. Its caller ends the
// reason with the remedy.
func (r *Remediator) reconcile(ctx context.Context, target Target, trigger Trigger, budget Budget) Result {
	return r.conclude(ctx, r.observe(ctx, target, trigger.Kind == OnTimer), trigger, budget)
}

// conclude is reconcile after the observation: a tick observes several secrets side by side.
func (r *Remediator) conclude(ctx context.Context, o observation, trigger Trigger, budget Budget) Result {
	result := Result{Secret: o.target.ARN, InstanceID: o.state.Secret.InstanceID, MaxAttempts: r.Policy.MaxAttempts}
	if o.err != nil {
		return failedBeforeRotate(result, "the secret could not be read", o)
	}
	d := Decide(trigger, o.state, r.Policy, budget, r.Now())
	result = result.decided(d, o, r.Policy)
	if r.Policy.Observe {
		return r.preview(ctx, o, d, result)
	}
	return r.apply(ctx, o, d, result)
}

// InstanceMemory is what an instance remembers: the cooldown of each region, and the floor of each secret. A new instance
// knows nothing of them, and needs not: the record decides. The zero value is ready.
type InstanceMemory struct {
	mu        sync.Mutex
	throttled map[string]time.Time // by region: until when new failures queue up for the timer
	requested map[[2]string]time.Time
}

// CooldownActive reports whether rotations of region are left to the timer now.
func (m *InstanceMemory) CooldownActive(region string, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return now.Before(m.throttled[region])
}

func (m *InstanceMemory) startCooldown(region string, until time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.throttled == nil {
		m.throttled = make(map[string]time.Time)
	}
	m.throttled[region] = until
}

// lastRequest returns when this instance last claimed an attempt on which KMS may have acted.
func (m *InstanceMemory) lastRequest(region, name string) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.requested[[2]string{region, name}]
}

// request remembers an attempt, and forgets those of which the floor is over.
func (m *InstanceMemory) request(region, name string, at time.Time, floor time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.requested == nil {
		m.requested = make(map[[2]string]time.Time)
	}
	maps.DeleteFunc(m.requested, func(_ [2]string, last time.Time) bool { return at.Sub(last) > floor })
	m.requested[[2]string{region, name}] = at
}
