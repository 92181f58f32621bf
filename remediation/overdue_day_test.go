package remediation_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// A secret that no tick ever checks is one that nobody hears of. The ticks keep no place, so their parts have to fit.
func TestEachSecretIsCheckedOnceInADay(t *testing.T) {
	const ticks = int(24 * time.Hour / seldom)
	for _, secrets := range []int{0, 5, 130} {
		t.Run(strconv.Itoa(secrets), func(t *testing.T) {
			inOverdueAccount(t, standin.Options{}, func(a *account) {
				a.every = seldom
				names := a.fleet("web", secrets)
				a.untilMidnight()
				for range ticks {
					if got := a.tick(); summary(got) != "" || len(got.Notes) > 0 {
						t.Fatalf("a tick came to %q with notes %q, want nothing to report", summary(got), got.Notes)
					}
				}
				reads := map[string]int{}
				for _, c := range a.Calls() {
					if c.Action == describe {
						reads[c.Secret]++
					}
				}
				for _, name := range names {
					if reads[name] != 1 {
						t.Errorf("%s was observed %d times in a day, want once", name, reads[name])
					}
				}
				if n := a.asked(list, "") + a.writes(); n != 0 || a.asked(listSecrets, "") > ticks+min(secrets, ticks) {
					t.Errorf("%d other calls on secrets, %d lists; want none, and no list but what %d ticks need", n, a.asked(listSecrets, ""), ticks)
				}
			})
		})
	}
}

// An alarm is heard if it comes once a day, with all that a person needs to act.
func TestAnOverdueSecretIsReportedOnceADay(t *testing.T) {
	inOverdueAccount(t, standin.Options{}, func(a *account) {
		a.every = seldom
		a.fleet("well", 60)
		names := []string{"a-late", "late", "well-late", "z-late"}
		for _, name := range names {
			a.Put(lateSecret(name))
		}
		a.untilMidnight()
		for day := range 2 {
			reported := a.ticks(morning.Add(midnight + time.Duration(day+1)*24*time.Hour))
			got := listing(reported)
			slices.Sort(got)
			if diff := cmp.Diff([]string{"overdue a-late", "overdue late", "overdue well-late", "overdue z-late"}, got); diff != "" {
				t.Errorf("day %d (-want +got):\n%s", day, diff)
			}
			for _, r := range reported {
				a.wantWords(r.Reason, "due at "+lateAt.Format(time.RFC3339), "Enabled", "no event", "rotate the secret by hand", "UpdateSecretRotationPolicy")
				if !r.Notify || r.Failed() || r.AutomaticRotation != "Enabled" {
					t.Errorf("%s: notify %t, failed %t, schedule %q; want a notification, and Enabled", r.Secret, r.Notify, r.Failed(), r.AutomaticRotation)
				}
			}
		}
		if n := a.writes(); n != 0 {
			t.Errorf("%d writes, want none: it is a person who decides", n)
		}
	})
}

func (a *account) wantWords(reason string, words ...string) {
	a.t.Helper()
	for _, word := range words {
		if !strings.Contains(reason, word) {
			a.t.Errorf("the reason does not say %q: %s", word, reason)
		}
	}
}

// A late secret is certain without the history, and observing is when people search for such secrets first.
func TestAnOverdueSecretIsReportedThoughTheHistoryIsSilent(t *testing.T) {
	for _, row := range []struct {
		name    string
		account func(*account)
		plan    func(*remediation.SweepPlan)
		says    string
	}{
		{"switched off", func(*account) {}, func(p *remediation.SweepPlan) { p.History = false }, "is not known (SWEEP_HISTORY=false)"},
		{"refused", func(a *account) { a.Inject(refuse(history, 403, "Forbidden.RAM")) }, func(*remediation.SweepPlan) {}, "is not known (DescribeSystemEventAttribute"},
		{"not there now", func(a *account) { a.Inject(refuse(history, 503, "ServiceUnavailable")) }, func(*remediation.SweepPlan) {}, "is not known (DescribeSystemEventAttribute"},
		{"it holds events that cannot be read", func(*account) {}, func(p *remediation.SweepPlan) {
			p.Monitor = func(string) remediation.CloudMonitor { return unreadable{} }
		}, "is not known (2 events since could not be read)"},
		{"observed", func(a *account) { a.remediator.Policy.Observe = true }, func(*remediation.SweepPlan) {}, "no event"},
	} {
		inOverdueAccount(t, standin.Options{}, func(a *account) {
			a.Put(lateSecret("web-000"))
			row.account(a)
			a.wait(time.Until(morning.Add(midnight)))
			plan := a.plan()
			row.plan(&plan)
			got := a.sweep(plan)
			if summary(got) != "overdue web-000" || a.writes() != 0 {
				t.Fatalf("%s: came to %q with %d writes, want it reported and none", row.name, summary(got), a.writes())
			}
			a.wantWords(got.Listed[0].Reason, row.says)
		})
	}
}

