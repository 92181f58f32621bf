package remediation

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// A tick observes a few secrets side by side, and begins no faster than this, so that its two reads stay below the 40 a
// second that KMS grants to reads of metadata, with room for others.
// https://www.alibabacloud.com/help/en/kms/key-management-service/product-overview/performance-data
const (
	observedAtOnce  = 4
	observeInterval = time.Second / 15
)

// maxObservationAge is how old an observation may be when it is acted on: the secrets before it, or the claim, may have
// been slow.
const maxObservationAge = 5 * time.Second

// candidate is a secret that a tick may observe. A fleet that failed together has thousands, so it holds little.
type candidate struct {
	name    string
	since   time.Time     // what it is ordered by: the due time of its record, or the time of its failure
	failed  *events.Event // the newest Failure that the history holds of it; nil if it holds none
	givenUp *Record       // set where it says that a person is needed
	untried bool          // its record is open without an attempt: it is observed for nothing unless it may rotate
}

// due picks what this tick observes, and counts what it knows without.
func (s regionSweep) due(records []Tagged, h history) (due []candidate, counted SweepResult) {
	now := s.remediator.Now()
	for i, tagged := range records {
		records[i].Value = "" // the text goes once it is read: a fleet that failed together has thousands
		failed := s.admitted(h.failure(tagged.Secret))
		delete(h.newest, tagged.Secret)
		switch record, err := ParseRecord(tagged.Value); {
		case !s.remediator.Policy.Scope.HasName(tagged.Secret):
			counted.count(Skipped, 1)
		case err != nil:
			due = s.dueForPeople(due, &counted, candidate{name: tagged.Secret, since: now, failed: failed})
		case record.Phase == PhaseNeedsHuman:
			due = s.dueForPeople(due, &counted, candidate{name: tagged.Secret, since: now, failed: failed, givenUp: &record})
		case s.isDue(record, failed, now):
			due = append(due, candidate{name: tagged.Secret, since: record.Due, failed: failed, untried: record.Phase == PhaseOpen && record.Attempts == 0})
		default:
			counted.count(Waiting, 1)
		}
	}
	for name, event := range h.newest {
		refusal, refused := admit(event, s.remediator.Policy.Scope, now)
		switch {
		case event.Kind != events.Failure:
		case refused:
			counted.count(refusal.Outcome, 1)
		default:
			due = append(due, candidate{name: name, since: event.Time, failed: &event})
		}
	}
	return due, counted
}

// admitted leaves out a failure that is no event of ours.
func (s regionSweep) admitted(failed *events.Event) *events.Event {
	if failed == nil {
		return nil
	}
	if _, refused := admit(*failed, s.remediator.Policy.Scope, s.remediator.Now()); refused {
		return nil
	}
	return failed
}

// dueForPeople observes what needs a person in the first tick of an hour, after all whose time has come: it is only to be
// reported.
func (s regionSweep) dueForPeople(due []candidate, counted *SweepResult, one candidate) []candidate {
	if s.plan.Tick.FirstOfHour() {
		return append(due, one)
	}
	counted.count(NeedsHuman, 1)
	return due
}

func (s regionSweep) isDue(r Record, failed *events.Event, now time.Time) bool {
	if r.Phase == PhaseDone {
		return failed != nil || isDue(r, now) && s.plan.Tick.FirstOfHour()
	}
	return isDue(r, now)
}

// fairOrder orders candidates so that none that a reconcile does not change can hold up the rest: alternately from the
// earliest on, and from a point that moves with the tick.
func fairOrder(all []candidate, tick Tick) []candidate {
	slices.SortFunc(all, func(a, b candidate) int {
		if order := a.since.Compare(b.since); order != 0 {
			return order
		}
		return strings.Compare(a.name, b.name)
	})
	n := len(all)
	ordered, taken := make([]candidate, 0, n), make([]bool, n)
	early, moving := 0, tickOffset(tick, n)
	take := func(i int) {
		if !taken[i] {
			taken[i] = true
			ordered = append(ordered, all[i])
		}
	}
	for range n {
		take(early)
		take(moving)
		early, moving = early+1, (moving+1)%n
	}
	return ordered
}

// tickBudget is what this tick may still send in a region.
type tickBudget struct {
	rotations int
	throttled bool
}

func (s regionSweep) budget() tickBudget {
	return tickBudget{rotations: s.plan.Tick.budget(s.plan.PerHour)}
}

// after is what is left when a reconcile is over.
func (b tickBudget) after(r Result) tickBudget {
	switch {
	case r.Rotation.Throttled:
		return tickBudget{throttled: true}
	case r.Rotation.Sent || r.Outcome == WouldRotate:
		b.rotations--
	}
	return b
}

// processDue observes what is due, a few side by side, and acts on one after another.
func (s regionSweep) processDue(ctx context.Context, queue []candidate, mayDelete bool) (part SweepResult) {
	work, stop := workTime(ctx)
	defer stop()
	pace := time.NewTicker(observeInterval)
	defer pace.Stop()
	budget := s.budget()
	for len(queue) > 0 {
		batch, rest := nextBatch(queue, budget, &part)
		queue = rest
		observed := s.observeBatch(ctx, work, batch, pace.C)
		for i, one := range batch {
			if work.Err() != nil {
				part.add(s.countUnreached(slices.Concat(batch[i:], queue)))
				return part
			}
			result, panicked := s.reconcileOne(ctx, one, observed[i], Budget{Rotate: budget.rotations > 0, Throttled: budget.throttled, DeleteRecord: mayDelete})
			budget = budget.after(result)
			s.report(&part, result, panicked)
		}
	}
	return part
}

