package remediation

import (
	"testing"
	"time"
)

// A person who took a secret out of our hands finds it rotated if one of these rows fails.
func TestWhatIsOutOfOurHandsIsLeftAlone(t *testing.T) {
	check(t, []row{
		{"a failure of a secret in reach is retried at once", func(*scene) {}, rotates(begun(1, rounded(backoff1)))},
		{"a secret that is gone is skipped", func(s *scene) { s.state = State{Gone: true} }, leaves(Skipped, SecretGone)},
		{"one in its deletion window is skipped", func(s *scene) { s.state.Secret.PlannedDeleteTime = "2026-02-01T00:00:00Z" }, leaves(Skipped, PlannedForDeletion)},
		{"one that is switched off is skipped", func(s *scene) { s.tag(SwitchTag, "off") }, leaves(Skipped, SwitchedOff)},
		{"one that is switched on is not", func(s *scene) { s.tag(SwitchTag, "on") }, rotates(begun(1, rounded(backoff1)))},
		{"an empty switch is on", func(s *scene) { s.tag(SwitchTag, "") }, rotates(begun(1, rounded(backoff1)))},
		{"a type that KMS names and nobody allowed is skipped", func(s *scene) { s.state.Secret.Type = "Rds" }, leaves(Skipped, TypeOutOfScope)},
		{"a type is compared without case", func(s *scene) { s.state.Secret.Type = "ecs" }, rotates(begun(1, rounded(backoff1)))},
		{"switched off wins over a failure that is over", func(s *scene) {
			s.tag(SwitchTag, "off")
			s.trigger.FailedAt = v2.CreateTime.Add(-1)
		}, leaves(Skipped, SwitchedOff)},
		{"switched off wins over a record that cannot be read", func(s *scene) {
			s.tag(SwitchTag, "off")
			s.tag(RecordTag, "theirs")
		}, leaves(Skipped, SwitchedOff)},
		{"switched off wins over an attempt that is due", func(s *scene) {
			s.timer()
			s.tag(SwitchTag, "off")
			s.record(of(v2, PhaseOpen, 1, past))
		}, leaves(Skipped, SwitchedOff)},
	})
}

// A person who misspells the switch in a hurry would find the secret rotated.
func TestASwitchInAnySpellingButOnIsOff(t *testing.T) {
	for _, value := range []string{"off", "Off", "OFF", "false", "0", "no", "disabled", "of", "On", "ON", " on", "on ", "true", "1", "-"} {
		s := plainScene()
		s.tag(SwitchTag, value)
		if got := s.decide(); got.Action != None || got.Reason != SwitchedOff {
			t.Errorf("switch %q: got %s (%s), want hands off", value, got.Action, got.Reason)
		}
	}
}

// If these rows fail, either a password that is new is replaced again, or a failure is lost.
func TestAFailureIsOverOnceTheVersionIsYounger(t *testing.T) {
	before := v2.CreateTime.Add(-1e9)
	check(t, []row{
		{"a version created a second after the failure ends it", func(s *scene) { s.trigger.FailedAt = before }, leaves(AlreadyRotated, RotatedSince)},
		{"one created in the same second does not", func(s *scene) { s.trigger.FailedAt = v2.CreateTime }, rotates(begun(1, rounded(backoff1)))},
		{"nor does one whose second is written with a fraction", func(s *scene) {
			s.trigger.FailedAt, s.state.Current.CreateTime = v2.CreateTime, v2.CreateTime.Add(time.Second/2)
		}, rotates(begun(1, rounded(backoff1)))},
		{"it is over whatever the record says", func(s *scene) {
			s.trigger.FailedAt = before
			s.record(of(v2, PhaseOpen, 1, past))
		}, leaves(AlreadyRotated, RotatedSince)},
		{"and where the record cannot be read", func(s *scene) {
			s.trigger.FailedAt = before
			s.tag(RecordTag, "theirs")
		}, leaves(AlreadyRotated, RotatedSince)},
		{"and where an episode of another version was not reported yet, which the timer does", func(s *scene) {
			s.trigger.FailedAt = before
			s.record(of(v1, PhaseOpen, 1, past))
		}, leaves(AlreadyRotated, RotatedSince)},
		{"the timer goes on without a failure from the history that is over", func(s *scene) {
			s.trigger.Kind, s.trigger.FailedAt = OnTimer, before
		}, leaves(AlreadyRotated, NoEpisode)},
		{"and without its cause", func(s *scene) {
			s.trigger.Kind, s.trigger.FailedAt = OnTimer, before
			s.record(of(v2, PhaseOpen, 1, past))
		}, rotates(of(v2, PhaseOpen, 2, rounded(backoff2)))},
		{"but takes one up that is not", func(s *scene) { s.trigger.Kind = OnTimer }, rotates(begun(1, rounded(backoff1)))},
	})
}

