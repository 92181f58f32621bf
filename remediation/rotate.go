package remediation

import (
	"context"
	"time"
)

// rotate claims an attempt and makes it. No claim, no call; and a claim is spent whatever happens after it, so that a
// lost answer or a killed instance costs one attempt and one wait, and never a second rotation.
func (p *pass) rotate(claim Record) {
	if err := p.write(p.work, claim); err != nil {
		p.result.Attempt--
		p.couldNot("claiming the attempt", err)
		return
	}
	p.claimed = true
	id := attemptID(p.arn, p.state.Current, claim.Opened, claim.Attempts)
	p.result.VersionID = id
	requestID, err := Try(p.work, callLimit, unsent, func(ctx context.Context) (string, error) {
		return p.kms.RotateSecret(ctx, p.name, id)
	})
	p.result.KMSRequestID = requestID
	p.asked = classOf(err) != NotSent
	if err != nil {
		p.result.KMSRequestID = requestIDOf(err)
		p.say("%v", err)
	}
	p.answered(claim, id, err)
}

// answered is the table of what KMS answers to RotateSecret, and what follows from it.
func (p *pass) answered(claim Record, id string, err error) {
	if err == nil {
		p.prove(claim, id, "KMS accepted the rotation")
		return
	}
	switch classOf(err) {
	case Transient:
		p.prove(claim, id, "the answer of KMS was lost, so nobody knows whether it rotates")
	case Throttled:
		p.hold()
		p.result.Outcome = OutcomeThrottled
		p.giveBack(claim, p.Policy.Backoff)
	case Limit:
		p.hold()
		p.refused(claim, err)
	case Account:
		p.result.Outcome, p.result.Recorded = NeedsHuman, true
		p.say("it concerns the caller or the account, so no secret is given up for it; %s", adviceFor(codeOf(err)))
		claim.Cause = shortCause(codeOf(err))
		p.giveBack(claim, p.Policy.BackoffMax)
	case SecretBlocked:
		p.say("%s; once it is mended, rotate the secret by hand, or remove tag %s to have it tried again", adviceFor(codeOf(err)), RecordTag)
		claim.Cause = shortCause(codeOf(err))
		p.giveUp(claim)
	case Gone:
		p.result.Outcome, p.result.NextAttempt = Skipped, time.Time{}
	default:
		p.refused(claim, err)
	}
}

func (p *pass) hold() {
	p.throttled = true
	p.Cooldown.hold(p.region, p.Now().Add(p.Policy.Backoff))
}

// giveBack takes back a claim that KMS refused for a reason that is not the secret's.
func (p *pass) giveBack(claim Record, wait time.Duration) {
	given := claim
	given.Attempts--
	given.Due = dueAfter(p.Now(), wait)
	if err := p.write(p.closing, given); err != nil {
		p.say("giving the attempt back: %v, so that it may stay spent", err)
		return
	}
	p.result.Attempt, p.result.NextAttempt = given.Attempts, given.Due
}

// refused says that the attempt is spent without a rotation. The code of a refusal becomes the last cause, for the
// person who reads of it when all attempts are spent.
func (p *pass) refused(claim Record, err error) {
	p.result.Outcome = Waiting
	p.say("the attempt stays spent")
	if class := classOf(err); codeOf(err) == "" || class != Refused && class != Limit {
		return
	}
	claim.Cause = shortCause(codeOf(err))
	if err := p.write(p.closing, claim); err != nil {
		p.say("recording the cause: %v", err)
	}
}
