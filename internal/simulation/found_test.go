package simulation

import (
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// A secret that is rolled back without a word is found by the first tick of an hour, which may have no share. Without a
// record of it, each of these ticks would find it again and leave it, for ever.
func TestARolledBackSecretIsRotatedThoughTheFirstTickHasNoShare(t *testing.T) {
	w := world{
		kms:      standin.Behavior{StageMoves: standin.BeforeAndRolledBack, Work: time.Second},
		history:  historyOff,
		interval: 5 * time.Minute,
		perHour:  1, // that of the last tick of an hour
		timeout:  time.Minute,
		failing:  1,
		policy: remediation.Policy{
			Scope:       remediation.Scope{Account: account, Regions: []string{region}, Types: []string{"ECS"}, Allow: []string{"**"}},
			MaxAttempts: 5, Backoff: 10 * time.Minute, BackoffMax: time.Hour,
		},
	}
	script := []step{{kind: scheduleFails, pause: time.Second}, {kind: eventComes, pause: time.Second}}
	if broken, trace := simulate(t, w, script, limits{}, true); len(broken) > 0 {
		t.Errorf("%s: %s\n%s", broken[0].property, broken[0].detail, trace)
	}
}
