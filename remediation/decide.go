package remediation

import "time"

// TriggerKind says why a secret is reconciled. It is a closed set.
type TriggerKind string

const (
	OnFailure TriggerKind = "failure" // a Secret:RotateSecret:Failure event
	OnSuccess TriggerKind = "success" // a Secret:RotateSecret:Success event
	OnTimer   TriggerKind = "timer"   // a tick of the timer
)

// Trigger is why a secret is reconciled, with the failure that is known of it.
type Trigger struct {
	Kind TriggerKind
	// FailedAt is the time of the Failure event: KMS's clock, or CloudMonitor's where the event has no failureTime. On
	// the timer it is that of the newest Failure in the history of the secret; zero if there is none.
	FailedAt time.Time
	Cause    string // code of that failure; "" where the event has none
}

func (t Trigger) failed() bool { return !t.FailedAt.IsZero() }

// Budget is what a reconcile may still do.
type Budget struct {
	Rotate       bool // send a RotateSecret
	DeleteRecord bool // remove a record that has settled: the tick has read a day of history
	Throttled    bool // Rotate is false since KMS throttled a moment ago, not since a tick has spent its part
}

// State is a secret as observed. Current is not read where Gone or the Secret alone end the reconcile.
type State struct {
	Gone    bool
	Secret  Secret
	Current Version
	// LastRequest is when this instance last claimed an attempt on which KMS may have acted; zero if it knows of none.
	LastRequest time.Time
}

// record reads the record of an episode.
func (s State) record() (r Record, found bool, err error) {
	value, found := s.Secret.Tags[RecordTag]
	if !found {
		return Record{}, false, nil
	}
	r, err = ParseRecord(value)
	return r, true, err
}

// Action is what Decide asks for. It is a closed set.
type Action string

const (
	None   Action = "none"    // write nothing
	Save   Action = "save"    // write Record, and rotate nothing
	Close  Action = "close"   // the episode is over and was not reported: report it, write Record
	GiveUp Action = "give-up" // write Record, and say what a person can do
	Remove Action = "remove"  // the episode has settled: remove the record
	Rotate Action = "rotate"  // claim by writing Record, then send RotateSecret
)

// Decision is what Decide found.
type Decision struct {
	Action  Action
	Outcome Outcome // what to report if the action succeeds; empty for Rotate, whose answer decides
	Reason  Reason
	Record  Record    // what the record is to say; where nothing is written, what it says
	Next    time.Time // when to reconcile again; zero = when something happens
	// Closed is how many attempts the episode made that Close ends; its Record says 0 where it was given up.
	Closed int
}

