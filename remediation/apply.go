package remediation

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Reads while verifying come at growing distances: most rotations of ECS secrets are done within seconds, and DescribeSecret
// and its siblings share a rate of 40 a second. https://www.alibabacloud.com/help/en/kms/key-management-service/product-overview/performance-data
const (
	firstVerifyPause = 500 * time.Millisecond
	lastVerifyPause  = 5 * time.Second
)

// causeNoAnswer is recorded where the answer to an attempt was lost.
const causeNoAnswer = "NoAnswer"

// scheduleInvalid is what a failed rotation leaves; a schedule that is Disabled is a person's will.
const (
	scheduleEnabled = "Enabled"
	scheduleInvalid = "Invalid"
)

// apply does what Decide asked for. All that this package writes is written here.
func (r *Remediator) apply(ctx context.Context, o observation, d Decision, result Result) Result {
	switch d.Action {
	case Save:
		return r.save(ctx, o, d.Record, result)
	case Close:
		return r.complete(ctx, o, d.Record, result)
	case GiveUp:
		return r.giveUp(ctx, o, d.Record, result)
	case Remove:
		return r.removeRecord(ctx, o, result)
	case Rotate:
		return r.rotate(ctx, o, d.Record, result)
	}
	return result
}

// write writes the record, and says how often it had to be tried.
func (o observation) write(ctx context.Context, r Record) (tries int, err error) {
	_, err = Try(ctx, callLimit, transient, func(ctx context.Context) (struct{}, error) {
		tries++
		return struct{}{}, o.kms.TagSecret(ctx, o.target.Name, RecordTag, r.String())
	})
	return tries, err
}

func (o observation) remove(ctx context.Context) error {
	_, err := Try(ctx, callLimit, transient, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, o.kms.UntagSecret(ctx, o.target.Name, RecordTag)
	})
	return err
}

// preview is apply in observe mode: it writes nothing.
func (r *Remediator) preview(ctx context.Context, o observation, d Decision, result Result) Result {
	switch d.Action {
	case Rotate:
		return result.ends(WouldRotate).addReason("it would be made now; observe mode writes nothing")
	case Close:
		return r.readSchedule(ctx, o, result)
	}
	return result
}

// save records an episode for which nothing else is done now. An unrecorded one would be lost; a cause only informs.
func (r *Remediator) save(ctx context.Context, o observation, record Record, result Result) Result {
	ctx, stop := workTime(ctx)
	defer stop()
	_, err := o.write(ctx, record)
	switch {
	case err == nil:
		return result
	case !result.Changed:
		return result.addReason("its cause could not be recorded: %s", inWords(err))
	}
	o.err = err
	return failedBeforeRotate(result, "the failure could not be recorded", o)
}

// complete reports that an episode is over. Its record stays until the version has settled.
func (r *Remediator) complete(ctx context.Context, o observation, done Record, result Result) Result {
	closing, stop := closingTime(ctx)
	defer stop()
	if _, err := o.write(closing, done); err != nil {
		result = result.addReason("the record could not be closed: %s; the next reconcile does it", inWords(err))
	}
	return r.readSchedule(ctx, o, result)
}

// removeRecord forgets an episode that has settled.
func (r *Remediator) removeRecord(ctx context.Context, o observation, result Result) Result {
	ctx, stop := closingTime(ctx)
	defer stop()
	if err := o.remove(ctx); err != nil {
		return result.addReason("it could not be removed: %s; a later tick does it", inWords(err))
	}
	return result
}

// giveUp records that a person is needed, so that all later reconciles stay quiet.
func (r *Remediator) giveUp(ctx context.Context, o observation, record Record, result Result) Result {
	ctx, stop := closingTime(ctx)
	defer stop()
	record.Phase = PhaseNeedsHuman
	result = result.ends(NeedsHuman)
	result.Recorded = true
	if _, err := o.write(ctx, record); err != nil {
		result.Recorded = false
		return result.addReason("this could not be recorded: %s; %s", inWords(err), o.otherTry())
	}
	return result
}

// readSchedule reads the schedule once another version is current: after a failure it is Invalid, and no document says
// what clears that.
func (r *Remediator) readSchedule(ctx context.Context, o observation, result Result) Result {
	ctx, stop := closingTime(ctx)
	defer stop()
	secret, err := read(ctx, o.inTick, o.describe)
	if err != nil {
		return result.addReason("the schedule could not be read: %s", inWords(err))
	}
	result.AutomaticRotation = secret.AutomaticRotation
	if secret.AutomaticRotation == scheduleInvalid {
		result = result.addReason("the schedule is still Invalid, so KMS will not rotate by itself; enable it, which starts a rotation at once where its date has passed: %s",
			EnableCommand(o.target.Region, Secret{Name: o.target.Name, RotationInterval: secret.RotationInterval}))
	}
	return result
}

