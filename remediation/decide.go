package remediation

import "time"

// Decide says what is to be done about one secret. It is pure, and nothing else may lead to a RotateSecret. The order of
// the rules is part of the contract.
func Decide(t Trigger, s State, p Policy, now time.Time) Decision {
	// 1. Out of our hands.
	if reason := outOfReach(s, p); reason != "" {
		return Decision{Action: None, Outcome: Skipped, Reason: reason}
	}
	// 2. Rotated since the failure.
	if t.moot(s.Current) {
		if t.Kind == OnFailure {
			return Decision{Action: None, Outcome: AlreadyRotated, Reason: RotatedSince}
		}
		t.FailedAt, t.Cause = time.Time{}, ""
	}
	// 3. A record that is not ours is never overwritten.
	record, found, err := s.record()
	if err != nil {
		return Decision{Action: None, Outcome: NeedsHuman, Reason: RecordUnreadable}
	}
	// 4 and 5. Which episode is it, and is there one?
	episode, fresh, over := currentEpisode(t, s, p, record, found, now)
	if over.Action != "" {
		return over
	}
	// 6. Given up; and a Success while the version is still current proves nothing.
	if episode.Phase == PhaseNeedsHuman {
		return Decision{Action: None, Outcome: NeedsHuman, Reason: GivenUp, Record: episode}
	}
	if t.Kind == OnSuccess {
		return Decision{Action: None, Outcome: Waiting, Reason: SuccessNotSeen, Record: episode, Next: episode.Due}
	}
	// 7. Not due.
	if now.Before(episode.Due) {
		return Decision{Action: keepIf(fresh), Outcome: Waiting, Reason: NotDue, Record: episode, Next: episode.Due}
	}
	// 8. Attempts spent.
	if episode.Attempts >= p.MaxAttempts {
		episode.Phase = PhaseNeedsHuman
		return Decision{Action: GiveUp, Outcome: NeedsHuman, Reason: AttemptsSpent, Record: episode}
	}
	// 9. Rotate; but while KMS throttles, the timer takes it up. That a secret was rolled back has to be recorded: the
	// first tick of an hour finds it, and may have no share.
	if t.Held {
		return Decision{Action: keepIf(fresh || record.Phase == PhaseDone), Outcome: Waiting, Reason: Queued, Record: episode, Next: episode.Due}
	}
	episode.Attempts++
	episode.Due = dueAfter(now, p.WaitAfter(episode.Attempts))
	return Decision{Action: Rotate, Reason: AttemptDue, Record: episode, Next: episode.Due}
}

// outOfReach is rule 1. The version is not needed for it.
func outOfReach(s State, p Policy) Reason {
	switch {
	case s.Gone:
		return SecretGone
	case s.Secret.PlannedDeleteTime != "":
		return PlannedForDeletion
	case switchedOff(s.Secret.Tags):
		return SwitchedOff
	case s.Secret.Type != "" && !p.Scope.HasType(s.Secret.Type):
		return TypeOutOfScope
	}
	return ""
}

// currentEpisode is rules 4 and 5: it returns the open episode of the version that is current, and whether it has to be
// recorded whichever rule ends the look. Where there is none, over says what follows.
func currentEpisode(t Trigger, s State, p Policy, r Record, found bool, now time.Time) (episode Record, fresh bool, over Decision) {
	current := markOf(s.Secret.ARN, s.Current)
	isCurrent := found && r.Replaces == current
	told := found && r.Phase == PhaseDone
	switch {
	case isCurrent && !told: // the episode goes on
		if t.Cause != "" && r.Phase == PhaseOpen { // what it was given up for stays told
			r.Cause = shortCause(t.Cause)
		}
		return r, false, Decision{}
	case t.failed():
		return begin(t, p, r, found, current, now), true, Decision{}
	case !found:
		return r, false, Decision{Action: None, Outcome: AlreadyRotated, Reason: NoEpisode}
	case !isCurrent && !told:
		return r, false, Decision{Action: Close, Outcome: Recovered, Reason: VersionReplaced, Record: closed(r, p, now), Closed: r.Attempts}
	case !isCurrent:
		return r, false, settling(t, r, now)
	}
	// The version that was replaced is current again: it was rolled back.
	r.Phase = PhaseOpen
	return r, false, Decision{}
}

// begin opens an episode of the version that is current. A series goes on through versions: what was open or done a
// moment ago hands its attempts over, or a failure that comes after each proof would be retried for ever. Only what was
// given up starts a new count, since it took a person or the schedule to make another version current.
func begin(t Trigger, p Policy, last Record, found bool, current VersionHash, now time.Time) Record {
	r := Record{Phase: PhaseOpen, Opened: now.UTC().Truncate(time.Second), Replaces: current, Cause: shortCause(t.Cause)}
	if found && last.Phase != PhaseNeedsHuman {
		r.Attempts = last.Attempts
	}
	if found && r.Cause == "" {
		r.Cause = last.Cause
	}
	r.Due = dueAfter(now, p.WaitAfter(r.Attempts))
	if r.Attempts == 0 {
		r.Due = r.Opened // due now, and now is not rounded up
	}
	return r
}

// closed is the record of an episode that is over and told. What was given up hands no attempts over; opened anew, its
// next series repeats no VersionId.
func closed(r Record, p Policy, now time.Time) Record {
	if r.Phase == PhaseNeedsHuman {
		r.Attempts = 0
		r.Opened = now.UTC().Truncate(time.Second)
	}
	r.Phase = PhaseDone
	r.Due = dueAfter(now, p.BackoffMax)
	return r
}

// settling says what a look does to a record that was told and whose version is not current.
func settling(t Trigger, r Record, now time.Time) Decision {
	switch {
	case t.Kind == OnSuccess:
		return Decision{Action: None, Outcome: AlreadyRotated, Reason: ReportedBefore, Record: r}
	case t.MayRemove && !now.Before(r.Due):
		return Decision{Action: Remove, Outcome: AlreadyRotated, Reason: Settled, Record: r}
	}
	return Decision{Action: None, Outcome: Waiting, Reason: Settling, Record: r, Next: r.Due}
}

func keepIf(fresh bool) Action {
	if fresh {
		return Save
	}
	return None
}
