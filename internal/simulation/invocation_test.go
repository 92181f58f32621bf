package simulation

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// invocation is one run of the function, and what it has seen and done so far.
type invocation struct {
	run    *run
	oracle *oracle
	accident
	tick   *remediation.Tick           // nil for an event
	memory *remediation.InstanceMemory // what the instance remembers
	begun  time.Time
	calls  int
	dead   bool

	off        bool                // it has read that the secret is switched off
	observed   remediation.Version // the version that it saw current last
	observedAt time.Time
	episode    string // the version that the record named when it was read, or claimed
	claim      *claim
	saved      string            // the open record that it wrote without a new attempt
	requested  string            // the VersionId that it asked for
	refusal    remediation.Class // of RotateSecret
	past       pastRead
	removed    bool
}

// pastRead is what a tick read of the failures in the history.
type pastRead struct {
	from    time.Time // to the end, from here; zero for nothing
	refused bool
}

// killed stops an invocation at one of its calls, and all that it would have done after.
type killed struct{}

// retries are the pauses before the platform's own attempts at an asynchronous invocation that failed.
var retries = []time.Duration{time.Minute, 2 * time.Minute}

// deliver hands an event to the function, as often as the platform does.
func (r *run) deliver(e *raisedEvent) {
	if r.together {
		r.deliverTwice(e)
		return
	}
	for try := 0; ; try++ {
		if r.handle(e) || try == len(retries) {
			return
		}
		<-time.After(retries[try])
		r.collect()
	}
}

// deliverUntilDone goes on where the platform gives up, as a person does with what the failure destination holds.
func (r *run) deliverUntilDone(e *raisedEvent) {
	for range 100 {
		if r.handle(e) {
			return
		}
		r.collect()
	}
	r.oracle.violate(ComesToRest, "event %s fails for ever", e.ID)
	e.done = true
}

// deliverTwice lets two invocations with the same event overlap.
func (r *run) deliverTwice(e *raisedEvent) {
	var both sync.WaitGroup
	both.Go(func() { r.handle(e) })
	<-time.After(time.Duration(len(r.raised)%3) * 700 * time.Millisecond)
	both.Go(func() { r.handle(e) })
	both.Wait()
}

// handle is one invocation with an event, and reports whether it succeeded.
func (r *run) handle(e *raisedEvent) bool {
	result, alive := invoke(r, nil, func(ctx context.Context, m *remediation.Remediator, i *invocation) remediation.Result {
		result := m.HandleEvent(ctx, e.Event)
		i.checkResult(result)
		return result
	})
	if !alive || result.Failed() {
		return false
	}
	r.oracle.mu.Lock()
	defer r.oracle.mu.Unlock()
	e.done = true
	if e.Kind == events.Failure {
		r.oracle.handled(e.Time, result)
	}
	return true
}

// sweep is one invocation by the timer.
func (r *run) sweep(triggered time.Time) {
	tick := remediation.TickAt(triggered, time.Now(), r.interval)
	_, _ = invoke(r, &tick, func(ctx context.Context, m *remediation.Remediator, i *invocation) remediation.SweepResult {
		swept := m.Sweep(ctx, remediation.SweepPlan{
			Tick: tick, History: r.history != historyOff, PerHour: r.perHour,
			Monitor: func(region string) remediation.CloudMonitor {
				_, monitor := r.account.Client(region)
				return watchedMonitor{monitor, i}
			},
		})
		for _, result := range swept.Listed {
			i.checkResult(result)
		}
		r.oracle.mu.Lock()
		defer r.oracle.mu.Unlock()
		r.log("      counts %v, notes %v", swept.Counts, swept.Notes)
		return swept
	})
}

// tick waits for the next multiple of every, and lets its tick come a little late.
func (r *run) tick(every time.Duration, s step) {
	triggered := time.Now().Truncate(every).Add(every)
	r.advance(time.Until(triggered) + late(s))
	if s.n == 0 && !s.after {
		triggered = time.Time{} // unreadable
	}
	if r.together && len(r.raised) > 0 {
		var both sync.WaitGroup
		both.Go(func() { r.handle(r.raised[len(r.raised)-1]) })
		defer both.Wait()
	}
	r.sweep(triggered)
}

// late is how long the tick of a step had to wait.
func late(s step) time.Duration {
	if s.after && s.n%3 == 0 {
		return time.Duration(s.n) * 4 * time.Minute
	}
	return time.Duration(s.n) * time.Second
}

