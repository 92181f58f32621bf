package remediation

import "testing"

// Whoever took a secret out of our hands finds it rotated if one of these rows fails.
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
			s.tag(RecordTag, "mine")
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
		{"it is over whatever the record says", func(s *scene) {
			s.trigger.FailedAt = before
			s.record(of(v2, PhaseOpen, 1, past))
		}, leaves(AlreadyRotated, RotatedSince)},
		{"and where the record cannot be read", func(s *scene) {
			s.trigger.FailedAt = before
			s.tag(RecordTag, "mine")
		}, leaves(AlreadyRotated, RotatedSince)},
		{"and where an episode of another version was not told yet, which the timer does", func(s *scene) {
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
		{"a failure needs a human", func(s *scene) { s.tag(RecordTag, "mine") }, unreadable},
		{"so does a success", func(s *scene) { s.success(); s.tag(RecordTag, "mine") }, unreadable},
		{"so does the timer, and it does not remove it", func(s *scene) {
			s.timer()
			s.budget.DeleteRecord = true
			s.tag(RecordTag, "mine")
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

// People would be told again and again, or their quiet would be taken for consent.
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
	held := func(change func(*scene)) func(*scene) {
		return func(s *scene) { s.budget = Budget{Throttled: true}; change(s) }
	}
	check(t, []row{
		{"a new failure gets a record that is due now", held(func(*scene) {}), waits(Save, Queued, begun(0, second))},
		{"one of the version after what was given up does too", held(func(s *scene) { s.record(of(v1, PhaseNeedsHuman, 3, past)) }), waits(Save, Queued, begun(0, second))},
		{"the record of the version that is current is left as it is", held(func(s *scene) { s.record(of(v2, PhaseOpen, 1, past)) }), waits(None, Queued, of(v2, PhaseOpen, 1, past))},
		{"what is not due yet says so", held(func(s *scene) { s.record(of(v2, PhaseOpen, 1, future)) }), waits(None, NotDue, of(v2, PhaseOpen, 1, future))},
		{"one that came back after it was told is recorded as open", held(func(s *scene) { s.timer(); s.budget = Budget{Throttled: true}; s.record(of(v2, PhaseDone, 1, past)) }), waits(Save, Queued, of(v2, PhaseOpen, 1, past))},
		{"a series that goes on is recorded with its wait", held(func(s *scene) { s.record(of(v1, PhaseDone, 1, past)) }), waits(Save, NotDue, begun(1, rounded(backoff1)))},
	})
}
