package remediation

import (
	"testing"
	"time"
)

// A wait that is too short spends the attempts while a rotation runs; one that is too long keeps a secret stale.
func TestWaitsGrowAndAreCapped(t *testing.T) {
	const m, h = time.Minute, time.Hour
	for _, row := range []struct {
		name   string
		policy Policy
		waits  []time.Duration // after attempt 0, 1, 2, ...
	}{
		{"the default", Policy{MaxAttempts: 5, Backoff: 10 * m, BackoffMax: 6 * h}, []time.Duration{0, 10 * m, 30 * m, 90 * m, 270 * m, 10 * m, 10 * m}},
		{"a cap that is reached", Policy{MaxAttempts: 6, Backoff: 10 * m, BackoffMax: h}, []time.Duration{0, 10 * m, 30 * m, h, h, h, 10 * m}},
		{"a cap that is met exactly", Policy{MaxAttempts: 4, Backoff: 10 * m, BackoffMax: 30 * m}, []time.Duration{0, 10 * m, 30 * m, 30 * m, 10 * m}},
		{"no room to grow", Policy{MaxAttempts: 4, Backoff: 10 * m, BackoffMax: 10 * m}, []time.Duration{0, 10 * m, 10 * m, 10 * m, 10 * m}},
		{"one attempt", Policy{MaxAttempts: 1, Backoff: 10 * m, BackoffMax: 6 * h}, []time.Duration{0, 10 * m, 10 * m}},
	} {
		for n, want := range row.waits {
			if got := row.policy.WaitAfter(n); got != want {
				t.Errorf("%s: %s after attempt %d, want %s", row.name, got, n, want)
			}
		}
	}
	if got := (Policy{MaxAttempts: MaxAttemptsLimit, Backoff: time.Second, BackoffMax: 24 * h}).WaitAfter(MaxAttemptsLimit - 1); got != 24*h {
		t.Errorf("%s after very many attempts, want the cap", got)
	}
}
