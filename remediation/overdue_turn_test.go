package remediation_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// What belongs to a tick that is full each day would never be looked at: its password is never rotated again, unheard.
func TestASecretOfAFullTickHasItsTurnTheNextDay(t *testing.T) {
	inOverdueWorld(t, standin.Options{}, func(w *world) {
		w.every, w.timeout = seldom, 2500*time.Millisecond // half a second for work, at fifteen looks a second
		w.Put(lateSecret("a-late"))                        // the first tick's, which is full like that of each hour
		w.enter(remediation.PhaseNeedsHuman, 5, -time.Hour, w.fleet("given-up", 10)...)
		w.untilMidnight()
		var told []int // on each day
		for day := range 2 {
			told = append(told, 0)
			for _, r := range w.ticks(morning.Add(midnight + time.Duration(day+1)*24*time.Hour)) {
				if r.Outcome == remediation.Overdue {
					told[day]++
				}
			}
		}
		if diff := cmp.Diff([]int{0, 1}, told); diff != "" {
			t.Errorf("how often it was told on either day (-want +got):\n%s", diff)
		}
	})
}
