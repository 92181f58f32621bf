package storm

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
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
	pace     *remediation.Cooldown
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

func newPlatform(dice *rand.Rand) platform {
	return platform{dice: dice, pace: &remediation.Cooldown{}, nextTick: time.Now().Truncate(interval).Add(interval)}
}

// serveUntil serves invocations until done says so; it asks once an hour.
func (w *world) serveUntil(done func() bool) {
	for {
		w.collect()
		next := w.earliest()
		if next < 0 || w.queue[next].ready.After(time.Now()) {
			<-time.After(work)
			continue
		}
		one := w.queue[next]
		w.queue = slices.Delete(w.queue, next, next+1)
		w.serve(one)
		w.collect()
		w.refuseWhatCame()
		if one.payload == nil && one.tick.Truncate(time.Hour).Equal(one.tick) && done() {
			return
		}
	}
}

// collect queues the events that CloudMonitor delivers, and the timer's.
func (w *world) collect() {
	for ; !w.nextTick.After(time.Now()); w.nextTick = w.nextTick.Add(interval) {
		w.queue = append(w.queue, invocation{ready: w.nextTick, tick: w.nextTick})
	}
	for _, e := range w.DrainEvents() {
		if w.dice.Float64() < eventLost {
			continue
		}
		w.deliver(e, deliverIn)
		if w.dice.Float64() < eventTwice {
			w.deliver(e, deliverAgain)
		}
	}
}

func (w *world) deliver(e standin.Event, within time.Duration) {
	w.queue = append(w.queue, invocation{ready: e.Time.Add(time.Duration(w.dice.Float64() * float64(within))), payload: e.Payload})
}

func (w *world) earliest() int {
	first := -1
	for i, one := range w.queue {
		if first < 0 || one.ready.Before(w.queue[first].ready) {
			first = i
		}
	}
	return first
}

// refuseWhatCame sends away what came while the instance was busy.
func (w *world) refuseWhatCame() {
	for i := range w.queue {
		for one := &w.queue[i]; one.ready.Before(time.Now()); one.busy++ {
			one.ready = one.ready.Add(firstBusy << one.busy)
		}
	}
}

// serve serves one invocation, unless it is cut.
func (w *world) serve(one invocation) {
	if w.dice.Float64() < instanceLost {
		w.pace = &remediation.Cooldown{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	v := &visit{world: w, cancel: cancel, scale: newScale(one.tick)}
	mostCalls := mostCallsOfEvent
	if one.payload == nil {
		mostCalls = mostCallsOfTick
	}
	if w.dice.Float64() < instanceCut {
		v.cutAt, v.cutAfter = 1+w.dice.IntN(mostCalls), w.dice.IntN(2) == 0
	}
	failed := w.invoke(ctx, one, v)
	if v.scale != nil {
		w.peak = max(w.peak, v.scale.peak)
	}
	if v.cut {
		w.pace = &remediation.Cooldown{}
	}
	if (failed || v.cut) && one.failed < maxRetries {
		one.failed, one.busy, one.ready = one.failed+1, 0, time.Now().Add(retryPause)
		w.queue = append(w.queue, one)
	}
}

// invoke does what the function's handler does, and reports whether the invocation failed.
func (w *world) invoke(ctx context.Context, one invocation, v *visit) bool {
	r := &remediation.Remediator{
		Connect: func(string) remediation.KMS { return v }, Policy: w.policy, Cooldown: w.pace, Now: time.Now,
	}
	if one.payload != nil {
		item := events.Decode(one.payload).Items[0]
		if item.Err != nil {
			w.t.Error(item.Err)
		}
		event := item.Event
		v.free = event.Kind == events.Success
		result := r.HandleEvent(ctx, event)
		if !v.cut {
			w.ledger.tell(event.SecretName, result.Outcome)
		}
		return result.Failed()
	}
	swept := r.Sweep(ctx, remediation.SweepPlan{
		Tick: remediation.TickAt(one.tick, time.Now(), interval), History: true, PerHour: perHour,
		Monitor: func(string) remediation.CloudMonitor { return v },
	})
	for _, result := range swept.Listed {
		if _, name, found := strings.Cut(result.Secret, ":secret/"); found && !v.cut {
			w.ledger.tell(name, result.Outcome)
		}
	}
	return swept.Failed
}
