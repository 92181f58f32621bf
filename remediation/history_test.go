package remediation_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// past is a history of our own, which notes what it is asked.
type past struct {
	failures, successes []events.Event
	unreadable          int // failures that could not be read
	odd                 int // successes
	windows             [][2]time.Time
}

func (p *past) RotationEvents(_ context.Context, name string, from, to time.Time, _ int) (remediation.HistoryPage, error) {
	p.windows = append(p.windows, [2]time.Time{from, to})
	if name == events.SuccessName {
		return remediation.HistoryPage{Events: p.successes, Unreadable: p.odd}, nil
	}
	return remediation.HistoryPage{Events: p.failures, Unreadable: p.unreadable}, nil
}

// eventOf is one of the history about a secret.
func eventOf(kind events.Kind, name string, at time.Time) events.Event {
	return events.Event{Kind: kind, Region: region, Account: accountID, ARN: "acs:kms:" + region + ":" + accountID + ":secret/" + name,
		SecretName: name, SecretType: "ECS", Time: at}
}

// sweepWith serves the timer on the hour with this history.
func (a *account) sweepWith(p *past) remediation.SweepResult {
	a.wait(time.Until(morning.Add(time.Hour)))
	plan := a.plan()
	plan.Monitor = func(string) remediation.CloudMonitor { return p }
	return a.sweep(plan)
}

// The history holds what concerns others too: a call for each would cost quota, fail where nobody may call, and call people.
func TestTheHistoryHasTheAdmissionOfEvents(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*events.Event)
		want   string
		calls  int
		note   string
	}{
		{"a failure in scope", func(*events.Event) {}, "pending web-000", 3, ""},
		{"of another type", func(e *events.Event) { e.SecretType = "Rds" }, "skipped=1", 0, ""},
		{"of a type in another case", func(e *events.Event) { e.SecretType = "ecs" }, "pending web-000", 3, ""},
		{"of a name out of scope", func(e *events.Event) { e.SecretName = "db-000" }, "skipped=1", 0, ""},
		{"of another account", func(e *events.Event) { e.Account = "2" }, "", 0, ""},
		{"of another region", func(e *events.Event) { e.Region = "cn-beijing" }, "", 0, ""},
		{"an hour ahead", func(e *events.Event) { e.Time = time.Now().Add(2 * time.Hour) }, "pending web-000", 3, ""},
		{"from the future", func(e *events.Event) { e.Time = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC) }, "", 0, "1 rotation events in the history could not be read"},
	} {
		inTimedAccount(t, standin.Options{}, func(a *account) {
			a.remediator.Policy.Scope.Deny = []string{"db-*"}
			a.fleet("web", 1)
			event := eventOf(events.Failure, "web-000", time.Now().Add(time.Minute))
			row.change(&event)
			got := a.sweepWith(&past{failures: []events.Event{event}})
			calls := a.asked(describe, "") + a.asked(list, "") + a.asked(rotate, "")
			if notes := strings.Join(got.Notes, "; "); summary(got) != row.want || calls != row.calls || !strings.HasSuffix(notes, row.note) || row.note == "" && notes != "" {
				t.Errorf("%s: %q with %d calls, notes %q; want %q with %d and %q", row.name, summary(got), calls, notes, row.want, row.calls, row.note)
			}
		})
	}
}

// A success of the future would hide each failure of a secret for ever.
func TestASuccessFromTheFutureHidesNoFailure(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		a.fleet("web", 1)
		got := a.sweepWith(&past{
			failures:  []events.Event{eventOf(events.Failure, "web-000", time.Now().Add(time.Minute))},
			successes: []events.Event{eventOf(events.Success, "web-000", time.Now().AddDate(70, 0, 0))},
		})
		if summary(got) != "pending web-000" || len(got.Notes) != 1 {
			t.Errorf("%q, notes %q; want the failure reconciled, and one note", summary(got), got.Notes)
		}
	})
}

// A failure that nobody could read may be the one for which a record is kept.
func TestUnreadableFailuresKeepSettledRecords(t *testing.T) {
	for _, row := range []struct {
		name string
		past past
		kept bool
		note string // the sum, once
	}{
		{"all can be read", past{}, false, ""},
		{"one failure cannot", past{unreadable: 1}, true, "1 rotation events"},
		{"a hundred cannot", past{unreadable: 100}, true, "100 rotation events"},
		{"a failure and a success cannot", past{unreadable: 1, odd: 2, failures: []events.Event{eventOf(events.Failure, "other", morning)}}, true, "3 rotation events"},
		{"a success cannot", past{odd: 2, failures: []events.Event{eventOf(events.Failure, "other", morning)}}, false, "2 rotation events"},
		{"one from the future", past{failures: []events.Event{eventOf(events.Failure, "other", morning.AddDate(70, 0, 0))}}, true, "1 rotation events"},
	} {
		inTimedAccount(t, standin.Options{}, func(a *account) {
			one := a.fleet("web", 1)[0]
			a.enterOf(v0, remediation.PhaseDone, 1, -time.Minute, one)
			got := a.sweepWith(&row.past)
			notes := strings.Join(got.Notes, "; ")
			if kept := a.recordOf(one) != ""; kept != row.kept || strings.Count(notes, "could not be read") > 1 || !strings.Contains(notes, row.note) {
				t.Errorf("%s: the record is kept: %t, want %t; notes %q, want one with %q", row.name, kept, row.kept, notes, row.note)
			}
		})
	}
}