// A tag of somebody else's that happens to have our key would be lost.
func TestARecordThatIsNotOursIsNeverOverwritten(t *testing.T) {
	unreadable := leaves(NeedsHuman, RecordUnreadable)
	check(t, []row{
		{"a failure needs a human", func(s *scene) { s.tag(RecordTag, "theirs") }, unreadable},
		{"so does a success", func(s *scene) { s.success(); s.tag(RecordTag, "theirs") }, unreadable},
		{"so does the timer, and it does not remove it", func(s *scene) {
			s.timer()
			s.budget.DeleteRecord = true
			s.tag(RecordTag, "theirs")
		}, unreadable},
		{"an empty value is none of ours", func(s *scene) { s.tag(RecordTag, "") }, unreadable},
	})
}

// A healthy secret would be rotated, or an event that nobody waits for answered with an error.
func TestWithoutARecordOnlyAFailureBeginsAnEpisode(t *testing.T) {
	none := leaves(AlreadyRotated, NoEpisode)
	check(t, []row{
		{"a failure does", func(*scene) {}, rotates(begun(1, rounded(backoff1)))},
		{"a success does not", (*scene).success, none},
		{"the timer does not", (*scene).timer, none},
		{"a timer that may remove finds nothing to remove", func(s *scene) { s.timer(); s.budget.DeleteRecord = true }, none},
	})
}

// People would be called again and again, or their quiet would be taken for consent.
func TestWhatWasGivenUpStaysGivenUpWhileItsVersionIsCurrent(t *testing.T) {
	given := of(v2, PhaseNeedsHuman, 3, past)
	want := func(r Record) Decision {
		return Decision{Action: None, Outcome: NeedsHuman, Reason: GivenUp, Record: r}
	}
	check(t, []row{
		{"after another failure, whose cause is not what it was given up for", func(s *scene) { s.record(given) }, want(given)},
		{"after a success that nobody sees", func(s *scene) { s.success(); s.record(given) }, want(given)},
		{"at a tick", func(s *scene) { s.timer(); s.record(given) }, want(given)},
		{"with attempts left", func(s *scene) {
			s.timer()
			s.record(of(v2, PhaseNeedsHuman, 1, past))
		}, want(of(v2, PhaseNeedsHuman, 1, past))},
	})
}

// A Success that came early, or for another version, would cause a second rotation.
func TestASuccessProvesNothingWhileTheVersionIsCurrent(t *testing.T) {
	due := of(v2, PhaseOpen, 1, past)
	spent := of(v2, PhaseOpen, 3, past)
	check(t, []row{
		{"it does not rotate what is due", func(s *scene) { s.success(); s.record(due) }, waits(None, SuccessNotSeen, due)},
		{"and does not give up what is spent", func(s *scene) { s.success(); s.record(spent) }, waits(None, SuccessNotSeen, spent)},
	})
}

// Without these the function hammers a secret whose rotation runs, or gives it up while it runs.
func TestNothingHappensBeforeItsTime(t *testing.T) {
	next := second.Add(1e9) // the first whole second after now
	check(t, []row{
		{"an attempt that is due is made", func(s *scene) { s.record(of(v2, PhaseOpen, 1, past)) }, rotates(of(v2, PhaseOpen, 2, rounded(backoff2)))},
		{"in the second when it is due", func(s *scene) { s.record(of(v2, PhaseOpen, 1, second)) }, rotates(of(v2, PhaseOpen, 2, rounded(backoff2)))},
		{"not a second before", func(s *scene) { s.record(of(v2, PhaseOpen, 1, next)) }, waits(None, NotDue, of(v2, PhaseOpen, 1, next))},
		{"nor at a tick", func(s *scene) { s.timer(); s.record(of(v2, PhaseOpen, 1, next)) }, waits(None, NotDue, of(v2, PhaseOpen, 1, next))},
		{"what is spent is not given up before the last attempt had its time", func(s *scene) { s.record(of(v2, PhaseOpen, 3, next)) }, waits(None, NotDue, of(v2, PhaseOpen, 3, next))},
		{"the last attempt has the first wait again", func(s *scene) { s.record(of(v2, PhaseOpen, 2, past)) }, rotates(of(v2, PhaseOpen, 3, rounded(backoff1)))},
	})
}