// unreadable is a history with an event of either name that cannot be read.
type unreadable struct{}

func (unreadable) RotationEvents(context.Context, string, time.Time, time.Time, int) (remediation.HistoryPage, error) {
	return remediation.HistoryPage{Unreadable: 1}, nil
}

// In observe mode no record keeps a failure apart from a silence.
func TestAFailureThatObserveModeLeftAloneIsNotOverdue(t *testing.T) {
	inOverdueAccount(t, standin.Options{}, func(a *account) {
		a.remediator.Policy.Observe = true
		a.Put(lateSecret("web-000"))
		a.failOf("web-000")
		a.untilMidnight()
		a.wantSummary("at midnight", "would-rotate web-000")
	})
}

// A permission that is missing would fill the log with one line for each tick of a day.
func TestARefusedListingIsNotedOnceADay(t *testing.T) {
	for _, row := range []struct {
		name  string
		fault standin.Fault
		want  int
	}{
		{"refused", refuse(listSecrets, 403, "Forbidden.NoPermission"), 1},
		{"throttled", refuse(listSecrets, 429, "Rejected.Throttling"), 0},
		{"without an answer", standin.Fault{Action: listSecrets, Kind: standin.HangBefore}, 0},
	} {
		inOverdueAccount(t, standin.Options{}, func(a *account) {
			a.every = seldom
			a.Put(lateSecret("web-000"))
			a.Inject(row.fault)
			a.untilMidnight()
			var notes []string
			for range 24 * time.Hour / seldom {
				got := a.tick()
				notes = append(notes, got.Notes...)
				if summary(got) != "" {
					t.Fatalf("%s: a tick came to %q, want nothing", row.name, summary(got))
				}
			}
			if len(notes) != row.want {
				t.Fatalf("%s: %d notes in a day, want %d: %q", row.name, len(notes), row.want, notes)
			}
			if row.want > 0 {
				a.wantWords(notes[0], "kms:ListSecrets", "OVERDUE_AFTER=0", "Forbidden.NoPermission")
			}
		})
	}
}

// One secret that cannot be read must not hide those after it, and is not to appear as if it were well.
func TestASecretThatCannotBeCheckedIsCounted(t *testing.T) {
	for _, fault := range []standin.Fault{refuse(describe, 403, "Forbidden.NoPermission"), refuse(list, 500, "InternalFailure")} {
		inOverdueAccount(t, standin.Options{}, func(a *account) {
			a.Put(lateSecret("a"))
			a.Put(lateSecret("b"))
			fault.Secret = "a"
			a.Inject(fault)
			a.untilMidnight()
			a.wantSummary(fault.Action+" of the first fails", "undecided=1")
			a.wantSummary("the second", "overdue b")
		})
	}
}

// A list that breaks off must not hide for a day what it named before.
func TestWhatWasListedIsCheckedThoughTheNextPageFails(t *testing.T) {
	inOverdueAccount(t, standin.Options{}, func(a *account) {
		for i := range 2500 { // two pages for each of 24 ticks
			a.Put(lateSecret(fmt.Sprintf("late-%04d", i)))
		}
		a.Inject(later(2, refuse(listSecrets, 500, "InternalFailure")))
		a.wait(time.Until(morning.Add(midnight)))
		plan := a.plan()
		plan.Tick.Interval = time.Hour
		if got := a.sweep(plan); len(got.Listed) < 50 {
			t.Errorf("%d overdue were reported, want those of the first page", len(got.Listed))
		}
	})
}

