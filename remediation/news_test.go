package remediation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// said is a Result as whoever is told of news reads it.
func said(r remediation.Result) string {
	if r.Notify {
		return "news: " + string(r.Outcome)
	}
	return string(r.Outcome)
}

// News goes to people's phones: a copy of an event must not ring again, and a change that is no news is never heard of.
func TestWhatOfAnEventIsNews(t *testing.T) {
	older := remediation.Version{ID: "v0", CreateTime: time.Date(1999, 12, 1, 0, 0, 0, 0, time.UTC)}
	for _, row := range []struct {
		name  string
		state func(*world)
		event func(events.Event) events.Event
		want  string
		copy  string // of the same event, a second later
	}{
		{name: "a rotation that worked", want: "news: rotated", copy: "already-rotated"},
		{name: "an attempt whose end is not seen", state: func(w *world) { w.remediator.Policy.VerifyWait = 0; w.Inject(refuse(rotate, 500, "InternalFailure")) },
			want: "news: pending", copy: "waiting"},
		{name: "the end of an episode", state: func(w *world) { w.putOf(older, remediation.PhaseOpen, 2, 0) },
			event: func(events.Event) events.Event { return succeeded() }, want: "news: recovered", copy: "already-rotated"},
		{name: "giving up", state: func(w *world) { w.put(remediation.PhaseOpen, 5, 0) }, want: "news: needs-human", copy: "needs-human"},
		{name: "a record that cannot be read", state: func(w *world) { w.Tag(secret, remediation.RecordTag, "mine") }, want: "needs-human", copy: "needs-human"},
		{name: "what stands nowhere", state: func(w *world) { w.Inject(refuse(describe, 403, "Forbidden.NoPermission")) },
			want: "news: needs-human", copy: "news: needs-human"},
		{name: "a read that failed", state: func(w *world) { w.Inject(refuse(describe, 500, "InternalFailure")) }, want: "undecided", copy: "undecided"},
		{name: "not due", state: func(w *world) { w.put(remediation.PhaseOpen, 1, time.Hour) }, want: "waiting", copy: "waiting"},
		{name: "switched off", state: func(w *world) { w.Tag(secret, remediation.SwitchTag, "off") }, want: "skipped", copy: "skipped"},
		{name: "another account's", event: func(e events.Event) events.Event { e.Account = "2"; return e }, want: "news: rejected", copy: "news: rejected"},
		{name: "another region's", event: func(e events.Event) events.Event { e.Region = "cn-beijing"; return e }, want: "skipped", copy: "skipped"},
		{name: "another event", event: func(e events.Event) events.Event { e.Kind = events.Foreign; return e }, want: "ignored", copy: "ignored"},
		{name: "what observe mode would do", state: func(w *world) { w.remediator.Policy.Observe = true }, want: "news: would-rotate", copy: "news: would-rotate"},
		{name: "what it would not", state: func(w *world) {
			w.remediator.Policy.Observe = true
			w.put(remediation.PhaseNeedsHuman, 5, 0)
		}, want: "needs-human", copy: "needs-human"},
	} {
		t.Run(strings.ReplaceAll(row.name, " ", "-"), func(t *testing.T) {
			inWorld(t, standin.Options{}, func(w *world) {
				event := w.fail()
				if row.state != nil {
					row.state(w)
				}
				if row.event != nil {
					event = row.event(event)
				}
				got := []string{said(w.handle(event))}
				w.wait(time.Second)
				got = append(got, said(w.handle(event)))
				if diff := cmp.Diff([]string{row.want, row.copy}, got); diff != "" {
					t.Errorf("the event and its copy (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// heardOf is what the ticks until after midnight listed, with the times at which it was news, and how often it was not.
func (w *world) heardOf() string {
	var news []string
	again := 0
	for time.Now().Before(morning.Add(midnight + time.Hour)) {
		for _, r := range w.tick().Listed {
			if r.Notify {
				news = append(news, fmt.Sprintf("%s %s", r.Outcome, time.Now().Format("02 15:04")))
			} else {
				again++
			}
		}
	}
	return fmt.Sprintf("%s; %d times no news", strings.Join(news, ", "), again)
}

// What a tick says again each hour is for the log. People hear of it once a day, or they stop to listen.
func TestWhatOfATickIsNews(t *testing.T) {
	const name = "web-000"
	for _, row := range []struct {
		name  string
		state func(*world)
		want  string
	}{
		{"an attempt, and that it worked", func(w *world) { w.enter(remediation.PhaseOpen, 1, -time.Minute, name) },
			"pending 19 06:30, recovered 19 07:30, already-rotated 19 14:00; 0 times no news"},
		{"giving up, and once a day that it is so", func(w *world) { w.enter(remediation.PhaseOpen, 5, -time.Minute, name) },
			"needs-human 19 06:30, needs-human 20 00:00; 0 times no news"},
		{"what could not be recorded", func(w *world) {
			w.enter(remediation.PhaseOpen, 5, -time.Minute, name)
			w.Inject(refuse(tag, 403, "Forbidden.NoPermission"))
		}, "needs-human 20 00:00; 18 times no news"},
		{"a claim that is refused", func(w *world) {
			w.enter(remediation.PhaseOpen, 1, -time.Minute, name)
			w.Inject(refuse(tag, 403, "Forbidden.NoPermission"))
		}, "needs-human 20 00:00; 18 times no news"},
		{"a cause of the account, each time it is asked for", func(w *world) {
			w.enter(remediation.PhaseOpen, 1, -time.Minute, name)
			w.Inject(refuse(rotate, 403, "Forbidden.InDebt"))
		}, "needs-human 19 06:30, needs-human 19 13:00, needs-human 19 19:30; 0 times no news"},
		{"what observe mode would do", func(w *world) {
			w.remediator.Policy.Observe = true
			w.enter(remediation.PhaseOpen, 1, -time.Minute, name)
		}, "; 19 times no news"},
		{"what it sees given up", func(w *world) {
			w.remediator.Policy.Observe = true
			w.enter(remediation.PhaseNeedsHuman, 5, -time.Minute, name)
		}, "needs-human 20 00:00; 0 times no news"},
		{"a region that cannot be read", func(w *world) { w.Inject(refuse(listTagged, 403, "Forbidden.NoPermission")) },
			"; 38 times no news"},
	} {
		t.Run(strings.ReplaceAll(row.name, " ", "-"), func(t *testing.T) {
			inTimedWorld(t, standin.Options{}, func(w *world) {
				w.every = seldom
				w.fleet("web", 1)
				row.state(w)
				if got := w.heardOf(); got != row.want {
					t.Errorf("heard %s; want %s", got, row.want)
				}
			})
		})
	}
}

// A list that the time of a tick is too short for is news like the rest of it.
func TestTheDailyListIsNewsToItsEnd(t *testing.T) {
	inTimedWorld(t, standin.Options{}, func(w *world) {
		const many = 200
		w.enter(remediation.PhaseNeedsHuman, 5, -time.Hour, w.fleet("given-up", many)...)
		w.timeout = 4 * time.Second
		w.untilMidnight()
		news := 0
		for _, r := range w.tick().Listed {
			if r.Notify {
				news++
			}
		}
		if news != many {
			t.Errorf("%d are news, want all %d: each would be missed for a day", news, many)
		}
	})
}
