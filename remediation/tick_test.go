package remediation

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

var newYear = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// An hour that sends more than its budget is refused by KMS, one that sends less drains too slowly.
func TestTheTicksOfAnHourSendTheBudgetOfAnHour(t *testing.T) {
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
				budget := Tick{At: at, Interval: interval}.budget(perHour)
				sum, most = sum+budget, max(most, budget)
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

// A secret that is left out of the order is never observed, one that is in it twice is rotated twice.
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

// The earliest come first, so that nobody waits for ever behind what fails anew; and others with them, so that what an observation
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

// The first tick of an hour has the most to do. A part that were always its part might never be observed.
func TestThePartsOfADayComeToOtherTicksEachDay(t *testing.T) {
	for minutes := 1; minutes <= 60; minutes++ {
		interval := time.Duration(minutes) * time.Minute
		if time.Hour%interval != 0 {
			continue
		}
		ticks := int(day / interval)
		first := map[int]bool{} // parts that the first tick of a day has
		for k := range ticks {
			part, _ := Tick{At: newYear.Add(time.Duration(k) * day), Interval: interval}.ofDay()
			first[part] = true
		}
		if len(first) != ticks {
			t.Errorf("every %s: %d parts come to the first tick of %d days, want each once", interval, len(first), ticks)
		}
		opens := map[int]bool{} // parts that ticks which open an hour have
		for hour := range 48 {
			part, _ := Tick{At: newYear.Add(time.Duration(hour) * time.Hour), Interval: interval}.ofDay()
			if opens[part] && minutes < 60 {
				t.Errorf("every %s: part %d comes to a tick that opens an hour on two days running", interval, part)
			}
			opens[part] = true
		}
	}
}

// A secret that is on no page of a day is observed by nobody, whatever the size of the fleet.
func TestThePagesOfADayHoldEachSecretOnce(t *testing.T) {
	for _, interval := range []time.Duration{time.Minute, 5 * time.Minute, 12 * time.Minute, time.Hour} {
		for _, total := range []int{0, 1, 5, 24, 287, 288, 289, 700, 2400, 2401, 28_800, 28_801, 100_000} {
			seen := make([]int, total)
			for at := second.Truncate(day); at.Before(second.Truncate(day).Add(day)); at = at.Add(interval) {
				first, pages, size := Tick{At: at, Interval: interval}.pagesOf(total)
				if size > maxSecretPage {
					t.Fatalf("%d secrets, every %s: a page of %d, which KMS refuses", total, interval, size)
				}
				for i := (first - 1) * size; i < min((first-1+pages)*size, total); i++ {
					seen[i]++
				}
			}
			for i, n := range seen {
				if n != 1 {
					t.Fatalf("%d secrets, every %s: number %d is on %d pages, want one", total, interval, i, n)
				}
			}
		}
	}
}

// Some times have fractions and KMS's have none: a success that only seems later would hide a failure for good.
func TestInAnEqualSecondTheFailureCounts(t *testing.T) {
	second := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	failure := events.Event{Kind: events.Failure, SecretName: "s", Time: second}
	success := events.Event{Kind: events.Success, SecretName: "s", Time: second.Add(300 * time.Millisecond)}
	later := events.Event{Kind: events.Success, SecretName: "s", Time: second.Add(time.Second)}
	for _, row := range []struct {
		name  string
		added []events.Event
		want  events.Kind
	}{
		{"the failure first", []events.Event{failure, success}, events.Failure},
		{"the failure last", []events.Event{success, failure}, events.Failure},
		{"a success a second later", []events.Event{failure, later}, events.Success},
		{"which came first", []events.Event{later, failure}, events.Success},
	} {
		h := newestEvents{}
		for _, event := range row.added {
			h.add(event)
		}
		if got := h["s"].Kind; got != row.want {
			t.Errorf("%s: the newest is a %s, want %s", row.name, got, row.want)
		}
	}
}

// fleetSizes are how many records are open when the cost of a tick is measured.
var fleetSizes = []int{0, 20, 200, 2000}

// shelf is a KMS with records that nobody may try yet, so that what a tick costs is its own.
type shelf struct {
	KMS     // none: nothing but the list is asked for
	records []Tagged
}

func newShelf(size int) *shelf {
	s := &shelf{}
	for i := range size {
		name := fmt.Sprintf("acs/ecs/web-%04d", i)
		r := Record{Phase: PhaseOpen, Opened: opened, Due: past, Replaces: HashOf(sceneARN+name, v2), Cause: "InstanceNotRunning"}
		s.records = append(s.records, Tagged{Secret: name, Value: r.String()})
	}
	return s
}

// ListTagged gives pages as KMS does, in memory of their own.
func (s *shelf) ListTagged(_ context.Context, _, token string) (TagPage, error) {
	const perPage = 200
	from, _ := strconv.Atoi(token)
	to := min(from+perPage, len(s.records))
	page := TagPage{Tagged: make([]Tagged, 0, perPage)}
	for _, one := range s.records[from:to] {
		page.Tagged = append(page.Tagged, Tagged{Secret: strings.Clone(one.Secret), Value: strings.Clone(one.Value)})
	}
	if to < len(s.records) {
		page.Next = strconv.Itoa(to)
	}
	return page, nil
}

// tick serves one whose budget is spent.
func (s *shelf) tick(clock func() time.Time) SweepResult {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r := &Remediator{
		Connect: func(string) KMS { return s },
		Policy:  Policy{Scope: Scope{Account: "1000000000000001", Regions: []string{"cn-hangzhou"}, Types: []string{"ECS"}, Allow: []string{"**"}}, MaxAttempts: 5},
		Memory:  &InstanceMemory{},
		Now:     clock,
	}
	return r.Sweep(ctx, SweepPlan{
		Tick: Tick{At: second.Truncate(time.Hour).Add(5 * time.Minute), Interval: 5 * time.Minute}, PerHour: 1,
		Monitor: func(string) CloudMonitor { return nil },
	})
}

func clock() time.Time { return now }

// A fleet must not make each of its secrets dearer than a single one is.
func BenchmarkTick(b *testing.B) {
	for _, size := range fleetSizes {
		b.Run(fmt.Sprintf("%d records", size), func(b *testing.B) {
			s := newShelf(size)
			b.ReportAllocs()
			for b.Loop() {
				if got := s.tick(clock).Counts[Waiting]; got != size {
					b.Fatalf("%d wait, want %d", got, size)
				}
			}
			if size > 0 {
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/record")
				b.ReportMetric(float64(s.inUseByATick())/float64(size), "in-use-B/record")
			}
		})
	}
}

// inUseByATick is how many bytes a tick has in use when it has seen all records.
func (s *shelf) inUseByATick() int64 {
	var most int64
	seen, before := 0, inUse()
	s.tick(func() time.Time {
		if seen++; seen == len(s.records) { // each record is compared with the clock once
			most = inUse() - before
		}
		return now
	})
	return most
}

func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// An instance has 128 MB, and a fleet that fails together has no upper bound but the account's.
func TestATickHoldsLittleForEachRecord(t *testing.T) {
	const size, most = 2000, 256 // bytes: its name, its value, and its place in the order
	if got := newShelf(size).inUseByATick() / size; got > most {
		t.Errorf("a tick holds %d bytes for each of %d records, want at most %d", got, size, most)
	}
}

// With a cost that grows with the fleet, the largest storms would not fit into a tick.
func TestATickCostsTheSameForEachRecord(t *testing.T) {
	perRecord := func(size int) float64 {
		s := newShelf(size)
		return testing.AllocsPerRun(5, func() { s.tick(clock) }) / float64(size)
	}
	if small, large := perRecord(200), perRecord(2000); large > 1.1*small {
		t.Errorf("%.2f allocations for each of 2000 records, %.2f for each of 200; want no more", large, small)
	}
}
