package remediation

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// situation is one point of the space that Decide has to be right in, with what an invariant needs to know of it.
type situation struct {
	*scene
	found, readable bool
	was             Record // as found
	isCurrent       bool   // it is of the version that is current
	inReach         bool
}

// fails says that the trigger brings a failure that is not over.
func (s situation) fails() bool {
	return !s.trigger.FailedAt.IsZero() && !s.state.Current.CreateTime.After(s.trigger.FailedAt)
}

// opens says that an episode of the current version begins here and has to be recorded.
func (s situation) opens() bool {
	return s.inReach && s.readable && s.fails() && (!s.found || !s.isCurrent || s.was.Phase == PhaseDone)
}

func (s situation) due() bool { return !now.Before(s.was.Due) }

// space calls visit with all combinations of record, trigger and reach.
func space(visit func(situation)) {
	for _, record := range records() {
		for _, trigger := range triggers() {
			for reach := range 5 {
				s := situation{scene: plainScene(), readable: record != "theirs", inReach: reach == 0}
				s.trigger, s.budget = trigger.Trigger, trigger.Budget
				if s.found = record != ""; s.found {
					s.tag(RecordTag, record)
				}
				s.was, _ = ParseRecord(record)
				s.isCurrent = s.was.Replaces == HashOf(sceneARN, v2)
				switch reach {
				case 1:
					s.state.Gone = true
				case 2:
					s.state.Secret.PlannedDeleteTime = "2026-02-01T00:00:00Z"
				case 3:
					s.tag(SwitchTag, "off")
				case 4:
					s.state.Secret.Type = "Rds"
				}
				visit(s)
			}
		}
	}
}

// records are no record, one that is not ours, and ours in all phases, counts, due times and of either version.
func records() []string {
	all := []string{"", "theirs"}
	for _, phase := range []Phase{PhaseOpen, PhaseDone, PhaseNeedsHuman} {
		for n := range plainScene().policy.MaxAttempts + 2 {
			for _, due := range []time.Time{past, second, future} {
				all = append(all, of(v1, phase, n, due).String(), of(v2, phase, n, due).String())
			}
		}
	}
	return all
}

// occasion is a trigger and what is left to do.
type occasion struct {
	Trigger
	Budget
}

func triggers() []occasion {
	var all []occasion
	before, equal := v2.CreateTime.Add(-time.Second), v2.CreateTime
	for _, budget := range []Budget{{}, {Rotate: true}, {DeleteRecord: true}, {Rotate: true, DeleteRecord: true}, {Throttled: true}} {
		all = append(all, occasion{Trigger{Kind: OnSuccess}, budget}, occasion{Trigger{Kind: OnTimer}, budget})
		for _, kind := range []TriggerKind{OnFailure, OnTimer} {
			for _, failed := range []time.Time{before, equal, failedAt} {
				all = append(all, occasion{Trigger{Kind: kind, FailedAt: failed}, budget})
			}
		}
	}
	return all
}

