package storm

import (
	"context"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/accounttest"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// visit is one invocation as the services see it. Its calls take their time, and when it is cut, none follows.
type visit struct {
	fleet    *fleet
	cancel   context.CancelFunc
	cutAt    int    // the call, counted from 1; 0 for never
	cutAfter bool   // KMS still carries it out
	free     bool   // its reads are not counted
	scale    *scale // nil where its memory is not measured

	mu    sync.Mutex
	calls int
	cut   bool
}

var errCut = &remediation.CallError{Class: remediation.Transient}

// call makes one call, unless the instance is dead by then.
func call[T any](ctx context.Context, v *visit, send func(kms *alicloud.KMS) (T, error)) (T, error) {
	var none T
	select {
	case <-time.After(latency):
	case <-ctx.Done():
	}
	n, alive := v.enter()
	if !alive {
		return none, errCut
	}
	kms, _ := v.fleet.account.Client(accounttest.Region)
	value, err := send(kms)
	if n == v.cutAt {
		v.die()
		return none, errCut
	}
	return value, err
}

func (v *visit) enter() (n int, alive bool) {
	v.mu.Lock()
	v.calls++
	n, alive = v.calls, !v.cut
	v.mu.Unlock()
	if alive && n == v.cutAt && !v.cutAfter {
		v.die()
		return n, false
	}
	return n, alive
}

func (v *visit) die() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.cut = true
	v.cancel()
}

func (v *visit) read(name string) {
	if !v.free {
		v.fleet.ledger.read(name)
	}
}

func (v *visit) DescribeSecret(ctx context.Context, name string) (remediation.Secret, error) {
	v.read(name)
	v.scale.read("describe")
	return call(ctx, v, func(kms *alicloud.KMS) (remediation.Secret, error) { return kms.DescribeSecret(ctx, name) })
}

func (v *visit) CurrentVersion(ctx context.Context, name string) (remediation.Version, error) {
	v.read(name)
	return call(ctx, v, func(kms *alicloud.KMS) (remediation.Version, error) { return kms.CurrentVersion(ctx, name) })
}

func (v *visit) RotateSecret(ctx context.Context, name, id string) (string, error) {
	return call(ctx, v, func(kms *alicloud.KMS) (string, error) { return kms.RotateSecret(ctx, name, id) })
}

func (v *visit) TagSecret(ctx context.Context, name, key, value string) error {
	_, err := call(ctx, v, func(kms *alicloud.KMS) (struct{}, error) { return struct{}{}, kms.TagSecret(ctx, name, key, value) })
	return err
}

func (v *visit) UntagSecret(ctx context.Context, name, key string) error {
	_, err := call(ctx, v, func(kms *alicloud.KMS) (struct{}, error) { return struct{}{}, kms.UntagSecret(ctx, name, key) })
	return err
}

func (v *visit) ListTagged(ctx context.Context, key, token string) (remediation.TagPage, error) {
	return call(ctx, v, func(kms *alicloud.KMS) (remediation.TagPage, error) { return kms.ListTagged(ctx, key, token) })
}

func (v *visit) ListSecrets(ctx context.Context, page, size int) (remediation.SecretPage, error) {
	return call(ctx, v, func(kms *alicloud.KMS) (remediation.SecretPage, error) { return kms.ListSecrets(ctx, page, size) })
}

func (v *visit) RotationEvents(ctx context.Context, name string, from, to time.Time, page int) (remediation.HistoryPage, error) {
	v.scale.read("history")
	return call(ctx, v, func(*alicloud.KMS) (remediation.HistoryPage, error) {
		_, monitor := v.fleet.account.Client(accounttest.Region)
		return monitor.RotationEvents(ctx, name, from, to, page)
	})
}

// weighAt is the hour of a day whose first tick is weighed: the one after the storm began, when all are open. It takes the
// time of some collections.
const weighAt = 6

// scale measures the memory of a tick. It weighs while the history is read, and at the first observation after it: between
// the two, a tick uses most.
type scale struct {
	mu       sync.Mutex
	empty    int64 // before the tick
	peak     int64
	observed bool
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
		if !s.observed {
			s.observed = true
			s.weigh()
		}
	}
}

func (s *scale) weigh() { s.peak = max(s.peak, live()-s.empty) }

// live is how many bytes are in use. A pool outlives one collection.
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
