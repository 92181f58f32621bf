package remediation

import (
	"testing"
	"time"
)

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