// A series without an end would spend the quota of the account on one secret.
func TestSpentAttemptsAreGivenUp(t *testing.T) {
	giveUp := func(r Record) Decision {
		r.Phase = PhaseNeedsHuman
		return Decision{Action: GiveUp, Outcome: NeedsHuman, Reason: AttemptsSpent, Record: r}
	}
	check(t, []row{
		{"the last attempt but one is followed by the last", func(s *scene) { s.timer(); s.record(of(v2, PhaseOpen, 2, past)) }, rotates(of(v2, PhaseOpen, 3, rounded(backoff1)))},
		{"the last one is not followed", func(s *scene) { s.timer(); s.record(of(v2, PhaseOpen, 3, past)) }, giveUp(of(v2, PhaseOpen, 3, past))},
		{"the cause of the last failure is kept", func(s *scene) { s.trigger.FailedAt = past; s.record(of(v2, PhaseOpen, 3, past)) }, giveUp(inOf(of(v2, PhaseOpen, 3, past)))},
		{"nor is one too many, where the limit was lowered", func(s *scene) { s.timer(); s.record(of(v2, PhaseOpen, 4, past)) }, giveUp(of(v2, PhaseOpen, 4, past))},
		{"a queue does not keep it open", func(s *scene) {
			s.timer()
			s.budget = Budget{Throttled: true}
			s.record(of(v2, PhaseOpen, 3, past))
		}, giveUp(of(v2, PhaseOpen, 3, past))},
	})
}

// A fleet that fails together would be refused call by call, or a failure would be forgotten in the queue.
func TestWhileKMSThrottlesAttemptsAreQueued(t *testing.T) {
	throttled := func(change func(*scene)) func(*scene) {
		return func(s *scene) { s.budget = Budget{Throttled: true}; change(s) }
	}
	check(t, []row{
		{"a new failure gets a record that is due now", throttled(func(*scene) {}), waits(Save, Queued, begun(0, second))},
		{"one of the version after what was given up does too", throttled(func(s *scene) { s.record(of(v1, PhaseNeedsHuman, 3, past)) }), waits(Save, Queued, begun(0, second))},
		{"the record of the version that is current is left as it is", throttled(func(s *scene) { s.record(of(v2, PhaseOpen, 1, past)) }), waits(None, Queued, of(v2, PhaseOpen, 1, past))},
		{"what is not due yet says so", throttled(func(s *scene) { s.record(of(v2, PhaseOpen, 1, future)) }), waits(None, NotDue, of(v2, PhaseOpen, 1, future))},
		{"one that came back after it was reported is recorded as open", throttled(func(s *scene) { s.timer(); s.budget = Budget{Throttled: true}; s.record(of(v2, PhaseDone, 1, past)) }), waits(Save, Queued, of(v2, PhaseOpen, 1, past))},
		{"a series that goes on is recorded with its wait", throttled(func(s *scene) { s.record(of(v1, PhaseDone, 1, past)) }), waits(Save, NotDue, begun(1, rounded(backoff1)))},
	})
}

