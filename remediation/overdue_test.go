package remediation_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	listSecrets = "ListSecrets"
	interval    = 30 * 24 * time.Hour // of a schedule
)

// lateAt is when the secrets of these tests were due: thirty hours before the midnight at which they are checked.
var lateAt = morning.Add(midnight - 30*time.Hour)

// lateSecret is one that its schedule should have rotated, and did not.
func lateSecret(name string) standin.Secret {
	return standin.Secret{
		Name: name, RotationInterval: interval, NextRotationDate: lateAt, LastRotationDate: lateAt,
		Versions: []standin.Version{{ID: "v1", CreateTime: lateAt.Add(-interval), Stages: []string{"ACSCurrent"}}},
	}
}

// inOverdueAccount runs script just before midnight in an account whose ticks check for what is a day late.
func inOverdueAccount(t *testing.T, options standin.Options, script func(*account)) {
	t.Helper()
	inTimedAccount(t, options, func(a *account) {
		a.overdue = 24 * time.Hour
		script(a)
	})
}

// untilMidnight passes the time of all ticks before that of midnight.
func (a *account) untilMidnight() { a.wait(time.Until(morning.Add(midnight - a.every))) }

// writes counts what changes something, of all calls.
func (a *account) writes() int {
	return a.asked(tag, "") + a.asked("UntagResource", "") + a.asked(rotate, "")
}

// An alarm about a secret that is well, or that a person stopped, is one that nobody reads next time; and each missing one
// is a password that is never rotated again.
func TestWhatIsReportedAsOverdue(t *testing.T) {
	const name, reported = "web", "overdue web"
	with := func(change func(*standin.Secret)) func(*account) {
		return func(a *account) {
			s := lateSecret(name)
			change(&s)
			a.Put(s)
		}
	}
	for _, row := range []struct {
		name    string
		account standin.Behavior
		state   func(*account) // instead of a late secret, at the morning
		plan    func(*remediation.SweepPlan)
		want    string
		reads   string // how often it is described, and its versions are listed
	}{
		{name: "its time is a day past", want: reported, reads: "1 1"},
		{name: "with an Invalid schedule", state: with(func(s *standin.Secret) { s.AutomaticRotation = "Invalid" }), want: reported, reads: "1 1"},
		{name: "with an Invalid schedule that names no date", want: reported, reads: "1 1",
			state: with(func(s *standin.Secret) { s.AutomaticRotation, s.NextRotationDate = "Invalid", time.Time{} })},
		{name: "Invalid, with the date of the rotation before the current version", want: reported, reads: "1 1", state: with(func(s *standin.Secret) {
			s.AutomaticRotation, s.NextRotationDate = "Invalid", s.Versions[0].CreateTime.Add(-time.Hour)
		})},
		{name: "an event that came before it was due", account: standin.Behavior{SucceededRaisesEvent: true}, want: reported + ", overdue before", reads: "1 1",
			state: func(a *account) {
				a.succeedThenLate(name, morning.Add(time.Hour))
				a.Put(lateSecret("before")) // since when the events of both are read
				a.fleet("well", 24*int(time.Hour/every))
			},
			plan: func(p *remediation.SweepPlan) { p.OverdueAfter = time.Hour }},
		{name: "switched on by name", state: with(func(s *standin.Secret) { s.Tags = map[string]string{remediation.SwitchTag: "on"} }), want: reported, reads: "1 1"},

		{name: "the next date is ahead", state: with(func(s *standin.Secret) { s.NextRotationDate = morning.Add(interval) }), reads: "1 0"},
		{name: "late by less than that", state: with(func(s *standin.Secret) { s.NextRotationDate = lateAt.Add(7 * time.Hour) }), reads: "1 0"},
		{name: "Invalid, but its interval is not over", reads: "1 1", state: with(func(s *standin.Secret) {
			s.AutomaticRotation, s.NextRotationDate, s.Versions[0].CreateTime = "Invalid", time.Time{}, morning
		})},
		{name: "Invalid, with a date that is past and an interval that is not", reads: "1 1", state: with(func(s *standin.Secret) {
			s.AutomaticRotation, s.NextRotationDate, s.Versions[0].CreateTime = "Invalid", lateAt, lateAt.Add(-time.Hour)
		})},
		{name: "Invalid, with a date ahead and an interval that is over", reads: "1 0", state: with(func(s *standin.Secret) {
			s.AutomaticRotation, s.NextRotationDate = "Invalid", morning.Add(interval)
		})},
		{name: "Invalid, with a date before the current version and no interval", reads: "1 1", state: with(func(s *standin.Secret) {
			s.AutomaticRotation, s.NextRotationDate, s.RotationInterval = "Invalid", s.Versions[0].CreateTime.Add(-time.Hour), 0
		})},
		{name: "Invalid, and nothing says when", reads: "1 0", state: with(func(s *standin.Secret) {
			s.AutomaticRotation, s.NextRotationDate, s.RotationInterval = "Invalid", time.Time{}, 0
		})},
		{name: "Enabled, and nothing says when", state: with(func(s *standin.Secret) { s.NextRotationDate = time.Time{} }), reads: "1 0"},
		{name: "rotated since by a hand that moved no date", state: with(func(s *standin.Secret) { s.Versions[0].CreateTime = lateAt.Add(time.Hour) }), reads: "1 1"},
		{name: "an event since", account: standin.Behavior{SucceededRaisesEvent: true}, reads: "1 1",
			state: func(a *account) { a.succeedThenLate(name, lateAt) }},
		{name: "switched off by a person", state: with(func(s *standin.Secret) { s.Tags = map[string]string{remediation.SwitchTag: "off"} }), reads: "1 0"},
		{name: "a schedule that a person disabled", state: with(func(s *standin.Secret) { s.AutomaticRotation = "Disabled" }), reads: "1 0"},
		{name: "planned for deletion", state: with(func(s *standin.Secret) { s.PlannedDeleteTime = morning.Add(interval) }), reads: "1 0"},
		{name: "a type out of scope", state: with(func(s *standin.Secret) { s.Type = "Rds" }), reads: "0 0"},
		{name: "a name out of scope", state: func(a *account) {
			a.remediator.Policy.Scope.Deny = []string{name}
			a.Put(lateSecret(name))
		}, reads: "0 0"},
		{name: "a record that is not due", reads: "0 0", want: "waiting=1", state: func(a *account) {
			a.Put(lateSecret(name))
			a.enter(remediation.PhaseOpen, 1, 23*time.Hour, name)
		}},
		{name: "a record that the list did not show", reads: "1 0", state: func(a *account) {
			a.Put(lateSecret(name))
			a.enter(remediation.PhaseOpen, 1, 23*time.Hour, name)
			connect := a.remediator.Connect
			a.remediator.Connect = func(region string) remediation.KMS { return unlisted{connect(region)} }
		}},
		{name: "nobody asked", plan: func(p *remediation.SweepPlan) { p.OverdueAfter = 0 }, reads: "0 0"},
	} {
		t.Run(strings.ReplaceAll(row.name, " ", "-"), func(t *testing.T) {
			inOverdueAccount(t, standin.Options{Behavior: row.account}, func(a *account) {
				if row.state == nil {
					row.state = with(func(*standin.Secret) {})
				}
				row.state(a)
				a.wait(time.Until(morning.Add(midnight)))
				plan := a.plan()
				if row.plan != nil {
					row.plan(&plan)
				}
				got := a.sweep(plan)
				if diff := cmp.Diff([]string{row.want, row.reads}, []string{summary(got), a.readsOf(name)}); diff != "" || a.writes() != 0 {
					t.Errorf("%d writes, want none; came to and reads (-want +got):\n%s", a.writes(), diff)
				}
			})
		})
	}
}

