package remediation

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Looks for the proof come at growing distances: most rotations of ECS secrets are done within seconds, and DescribeSecret
// and its siblings share a rate of 40 a second. https://www.alibabacloud.com/help/en/kms/key-management-service/product-overview/performance-data
const (
	firstLookPause = 500 * time.Millisecond
	lastLookPause  = 5 * time.Second
)

// prove looks until another version is current, or VerifyWait is over. The proof is the id that we asked for.
func (p *pass) prove(claim Record, id, asked string) {
	if p.inTick {
		p.pending(asked)
		return
	}
	waiting, stop := context.WithTimeout(p.work, p.Policy.VerifyWait)
	defer stop()
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval, pauses.RandomizationFactor = firstLookPause, lastLookPause, 0
	for {
		version, err := p.currentVersion()
		switch {
		case err != nil && p.work.Err() != nil:
			p.pending(asked + "; its result was not to be seen before the time of this invocation was over")
			return
		case err != nil:
			p.pending(asked + "; whether it took place could not be seen: " + err.Error())
			return
		case version.ID == id:
			p.over(Rotated, claim, asked+", and the version that was asked for is current")
			return
		case markOf(p.arn, version) != claim.Replaces:
			p.over(Recovered, claim, asked+", but another version became current, which is not ours: ours may still follow")
			return
		case waiting.Err() != nil:
			p.pending(asked + "; its result is not to be seen yet")
			return
		}
		pause(waiting, pauses.NextBackOff())
	}
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

func (p *pass) pending(reason string) {
	p.result.Outcome = Pending
	p.say("%s; a Success event or the timer tells", reason)
}

func (p *pass) over(outcome Outcome, claim Record, reason string) {
	p.result.Outcome, p.result.NextAttempt = outcome, time.Time{}
	p.say("%s", reason)
	p.markDone(closed(claim, p.Policy, p.Now()))
}
