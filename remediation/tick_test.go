package remediation

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

var newYear = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// An hour that sends more than its share is refused by KMS, one that sends less drains too slowly.
func TestTheTicksOfAnHourSendTheShareOfAnHour(t *testing.T) {
	intervals := 0
	for minutes := 1; minutes <= 60; minutes++ {
		interval := time.Duration(minutes) * time.Minute
		if time.Hour%interval != 0 {
			continue
		}
		intervals++
		for perHour := 1; perHour <= 50; perHour++ {
			sum, most := 0, 0
			for at := newYear; at.Before(newYear.Add(time.Hour)); at = at.Add(interval) {
				share := Tick{At: at, Interval: interval}.budget(perHour)
				sum, most = sum+share, max(most, share)
			}
			if sum != perHour || most > (perHour*minutes+59)/60 {
				t.Errorf("every %s the ticks of an hour may send %d, %d at once; want %d, evenly", interval, sum, most, perHour)
			}
		}
	}
	if intervals != 12 {
		t.Errorf("checked %d intervals, want the 12 divisors of an hour", intervals)
	}
}

// A tick that had to wait does what its place in the hour asks for, or the records of that hour would stay.
func TestATickIsNamedByWhenItWasTriggered(t *testing.T) {
	at := func(clock string) time.Time {
		moment, err := time.Parse(time.TimeOnly, clock)
		if err != nil {
			t.Fatal(err)
		}
		return newYear.Add(moment.Sub(moment.Truncate(24 * time.Hour)))
	}
	for _, row := range []struct{ name, triggered, now, want string }{
		{"one that comes at once", "06:00:00", "06:00:01", "06:00:00"},
		{"one that had to wait", "06:00:00", "06:22:00", "06:00:00"},
		{"one that was triggered a little late", "06:02:29", "06:02:30", "06:00:00"},
		{"one that was triggered a little early", "05:57:31", "05:57:32", "06:00:00"},
		{"a clock that is ahead of the timer's", "06:00:00", "07:00:00", "06:00:00"},
		{"one that is over an hour away is not believed", "06:00:00", "07:00:01", "07:00:00"},
		{"nor one from the future", "08:00:00", "06:59:59", "07:00:00"},
		{"one without a time", "", "06:04:00", "06:05:00"},
	} {
		var triggered time.Time
		if row.triggered != "" {
			triggered = at(row.triggered)
		}
		east := time.FixedZone("", 8*60*60)
		if got := TickAt(triggered.In(east), at(row.now).In(east), 5*time.Minute).At; got != at(row.want) {
			t.Errorf("%s: the tick is that of %s, want %s", row.name, got, at(row.want))
		}
	}
}

// Hours and days are those of UTC, whatever the zone of the instance.
func TestTheFirstTickOfAnHourAndOfADay(t *testing.T) {
	for _, row := range []struct {
		at        time.Duration
		hour, day bool
		window    time.Duration
	}{
		{0, true, true, 24 * time.Hour},
		{5 * time.Minute, false, false, 15 * time.Minute},
		{time.Hour, true, false, 24 * time.Hour},
		{23*time.Hour + 55*time.Minute, false, false, 15 * time.Minute},
	} {
		tick := Tick{At: newYear.Add(row.at), Interval: 5 * time.Minute}
		if tick.FirstOfHour() != row.hour || tick.FirstOfDay() != row.day || tick.window() != row.window {
			t.Errorf("at %s: opens the hour %t, the day %t, reads back %s; want %t, %t, %s", row.at, tick.FirstOfHour(), tick.FirstOfDay(), tick.window(), row.hour, row.day, row.window)
		}
	}
}

// What is left out of the order is never looked at, what is in it twice is rotated twice.
func TestEachCandidateHasOneTurn(t *testing.T) {
	for n := range 50 {
		var all []candidate
		for i := range n {
			all = append(all, candidate{name: fmt.Sprint(i % 7), since: newYear.Add(time.Duration(i/3) * time.Second)})
		}
		want := slices.Clone(all)
		order := func(a, b candidate) int {
			if a.since.Equal(b.since) {
				return slices.Compare([]byte(a.name), []byte(b.name))
			}
			return a.since.Compare(b.since)
		}
		got := fairOrder(all, Tick{At: newYear.Add(time.Duration(n) * time.Hour), Interval: time.Hour})
		slices.SortFunc(got, order)
		slices.SortFunc(want, order)
		if !slices.Equal(got, want) {
			t.Errorf("of %d candidates the order holds %v", n, got)
		}
	}
}

// The earliest come first, so that nobody waits for ever behind what fails anew; and others with them, so that what a look
// does not change holds up nobody.
func TestTheEarliestAndAMovingPointTakeTurns(t *testing.T) {
	const n = 100
	first := map[string]bool{}
	for k := range n {
		var all []candidate
		for i := range n {
			all = append(all, candidate{name: fmt.Sprintf("%03d", i), since: newYear.Add(time.Duration(i) * time.Second)})
		}
		got := fairOrder(all, Tick{At: newYear.Add(time.Duration(k) * time.Minute), Interval: time.Minute})
		if got[0].name != "000" {
			t.Fatalf("%s comes first, want the earliest", got[0].name)
		}
		first[got[1].name] = true
	}
	if len(first) < n*6/10 {
		t.Errorf("the second turn went to %d of %d in as many ticks: the others wait too long", len(first), n)
	}
}