// unlisted lists no record, as a list does that lags behind, or is cut off for its length.
type unlisted struct{ remediation.KMS }

func (unlisted) ListTagged(context.Context, string, string) (remediation.TagPage, error) {
	return remediation.TagPage{}, nil
}

// succeedThenLate raises a Success event of a rotation that leaves no trace on the secret, which is late all the same.
func (a *account) succeedThenLate(name string, due time.Time) {
	s := lateSecret(name)
	s.NextRotationDate = due
	a.Put(s)
	if err := a.Rotate(name, "by-hand"); err != nil {
		a.t.Fatal(err)
	}
	a.Put(s)
}

// readsOf counts the two reads of a secret.
func (a *account) readsOf(name string) string {
	return strings.Join([]string{strconv.Itoa(a.asked(describe, name)), strconv.Itoa(a.asked(list, name))}, " ")
}

// A secret of a tick that is full each day would never be observed: its password is never rotated again, unheard.
func TestASecretOfAFullTickHasItsTurnTheNextDay(t *testing.T) {
	inOverdueAccount(t, standin.Options{}, func(a *account) {
		a.every, a.timeout = seldom, 2500*time.Millisecond // half a second for work, at fifteen observations a second
		a.Put(lateSecret("a-late"))                        // the first tick's, which is full like that of each hour
		a.enter(remediation.PhaseNeedsHuman, 5, -time.Hour, a.fleet("given-up", 10)...)
		a.untilMidnight()
		var reported []int // on each day
		for day := range 2 {
			reported = append(reported, 0)
			for _, r := range a.ticks(morning.Add(midnight + time.Duration(day+1)*24*time.Hour)) {
				if r.Outcome == remediation.Overdue {
					reported[day]++
				}
			}
		}
		if diff := cmp.Diff([]int{0, 1}, reported); diff != "" {
			t.Errorf("how often it was reported on either day (-want +got):\n%s", diff)
		}
	})
}
