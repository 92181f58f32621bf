package remediation

import (
	"context"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// Of the time until the deadline of an invocation, workReserve is left when the last RotateSecret or look may still run,
// and answerReserve when the closing calls end: past the deadline the platform kills us, and the outcome would be lost.
const (
	workReserve   = 2 * time.Second
	answerReserve = 500 * time.Millisecond
	// defaultTime stands in where a context has no deadline; the runtime always sets one.
	defaultTime = time.Minute
)

// Remediator acts. It belongs to one invocation, whose credentials Connect carries.
type Remediator struct {
	Connect  func(region string) KMS // asked only for regions that are in scope
	Policy   Policy
	Cooldown *Cooldown        // of the instance
	Now      func() time.Time // the function's clock

	// Brief says that the event is one of several of a payload: its reads are tried once before the claim, each with the
	// time of a tick's, so that a secret that hangs leaves time for the others. Nothing else changes.
	SingleTry bool
}

// HandleEvent takes up one event.
func (r *Remediator) HandleEvent(ctx context.Context, event events.Event) Result {
	start := r.Now()
	result := r.handleEvent(ctx, event)
	result.Event, result.Secret = event, event.ARN
	result.Elapsed = r.Now().Sub(start)
	return result
}

func (r *Remediator) handleEvent(ctx context.Context, event events.Event) Result {
	if refusal, refused := admit(event, r.Policy.Scope); refused {
		return refusal
	}
	trigger := Trigger{Kind: OnSuccess, Held: r.Cooldown.Active(event.Region, r.Now())}
	if event.Kind == events.Failure {
		trigger.Kind, trigger.FailedAt, trigger.Cause = OnFailure, event.Time, event.Cause.Code
	}
	work, closing, stop := limits(ctx)
	defer stop()
	p := r.newPass(work, closing, event.ARN, event.SecretName, event.Region)
	p.follow(trigger, p.look())
	if event.ContentName != "" {
		p.say("the content of the event names %s, but the ARN decides", printable(event.ContentName))
	}
	result := p.finish()
	result.Notify = p.changed() || result.Outcome == NeedsHuman && !result.Recorded
	return result
}

// limits splits the time of an invocation.
func limits(ctx context.Context) (work, closing context.Context, stop context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(defaultTime)
	}
	closing, stopClosing := context.WithDeadline(ctx, deadline.Add(-answerReserve))
	work, stopWork := context.WithDeadline(ctx, deadline.Add(-workReserve))
	return work, closing, func() { stopWork(); stopClosing() }
}