// rotate claims an attempt and makes it. No claim, no call; and a claim is spent whatever happens after it, so that a
// lost answer or a killed instance costs one attempt and one wait, and never a second rotation.
func (r *Remediator) rotate(ctx context.Context, o observation, claim Record, result Result) Result {
	work, stop := workTime(ctx)
	defer stop()
	slow, err := r.claim(work, o, claim)
	if err != nil {
		result.Attempt-- // it counts the attempt, which was not made
		o.err = err
		return failedBeforeRotate(result, "the attempt could not be recorded", o)
	}
	if slow {
		if ended, over := r.observeAgain(ctx, o, claim, result); over {
			return ended
		}
	}
	id := attemptID(o.target.ARN, o.state.Current, claim.Opened, claim.Attempts)
	requestID, err := Try(work, callLimit, repeatable(), func(ctx context.Context) (string, error) {
		return o.kms.RotateSecret(ctx, o.target.Name, id)
	})
	result.Rotation = Rotation{VersionID: id, RequestID: requestID, Sent: true}
	if err != nil {
		result.Rotation.RequestID, result.Rotation.Sent = requestIDOf(err), classOf(err) != NotSent
		result = result.addReason("%s", inWords(err))
	}
	if mayHaveRotated(err) {
		r.Memory.request(o.target.Region, o.target.Name, claimedAt(claim, r.Policy), r.Policy.Backoff)
	}
	return r.handleRotateResult(ctx, o, claim, result, err)
}

// claim writes the attempt into the record before it is made. slow says that it took so long that the observation may be
// out of date.
func (r *Remediator) claim(ctx context.Context, o observation, claim Record) (slow bool, err error) {
	started := r.Now()
	tries, err := o.write(ctx, claim)
	return tries > 1 || r.Now().Sub(started) > maxObservationAge, err
}

// observeAgain ends the attempt before RotateSecret where the secret changed while the claim was slow. The attempt is
// refunded where nothing is known; a secret that is switched off is not written to.
func (r *Remediator) observeAgain(ctx context.Context, o observation, claim Record, result Result) (ended Result, over bool) {
	again := r.observe(ctx, o.target, o.inTick)
	switch reason := skipReason(again.state, r.Policy); {
	case again.err != nil:
		result = failedBeforeRotate(result, "the secret could not be read again after a slow claim", again)
		return r.refund(ctx, o, claim, 0, result), true
	case reason != "":
		return result.ends(Skipped).addReason("%s", explainSkip(reason, again.state)), true
	case HashOf(o.target.ARN, again.state.Current) != claim.Replaces:
		result = result.ends(Recovered).addReason("another version became current while the attempt was being recorded, so no rotation was requested")
		return r.complete(ctx, o, closed(claim, r.Policy, r.Now()), result), true
	}
	return result, false
}

// mayHaveRotated says whether KMS may have acted on a RotateSecret.
func mayHaveRotated(err error) bool { return err == nil || classOf(err) == Transient }

// handleRotateResult is the table of what KMS answers to RotateSecret, and what follows from it.
func (r *Remediator) handleRotateResult(ctx context.Context, o observation, claim Record, result Result, err error) Result {
	if err == nil {
		return r.verify(ctx, o, claim, result, "rotation accepted")
	}
	switch class := classOf(err); class {
	case Transient:
		return r.verifyUnanswered(ctx, o, claim, result)
	case Throttled:
		result = r.startCooldown(o, result)
		result.Outcome = OutcomeThrottled
		return r.refund(ctx, o, claim, r.Policy.Backoff, result)
	case Expired, StaleSignature:
		return r.refund(ctx, o, claim, 0, result.ends(Undecided)).addReason("%s", o.otherTry())
	case Account:
		result.Outcome, result.Recorded = NeedsHuman, true
		result = r.refund(ctx, o, claim, r.Policy.BackoffMax, result)
		result.remedy = remedyFor(codeOf(err), o.target, o.state.Secret)
		return result.addReason("no secret is given up for a cause of the account")
	case SecretBlocked:
		result = result.addReason("it is not tried again")
		result.remedy = remedyFor(codeOf(err), o.target, o.state.Secret)
		claim.Cause = shortCause(codeOf(err))
		return r.giveUp(ctx, o, claim, result)
	case Gone:
		return result.ends(Skipped).addReason("nothing is rotated")
	case Limit:
		result = r.startCooldown(o, result)
	}
	result.Outcome = Waiting
	result = result.addReason("the attempt counts; the next reconcile is due at %s", stamp(claim.Due))
	return r.recordCause(ctx, o, claim, shortCause(codeOf(err)), result)
}