// If a takeover loses the attempts, a secret whose new versions keep failing is rotated for ever; if it is not recorded,
// the next tick takes the old record for healed.
func TestAFailureOfAnotherVersionGoesOnWithTheSeries(t *testing.T) {
	check(t, []row{
		{"from an open record it takes the attempts over, and waits", func(s *scene) { s.record(of(v1, PhaseOpen, 1, past)) }, waits(Save, NotDue, begun(1, rounded(backoff1)))},
		{"with a longer wait after more", func(s *scene) { s.record(of(v1, PhaseOpen, 2, past)) }, waits(Save, NotDue, begun(2, rounded(backoff2)))},
		{"without any attempt it is due now", func(s *scene) { s.record(of(v1, PhaseOpen, 0, future)) }, rotates(begun(1, rounded(backoff1)))},
		{"from one that is done it does too", func(s *scene) { s.record(of(v1, PhaseDone, 1, future)) }, waits(Save, NotDue, begun(1, rounded(backoff1)))},
		{"even when that has had its time", func(s *scene) { s.record(of(v1, PhaseDone, 1, past)) }, waits(Save, NotDue, begun(1, rounded(backoff1)))},
		{"spent attempts are taken over as well", func(s *scene) { s.record(of(v1, PhaseDone, 3, past)) }, waits(Save, NotDue, begun(3, rounded(backoff1)))},
		{"from one that was given up a new count begins at once", func(s *scene) { s.record(of(v1, PhaseNeedsHuman, 3, past)) }, rotates(begun(1, rounded(backoff1)))},
		{"the timer that finds the failure in the history does the same", func(s *scene) {
			s.trigger.Kind = OnTimer
			s.record(of(v1, PhaseDone, 1, past))
		}, waits(Save, NotDue, begun(1, rounded(backoff1)))},
		{"and does not remove the record that it needs", func(s *scene) {
			s.trigger.Kind, s.budget.DeleteRecord = OnTimer, true
			s.record(of(v1, PhaseDone, 1, past))
		}, waits(Save, NotDue, begun(1, rounded(backoff1)))},
		{"a failure without a cause leaves the last one there", func(s *scene) {
			s.trigger.Cause = ""
			s.record(of(v1, PhaseDone, 1, past))
		}, waits(Save, NotDue, Record{Phase: PhaseOpen, Attempts: 1, Opened: second, Due: rounded(backoff1), Replaces: HashOf(sceneARN, v2), Cause: "ExitCodeNonzero"})},
		{"a version whose id was used before is another one", func(s *scene) {
			s.record(of(Version{ID: v2.ID, CreateTime: v1.CreateTime}, PhaseOpen, 1, past))
		}, waits(Save, NotDue, begun(1, rounded(backoff1)))},
		{"a record copied from another secret names no version of this one", func(s *scene) {
			r := of(v2, PhaseOpen, 1, past)
			r.Replaces = HashOf(sceneARN+"-copied", v2)
			s.record(r)
		}, waits(Save, NotDue, begun(1, rounded(backoff1)))},
	})
}

// If this is not reported, a person goes on caring for a secret that is well; reported twice, nobody believes it.
func TestAnEpisodeThatIsOverIsReportedOnce(t *testing.T) {
	closes := func(n, made int, opened Record) Decision {
		return Decision{
			Action: Close, Outcome: Recovered, Reason: VersionReplaced, Closed: made,
			Record: Record{Phase: PhaseDone, Attempts: n, Opened: opened.Opened, Due: rounded(settle), Replaces: opened.Replaces, Cause: opened.Cause},
		}
	}
	open, done, given := of(v1, PhaseOpen, 2, future), of(v1, PhaseDone, 2, future), of(v1, PhaseNeedsHuman, 3, past)
	anew := given
	anew.Opened = second
	check(t, []row{
		{"a success reports it", func(s *scene) { s.success(); s.record(open) }, closes(2, 2, open)},
		{"so does the timer", func(s *scene) { s.timer(); s.record(open) }, closes(2, 2, open)},
		{"what was given up hands no attempts over, and begins anew if it comes back", func(s *scene) { s.timer(); s.record(given) }, closes(0, 3, anew)},
		{"a success finds that it was reported", func(s *scene) { s.success(); s.record(done) }, Decision{Action: None, Outcome: AlreadyRotated, Reason: ReportedBefore, Record: done}},
		{"the timer lets it settle", func(s *scene) { s.timer(); s.record(done) }, waits(None, Settling, done)},
	})
}

// A record that is removed too early lets the same series begin with a new count.
func TestOnlyATickThatMayRemovesWhatHasSettled(t *testing.T) {
	settled, young := of(v1, PhaseDone, 1, second), of(v1, PhaseDone, 1, future)
	remover := func(r Record) func(*scene) {
		return func(s *scene) { s.timer(); s.budget.DeleteRecord = true; s.record(r) }
	}
	check(t, []row{
		{"it removes what is done and due", remover(settled), Decision{Action: Remove, Outcome: AlreadyRotated, Reason: Settled, Record: settled}},
		{"not what is done and not due", remover(young), waits(None, Settling, young)},
		{"another tick does not", func(s *scene) { s.timer(); s.record(settled) }, waits(None, Settling, settled)},
		{"nor does a success", func(s *scene) { s.success(); s.record(settled) }, Decision{Action: None, Outcome: AlreadyRotated, Reason: ReportedBefore, Record: settled}},
		{"what is open goes on", remover(of(v2, PhaseOpen, 1, past)), rotates(of(v2, PhaseOpen, 2, rounded(backoff2)))},
		{"what came back goes on", remover(of(v2, PhaseDone, 1, past)), rotates(of(v2, PhaseOpen, 2, rounded(backoff2)))},
	})
}

