package remediation

import (
	"testing"
	"time"
)

// The first tick of an hour has the most to do. A part that were always its part might never be looked at.
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

// Whoever is on no page of a day is looked at by nobody, whatever the size of the fleet.
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