func (r *Remediator) startCooldown(o observation, result Result) Result {
	result.Rotation.Throttled = true
	r.Memory.startCooldown(o.target.Region, r.Now().Add(r.Policy.Backoff))
	return result
}

// recordCause writes the cause of the attempt, for the person who reads of it when all are spent.
func (r *Remediator) recordCause(ctx context.Context, o observation, claim Record, cause string, result Result) Result {
	if cause == "" || cause == claim.Cause {
		return result
	}
	ctx, stop := closingTime(ctx)
	defer stop()
	claim.Cause = cause
	if _, err := o.write(ctx, claim); err != nil {
		return result.addReason("its cause could not be recorded: %s", inWords(err))
	}
	return result
}

// refund takes back a claim that KMS refused for a reason that is not the secret's.
func (r *Remediator) refund(ctx context.Context, o observation, claim Record, wait time.Duration, result Result) Result {
	ctx, stop := closingTime(ctx)
	defer stop()
	refunded := claim
	refunded.Attempts--
	refunded.Due = wholeSecond(r.Now())
	if wait > 0 {
		refunded.Due = dueAfter(r.Now(), wait)
	}
	if _, err := o.write(ctx, refunded); err != nil {
		return result.addReason("the attempt could not be refunded, so it may count: %s", inWords(err))
	}
	result.Attempt = refunded.Attempts
	if wait == 0 {
		return result.addReason("the attempt does not count")
	}
	result.NextAttempt = refunded.Due
	return result.addReason("the attempt does not count; it is made again at %s", stamp(refunded.Due))
}

// verifyUnanswered verifies an attempt of which the answer was lost. While nothing is seen, that is its cause.
func (r *Remediator) verifyUnanswered(ctx context.Context, o observation, claim Record, result Result) Result {
	result = r.verify(ctx, o, claim, result, "the answer was lost, and KMS may act all the same")
	if result.Outcome != Pending {
		return result
	}
	return r.recordCause(ctx, o, claim, causeNoAnswer, result)
}

// verify polls until another version is current, or VerifyWait is over. Only the requested id proves that we rotated. said
// is how KMS answered.
func (r *Remediator) verify(ctx context.Context, o observation, claim Record, result Result, said string) Result {
	if o.inTick {
		return pending(result, said)
	}
	work, stopWork := workTime(ctx)
	defer stopWork()
	waiting, stop := context.WithTimeout(work, r.Policy.VerifyWait)
	defer stop()
	reading, stopReading := context.WithDeadline(work, deadlineOf(waiting).Add(callLimit)) // the last read begins when waiting ends
	defer stopReading()
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval, pauses.RandomizationFactor = firstVerifyPause, lastVerifyPause, 0
	for {
		version, err := read(reading, false, o.currentVersion)
		switch {
		case err != nil && work.Err() != nil:
			return pending(result, said+"; the time of this invocation ended before a new version was seen")
		case err != nil:
			return pending(result, said+"; whether a new version is current could not be read: "+inWords(err))
		case isRequested(version, result.Rotation):
			result = result.ends(Rotated).addReason("%s; version %s is current", said, result.Rotation.VersionID)
			return r.complete(ctx, o, closed(claim, r.Policy, r.Now()), result)
		case HashOf(o.target.ARN, version) != claim.Replaces:
			result = result.ends(Recovered).addReason("%s; another version than ours became current, and ours may still follow", said)
			return r.complete(ctx, o, closed(claim, r.Policy, r.Now()), result)
		case waiting.Err() != nil:
			return pending(result, said+"; no new version is current yet")
		}
		pause(waiting, pauses.NextBackOff())
	}
}

// isRequested says whether the version is the one that we asked for.
func isRequested(v Version, rotation Rotation) bool { return v.ID == rotation.VersionID }

func pending(result Result, reason string) Result {
	result.Outcome = Pending
	return result.addReason("%s; a Success event or the timer follows up", reason)
}
