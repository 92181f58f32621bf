package remediation

import (
	"context"
	"sync"
	"time"
)

// Looks of a tick go a few at a time side by side, and begin no faster than this, so that its two reads stay below the 40
// a second that KMS grants to reads of metadata, with room for others.
// https://www.alibabacloud.com/help/en/kms/key-management-service/product-overview/performance-data
const (
	looksAtOnce   = 4
	looksInterval = time.Second / 15
)

// takeUp looks at what is due, a few at a time, and acts on one after another.
func (s *sweep) takeUp(ctx context.Context, queue []candidate, mayRemove bool) {
	pace := time.NewTicker(looksInterval)
	defer pace.Stop()
	for len(queue) > 0 {
		var batch []*glance
		for len(queue) > 0 && len(batch) < looksAtOnce {
			next := queue[0]
			queue = queue[1:]
			if s.share <= 0 && next.idle {
				s.count(Waiting) // beyond the share, and nothing can have rotated it but others
				continue
			}
			batch = append(batch, s.glanceAt(ctx, next))
		}
		lookTogether(ctx, batch, pace.C)
		for i, g := range batch {
			if ctx.Err() != nil {
				s.leave(batch[i:], queue)
				return
			}
			s.act(g, mayRemove)
		}
	}
}

// leave counts what the time did not reach. What needs a person is listed once a day all the same, as its record has it.
func (s *sweep) leave(batch []*glance, queue []candidate) {
	for _, g := range batch {
		queue = append(queue, g.candidate)
	}
	for _, c := range queue {
		if c.given == nil || !s.plan.Tick.opensDay() {
			s.result.Unreached++
			continue
		}
		given := Decision{Reason: GivenUp, Record: *c.given}
		s.list(Result{Outcome: NeedsHuman, Recorded: true, Notify: true, Secret: s.arn(c), Attempt: c.given.Attempts,
			MaxAttempts: s.Policy.MaxAttempts, Reason: explain(given, State{}, s.Policy)})
	}
}

// maxGlanceAge is how old a look may be when it is acted on: those before it in its batch may have been slow.
const maxGlanceAge = 5 * time.Second

// glance is one candidate with its look.
type glance struct {
	candidate
	at       time.Time
	pass     *pass
	err      error
	panicked any
}

func (s *sweep) glanceAt(ctx context.Context, c candidate) *glance {
	p := s.newPass(ctx, s.closing, s.arn(c), c.name, s.region)
	p.inTick = true
	return &glance{candidate: c, pass: p, at: s.Now()}
}

// arn returns the same ARN as an event names, since marks depend on it.
func (s *sweep) arn(c candidate) string {
	switch {
	case c.failed != nil:
		return c.failed.ARN
	case s.Policy.Scope.Account != "":
		return "acs:kms:" + s.region + ":" + s.Policy.Scope.Account + ":secret/" + c.name
	}
	return "" // KMS says it
}

func lookTogether(ctx context.Context, batch []*glance, pace <-chan time.Time) {
	var looks sync.WaitGroup
	for _, g := range batch {
		await(ctx, pace)
		looks.Go(g.look)
	}
	looks.Wait()
}

// look leaves a panic to the goroutine of the invocation: in its own it would end the process, and nobody would be told.
func (g *glance) look() {
	defer func() { g.panicked = recover() }()
	g.err = g.pass.look()
}

// act decides on one secret and acts, and puts what came of it where it belongs.
func (s *sweep) act(g *glance, mayRemove bool) {
	started := s.Now()
	if started.Sub(g.at) > maxGlanceAge {
		g.look()
	}
	if g.panicked != nil {
		panic(g.panicked)
	}
	trigger := Trigger{Kind: OnTimer, MayRemove: mayRemove, Held: s.share <= 0}
	if g.failed != nil {
		trigger.FailedAt, trigger.Cause = g.failed.Time, g.failed.Cause.Code
	}
	g.pass.follow(trigger, g.err)
	result := g.pass.finish()
	result.Secret = g.pass.arn
	if g.failed != nil {
		result.Event = *g.failed
	}
	result.Elapsed = s.Now().Sub(started)
	if g.pass.asked || result.Outcome == WouldRotate {
		s.share--
	}
	if g.pass.throttled {
		s.share = 0
	}
	result.Notify = s.isNews(g.pass, result)
	if result.Notify || s.isSaidAgain(result) {
		s.list(result)
		return
	}
	s.count(result.Outcome)
}

// isNews says whether something was acted on or changed. All that needs a person is news again once a day, so that nobody
// relies on one message.
func (s *sweep) isNews(p *pass, r Result) bool {
	switch {
	case r.Outcome == NeedsHuman && s.plan.Tick.opensDay():
		return true
	case r.Outcome == NeedsHuman && !r.Recorded:
		return p.asked
	case s.Policy.Observe:
		return false
	}
	return p.changed()
}

// isSaidAgain lists once an hour what could not be recorded, and what observe mode would do.
func (s *sweep) isSaidAgain(r Result) bool {
	again := r.Outcome == NeedsHuman && !r.Recorded || s.Policy.Observe && r.Outcome == WouldRotate
	return again && s.plan.Tick.opensHour()
}
