package storm

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/accounttest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	timeout    = time.Minute
	maxRetries = 3
	retryPause = 30 * time.Second       // no document says how long it is
	firstBusy  = 500 * time.Millisecond // what is refused since the one instance is busy comes again, at doubling distances

	eventLost    = 0.05
	eventTwice   = 0.05
	deliverIn    = 30 * time.Second // at most, the first time
	deliverAgain = 20 * time.Minute // the second
	instanceCut  = 0.02             // of the invocations, at some call
	instanceLost = 0.02             // of them come to a new instance

	mostCallsOfEvent = 8
	mostCallsOfTick  = 60
)

// platform is Function Compute with a queue of asynchronous invocations and one instance.
type platform struct {
	dice     *rand.Rand
	memory   *remediation.InstanceMemory
	queue    []invocation
	nextTick time.Time
	peak     int64 // bytes, the most that a tick held
}

type invocation struct {
	ready   time.Time
	busy    int // how often it found the instance busy
	failed  int // how often it failed
	payload []byte
	tick    time.Time // of the timer, if there is no payload
}

func newPlatform(dice *rand.Rand) *platform {
	return &platform{dice: dice, memory: &remediation.InstanceMemory{}, nextTick: time.Now().Truncate(interval).Add(interval)}
}

// serveUntil serves invocations until done says so; it asks once an hour.
func (f *fleet) serveUntil(done func() bool) {
	for {
		f.collect()
		next := f.earliest()
		if next < 0 || f.platform.queue[next].ready.After(time.Now()) {
			accounttest.Wait(work)
			continue
		}
		one := f.platform.queue[next]
		f.platform.queue = slices.Delete(f.platform.queue, next, next+1)
		f.serve(one)
		f.collect()
		f.refuseWhatCame()
		if one.payload == nil && one.tick.Truncate(time.Hour).Equal(one.tick) && done() {
			return
		}
	}
}

// collect queues the events that CloudMonitor delivers, and the timer's.
func (f *fleet) collect() {
	for ; !f.platform.nextTick.After(time.Now()); f.platform.nextTick = f.platform.nextTick.Add(interval) {
		f.platform.queue = append(f.platform.queue, invocation{ready: f.platform.nextTick, tick: f.platform.nextTick})
	}
	for _, e := range f.account.DrainEvents() {
		if f.platform.dice.Float64() < eventLost {
			continue
		}
		f.deliver(e, deliverIn)
		if f.platform.dice.Float64() < eventTwice {
			f.deliver(e, deliverAgain)
		}
	}
}

func (f *fleet) deliver(e standin.Event, within time.Duration) {
	f.platform.queue = append(f.platform.queue, invocation{ready: e.Time.Add(time.Duration(f.platform.dice.Float64() * float64(within))), payload: e.Payload})
}

func (f *fleet) earliest() int {
	first := -1
	for i, one := range f.platform.queue {
		if first < 0 || one.ready.Before(f.platform.queue[first].ready) {
			first = i
		}
	}
	return first
}

// refuseWhatCame sends away what came while the instance was busy.
func (f *fleet) refuseWhatCame() {
	for i := range f.platform.queue {
		for one := &f.platform.queue[i]; one.ready.Before(time.Now()); one.busy++ {
			one.ready = one.ready.Add(firstBusy << one.busy)
		}
	}
}

// serve serves one invocation, unless it is cut.
func (f *fleet) serve(one invocation) {
	if f.platform.dice.Float64() < instanceLost {
		f.platform.memory = &remediation.InstanceMemory{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	v := &visit{fleet: f, cancel: cancel, scale: newScale(one.tick)}
	mostCalls := mostCallsOfEvent
	if one.payload == nil {
		mostCalls = mostCallsOfTick
	}
	if f.platform.dice.Float64() < instanceCut {
		v.cutAt, v.cutAfter = 1+f.platform.dice.IntN(mostCalls), f.platform.dice.IntN(2) == 0
	}
	failed := f.invoke(ctx, one, v)
	if v.scale != nil {
		f.platform.peak = max(f.platform.peak, v.scale.peak)
	}
	if v.cut {
		f.platform.memory = &remediation.InstanceMemory{}
	}
	if (failed || v.cut) && one.failed < maxRetries {
		one.failed, one.busy, one.ready = one.failed+1, 0, time.Now().Add(retryPause)
		f.platform.queue = append(f.platform.queue, one)
	}
}

// invoke does what the function's handler does, and reports whether the invocation failed.
func (f *fleet) invoke(ctx context.Context, one invocation, v *visit) bool {
	r := &remediation.Remediator{
		Connect: func(string) remediation.KMS { return v }, Policy: f.policy, Memory: f.platform.memory, Now: time.Now,
	}
	if one.payload != nil {
		item := events.Decode(one.payload).Items[0]
		if item.Err != nil {
			f.t.Error(item.Err)
		}
		event := item.Event
		v.free = event.Kind == events.Success
		result := r.HandleEvent(ctx, event)
		if !v.cut {
			f.ledger.reported(event.SecretName, result.Outcome)
		}
		return result.Failed()
	}
	swept := r.Sweep(ctx, remediation.SweepPlan{
		Tick: remediation.TickAt(one.tick, time.Now(), interval), History: true, PerHour: perHour,
		Monitor: func(string) remediation.CloudMonitor { return v },
	})
	for _, result := range swept.Listed {
		if _, name, found := strings.Cut(result.Secret, ":secret/"); found && !v.cut {
			f.ledger.reported(name, result.Outcome)
		}
	}
	return swept.Failed
}
