package cli

import (
	"testing"
	"testing/synctest"
	"time"
)

// A person who reads must not use up the quota that the function rotates with.
func TestReadsStayBelowTheQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPace()
		var made []time.Time
		for range 100 {
			p.Wait(t.Context())
			made = append(made, time.Now())
			time.Sleep(7 * time.Millisecond) // the read
		}
		for i := readsPerSecond; i < len(made); i++ {
			if within := made[i].Sub(made[i-readsPerSecond]); within < time.Second {
				t.Fatalf("%d reads within %s, want a second or more", readsPerSecond+1, within)
			}
		}
		if took := made[99].Sub(made[0]); took > 7*time.Second {
			t.Errorf("100 reads took %s: slower than it has to be", took)
		}
	})
}