// invoke starts an invocation, with the accident that waits for it. alive is whether it came to its end.
func invoke[T any](r *run, tick *remediation.Tick, serve func(context.Context, *remediation.Remediator, *invocation) T) (result T, alive bool) {
	r.oracle.mu.Lock()
	i := &invocation{run: r, oracle: r.oracle, accident: r.accident, tick: tick, memory: r.memory, begun: time.Now()}
	r.accident = accident{}
	r.oracle.mu.Unlock()
	ctx, stop := context.WithTimeout(context.Background(), r.timeout)
	defer stop()
	defer func() {
		cause := recover()
		alive = cause == nil
		if alive {
			return
		}
		r.oracle.mu.Lock()
		defer r.oracle.mu.Unlock()
		r.memory = &remediation.InstanceMemory{} // of another instance
		if cause != any(killed{}) {
			r.oracle.violate(NothingPanics, "%v", cause)
		}
	}()
	return serve(ctx, &remediation.Remediator{
		Connect: func(region string) remediation.KMS {
			kms, _ := r.account.Client(region)
			return watchedKMS{kms, i}
		},
		Policy: r.policy, Memory: i.memory, Now: time.Now,
	}, i), true
}

// enter comes before each call, and may be the end.
func (i *invocation) enter(call string) {
	i.oracle.mu.Lock()
	defer i.oracle.mu.Unlock()
	i.calls++
	if i.dead || i.calls == i.killAt && !i.killAfter {
		i.die("before " + call)
	}
	if i.calls == i.intrudeAt && !i.intrudeAfter {
		i.run.rotateByHand()
	}
	i.run.collect()
}

// leave comes after each call.
func (i *invocation) leave(call string, err error) {
	i.oracle.mu.Lock()
	defer i.oracle.mu.Unlock()
	i.run.log("      %-60s %s", call, came(err))
	if i.calls == i.intrudeAt && i.intrudeAfter {
		i.run.rotateByHand()
	}
	if i.calls == i.killAt && i.killAfter {
		i.die("after " + call)
	}
}

func (i *invocation) die(when string) {
	i.dead = true
	i.run.log("      killed %s", when)
	panic(killed{})
}

func came(err error) string {
	if err == nil {
		return "ok"
	}
	return fmt.Sprint(err)
}

// watchedKMS is the real client, and reports each call to the oracle: its arguments, its answer, and its effect.
type watchedKMS struct {
	*alicloud.KMS
	i *invocation
}

func (k watchedKMS) DescribeSecret(ctx context.Context, name string) (remediation.Secret, error) {
	k.i.enter("DescribeSecret")
	s, err := k.KMS.DescribeSecret(ctx, name)
	if err == nil {
		k.i.lagging(&s)
		k.i.described(s)
	}
	k.i.leave("DescribeSecret → "+s.Tags[remediation.RecordTag]+" "+s.Tags[remediation.SwitchTag], err)
	return s, err
}

func (k watchedKMS) CurrentVersion(ctx context.Context, name string) (remediation.Version, error) {
	k.i.enter("CurrentVersion")
	v, err := k.KMS.CurrentVersion(ctx, name)
	if err == nil {
		k.i.sawCurrent(v)
	}
	k.i.leave("CurrentVersion → "+v.ID+" of "+v.CreateTime.Format(time.DateTime), err)
	return v, err
}

func (k watchedKMS) RotateSecret(ctx context.Context, name, versionID string) (string, error) {
	k.i.enter("RotateSecret")
	k.i.rotates(versionID)
	id, err := k.KMS.RotateSecret(ctx, name, versionID)
	k.i.rotated(classOf(err))
	k.i.leave("RotateSecret "+versionID, err)
	return id, err
}

func (k watchedKMS) TagSecret(ctx context.Context, name, key, value string) error {
	k.i.enter("TagSecret")
	k.i.writes(key, value)
	err := k.KMS.TagSecret(ctx, name, key, value)
	k.i.wrote(err)
	k.i.leave("TagSecret "+value, err)
	return err
}

func (k watchedKMS) UntagSecret(ctx context.Context, name, key string) error {
	k.i.enter("UntagSecret")
	k.i.removes(key)
	err := k.KMS.UntagSecret(ctx, name, key)
	k.i.wrote(err)
	k.i.leave("UntagSecret", err)
	return err
}

func (k watchedKMS) ListTagged(ctx context.Context, key, token string) (remediation.TagPage, error) {
	k.i.enter("ListTagged")
	page, err := k.KMS.ListTagged(ctx, key, token)
	k.i.laggingList(&page)
	k.i.leave("ListTagged", err)
	return page, err
}

// watchedMonitor is the same for CloudMonitor.
type watchedMonitor struct {
	*alicloud.CloudMonitor
	i *invocation
}

func (m watchedMonitor) RotationEvents(ctx context.Context, name string, from, to time.Time, page int) (remediation.HistoryPage, error) {
	m.i.enter("RotationEvents")
	got, err := m.CloudMonitor.RotationEvents(ctx, name, from, to, page)
	m.i.readPast(name, from, got.More, classOf(err))
	m.i.leave("RotationEvents "+name+" from "+from.Format(time.DateTime), err)
	return got, err
}

// classOf returns the class of the error of a call, "" for none.
func classOf(err error) remediation.Class {
	var call *remediation.CallError
	if errors.As(err, &call) {
		return call.Class
	}
	return ""
}