// Decide says what is to be done about one secret. It is pure, and nothing else may lead to a RotateSecret. The order of
// the rules is part of the contract. Each guard is a function, so that `make simulate` can take it away.
func Decide(trigger Trigger, state State, policy Policy, budget Budget, now time.Time) Decision {
	// 1. Out of scope, off, or gone.
	if reason := skipReason(state, policy); reason != "" {
		return Decision{Action: None, Outcome: Skipped, Reason: reason}
	}
	// 2. Rotated since the failure. On the timer such a failure is forgotten, and the rules go on without it.
	unresolved := trigger
	if rotatedSinceFailure(trigger, state.Current) {
		if trigger.Kind == OnFailure {
			return Decision{Action: None, Outcome: AlreadyRotated, Reason: RotatedSince}
		}
		unresolved = Trigger{Kind: trigger.Kind}
	}
	// 3. A record that is not ours is never overwritten.
	record, found, err := state.record()
	if unreadable(err) {
		return Decision{Action: None, Outcome: NeedsHuman, Reason: RecordUnreadable}
	}
	// 4 and 5. Which episode is it, and is there one?
	episode, decided, ended := currentEpisode(unresolved, state, policy, budget, record, found, now)
	if ended {
		return decided
	}
	// 6. Given up; or a Success event while the version is still current.
	if episode.Phase == PhaseNeedsHuman {
		return Decision{Action: None, Outcome: NeedsHuman, Reason: GivenUp, Record: episode}
	}
	if isSuccessEvent(trigger) {
		return Decision{Action: None, Outcome: Waiting, Reason: SuccessNotSeen, Record: episode, Next: episode.Due}
	}
	// 7. Not due.
	if !isDue(episode, now) {
		return Decision{Action: saveIf(!episode.Equal(record)), Outcome: Waiting, Reason: NotDue, Record: episode, Next: episode.Due}
	}
	// 8. Attempts spent.
	if attemptsSpent(episode, policy) {
		episode.Phase = PhaseNeedsHuman
		return Decision{Action: GiveUp, Outcome: NeedsHuman, Reason: AttemptsSpent, Record: episode}
	}
	// 9. Rotate, unless the budget or the instance's own floor forbids it. A changed cause alone is not written: the next claim writes it.
	if reason, next := postponed(state, policy, budget, episode, now); reason != "" {
		return Decision{Action: saveIf(!episode.equalEpisode(record)), Outcome: Waiting, Reason: reason, Record: episode, Next: next}
	}
	episode.Attempts++
	episode.Due = dueAfter(now, policy.WaitAfter(episode.Attempts))
	return Decision{Action: Rotate, Reason: AttemptDue, Record: episode, Next: episode.Due}
}

