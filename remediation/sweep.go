package remediation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// SweepPlan says what a tick is to do.
type SweepPlan struct {
	Tick    Tick
	History bool                             // ask CloudMonitor for failures whose event never came
	PerHour int                              // RotateSecret calls an hour, account and region
	Monitor func(region string) CloudMonitor // asked only for regions that are in scope
	Tell    func(Result)                     // is given each result that is listed, at once; may be nil

	// OverdueAfter is how long past its time a rotation may be before the secret is told as Overdue; 0 = nobody looks.
	OverdueAfter time.Duration
}

// SweepResult is what a tick came to.
type SweepResult struct {
	Listed    []Result        // what it acted on, what changed, and what a person has to see
	Counts    map[Outcome]int // all else
	Unreached int             // due, but not taken up before the time was over
	Notes     []string
	Failed    bool // it could do nothing at all
}

// maxTagPages bounds the listing of records; a page holds 200.
const maxTagPages = 100

// Sweep takes up what is due in all regions: records whose time has come, and failures whose event never came. Only then
// it looks for what is overdue in any. The regions begin at a moving point, and each has its part of the time that is left.
func (r *Remediator) Sweep(ctx context.Context, plan SweepPlan) SweepResult {
	work, closing, stop := limits(ctx)
	defer stop()
	total := SweepResult{Counts: map[Outcome]int{}}
	regions := r.Policy.Scope.Regions
	begin := movingPoint(plan.Tick, len(regions))
	var read []*sweep
	for i := range regions {
		region := regions[(begin+i)%len(regions)]
		s := &sweep{Remediator: r, plan: plan, region: region, closing: closing, result: &total, share: plan.Tick.share(plan.PerHour)}
		if s.run(work, len(regions)-i) {
			read = append(read, s)
		}
	}
	total.Failed = len(read) == 0
	if plan.OverdueAfter > 0 {
		for i, s := range read {
			s.lookForOverdue(work, len(read)-i)
		}
	}
	return total
}

// sweep is the part of a tick in one region.
type sweep struct {
	*Remediator
	plan    SweepPlan
	region  string
	closing context.Context
	kms     KMS
	monitor CloudMonitor
	share   int // RotateSecret calls that this tick may still send
	result  *SweepResult

	recorded []string // names of the secrets that have a record, in order
}

// run reports whether it could read the records.
func (s *sweep) run(ctx context.Context, regionsLeft int) bool {
	s.kms, s.monitor = s.Connect(s.region), s.plan.Monitor(s.region)
	ctx, stop := s.part(ctx, regionsLeft)
	defer stop()
	records, err := s.listRecords(ctx)
	if err != nil {
		s.list(Result{Outcome: Undecided, Reason: fmt.Sprintf("listing the records of %s: %v; the next tick tries again", s.region, err)})
		return false
	}
	h := s.history(ctx)
	s.result.Notes = append(s.result.Notes, h.notes...)
	mayRemove := s.plan.Tick.opensHour() && h.whole
	s.takeUp(ctx, inTurn(s.due(records, h), s.plan.Tick), mayRemove)
	s.recorded = namesOf(records)
	return true
}

// part is this region's part of the time that is left.
func (s *sweep) part(ctx context.Context, regionsLeft int) (context.Context, context.CancelFunc) {
	deadline, _ := ctx.Deadline()
	return context.WithTimeout(ctx, time.Until(deadline)/time.Duration(regionsLeft))
}

func (s *sweep) listRecords(ctx context.Context) ([]Tagged, error) {
	var all []Tagged
	token := ""
	for range maxTagPages {
		page, err := once(ctx, func(ctx context.Context) (TagPage, error) { return s.kms.ListTagged(ctx, RecordTag, token) })
		if err != nil {
			return nil, err
		}
		all = append(all, page.Tagged...)
		if token = page.Next; token == "" {
			return onceEach(all), nil
		}
	}
	s.note("only %d records were listed", len(all))
	return onceEach(all), nil
}

// onceEach leaves out what is listed twice, as overlapping pages would, or an id that comes both as a name and as an ARN:
// two looks at one state would claim one attempt twice.
func onceEach(all []Tagged) []Tagged {
	slices.SortFunc(all, func(a, b Tagged) int { return strings.Compare(a.Secret, b.Secret) })
	return slices.CompactFunc(all, func(a, b Tagged) bool { return a.Secret == b.Secret })
}

// namesOf is all that is kept of the records of a region while the others have their turn.
func namesOf(records []Tagged) []string {
	names := make([]string, len(records))
	for i, one := range records {
		names[i] = one.Secret
	}
	return names
}

// due picks what this tick looks at, and counts what it knows without a look.
func (s *sweep) due(records []Tagged, h history) []candidate {
	var due []candidate
	for i, tagged := range records {
		records[i].Value = "" // the text goes once it is read: a fleet that failed together has thousands
		failed := h.failure(tagged.Secret)
		delete(h.newest, tagged.Secret)
		switch record, err := ParseRecord(tagged.Value); {
		case !s.Policy.Scope.HasName(tagged.Secret):
			s.count(Skipped)
		case err != nil || record.Phase == PhaseNeedsHuman:
			if s.plan.Tick.opensHour() { // after all whose time has come: it is only to be told
				due = append(due, candidate{name: tagged.Secret, since: s.Now(), failed: failed, given: givenUp(record, err)})
			} else {
				s.count(NeedsHuman)
			}
		case s.isDue(record, failed):
			due = append(due, candidate{name: tagged.Secret, since: record.Due, failed: failed, idle: record.Phase == PhaseOpen && record.Attempts == 0})
		default:
			s.count(Waiting)
		}
	}
	for name, event := range h.newest {
		switch {
		case event.Kind != events.Failure:
		case !s.Policy.Scope.HasName(name):
			s.count(Skipped)
		default:
			due = append(due, candidate{name: name, since: event.Time, failed: &event})
		}
	}
	return due
}

// givenUp returns the record of what a person is needed for, nil where it cannot be read.
func givenUp(r Record, err error) *Record {
	if err != nil {
		return nil
	}
	return &r
}

func (s *sweep) isDue(r Record, failed *events.Event) bool {
	past := !s.Now().Before(r.Due)
	if r.Phase == PhaseDone {
		return failed != nil || past && s.plan.Tick.opensHour()
	}
	return past
}

func (h history) failure(name string) *events.Event {
	if event, found := h.newest[name]; found && event.Kind == events.Failure {
		return &event
	}
	return nil
}

func (s *sweep) list(r Result) {
	s.result.Listed = append(s.result.Listed, r)
	if s.plan.Tell != nil {
		s.plan.Tell(r)
	}
}

func (s *sweep) count(o Outcome) { s.result.Counts[o]++ }
