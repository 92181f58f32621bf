package simulation

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/accounttest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// epoch is the first day of a setup. A bubble begins in 2000, when CloudMonitor's milliseconds were too few to be
// recognized as such.
var epoch = time.Date(2026, time.January, 2, 0, 0, 0, 0, time.UTC)

// limits are those that a run may touch on purpose.
type limits struct {
	lag      time.Duration // how far reads of tags are behind
	together bool          // invocations come two at a time
}

// run is one script in its setup.
type run struct {
	setup
	limits
	account *accounttest.Account
	memory  *remediation.InstanceMemory
	begun   time.Time
	raised  []*raisedEvent
	accident
	oracle *oracle
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
func simulate(t *testing.T, s setup, script []step, l limits, traced bool) (broken []violation, trace []string) {
	accounttest.Run(t, epoch.Add(s.start), s.options(), func(_ *testing.T, account *accounttest.Account) {
		r := newRun(account, s, l, traced)
		r.play(script)
		broken, trace = r.oracle.broken, r.trace
	})
	return broken, trace
}

func newRun(account *accounttest.Account, s setup, l limits, traced bool) *run {
	r := &run{setup: s, limits: l, account: account, memory: &remediation.InstanceMemory{}, begun: time.Now(), traced: traced}
	account.Put(standin.Secret{Name: secret, RotationInterval: 24 * time.Hour, Rotation: s.rotation})
	account.Put(standin.Secret{Name: other})
	r.oracle = newOracle(r)
	accounttest.Wait(time.Hour)
	return r
}

func (s setup) options() standin.Options {
	return standin.Options{Behavior: s.kms, ClockSkew: s.skew, Allow: s.permitted()}
}

// permitted are the RAM actions of the role; nil is all.
func (s setup) permitted() []string {
	if s.history != historyRefused {
		return nil
	}
	return []string{"kms:DescribeSecret", "kms:ListSecretVersionIds", "kms:RotateSecret", "kms:TagResource", "kms:UntagResource", "kms:ListTagResources"}
}

func (s setup) rotation(n int) *standin.Failure {
	if s.failing >= 0 && n > s.failing {
		return nil
	}
	return &standin.Failure{Code: s.cause}
}

// play plays the script, then lets the secret come to rest.
func (r *run) play(script []step) {
	for i, s := range script {
		r.waitFor(s)
		r.log("%2d  %s", i, s)
		r.do(s)
		r.collect()
	}
	r.comeToRest()
}

func (r *run) do(s step) {
	switch s.kind {
	case scheduleFails:
		r.person(func() error { return r.account.ScheduledFailure(secret, standin.Failure{Code: r.cause}) })
	case eventComes:
		if len(r.raised) > 0 {
			r.deliver(r.raised[len(r.raised)-1-s.n%len(r.raised)])
		}
	case tickComes:
		r.tick(r.interval, s)
	case hourTickComes:
		r.tick(time.Hour, s)
	case callsGoWrong:
		r.account.Inject(s.fault)
	case instanceDies:
		r.killAt, r.killAfter = s.n+1, s.after
	case handIntrudes:
		r.intrudeAt, r.intrudeAfter = s.n+1, s.after
	case handRotates:
		r.rotateByHand()
	case handSwitches:
		r.person(func() error { r.account.Tag(secret, remediation.SwitchTag, s.value); return nil })
	case handRemoves:
		r.person(func() error { r.account.Untag(secret, remediation.RecordTag); return nil })
		r.oracle.recordLost()
	case handGarbles:
		r.person(func() error { r.account.Tag(secret, remediation.RecordTag, "v1/open/by-hand"); return nil })
		r.oracle.recordLost()
	case clockJumped:
		r.person(func() error { r.delay(); return nil })
	case othersRotate:
		r.useUpQuota(s.n)
	}
}

// person does something outside the function. An accident that cannot happen now is left out.
func (r *run) person(act func() error) {
	if err := act(); err != nil {
		r.log("    not now: %v", err)
	}
	r.oracle.refresh(nil)
}

// delay gives an open record a due time that no wait reaches. Once it is found, it counts as due.
func (r *run) delay() {
	record, found := r.oracle.record()
	if !found || record.Phase != remediation.PhaseOpen {
		return
	}
	record.Due = record.Due.AddDate(10, 0, 0)
	r.account.Tag(secret, remediation.RecordTag, record.String())
	r.oracle.series.notBefore = time.Time{}
}

// untilDue is what the contract says of a due time: one more than a day ahead counts as due.
func untilDue(record remediation.Record) time.Duration {
	if wait := time.Until(record.Due); wait <= 24*time.Hour+time.Second {
		return wait
	}
	return 0
}

func (r *run) rotateByHand() {
	r.person(func() error {
		return r.account.Rotate(secret, fmt.Sprintf("hand-%d", len(r.account.Rotations(secret))))
	})
}

// useUpQuota makes calls for another secret with the same account.
func (r *run) useUpQuota(calls int) {
	kms, _ := r.account.Client(region)
	for range calls {
		_, _ = kms.RotateSecret(context.Background(), other, fmt.Sprintf("other-%d", len(r.account.Calls())))
	}
}

func (r *run) log(format string, args ...any) {
	if r.traced {
		r.trace = append(r.trace, fmt.Sprintf("%-12s", time.Since(r.begun).Round(time.Second))+fmt.Sprintf(format, args...))
	}
}

// collect notes the events that were raised meanwhile.
func (r *run) collect() {
	for _, raw := range r.account.DrainEvents() {
		if raw.Secret != secret {
			continue
		}
		item := events.Decode(raw.Payload).Items[0]
		if item.Err != nil {
			panic(item.Err) // the stand-in follows the documented sample
		}
		event := item.Event
		r.raised = append(r.raised, &raisedEvent{Event: event, at: raw.Time})
		if event.Kind == events.Failure {
			r.oracle.failed(event.Time, raw.Time)
		}
		r.log("    raised: event %d, %s of %s", len(r.raised), event.Kind, event.Time.Format(time.DateTime))
	}
}

// waitFor lets the time before a step go by.
func (r *run) waitFor(s step) {
	switch s.wait {
	case untilItIsDue:
		if record, found := r.oracle.record(); found && record.Due.After(time.Now()) {
			r.advance(untilDue(record))
		}
	case untilNoneRuns:
		for r.running() {
			r.advance(time.Minute)
		}
	}
	r.advance(s.pause)
}

func (r *run) running() bool {
	return r.account.Running(secret)
}

// advance lets time go by. Where no history finds it, each Failure is delivered before the record that it concerns may be
// removed: that a later one is lost is a limit.
func (r *run) advance(d time.Duration) {
	until := time.Now().Add(d)
	for {
		r.collect()
		next := until
		if late := r.undelivered(); late != nil {
			next = late.at.Add(r.patience())
			if !next.After(time.Now()) {
				r.log("    without history, event %s has to come now", late.ID)
				r.deliverUntilDone(late)
				continue
			}
		} else if r.history != historyRead && r.running() {
			next = time.Now().Add(time.Minute) // it may raise an event
		}
		if !next.Before(until) {
			break
		}
		<-time.After(time.Until(next))
	}
	if d = time.Until(until); d > 0 {
		<-time.After(d)
	}
	r.collect()
}

// patience is how late a Failure may come.
func (r *run) patience() time.Duration { return r.policy.BackoffMax - r.kms.Work - 5*time.Minute }

// undelivered returns the first Failure that only its delivery reports, if there is one.
func (r *run) undelivered() *raisedEvent {
	if r.history == historyRead {
		return nil
	}
	for _, e := range r.raised {
		if e.Kind == events.Failure && !e.done {
			return e
		}
	}
	return nil
}