// nextBatch takes what is observed side by side. Beyond the budget, a secret that was never tried is only counted: nothing
// can have rotated it but others.
func nextBatch(queue []candidate, budget tickBudget, part *SweepResult) (batch, rest []candidate) {
	for len(queue) > 0 && len(batch) < observedAtOnce {
		next := queue[0]
		queue = queue[1:]
		if budget.rotations <= 0 && next.untried {
			part.count(Waiting, 1)
			continue
		}
		batch = append(batch, next)
	}
	return batch, queue
}

func (s regionSweep) observeBatch(ctx, work context.Context, batch []candidate, pace <-chan time.Time) []observation {
	all := make([]observation, len(batch))
	var reads sync.WaitGroup
	for i, one := range batch {
		await(work, pace)
		reads.Go(func() { all[i] = s.observe(ctx, one) })
	}
	reads.Wait()
	return all
}

// await waits for the pace, or until ctx is over.
func await(ctx context.Context, pace <-chan time.Time) {
	select {
	case <-pace:
	case <-ctx.Done():
	}
}

// observe keeps a panic as the error of the secret: in its own goroutine it would end the process.
func (s regionSweep) observe(ctx context.Context, one candidate) (o observation) {
	defer func() {
		if recover() != nil {
			o.err = panicError(PanicPlace())
		}
	}()
	return s.remediator.observe(ctx, Target{Region: s.region, Name: one.name, ARN: s.arn(one)}, true)
}

// arn returns the same ARN as an event names, since version hashes cover it.
func (s regionSweep) arn(one candidate) string {
	account := s.remediator.Policy.Scope.Account
	switch {
	case one.failed != nil:
		return one.failed.ARN
	case account != "":
		return "acs:kms:" + s.region + ":" + account + ":secret/" + one.name
	}
	return "" // KMS says it
}

// reconcileOne decides on one observed secret and acts. One that panics costs itself only.
func (s regionSweep) reconcileOne(ctx context.Context, one candidate, o observation, budget Budget) (result Result, panicked bool) {
	started := s.remediator.Now()
	defer func() {
		if recover() != nil {
			result, panicked = s.panicked(one, panicError(PanicPlace())), true
			result.Rotation.Sent = true // it may be; a secret that panics while it is observed spends no budget
		}
		if one.failed != nil {
			result.Event = *one.failed
		}
		result.Elapsed = s.remediator.Now().Sub(started)
	}()
	if _, panicked := errors.AsType[panicError](o.err); !panicked && started.Sub(o.at) > maxObservationAge {
		o = s.observe(ctx, one)
	}
	if place, panicked := errors.AsType[panicError](o.err); panicked {
		return s.panicked(one, place), true
	}
	return s.remediator.conclude(ctx, o, one.trigger(), budget).withRemedy(), false
}

func (s regionSweep) panicked(one candidate, place panicError) Result {
	return Result{Outcome: Undecided, Secret: s.arn(one),
		Reason: place.Error() + ": report it; an attempt that was claimed stays claimed, and is not repeated"}
}

func (c candidate) trigger() Trigger {
	if c.failed == nil {
		return Trigger{Kind: OnTimer}
	}
	return Trigger{Kind: OnTimer, FailedAt: c.failed.Time, Cause: c.failed.Cause.Code}
}

// report puts a result where it belongs.
func (s regionSweep) report(part *SweepResult, result Result, panicked bool) {
	if panicked {
		part.note(s.region, "a secret was left: "+result.Reason)
	}
	result.Notify = panicked || s.shouldNotify(result)
	if result.Notify || s.isReminder(result) {
		part.list(result)
		return
	}
	part.count(result.Outcome, 1)
}

// shouldNotify says whether something was acted on or changed. All that needs a person notifies once a day again, so that
// nobody relies on one message.
func (s regionSweep) shouldNotify(r Result) bool {
	switch {
	case r.Outcome == NeedsHuman && s.plan.Tick.FirstOfDay():
		return true
	case r.Outcome == NeedsHuman && !r.Recorded:
		return r.Rotation.Sent
	case s.remediator.Policy.Observe:
		return false
	}
	return r.Changed
}

// isReminder lists once an hour what could not be recorded, and what observe mode would do.
func (s regionSweep) isReminder(r Result) bool {
	again := r.Outcome == NeedsHuman && !r.Recorded || s.remediator.Policy.Observe && r.Outcome == WouldRotate
	return again && s.plan.Tick.FirstOfHour()
}

// countUnreached counts the secrets that the time did not reach. One that needs a person is listed once a day all the same,
// as its record has it.
func (s regionSweep) countUnreached(queue []candidate) (part SweepResult) {
	for _, one := range queue {
		if one.givenUp == nil || !s.plan.Tick.FirstOfDay() {
			part.Unreached++
			continue
		}
		given := Decision{Reason: GivenUp, Record: *one.givenUp}
		result := Result{Outcome: NeedsHuman, Recorded: true, Notify: true, Secret: s.arn(one), Attempt: one.givenUp.Attempts,
			MaxAttempts: s.remediator.Policy.MaxAttempts}
		result.Reason, result.remedy = explain(given, Target{Region: s.region, Name: one.name}, State{}, s.remediator.Policy)
		part.list(result.withRemedy())
	}
	return part
}
