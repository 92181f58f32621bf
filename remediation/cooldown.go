package remediation

import (
	"sync"
	"time"
)

// Cooldown remembers, for each region, that KMS throttled a rotation of this instance, so that new failures queue up for the
// timer instead of being refused one by one. It is shared by all invocations of an instance. The zero value is ready.
type Cooldown struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// Held reports whether rotations of region are left to the timer now.
func (p *Cooldown) Active(region string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return now.Before(p.until[region])
}

func (p *Cooldown) hold(region string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until == nil {
		p.until = make(map[string]time.Time)
	}
	p.until[region] = until
}
