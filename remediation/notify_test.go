package remediation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// said is a Result as whoever is notified reads it.
func said(r remediation.Result) string {
	if r.Notify {
		return "notify: " + string(r.Outcome)
	}
	return string(r.Outcome)
}

// A notification goes to people's phones: a copy of an event must not ring again, and a change that does not notify is never heard of.
func TestWhatOfAnEventNotifies(t *testing.T) {
	older := remediation.Version{ID: "v0", CreateTime: time.Date(1999, 12, 1, 0, 0, 0, 0, time.UTC)}
	for _, row := range []struct {
		name  string
		state func(*account)
		event func(events.Event) events.Event
		want  string
		copy  string // of the same event, a second later
	}{
		{name: "a rotation that worked", want: "notify: rotated", copy: "already-rotated"},
		{name: "an attempt whose end is not seen", state: func(a *account) { a.remediator.Policy.VerifyWait = 0; a.Inject(refuse(rotate, 500, "InternalFailure")) },
			want: "notify: pending", copy: "waiting"},
		{name: "the end of an episode", state: func(a *account) { a.putOf(older, remediation.PhaseOpen, 2, 0) },
			event: func(events.Event) events.Event { return succeeded() }, want: "notify: recovered", copy: "already-rotated"},
		{name: "giving up", state: func(a *account) { a.put(remediation.PhaseOpen, 5, 0) }, want: "notify: needs-human", copy: "needs-human"},
		{name: "a record that cannot be read", state: func(a *account) { a.Tag(secret, remediation.RecordTag, "theirs") }, want: "needs-human", copy: "needs-human"},
		{name: "what is on no secret", state: func(a *account) { a.Inject(refuse(describe, 403, "Forbidden.NoPermission")) },
			want: "notify: needs-human", copy: "notify: needs-human"},
		{name: "a read that failed", state: func(a *account) { a.Inject(refuse(describe, 500, "InternalFailure")) }, want: "undecided", copy: "undecided"},
		{name: "not due", state: func(a *account) { a.put(remediation.PhaseOpen, 1, time.Hour) }, want: "waiting", copy: "waiting"},
		{name: "the cause of the last attempt alone", state: func(a *account) { a.put(remediation.PhaseOpen, 1, 5*time.Minute) }, want: "waiting", copy: "waiting"},
		{name: "switched off", state: func(a *account) { a.Tag(secret, remediation.SwitchTag, "off") }, want: "skipped", copy: "skipped"},
		{name: "another account's", event: func(e events.Event) events.Event { e.Account = "2"; return e }, want: "notify: rejected", copy: "notify: rejected"},
		{name: "another region's", event: func(e events.Event) events.Event { e.Region = "cn-beijing"; return e }, want: "skipped", copy: "skipped"},
		{name: "another event", event: func(e events.Event) events.Event { e.Kind = events.Foreign; return e }, want: "ignored", copy: "ignored"},
		{name: "what observe mode would do", state: func(a *account) { a.remediator.Policy.Observe = true }, want: "notify: would-rotate", copy: "notify: would-rotate"},
		{name: "what it would not", state: func(a *account) {
			a.remediator.Policy.Observe = true
			a.put(remediation.PhaseNeedsHuman, 5, 0)
		}, want: "needs-human", copy: "needs-human"},
	} {
		t.Run(strings.ReplaceAll(row.name, " ", "-"), func(t *testing.T) {
			inAccount(t, standin.Options{}, func(a *account) {
				event := a.fail()
				if row.state != nil {
					row.state(a)
				}
				if row.event != nil {
					event = row.event(event)
				}
				got := []string{said(a.handle(event))}
				a.wait(time.Second)
				got = append(got, said(a.handle(event)))
				if diff := cmp.Diff([]string{row.want, row.copy}, got); diff != "" {
					t.Errorf("the event and its copy (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// heardOf is what the ticks until after midnight listed, with the times at which it notified, and how often it was not.
func (a *account) heardOf() string {
	var notified []string
	again := 0
	for time.Now().Before(morning.Add(midnight + time.Hour)) {
		for _, r := range a.tick().Listed {
			if r.Notify {
				notified = append(notified, fmt.Sprintf("%s %s", r.Outcome, time.Now().Format("02 15:04")))
			} else {
				again++
			}
		}
	}
	return fmt.Sprintf("%s; %d times without", strings.Join(notified, ", "), again)
}

// A reminder of each hour is for the log. People hear of it once a day, or they stop to listen.
func TestWhatOfATickNotifies(t *testing.T) {
	const name = "web-000"
	for _, row := range []struct {
		name  string
		state func(*account)
		want  string
	}{
		{"an attempt, and that it worked", func(a *account) { a.enter(remediation.PhaseOpen, 1, -time.Minute, name) },
			"pending 19 06:30, recovered 19 07:30, already-rotated 19 14:00; 0 times without"},
		{"giving up, and once a day that it is so", func(a *account) { a.enter(remediation.PhaseOpen, 5, -time.Minute, name) },
			"needs-human 19 06:30, needs-human 20 00:00; 0 times without"},
		{"what could not be recorded", func(a *account) {
			a.enter(remediation.PhaseOpen, 5, -time.Minute, name)
			a.Inject(refuse(tag, 403, "Forbidden.NoPermission"))
		}, "needs-human 20 00:00; 18 times without"},
		{"a claim that is refused", func(a *account) {
			a.enter(remediation.PhaseOpen, 1, -time.Minute, name)
			a.Inject(refuse(tag, 403, "Forbidden.NoPermission"))
		}, "needs-human 20 00:00; 18 times without"},
		{"a cause of the account, each time it is asked for", func(a *account) {
			a.enter(remediation.PhaseOpen, 1, -time.Minute, name)
			a.Inject(refuse(rotate, 403, "Forbidden.InDebt"))
		}, "needs-human 19 06:30, needs-human 19 13:00, needs-human 19 19:30; 0 times without"},
		{"what observe mode would do", func(a *account) {
			a.remediator.Policy.Observe = true
			a.enter(remediation.PhaseOpen, 1, -time.Minute, name)
		}, "; 19 times without"},
		{"what it sees given up", func(a *account) {
			a.remediator.Policy.Observe = true
			a.enter(remediation.PhaseNeedsHuman, 5, -time.Minute, name)
		}, "needs-human 20 00:00; 0 times without"},
		{"a region that cannot be read", func(a *account) { a.Inject(refuse(listTagged, 403, "Forbidden.NoPermission")) },
			"; 38 times without"},
	} {
		t.Run(strings.ReplaceAll(row.name, " ", "-"), func(t *testing.T) {
			inTimedAccount(t, standin.Options{}, func(a *account) {
				a.every = seldom
				a.fleet("web", 1)
				row.state(a)
				if got := a.heardOf(); got != row.want {
					t.Errorf("heard %s; want %s", got, row.want)
				}
			})
		})
	}
}

// A list that the time of a tick is too short for notifies like the rest of it.
func TestTheDailyListNotifiesToItsEnd(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		const many = 200
		a.enter(remediation.PhaseNeedsHuman, 5, -time.Hour, a.fleet("given-up", many)...)
		a.timeout = 4 * time.Second
		a.untilMidnight()
		notified := 0
		for _, r := range a.tick().Listed {
			if r.Notify {
				notified++
			}
		}
		if notified != many {
			t.Errorf("%d notify, want all %d: each would be missed for a day", notified, many)
		}
	})
}

const midnight = 18 * time.Hour // after the morning

// heard is what ticks listed until then, but for the attempts.
func (a *account) heard(until time.Duration) []string {
	var said []string
	for _, line := range listing(a.ticks(morning.Add(until))) {
		if !strings.HasPrefix(line, "pending") {
			said = append(said, line)
		}
	}
	return said
}

func (a *account) wantHeard(when string, until time.Duration, want ...string) {
	a.t.Helper()
	if diff := cmp.Diff(want, a.heard(until)); diff != "" {
		a.t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

// hopeless creates a secret whose rotations all fail, and lets the schedule fail.
func (a *account) hopeless() string {
	const name = "web-000"
	a.Put(standin.Secret{Name: name, Rotation: standin.FailFirst(1000, standin.Failure{})})
	a.failOf(name)
	return name
}

// An alarm that repeats is switched off, one that comes once is missed: so it is said once, and then once a day.
func TestGivingUpIsReportedOnceAndThenDaily(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		name := a.hopeless()
		a.wantHeard("the first day", midnight-every, "needs-human "+name)
		if got := len(a.Rotations(name)); got != 6 || a.recordOf(name) != "needs-human 5" {
			t.Errorf("%d rotations and record %q, want the schedule's and five of ours, and needs-human", got, a.recordOf(name))
		}
		a.every = seldom
		a.wantHeard("the second", midnight+24*time.Hour-seldom, "needs-human "+name)
		a.wantHeard("the third", midnight+48*time.Hour-seldom, "needs-human "+name)
		if got := len(a.Rotations(name)); got != 6 {
			t.Errorf("%d rotations, want none after giving up", got)
		}
	})
}

// A person who repaired it by hand wants to hear that it is over, and the next failure has to find all attempts unspent.
func TestWhatWasGivenUpIsOverOnceAnotherVersionIsCurrent(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		name := a.hopeless()
		a.heard(12 * time.Hour)
		a.every = seldom
		a.Put(standin.Secret{Name: name, Tags: tagsOf(a, name), Versions: []standin.Version{
			{ID: "v1", CreateTime: morning, Stages: []string{"ACSPrevious"}},
			{ID: "by-hand", CreateTime: time.Now(), Stages: []string{"ACSCurrent"}},
		}})
		a.wantHeard("until the record is gone", 24*time.Hour, "recovered "+name, "already-rotated "+name)
		if got := a.recordOf(name); got != "" {
			t.Errorf("the record is %q, want none once it has settled", got)
		}
		a.failOf(name)
		a.tick()
		if got := a.recordOf(name); got != "open 1" {
			t.Errorf("after another failure the record is %q, want a new count", got)
		}
	})
}

func tagsOf(a *account, name string) map[string]string {
	s, _ := a.Secret(name)
	return s.Tags
}

// Removing the record is how a person says: try again.
func TestARemovedRecordStartsAnew(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		name := a.hopeless()
		a.heard(10*time.Hour + 30*time.Minute)
		a.Untag(name, remediation.RecordTag)
		before := len(a.Rotations(name))
		a.ticks(morning.Add(11*time.Hour + every))
		if got := len(a.Rotations(name)); got != before+1 || a.recordOf(name) != "open 1" {
			t.Errorf("%d rotations more and record %q, want one and a new count: the history holds the failure", got-before, a.recordOf(name))
		}
	})
}

// A permission that was forgotten must not give up a fleet: once it is granted, all go on without a hand.
func TestACauseOfTheAccountGoesOnByItselfOnceRepaired(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		names := a.fleet("web", 2)
		for _, name := range names {
			a.failOf(name)
		}
		a.Inject(refuse(rotate, 403, "Forbidden.NoPermission"))
		a.wantHeard("while it is denied", 5*time.Hour, "needs-human web-000", "needs-human web-001")
		for _, name := range names {
			if got := a.recordOf(name); got != "open 0" {
				t.Errorf("%s: the record is %q, want open and the attempt refunded", name, got)
			}
		}
		a.ClearFaults()
		a.ticks(morning.Add(7 * time.Hour))
		for _, name := range names {
			if !a.rotated(name) {
				t.Errorf("%s is not rotated although it is repaired", name)
			}
		}
	})
}