// A window that begins after its end is refused, and the failures of the day are not found.
func TestAHistoryWindowIsNeverInverted(t *testing.T) {
	const minute, day = time.Minute, 24 * time.Hour
	for _, row := range []struct {
		name      string
		now       time.Duration // after the morning
		triggered time.Duration
		from      time.Duration
	}{
		{"in time", 5 * minute, 5 * minute, 5*minute - 15*minute},
		{"an hour ahead of our clock", 5 * minute, 60 * minute, 5*minute - day},
		{"fifty minutes ahead", 5 * minute, 55 * minute, 5*minute - 15*minute},
		{"late", 40 * minute, 5 * minute, 5*minute - 15*minute},
		{"the first of an hour, late", 40 * minute, 0, -day},
	} {
		inTimedAccount(t, standin.Options{}, func(a *account) {
			a.wait(row.now)
			p, plan := &past{}, a.plan()
			plan.Tick = remediation.TickAt(morning.Add(row.triggered), time.Now(), every)
			plan.Monitor = func(string) remediation.CloudMonitor { return p }
			a.sweep(plan)
			want := [2]time.Time{morning.Add(row.from), morning.Add(row.now)}
			if len(p.windows) != 1 || !p.windows[0][0].Equal(want[0]) || !p.windows[0][1].Equal(want[1]) {
				t.Errorf("%s: windows %v, want %v", row.name, p.windows, want)
			}
		})
	}
}

// dated is a history of our own that keeps to the window.
type dated []events.Event

func (d dated) RotationEvents(_ context.Context, name string, from, to time.Time, _ int) (page remediation.HistoryPage, _ error) {
	for _, e := range d {
		if e.Name == name && !e.Time.Before(from) && e.Time.Before(to) {
			page.Events = append(page.Events, e)
		}
	}
	return page, nil
}

// A failure of last week would be reconciled although the secret was rotated since, and a person then went back a version.
func TestASuccessOfTheDayAnswersAFailureOfBefore(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		a.fleet("web", 1)
		midnight := morning.Truncate(24 * time.Hour).Add(24 * time.Hour)
		failed, worked := eventOf(events.Failure, "web-000", midnight.Add(-3*time.Minute)), eventOf(events.Success, "web-000", midnight.Add(-2*time.Minute))
		failed.Name, worked.Name = events.FailureName, events.SuccessName
		a.wait(time.Until(midnight.Add(24*time.Hour - 2*time.Minute - 30*time.Second)))
		plan := a.plan() // the first of a day: the success is in its last 24 hours, the failure before
		plan.Monitor = func(string) remediation.CloudMonitor { return dated{failed, worked} }
		if got := a.sweep(plan); summary(got) != "" {
			t.Errorf("%q, want nothing: the newest event is a success", summary(got))
		}
	})
}

// shelves lists records a page each, with a fault on some pages.
type shelves struct {
	remediation.KMS
	names []string
	fault func(page, try int) *remediation.CallError
	tries map[string]int
	cycle bool
}

func (s *shelves) ListTagged(ctx context.Context, key, token string) (remediation.TagPage, error) {
	page := len(token)
	s.tries[token]++
	if err := s.fault(page, s.tries[token]); err != nil {
		return remediation.TagPage{}, err
	}
	all, err := s.KMS.ListTagged(ctx, key, "")
	if err != nil {
		return all, err
	}
	next := ""
	switch {
	case page+1 < len(s.names):
		next = token + "x"
	case s.cycle:
		next = "x"
	}
	for _, one := range all.Tagged {
		if one.Secret == s.names[page] {
			return remediation.TagPage{Tagged: []remediation.Tagged{one}, Next: next}, nil
		}
	}
	return remediation.TagPage{Next: next}, nil
}

// A page that is throttled once would cost each tick all that is due.
func TestAPageOfRecordsIsTriedAgainAndTheRestIsServed(t *testing.T) {
	on := func(page, tries int, class remediation.Class) func(int, int) *remediation.CallError {
		return func(p, try int) *remediation.CallError {
			if p == page && try <= tries {
				return &remediation.CallError{Action: listTagged, Class: class}
			}
			return nil
		}
	}
	const all = "needs-human web-000, needs-human web-002, needs-human web-001"
	for _, row := range []struct {
		name  string
		fault func(int, int) *remediation.CallError
		cycle bool
		want  string
		note  string
	}{
		{"all pages", on(0, 0, ""), false, all, ""},
		{"a page is throttled once", on(2, 1, remediation.Throttled), false, all, ""},
		{"the first is", on(0, 2, remediation.Transient), false, all, ""},
		{"the last is, each time", on(2, 99, remediation.Throttled), false, "needs-human web-000, needs-human web-001", "only 2 records were listed"},
		{"it is refused", on(1, 99, remediation.Account), false, "needs-human web-000", "only 1 records were listed"},
		{"the first is refused", on(0, 99, remediation.Account), false, "undecided, failed", ""},
		{"pages that come again", on(0, 0, ""), true, all, "only 3 records were listed"},
	} {
		inTimedAccount(t, standin.Options{}, func(a *account) {
			names := a.fleet("web", 3)
			a.enter(remediation.PhaseOpen, 5, -time.Minute, names...)
			connect := a.remediator.Connect
			s := &shelves{names: names, fault: row.fault, tries: map[string]int{}, cycle: row.cycle}
			a.remediator.Connect = func(region string) remediation.KMS {
				return &shelves{KMS: connect(region), names: s.names, fault: s.fault, tries: s.tries, cycle: s.cycle}
			}
			got := a.tick()
			if notes := strings.Join(got.Notes, "; "); summary(got) != row.want || !strings.Contains(notes, row.note) || row.note == "" && notes != "" {
				t.Errorf("%s: %q, notes %q; want %q and %q", row.name, summary(got), notes, row.want, row.note)
			}
		})
	}
}
