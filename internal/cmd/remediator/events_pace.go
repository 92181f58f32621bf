package main

import (
	"context"
	"time"
)

// readsPerSecond bounds many reads: KMS takes 40 of one kind a second, CloudMonitor 20, and the function reads as well.
const readsPerSecond = 15

// pace keeps many reads apart, and says now and then how far they are.
type pace struct {
	made [readsPerSecond]time.Time // when the last reads were made
	next int                       // the oldest of them
	said time.Time                 // when it was told last, or the reads began
}

func newPace() *pace { return &pace{said: time.Now()} }

// wait returns when the next read may be made.
func (p *pace) wait(ctx context.Context) {
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

// tell says how far the reads are, unless they have just begun or it was said a moment ago.
func (p *pace) tell(told *console, format string, args ...any) {
	if time.Since(p.said) >= quietFor {
		p.said = time.Now()
		told.remark("… "+format, args...)
	}
}