// invariants hold for every Decision, whichever rule made it. broken says how one does not.
var invariants = []struct {
	name   string
	broken func(situation, Decision) bool
}{
	{"it rotates only in reach, for a failure or at a tick, what can be read, was not given up, is due and has attempts left", func(s situation, d Decision) bool {
		given := s.isCurrent && s.was.Phase == PhaseNeedsHuman
		left := s.was.Attempts < s.policy.MaxAttempts || s.was.Phase == PhaseNeedsHuman
		return d.Action == Rotate && (!s.inReach || !s.readable || given || !left || !s.budget.Rotate ||
			s.trigger.Kind == OnSuccess || !s.found && !s.fails() || s.isCurrent && !s.opens() && !s.due())
	}},
	{"each claim counts one more, and has a due time ahead", func(s situation, d Decision) bool {
		before := s.was.Attempts
		if s.was.Phase == PhaseNeedsHuman {
			before = 0
		}
		return d.Action == Rotate && (d.Record.Attempts != before+1 || !d.Record.Due.After(now) || d.Record.Phase != PhaseOpen || d.Outcome != "")
	}},
	{"an episode that begins is always written, for the version that is current", func(s situation, d Decision) bool {
		written := slices.Contains([]Action{Save, Rotate, GiveUp}, d.Action)
		return s.opens() && (!written || d.Record.Replaces != HashOf(sceneARN, v2) || d.Record.Phase == PhaseDone || !d.Record.Opened.Equal(second))
	}},
	{"nothing is written out of reach, over what is not ours, for a failure that is over, or after giving up", func(s situation, d Decision) bool {
		over := s.trigger.Kind == OnFailure && !s.fails()
		given := s.isCurrent && s.was.Phase == PhaseNeedsHuman
		return (!s.inReach || !s.readable || over || given) && d.Action != None
	}},
	{"a success writes nothing but the end of an episode", func(s situation, d Decision) bool {
		return s.trigger.Kind == OnSuccess && d.Action != None && d.Action != Close
	}},
	{"only a tick that may removes, and only what is done, due and of another version", func(s situation, d Decision) bool {
		settled := s.found && s.was.Phase == PhaseDone && s.due() && !s.isCurrent && !s.opens()
		return d.Action == Remove && (s.trigger.Kind != OnTimer || !s.budget.DeleteRecord || !settled)
	}},
	{"only what is spent and due is given up", func(s situation, d Decision) bool {
		return d.Action == GiveUp && (d.Record.Attempts < s.policy.MaxAttempts || s.opens() || !s.due() || d.Record.Phase != PhaseNeedsHuman || d.Outcome != NeedsHuman)
	}},
	{"an end is reported once, of another version, and stays until it has settled", func(s situation, d Decision) bool {
		over := s.found && !s.isCurrent && s.was.Phase != PhaseDone
		return d.Action == Close && (!over || s.fails() || d.Outcome != Recovered || d.Closed != s.was.Attempts ||
			d.Record.Phase != PhaseDone || d.Record.Replaces != s.was.Replaces || !d.Record.Due.Equal(rounded(settle)))
	}},
	{"attempts are forgotten only after giving up", func(s situation, d Decision) bool {
		written := d.Action != None && d.Action != Remove
		return written && d.Record.Attempts < s.was.Attempts && s.was.Phase != PhaseNeedsHuman
	}},
	{"who waits knows until when, and nobody else does", func(s situation, d Decision) bool {
		waits := d.Outcome == Waiting || d.Action == Rotate
		return waits == d.Next.IsZero() || waits && !d.Next.Equal(d.Record.Due)
	}},
	{"outcome and reason are of their sets", func(s situation, d Decision) bool {
		return d.Outcome == "" && d.Action != Rotate || d.Outcome != "" && !slices.Contains(Outcomes, d.Outcome) || !slices.Contains(Reasons, d.Reason)
	}},
	{"what is written can be read", func(s situation, d Decision) bool {
		again, err := ParseRecord(d.Record.String())
		return d.Action != None && (err != nil || again != d.Record)
	}},
	{"it is pure", func(s situation, d Decision) bool { return s.decide() != d }},
}

// These hold everywhere, so that no rule has to be trusted with what another one forbids.
func TestDecideKeepsItsInvariantsEverywhere(t *testing.T) {
	visited, rotated, removed := 0, 0, 0
	space(func(s situation) {
		d := s.decide()
		visited++
		switch d.Action {
		case Rotate:
			rotated++
		case Remove:
			removed++
		}
		for _, invariant := range invariants {
			if invariant.broken(s, d) {
				t.Errorf("%s: broken for %s", invariant.name, s.describe(d))
			}
		}
	})
	if visited < 10_000 || rotated == 0 || removed == 0 {
		t.Errorf("%d situations, %d rotations, %d removals: the space is not the one that was meant", visited, rotated, removed)
	}
}

func (s situation) describe(d Decision) string {
	return fmt.Sprintf("trigger %+v, tags %v, gone %t, type %s: %s %s %s %s", s.trigger, s.state.Secret.Tags, s.state.Gone,
		s.state.Secret.Type, d.Action, d.Outcome, d.Reason, d.Record)
}