// A version that did not stay current would be taken for one that did.
func TestAVersionThatComesBackIsOpenAgain(t *testing.T) {
	done := of(v2, PhaseDone, 1, future)
	again := done
	again.Phase = PhaseOpen
	spent := of(v2, PhaseDone, 3, past)
	given := spent
	given.Phase = PhaseNeedsHuman
	check(t, []row{
		{"a failure goes on with the series", func(s *scene) { s.record(done) }, waits(Save, NotDue, begun(1, rounded(backoff1)))},
		{"a success proves nothing", func(s *scene) { s.success(); s.record(done) }, waits(None, SuccessNotSeen, again)},
		{"the timer waits as long as it had to settle", func(s *scene) { s.timer(); s.record(done) }, waits(Save, NotDue, again)},
		{"then makes the next attempt", func(s *scene) { s.timer(); s.record(of(v2, PhaseDone, 1, past)) }, rotates(of(v2, PhaseOpen, 2, rounded(backoff2)))},
		{"or gives up what is spent", func(s *scene) { s.timer(); s.record(spent) }, Decision{Action: GiveUp, Outcome: NeedsHuman, Reason: AttemptsSpent, Record: given}},
	})
}

// Each new version would have a budget of its own, and a secret that cannot be rotated would never be given up.
func TestASeriesThroughManyVersionsIsBounded(t *testing.T) {
	s := plainScene()
	rotations, at := 0, now
	for i := range 50 {
		s.state.Current = Version{ID: "v" + string(rune('a'+i)), CreateTime: at}
		s.trigger.FailedAt = at
		for range 10 { // copies of the failure, until one rotates
			d := Decide(s.trigger, s.state, s.policy, s.budget, at)
			if d.Action == GiveUp {
				if rotations != s.policy.MaxAttempts {
					t.Errorf("%d rotations before giving up, want %d", rotations, s.policy.MaxAttempts)
				}
				return
			}
			if d.Action != None {
				s.record(d.Record)
			}
			at = d.Next
			if d.Action == Rotate {
				rotations++
				break // and the next version fails as well
			}
		}
	}
	t.Errorf("%d rotations, and nobody was called although a person is needed", rotations)
}

// A clock that jumped once, or an edited tag, would park a secret for years, and nobody would be called.
func TestADueTimeBeyondTheLongestWaitIsDue(t *testing.T) {
	at := func(r Record, due time.Time) func(*scene) {
		return func(s *scene) { s.timer(); r.Due = due; s.record(r) }
	}
	longest, beyond := rounded(24*time.Hour), rounded(24*time.Hour).Add(time.Second)
	open, done := of(v2, PhaseOpen, 1, past), of(v1, PhaseDone, 1, past)
	spent := of(v2, PhaseOpen, 3, beyond)
	spent.Phase = PhaseNeedsHuman
	check(t, []row{
		{"the longest wait is waited for", at(open, longest), waits(None, NotDue, Record{Phase: PhaseOpen, Attempts: 1, Opened: opened, Due: longest, Replaces: open.Replaces, Cause: open.Cause})},
		{"a second more is due", at(open, beyond), rotates(of(v2, PhaseOpen, 2, rounded(backoff2)))},
		{"so is the next century", at(open, now.AddDate(73, 0, 0).Truncate(time.Second)), rotates(of(v2, PhaseOpen, 2, rounded(backoff2)))},
		{"what is spent is given up", at(of(v2, PhaseOpen, 3, past), beyond), Decision{Action: GiveUp, Outcome: NeedsHuman, Reason: AttemptsSpent, Record: spent}},
		{"what is done is removed", func(s *scene) { at(done, beyond)(s); s.budget.DeleteRecord = true }, Decision{Action: Remove, Outcome: AlreadyRotated, Reason: Settled, Record: of(v1, PhaseDone, 1, beyond)}},
	})
}

