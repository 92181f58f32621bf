package remediation

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

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
		r := Record{Phase: PhaseOpen, Opened: opened, Due: past, Replaces: versionHash(sceneARN+name, v2), Cause: "InstanceNotRunning"}
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

// tick serves one whose share is spent.
func (s *shelf) tick(clock func() time.Time) SweepResult {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r := &Remediator{
		Connect:  func(string) KMS { return s },
		Policy:   Policy{Scope: Scope{Account: "1000000000000001", Regions: []string{"cn-hangzhou"}, Types: []string{"ECS"}, Allow: []string{"**"}}, MaxAttempts: 5},
		Cooldown: &Cooldown{},
		Now:      clock,
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
				b.ReportMetric(float64(s.held())/float64(size), "held-B/record")
			}
		})
	}
}

// held is how many bytes a tick has in use when it has seen all records.
func (s *shelf) held() int64 {
	var held int64
	seen, before := 0, inUse()
	s.tick(func() time.Time {
		if seen++; seen == len(s.records) { // each record is compared with the clock once
			held = inUse() - before
		}
		return now
	})
	return held
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
	if got := newShelf(size).held() / size; got > most {
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
