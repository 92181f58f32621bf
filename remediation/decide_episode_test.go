package remediation

import "testing"

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
		}, waits(Save, NotDue, Record{Phase: PhaseOpen, Attempts: 1, Opened: second, Due: rounded(backoff1), Replaces: versionHash(sceneARN, v2), Cause: "ExitCodeNonzero"})},
		{"a version whose id was used before is another one", func(s *scene) {
			s.record(of(Version{ID: v2.ID, CreateTime: v1.CreateTime}, PhaseOpen, 1, past))
		}, waits(Save, NotDue, begun(1, rounded(backoff1)))},
		{"a record copied from another secret names no version of this one", func(s *scene) {
			r := of(v2, PhaseOpen, 1, past)
			r.Replaces = versionHash(sceneARN+"-copied", v2)
			s.record(r)
		}, waits(Save, NotDue, begun(1, rounded(backoff1)))},
	})
}

// If this is not told, a person goes on looking after a secret that is well; told twice, nobody believes it.
func TestAnEpisodeThatIsOverIsToldOnce(t *testing.T) {
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
		{"a success tells it", func(s *scene) { s.success(); s.record(open) }, closes(2, 2, open)},
		{"so does the timer", func(s *scene) { s.timer(); s.record(open) }, closes(2, 2, open)},
		{"what was given up hands no attempts over, and begins anew if it comes back", func(s *scene) { s.timer(); s.record(given) }, closes(0, 3, anew)},
		{"a success finds that it was told", func(s *scene) { s.success(); s.record(done) }, Decision{Action: None, Outcome: AlreadyRotated, Reason: ReportedBefore, Record: done}},
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

// A proof that did not last would be taken for one that did.
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
	t.Errorf("%d rotations, and nobody was told that a person is needed", rotations)
}
