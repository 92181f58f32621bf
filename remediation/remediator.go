package remediation

import (
	"context"
	"fmt"
	"strings"
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
	Connect func(region string) KMS // asked only for regions that are in scope
	Policy  Policy
	Pace    *Pace            // of the instance
	Now     func() time.Time // the function's clock
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
	trigger := Trigger{Kind: OnSuccess, Held: r.Pace.Held(event.Region, r.Now())}
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
	return p.finish()
}

// pass is one look at one secret, and what follows from it.
type pass struct {
	*Remediator
	kms               KMS
	arn, name, region string
	work, closing     context.Context // until the last RotateSecret or look; until the last closing call
	inTick            bool            // reads are tried once, and nothing is looked for after a rotation
	state             State
	action            Action // what Decide asked for
	asked             bool   // RotateSecret was sent
	throttled         bool   // and KMS refused it for its quota, or for another limit
	result            Result
	reasons           []string
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

func (r *Remediator) newPass(work, closing context.Context, arn, name, region string) *pass {
	p := &pass{Remediator: r, kms: r.Connect(region), arn: arn, name: name, region: region, work: work, closing: closing}
	p.result.MaxAttempts = r.Policy.MaxAttempts
	return p
}

func (p *pass) say(format string, args ...any) {
	p.reasons = append(p.reasons, fmt.Sprintf(format, args...))
}

func (p *pass) finish() Result {
	p.result.Reason = strings.Join(p.reasons, "; ")
	return p.result
}

// follow decides and acts, after a look that ended with err. What it does with the Decision is all that this package ever
// writes.
func (p *pass) follow(t Trigger, err error) {
	if err != nil {
		p.couldNot("reading the secret", err)
		return
	}
	d := Decide(t, p.state, p.Policy, p.Now())
	p.action = d.Action
	p.result.Outcome, p.result.NextAttempt = d.Outcome, d.Next
	p.result.Attempt = d.Record.Attempts
	if d.Action == Close {
		p.result.Attempt = d.Closed
	}
	p.say("%s", explain(d, p.state, p.Policy))
	p.result.Stands = d.Outcome == NeedsHuman
	if p.Policy.Observe {
		p.observe(d)
		return
	}
	switch d.Action {
	case Keep:
		p.keep(d.Record)
	case Close:
		p.markDone(d.Record)
	case GiveUp:
		p.giveUp(d.Record)
	case Remove:
		p.remove()
	case Rotate:
		p.rotate(d.Record)
	}
}

func (p *pass) observe(d Decision) {
	switch d.Action {
	case Rotate:
		p.result.Outcome = WouldRotate
		p.result.NextAttempt = time.Time{}
		p.say("observe mode: nothing was written")
	case Close:
		p.readSchedule()
	}
}

// look reads the secret, and its current version unless the secret alone ends the look.
func (p *pass) look() error {
	secret, err := read(p, p.work, p.describe)
	if err == nil {
		if p.arn == "" {
			p.arn = secret.ARN
		}
		secret.ARN = p.arn
		p.state.Secret = secret
		if outOfReach(p.state, p.Policy) != "" {
			return nil
		}
		p.state.Current, err = p.currentVersion()
	}
	if classOf(err) == Gone {
		p.state.Gone, err = true, nil
	}
	return err
}

func (p *pass) currentVersion() (Version, error) {
	return read(p, p.work, func(ctx context.Context) (Version, error) { return p.kms.CurrentVersion(ctx, p.name) })
}

func (p *pass) describe(ctx context.Context) (Secret, error) {
	return p.kms.DescribeSecret(ctx, p.name)
}

// read makes a read, and repeats it outside a tick: for a tick, the next one is the other try.
func read[T any](p *pass, ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	if p.inTick {
		return once(ctx, call)
	}
	return try(ctx, passing, call)
}

func (p *pass) write(ctx context.Context, r Record) error {
	_, err := try(ctx, passing, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, p.kms.TagSecret(ctx, p.name, RecordTag, r.String())
	})
	return err
}

// couldNot says that a call before any RotateSecret failed, so that none was asked for.
func (p *pass) couldNot(doing string, err error) {
	p.result.NextAttempt = time.Time{}
	switch classOf(err) {
	case Gone:
		p.result.Outcome = Skipped
		p.say("%s: %v: KMS does not know this secret, or it is planned for deletion", doing, err)
	case Throttled, Transient, Unsent, Expired, Busy:
		p.result.Outcome = Undecided
		p.say("%s: %v; no rotation was asked for, and a retry of this invocation may help", doing, err)
	default:
		p.result.Outcome, p.result.Stands = NeedsHuman, false
		p.say("%s: %v; no rotation was asked for; %s", doing, err, adviceFor(codeOf(err)))
	}
}

// keep records an episode for which nothing is done now.
func (p *pass) keep(r Record) {
	if err := p.write(p.work, r); err != nil {
		p.couldNot("recording the episode", err)
	}
}

// markDone tells that an episode is over. Its record stays until the version has settled.
func (p *pass) markDone(done Record) {
	if err := p.write(p.closing, done); err != nil {
		p.say("marking the record: %v, which the next look mends", err)
	}
	p.readSchedule()
}

// remove forgets an episode that has settled.
func (p *pass) remove() {
	_, err := try(p.closing, passing, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, p.kms.UntagSecret(ctx, p.name, RecordTag)
	})
	if err != nil {
		p.say("removing the record: %v, which a later tick mends", err)
	}
}

// giveUp records that a person is needed, so that all later looks stay quiet.
func (p *pass) giveUp(r Record) {
	r.Phase = PhaseNeedsHuman
	p.result.Outcome, p.result.Stands, p.result.NextAttempt = NeedsHuman, true, time.Time{}
	if err := p.write(p.closing, r); err != nil {
		p.result.Stands = false
		p.say("recording it: %v, so that this invocation fails and can be repeated", err)
	}
}

// readSchedule looks at the schedule once another version is current: after a failure it is Invalid, and no document
// says what clears that.
func (p *pass) readSchedule() {
	secret, err := read(p, p.closing, p.describe)
	if err != nil {
		p.say("reading the schedule: %v", err)
		return
	}
	p.result.AutomaticRotation = secret.AutomaticRotation
	if secret.AutomaticRotation == "Invalid" {
		p.say("the schedule is still Invalid, so KMS will not rotate it by itself: enable automatic rotation again (UpdateSecretRotationPolicy)")
	}
}
