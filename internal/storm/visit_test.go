package storm

import (
	"context"
	"sync"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// visit is one invocation as the services see it. Its calls take their time, and when it is cut, none follows.
type visit struct {
	*world
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
func call[T any](ctx context.Context, v *visit, make func(kms *alicloud.KMS) (T, error)) (T, error) {
	var none T
	select {
	case <-time.After(latency):
	case <-ctx.Done():
	}
	n, alive := v.enter()
	if !alive {
		return none, errCut
	}
	value, err := make(v.client.KMS(region, alicloud.Credentials(standin.DefaultCredentials)))
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
		v.ledger.read(name)
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
		return v.client.CloudMonitor(region, alicloud.Credentials(standin.DefaultCredentials)).RotationEvents(ctx, name, from, to, page)
	})
}