// CloudMonitor's answer to a time before its memory is not documented, so none is asked for.
func TestEventsAreReadOnlyAsFarBackAsTheyAreKept(t *testing.T) {
	inOverdueAccount(t, standin.Options{}, func(a *account) {
		s := lateSecret("web")
		s.NextRotationDate = morning.Add(-200 * 24 * time.Hour)
		s.Versions[0].CreateTime = s.NextRotationDate.Add(-interval)
		a.Put(s)
		a.wait(time.Until(morning.Add(midnight)))
		if got := a.sweep(a.plan()); summary(got) != "overdue web" {
			t.Fatalf("came to %q", summary(got))
		}
		for _, c := range a.Calls() {
			if from, _ := strconv.ParseInt(c.Params.Get("StartTime"), 10, 64); c.Action == history && time.Since(time.UnixMilli(from)) > 91*24*time.Hour {
				t.Errorf("asked for events since %s, want 90 days at most", time.UnixMilli(from))
			}
		}
	})
}

// The timer runs for what is due: the check for what is overdue has what is left of its time, and none of it.
func TestWhatIsDueComesBeforeWhatIsOverdue(t *testing.T) {
	const (
		fleet  = 25
		ofTick = 168 // a 24th of all, of which none is due
	)
	inOverdueAccount(t, standin.Options{}, func(a *account) {
		due := a.fleet("due", fleet)
		a.enter(remediation.PhaseOpen, 5, -time.Minute, due...)
		for i := range 4000 {
			a.Put(lateSecret(fmt.Sprintf("late-%04d", i)))
		}
		a.timeout = 4 * time.Second // two of them for work, at fifteen observations a second
		a.wait(time.Until(morning.Add(midnight + time.Hour)))
		plan := a.plan()
		plan.Tick.Interval = time.Hour
		began := time.Now()
		got := a.sweep(plan)
		reported := map[remediation.Outcome]int{}
		for _, r := range got.Listed {
			reported[r.Outcome]++
		}
		if reported[remediation.NeedsHuman] != fleet || got.Unreached+len(got.Counts) != 0 {
			t.Errorf("%d of %d were given up, %d left, counts %v; want all, and none else", reported[remediation.NeedsHuman], fleet, got.Unreached, got.Counts)
		}
		n := reported[remediation.Overdue]
		if n < 1 || n > 5 {
			t.Errorf("%d overdue were reported, want those few that the time was left for", n)
		}
		want := fmt.Sprintf("%s: %d secrets were not checked for overdue rotations: no time was left", region, ofTick-n)
		if diff := cmp.Diff([]string{want}, got.Notes); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
		if took := time.Since(began); took > a.timeout-2*time.Second {
			t.Errorf("the tick took %s of %s, want two seconds less", took, a.timeout)
		}
	})
}

// KMS grants 40 such reads a second to all of an account, and others need them as well.
func TestTheCheckForOverdueDoesNotHammer(t *testing.T) {
	const most = 36 // two for each of fifteen reads, and the lists
	inOverdueAccount(t, standin.Options{}, func(a *account) {
		a.enter(remediation.PhaseOpen, 0, time.Hour, a.fleet("due", 40)...)
		for i := range 2400 {
			a.Put(lateSecret(fmt.Sprintf("late-%04d", i)))
		}
		a.wait(time.Until(morning.Add(midnight + 2*time.Hour)))
		plan := a.plan()
		plan.Tick.Interval = time.Hour
		got := a.sweep(plan)
		var times []time.Time
		for _, c := range a.Calls() {
			if slices.Contains([]string{describe, list, listTagged, listSecrets}, c.Action) {
				times = append(times, c.Time)
			}
		}
		busiest := 0
		for i, from := range times {
			n, _ := slices.BinarySearchFunc(times, from.Add(time.Second), time.Time.Compare)
			busiest = max(busiest, n-i)
		}
		if busiest > most || len(times) < 200 {
			t.Errorf("%d reads in one second, want at most %d; %d in all, %d reported", busiest, most, len(times), len(got.Listed))
		}
	})
}
