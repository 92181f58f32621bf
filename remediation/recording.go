package remediation

import (
	"context"
	"time"
)

func (p *pass) write(ctx context.Context, r Record) error {
	_, err := Try(ctx, callLimit, passing, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, p.kms.TagSecret(ctx, p.name, RecordTag, r.String())
	})
	return err
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
	_, err := Try(p.closing, callLimit, passing, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, p.kms.UntagSecret(ctx, p.name, RecordTag)
	})
	if err != nil {
		p.say("removing the record: %v, which a later tick mends", err)
	}
}

// giveUp records that a person is needed, so that all later looks stay quiet.
func (p *pass) giveUp(r Record) {
	r.Phase = PhaseNeedsHuman
	p.result.Outcome, p.result.Recorded, p.result.NextAttempt = NeedsHuman, true, time.Time{}
	if err := p.write(p.closing, r); err != nil {
		p.result.Recorded = false
		p.say("recording it: %v; %s", err, p.otherTry())
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
	if secret.AutomaticRotation == scheduleInvalid {
		p.say("the schedule is still Invalid, so KMS will not rotate it by itself: enable automatic rotation again (UpdateSecretRotationPolicy)")
	}
}
