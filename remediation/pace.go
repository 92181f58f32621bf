package remediation

import (
	"sync"
	"time"
)

// Pace remembers, for each region, that KMS throttled a rotation of this instance, so that new failures queue up for the
// timer instead of being refused one by one. It is shared by all invocations of an instance. The zero value is ready.
type Pace struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// Held reports whether rotations of region are left to the timer now.
func (p *Pace) Held(region string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return now.Before(p.until[region])
}

func (p *Pace) hold(region string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until == nil {
		p.until = make(map[string]time.Time)
	}
	p.until[region] = until
}
