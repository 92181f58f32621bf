package cli

import (
	"context"
	"time"
)

// readsPerSecond bounds many reads: KMS takes 40 of one kind a second, CloudMonitor 20, and the function reads as well.
const readsPerSecond = 15

// Pace keeps many reads apart, and says now and then how far they are.
type Pace struct {
	made [readsPerSecond]time.Time // when the last reads were made
	next int                       // the oldest of them
	said time.Time                 // when it was reported last, or the reads began
}

// NewPace begins now.
func NewPace() *Pace { return &Pace{said: time.Now()} }

// Wait returns when the next read may be made.
func (p *Pace) Wait(ctx context.Context) {
	oldest := &p.made[p.next]
	p.next = (p.next + 1) % readsPerSecond
	timer := time.NewTimer(time.Until(oldest.Add(time.Second)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	*oldest = time.Now()
}

// Report says how far the reads are, unless they have just begun or it was said a moment ago.
func (p *Pace) Report(console *Console, format string, args ...any) {
	if time.Since(p.said) >= quietFor {
		p.said = time.Now()
		console.Warnf("… "+format, args...)
	}
}