// A needs-human that is on no secret is seen nowhere else: it is said again each hour, with what to do.
func TestWhatCannotBeRecordedIsListedHourly(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		a.enter(remediation.PhaseOpen, 1, -time.Minute, a.fleet("web", 1)...)
		a.Inject(refuse(describe, 403, "Forbidden.NoPermission"))
		a.wantHeard("five minutes to", time.Hour-every)
		a.wantHeard("two hours later", 2*time.Hour+every, "needs-human web-000", "needs-human web-000")
	})
}

// All that needs a person is on one list a day, whoever missed the first message.
func TestTheFirstTickOfADayListsAllThatNeedsAHuman(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		a.enter(remediation.PhaseNeedsHuman, 5, -time.Minute, a.fleet("given-up", 2)...)
		a.Tag(a.fleet("odd", 1)[0], remediation.RecordTag, "theirs")
		a.enter(remediation.PhaseOpen, 1, 23*time.Hour, a.fleet("later", 1)...)
		a.every = seldom
		a.wantSummary("half past", "waiting=1, needs-human=3")
		if n := a.asked(describe, ""); n != 0 {
			t.Errorf("%d observations, want none before the hour: nobody waits for what they would report", n)
		}
		a.wantHeard("until midnight", midnight-seldom)
		a.wantSummary("before midnight", "waiting=1, needs-human=3")
		got := listing(a.tick().Listed)
		slices.Sort(got)
		if diff := cmp.Diff([]string{"needs-human given-up-000", "needs-human given-up-001", "needs-human odd-000"}, got); diff != "" {
			t.Errorf("at midnight (-want +got):\n%s", diff)
		}
		if n := a.asked(tag, "") + a.asked(rotate, ""); n != 0 {
			t.Errorf("%d writes, want none", n)
		}
	})
}
