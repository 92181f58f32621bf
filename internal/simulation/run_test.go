package simulation

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// epoch is the first day of a world. A bubble begins in 2000, when CloudMonitor's milliseconds were too few to be
// recognized as such.
var epoch = time.Date(2026, time.January, 2, 0, 0, 0, 0, time.UTC)

// limits are those that a run may touch on purpose.
type limits struct {
	lag      time.Duration // how far reads of tags are behind
	together bool          // invocations come two at a time
}

// run is one script in its world.
type run struct {
	world
	limits
	cloud  *standin.KMS
	client *alicloud.Client
	pace   *remediation.Cooldown
	begun  time.Time
	raised []*raisedEvent
	accident
	*oracle
	trace  []string
	traced bool
}

// accident is what waits for the next invocation.
type accident struct {
	killAt, intrudeAt       int // the call, from 1; 0 for none
	killAfter, intrudeAfter bool
}

// raisedEvent is one event of the secret, and whether it was dealt with.
type raisedEvent struct {
	events.Event
	at   time.Time // by our clock
	done bool      // an invocation succeeded with it
}

// simulate plays a script in a bubble of its own and returns what it broke.
func simulate(t *testing.T, w world, script []step, l limits, traced bool) (broken []violation, trace []string) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := newRun(t, w, l, traced)
		defer stop()
		r.play(script)
		broken, trace = r.broken, r.trace
	})
	return broken, trace
}

func newRun(t *testing.T, w world, l limits, traced bool) (r *run, stop func()) {
	<-time.After(time.Until(epoch.Add(w.start)))
	r = &run{world: w, limits: l, pace: &remediation.Cooldown{}, begun: time.Now(), traced: traced}
	r.cloud = standin.New(standin.Options{Behavior: w.kms, ClockSkew: w.skew, Allow: w.permitted()})
	r.cloud.Put(standin.Secret{Name: secret, RotationInterval: 24 * time.Hour, Rotation: w.rotation})
	r.cloud.Put(standin.Secret{Name: other})
	r.oracle = newOracle(r)
	dial, hangUp := standin.Pipe(r.cloud)
	client, err := alicloud.New(alicloud.Options{KMSEndpoint: "http://127.0.0.1:1", CloudMonitorEndpoint: "http://127.0.0.1:1", DialContext: dial})
	if err != nil {
		t.Fatal(err)
	}
	r.client = client
	<-time.After(time.Hour)
	return r, func() { client.CloseIdleConnections(); hangUp() }
}

// permitted are the RAM actions of the role; nil is all.
func (w world) permitted() []string {
	if w.history != historyRefused {
		return nil
	}
	return []string{"kms:DescribeSecret", "kms:ListSecretVersionIds", "kms:RotateSecret", "kms:TagResource", "kms:UntagResource", "kms:ListTagResources"}
}

func (w world) rotation(n int) *standin.Failure {
	if w.failing >= 0 && n > w.failing {
		return nil
	}
	return &standin.Failure{Code: w.cause}
}

// play plays the script, then lets the secret come to rest.
func (r *run) play(script []step) {
	for i, s := range script {
		r.waitFor(s)
		r.say("%2d  %s", i, s)
		r.do(s)
		r.collect()
	}
	r.comeToRest()
}

func (r *run) do(s step) {
	switch s.kind {
	case scheduleFails:
		r.person(func() error { return r.cloud.ScheduledFailure(secret, standin.Failure{Code: r.cause}) })
	case eventComes:
		if len(r.raised) > 0 {
			r.deliver(r.raised[len(r.raised)-1-s.n%len(r.raised)])
		}
	case tickComes:
		r.tick(r.interval, s)
	case hourTickComes:
		r.tick(time.Hour, s)
	case callsGoWrong:
		r.cloud.Inject(s.fault)
	case instanceDies:
		r.killAt, r.killAfter = s.n+1, s.after
	case handIntrudes:
		r.intrudeAt, r.intrudeAfter = s.n+1, s.after
	case handRotates:
		r.rotateByHand()
	case handSwitches:
		r.person(func() error { r.cloud.Tag(secret, remediation.SwitchTag, s.value); return nil })
	case handRemoves:
		r.person(func() error { r.cloud.Untag(secret, remediation.RecordTag); return nil })
		r.recordTakenAway()
	case handGarbles:
		r.person(func() error { r.cloud.Tag(secret, remediation.RecordTag, "v1/open/by-hand"); return nil })
		r.recordTakenAway()
	case othersRotate:
		r.useUpQuota(s.n)
	}
}

// person does something outside the function. What cannot be done now is left.
func (r *run) person(act func() error) {
	if err := act(); err != nil {
		r.say("    not now: %v", err)
	}
	r.look(nil)
}

func (r *run) rotateByHand() {
	r.person(func() error { return r.cloud.Rotate(secret, fmt.Sprintf("hand-%d", len(r.cloud.Rotations(secret)))) })
}

// useUpQuota makes calls for another secret with the same account.
func (r *run) useUpQuota(calls int) {
	kms := r.client.KMS(region, alicloud.Credentials(standin.DefaultCredentials))
	for range calls {
		_, _ = kms.RotateSecret(context.Background(), other, fmt.Sprintf("other-%d", len(r.cloud.Calls())))
	}
}

func (r *run) say(format string, args ...any) {
	if r.traced {
		r.trace = append(r.trace, fmt.Sprintf("%-12s", time.Since(r.begun).Round(time.Second))+fmt.Sprintf(format, args...))
	}
}
