package remediation

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// pass is one look at one secret, and what follows from it.
type pass struct {
	*Remediator
	kms               KMS
	arn, name, region string
	work, closing     context.Context // until the last RotateSecret or look; until the last closing call
	inTick            bool            // reads are tried once, and nothing is looked for after a rotation
	claimed           bool            // an attempt was
	state             State
	action            Action // what Decide asked for
	asked             bool   // RotateSecret was sent
	throttled         bool   // and KMS refused it for its quota, or for another limit
	result            Result
	reasons           []string
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

// changed says whether Decide asked for more than to look.
func (p *pass) changed() bool { return p.action != "" && p.action != None }

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
	p.result.Recorded = d.Outcome == NeedsHuman
	if p.Policy.Observe {
		p.observe(d)
		return
	}
	switch d.Action {
	case Save:
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

// read makes a read, and repeats it outside a tick: for a tick, the next one is the other try, and for one of several
// events the platform's retry.
func read[T any](p *pass, ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	if p.inTick || p.SingleTry && !p.claimed {
		return once(ctx, call)
	}
	return Try(ctx, callLimit, passing, call)
}

// otherTry says what may still help: a tick does not fail for one secret.
func (p *pass) otherTry() string {
	if p.inTick {
		return "the next tick tries again"
	}
	return "a retry of this invocation may help"
}

// couldNot says that a call before any RotateSecret failed, so that none was asked for.
func (p *pass) couldNot(doing string, err error) {
	p.result.NextAttempt = time.Time{}
	switch classOf(err) {
	case Gone:
		p.result.Outcome = Skipped
		p.say("%s: %v: KMS does not know this secret, or it is planned for deletion", doing, err)
	case Expired:
		p.result.Outcome = Undecided
		p.say("%s: %v; no rotation was asked for; the credentials of this invocation are missing, then the function needs a role, or over, then %s", doing, err, p.otherTry())
	case Throttled, Transient, NotSent, Busy:
		p.result.Outcome = Undecided
		p.say("%s: %v; no rotation was asked for, and %s", doing, err, p.otherTry())
	default:
		p.result.Outcome, p.result.Recorded = NeedsHuman, false
		p.say("%s: %v; no rotation was asked for; %s", doing, err, adviceFor(codeOf(err)))
	}
}
