package storm

import (
	"runtime"
	"sync"
	"syscall"
	"time"
)

// weighAt is the hour of a day whose first tick is weighed: the one after the storm began, when all are open. It takes the
// time of some collections.
const weighAt = 6

// scale measures what a tick holds. It weighs while the history is read, and at the first look after it: between the two,
// a tick holds most.
type scale struct {
	mu     sync.Mutex
	empty  int64 // before the tick
	peak   int64
	looked bool
}

func newScale(tick time.Time) *scale {
	if tick.IsZero() || tick.Minute() != 0 || tick.Hour() != weighAt {
		return nil
	}
	return &scale{empty: live()}
}

func (s *scale) read(action string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch action {
	case "history":
		s.weigh()
	case "describe":
		if !s.looked {
			s.looked = true
			s.weigh()
		}
	}
}

func (s *scale) weigh() { s.peak = max(s.peak, live()-s.empty) }

// live is how many bytes are in use. What lies in a pool outlives one collection.
func live() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// processorTime is what the process has used; the clock of a storm is not real.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