// skipReason is rule 1. The version is not needed for it.
func skipReason(s State, p Policy) Reason {
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

// rotatedSinceFailure is rule 2. Both times are KMS's and are compared in whole seconds; an equal second is not later, since
// a needless rotation is cheaper than a lost failure.
func rotatedSinceFailure(t Trigger, current Version) bool {
	return t.failed() && current.CreateTime.Truncate(time.Second).After(t.FailedAt)
}

// unreadable is rule 3.
func unreadable(err error) bool { return err != nil }

// currentEpisode is rules 4 and 5: it returns the episode of the version that is current. Where there is none, the
// reconcile has ended, as decided.
func currentEpisode(t Trigger, s State, p Policy, b Budget, record Record, found bool, now time.Time) (episode Record, decided Decision, ended bool) {
	current := HashOf(s.Secret.ARN, s.Current)
	isCurrent := found && record.Replaces == current
	done := found && record.Phase == PhaseDone
	switch {
	case isCurrent && !done: // the episode goes on
		return withCause(record, t, p), Decision{}, false
	case t.failed():
		return openEpisode(t, p, record, found, current, now), Decision{}, false
	case !found:
		return Record{}, Decision{Action: None, Outcome: AlreadyRotated, Reason: NoEpisode}, true
	case !isCurrent && !done:
		return Record{}, Decision{Action: Close, Outcome: Recovered, Reason: VersionReplaced, Record: closed(record, p, now), Closed: record.Attempts}, true
	case !isCurrent:
		return Record{}, settling(t, b, record, now), true
	}
	return reopened(record), Decision{}, false // the version that was replaced is current again: it was rolled back
}

// openEpisode opens an episode of the version that is current. A record that is open or done hands its attempts
// over, or a failure after each verified rotation would be retried for ever.
func openEpisode(t Trigger, p Policy, record Record, found bool, current VersionHash, now time.Time) Record {
	episode := Record{Phase: PhaseOpen, Opened: wholeSecond(now), Replaces: current, Cause: shortCause(t.Cause)}
	if handsAttemptsOver(record, found) {
		episode.Attempts = record.Attempts
	}
	if found && episode.Cause == "" {
		episode.Cause = record.Cause
	}
	episode.Due = dueAfter(now, p.WaitAfter(episode.Attempts))
	if episode.Attempts == 0 {
		episode.Due = episode.Opened // due now, and now is not rounded up
	}
	return episode
}

// handsAttemptsOver leaves out what was given up: it took a person or the schedule to make another version current.
func handsAttemptsOver(record Record, found bool) bool {
	return found && record.Phase != PhaseNeedsHuman
}

// withCause takes the code of a failure that is not older than the last attempt, which has a cause of its own.
func withCause(episode Record, t Trigger, p Policy) Record {
	if t.Cause == "" || episode.Phase != PhaseOpen || isOlderThanAttempt(t, episode, p) {
		return episode
	}
	episode.Cause = shortCause(t.Cause)
	return episode
}

// isOlderThanAttempt says whether the failure came before the last attempt, which was claimed at due less its wait.
func isOlderThanAttempt(t Trigger, episode Record, p Policy) bool {
	return episode.Attempts > 0 && t.FailedAt.Before(claimedAt(episode, p))
}

// claimedAt returns when the last attempt was claimed, rounded up to a second.
func claimedAt(episode Record, p Policy) time.Time {
	return episode.Due.Add(-p.WaitAfter(episode.Attempts))
}

// closed is the record of an episode that is over and reported. One that was given up hands no attempts over; opened anew, its
// next series repeats no VersionId.
func closed(r Record, p Policy, now time.Time) Record {
	if r.Phase == PhaseNeedsHuman {
		r.Attempts = 0
		r.Opened = wholeSecond(now)
	}
	r.Phase = PhaseDone
	r.Due = settledAfter(p, now)
	return r
}

// settledAfter is when a version that became current now has settled.
func settledAfter(p Policy, now time.Time) time.Time { return dueAfter(now, p.BackoffMax) }

func reopened(r Record) Record {
	r.Phase = PhaseOpen
	return r
}

// settling says what follows for an episode that was reported and whose version is not current.
func settling(t Trigger, b Budget, r Record, now time.Time) Decision {
	switch {
	case t.Kind == OnSuccess:
		return Decision{Action: None, Outcome: AlreadyRotated, Reason: ReportedBefore, Record: r}
	case mayRemove(b) && isDue(r, now):
		return Decision{Action: Remove, Outcome: AlreadyRotated, Reason: Settled, Record: r}
	}
	return Decision{Action: None, Outcome: Waiting, Reason: Settling, Record: r, Next: r.Due}
}

func mayRemove(b Budget) bool { return b.DeleteRecord }

// isSuccessEvent is the second half of rule 6: a Success event never rotates.
func isSuccessEvent(t Trigger) bool { return t.Kind == OnSuccess }

// isDue says whether the time of a record has come. One that is further ahead than any wait comes from a clock that
// jumped or from an edited tag, which must not park a secret.
func isDue(r Record, now time.Time) bool { return !now.Before(r.Due) || isFarAhead(r.Due, now) }

func isFarAhead(due, now time.Time) bool { return due.After(dueAfter(now, maxWait)) }

// saveIf has an episode written that differs from the record on the secret: the next tick would take an old record for
// healed.
func saveIf(differs bool) Action {
	if differs {
		return Save
	}
	return None
}

// attemptsSpent is rule 8.
func attemptsSpent(r Record, p Policy) bool { return r.Attempts >= p.MaxAttempts }

// postponed is the first half of rule 9: why a due attempt is not made now, and until when; "" if nothing forbids it.
func postponed(s State, p Policy, b Budget, episode Record, now time.Time) (why Reason, next time.Time) {
	switch {
	case isWithinFloor(s, p, now):
		return AskedRecently, s.LastRequest.Add(p.Backoff)
	case b.Rotate:
		return "", time.Time{}
	case b.Throttled:
		return Queued, episode.Due
	}
	return BudgetSpent, episode.Due
}

// isWithinFloor says whether this instance sent a RotateSecret for the secret less than Backoff ago, whatever the record
// says: another tool may have reverted it. A request far ahead is of a clock that jumped.
func isWithinFloor(s State, p Policy, now time.Time) bool {
	over := s.LastRequest.Add(p.Backoff)
	return !s.LastRequest.IsZero() && now.Before(over) && !isFarAhead(over, now)
}
