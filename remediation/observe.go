package remediation

import (
	"context"
	"time"
)

// observation is one secret as it was read.
type observation struct {
	kms    KMS
	target Target
	inTick bool // all reads are tried once, and a rotation is not verified
	at     time.Time
	state  State
	err    error
}

// observe reads a secret, and its current version unless the secret alone ends the reconcile.
func (r *Remediator) observe(ctx context.Context, target Target, inTick bool) observation {
	ctx, stop := workTime(ctx)
	defer stop()
	o := observation{kms: r.Connect(target.Region), target: target, inTick: inTick, at: r.Now()}
	o.state.LastRequest = r.Memory.lastRequest(target.Region, target.Name)
	single := inTick || r.SingleTry
	secret, err := read(ctx, single, o.describe)
	if err == nil {
		if o.target.ARN == "" {
			o.target.ARN = secret.ARN
		}
		secret.ARN = o.target.ARN
		o.state.Secret = secret
		if skipReason(o.state, r.Policy) != "" {
			return o
		}
		o.state.Current, err = read(ctx, single, o.currentVersion)
	}
	if classOf(err) == Gone {
		o.state.Gone, err = true, nil
	}
	o.err = err
	return o
}

func (o observation) describe(ctx context.Context) (Secret, error) {
	return o.kms.DescribeSecret(ctx, o.target.Name)
}

func (o observation) currentVersion(ctx context.Context) (Version, error) {
	return o.kms.CurrentVersion(ctx, o.target.Name)
}

// differsInCause says whether a Save is only for the cause, which informs people.
func (o observation) differsInCause(d Decision) bool {
	onSecret, found, _ := o.state.record()
	return d.Action == Save && found && onSecret.equalEpisode(d.Record)
}

// otherTry says what may still help: a tick does not fail for one secret.
func (o observation) otherTry() string {
	if o.inTick {
		return "the next tick tries again"
	}
	return "the platform delivers the event again"
}