// A person would repair the wrong machine: the cause is that of the last attempt, not of an event that comes late.
func TestAnOlderFailureReplacesNoCause(t *testing.T) {
	// an attempt of n = 1 that is due in a minute was claimed nine minutes ago
	record := of(v2, PhaseOpen, 1, future)
	claimed := future.Add(-backoff1)
	failed := func(at time.Time, change func(*Record)) func(*scene) {
		return func(s *scene) {
			s.trigger.FailedAt = at
			r := record
			if change != nil {
				change(&r)
			}
			s.record(r)
		}
	}
	first := func(r *Record) { r.Attempts = 0 }
	given := func(r *Record) { r.Phase = PhaseNeedsHuman }
	none := func(r *Record) { r.Cause = "" }
	changed := func(r Record, change func(*Record)) Record { change(&r); return r }
	check(t, []row{
		{"one of before the attempt", failed(claimed.Add(-time.Second), nil), waits(None, NotDue, record)},
		{"nor fills an empty one", failed(claimed.Add(-time.Second), none), waits(None, NotDue, changed(record, none))},
		{"one of its second does", failed(claimed, nil), waits(Save, NotDue, inOf(record))},
		{"one of after it does", failed(claimed.Add(time.Minute), nil), waits(Save, NotDue, inOf(record))},
		{"a copy of that writes nothing", failed(claimed.Add(time.Minute), func(r *Record) { *r = inOf(*r) }), waits(None, NotDue, inOf(record))},
		{"before any attempt each does", failed(failedAt, first), waits(Save, NotDue, inOf(changed(record, first)))},
		{"after giving up none does", failed(now, given), Decision{Action: None, Outcome: NeedsHuman, Reason: GivenUp, Record: changed(record, given)}},
		{"the timer's failure does", func(s *scene) { failed(claimed, nil)(s); s.trigger.Kind = OnTimer }, waits(Save, NotDue, inOf(record))},
	})
}

// "KMS throttled" where nothing was throttled sends a person to the wrong place.
func TestASpentBudgetHasItsOwnReason(t *testing.T) {
	check(t, []row{
		{"KMS throttled", func(s *scene) { s.budget = Budget{Throttled: true} }, waits(Save, Queued, begun(0, second))},
		{"the tick has spent its part", func(s *scene) { s.trigger.Kind = OnTimer; s.budget = Budget{} }, waits(Save, BudgetSpent, begun(0, second))},
		{"also of a record", func(s *scene) { s.timer(); s.budget = Budget{}; s.record(of(v2, PhaseOpen, 1, past)) }, waits(None, BudgetSpent, of(v2, PhaseOpen, 1, past))},
		{"a failure's cause waits for the claim", func(s *scene) {
			s.budget = Budget{}
			s.trigger.FailedAt = past
			s.record(of(v2, PhaseOpen, 1, past))
		}, waits(None, BudgetSpent, inOf(of(v2, PhaseOpen, 1, past)))},
	})
}

// A tool that writes tags back would have us rotate with each event.
func TestNoAttemptFollowsTheLastRequestWithinTheFirstWait(t *testing.T) {
	asked := func(ago time.Duration, change func(*scene)) func(*scene) {
		return func(s *scene) { s.state.LastRequest = second.Add(-ago); change(s) }
	}
	floored := func(action Action, r Record, next time.Time) Decision {
		return Decision{Action: action, Outcome: Waiting, Reason: AskedRecently, Record: r, Next: next}
	}
	removed := func(*scene) {}
	reverted := func(s *scene) { s.timer(); s.record(of(v2, PhaseOpen, 0, past)) }
	check(t, []row{
		{"whose record was removed", asked(time.Minute, removed), floored(Save, begun(0, second), second.Add(9*time.Minute))},
		{"whose record was reverted", asked(time.Minute, reverted), floored(None, of(v2, PhaseOpen, 0, past), second.Add(9*time.Minute))},
		{"whatever the budget", asked(time.Minute, func(s *scene) { s.budget = Budget{Throttled: true} }), floored(Save, begun(0, second), second.Add(9*time.Minute))},
		{"a request of the next week is one of a clock that jumped, and parks no secret", asked(-7*24*time.Hour, reverted), rotates(of(v2, PhaseOpen, 1, rounded(backoff1)))},
		{"when it is over one does", asked(backoff1, reverted), rotates(of(v2, PhaseOpen, 1, rounded(backoff1)))},
		{"what is rotated needs none", asked(time.Minute, func(s *scene) { s.success(); s.record(of(v1, PhaseDone, 1, past)) }),
			Decision{Action: None, Outcome: AlreadyRotated, Reason: ReportedBefore, Record: of(v1, PhaseDone, 1, past)}},
	})
}
