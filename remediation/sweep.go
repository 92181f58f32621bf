package remediation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// SweepPlan says what a tick is to do.
type SweepPlan struct {
	Tick    Tick
	History bool                             // ask CloudMonitor for failures whose event never came
	PerHour int                              // RotateSecret calls an hour, account and region
	Monitor func(region string) CloudMonitor // asked only for regions that are in scope

	// OverdueAfter is how long past its time a rotation may be before the secret is reported as Overdue; 0 = no check.
	OverdueAfter time.Duration
}

// SweepResult is what came of a tick.
type SweepResult struct {
	Listed    []Result        // what it acted on, what changed, and what a person has to see
	Counts    map[Outcome]int // all else
	Unreached int             // due, but the time was over
	Notes     []string
	Failed    bool   // no record of any region could be listed
	Panicked  string // where the function panicked outside a secret, "" if it did not
}

func (s *SweepResult) list(r Result) { s.Listed = append(s.Listed, r) }

func (s *SweepResult) count(o Outcome, n int) {
	if s.Counts == nil {
		s.Counts = map[Outcome]int{}
	}
	s.Counts[o] += n
}

// add takes over the part of a region.
func (s *SweepResult) add(part SweepResult) {
	s.Listed = append(s.Listed, part.Listed...)
	for outcome, n := range part.Counts {
		s.count(outcome, n)
	}
	s.Unreached += part.Unreached
	s.Notes = append(s.Notes, part.Notes...)
	if s.Panicked == "" {
		s.Panicked = part.Panicked
	}
}

// regionSweep is the work of a tick in one region.
type regionSweep struct {
	remediator *Remediator
	plan       SweepPlan
	region     string
}

// Sweep reconciles what is due in all regions: records whose time has come, and failures whose event never came. Only then
// it checks for what is overdue in any. Regions begin at a moving point, and each has its part of the time that is left.
func (r *Remediator) Sweep(ctx context.Context, plan SweepPlan) SweepResult {
	ctx, stop := withReserve(ctx, 0)
	defer stop()
	total := SweepResult{Counts: map[Outcome]int{}}
	regions := r.Policy.Scope.Regions
	begin := tickOffset(plan.Tick, len(regions))
	var checks []func(ctx context.Context) SweepResult
	for i := range regions {
		s := regionSweep{remediator: r, plan: plan, region: regions[(begin+i)%len(regions)]}
		var recorded []string
		read := false
		total.add(withRecover(func() (part SweepResult) {
			ctx, stop := partOf(ctx, len(regions)-i)
			defer stop()
			part, recorded, read = s.reconcileDue(ctx)
			return part
		}))
		if read {
			checks = append(checks, func(ctx context.Context) SweepResult { return s.findOverdue(ctx, recorded) })
		}
	}
	total.Failed = len(checks) == 0
	for i, check := range checks {
		total.add(withRecover(func() SweepResult {
			ctx, stop := partOf(ctx, len(checks)-i)
			defer stop()
			return check(ctx)
		}))
	}
	return total
}

// partOf is a region's part of the time that is left. Each has the reserve of the whole.
func partOf(ctx context.Context, regionsLeft int) (context.Context, context.CancelFunc) {
	left := time.Until(deadlineOf(ctx)) - workReserve
	return context.WithTimeout(ctx, left/time.Duration(regionsLeft)+workReserve)
}

// withRecover lets the rest of a tick go on where a step panics.
func withRecover(step func() SweepResult) (part SweepResult) {
	defer func() {
		if recover() != nil {
			part.Panicked = PanicPlace()
		}
	}()
	return step()
}

// reconcileDue also returns the names of the secrets with a record, and whether records could be read at all.
func (s regionSweep) reconcileDue(ctx context.Context) (part SweepResult, recorded []string, read bool) {
	work, stop := workTime(ctx)
	defer stop()
	records, note, err := s.listRecords(work)
	if err != nil {
		part.list(Result{Outcome: Undecided, Reason: fmt.Sprintf("the records of %s could not be listed: %s; the next tick tries again; %s", s.region, inWords(err), adviceFor(codeOf(err), ""))})
		return part, nil, false
	}
	part.note(s.region, note)
	history := s.readHistory(work)
	part.Notes = append(part.Notes, history.notes...)
	due, counted := s.due(records, history)
	part.add(counted)
	part.add(s.processDue(ctx, fairOrder(due, s.plan.Tick), mayDeleteRecords(s.plan.Tick, history)))
	return part, namesOf(records), true
}

// mayDeleteRecords says whether this tick may forget what has settled: a failure that came meanwhile would have been read.
func mayDeleteRecords(tick Tick, h history) bool { return tick.FirstOfHour() && h.whole }

// note adds a note, unless it is there already.
func (s *SweepResult) note(region, text string) {
	if note := region + ": " + text; text != "" && !slices.Contains(s.Notes, note) {
		s.Notes = append(s.Notes, note)
	}
}

// maxRecords bounds the listing of records of a region.
const maxRecords = 20_000

// listRecords tries each page again within half of the time. The pages that were listed are served, with a note on the rest: a secret
// whose record is not listed is still found by its failure, and its record is read with it.
func (s regionSweep) listRecords(ctx context.Context) (all []Tagged, note string, err error) {
	kms := s.remediator.Connect(s.region)
	ctx, stop := halfOf(ctx)
	defer stop()
	token, seen := "", map[string]bool{}
	for len(all) < maxRecords && !seen[token] {
		seen[token] = true
		page, err := Try(ctx, tickReadLimit, transient, func(ctx context.Context) (TagPage, error) { return kms.ListTagged(ctx, RecordTag, token) })
		switch {
		case err != nil && len(seen) == 1:
			return nil, "", err
		case err != nil:
			return dedupe(all), fmt.Sprintf("only %d records were listed, then %s; the next tick tries the rest", len(all), inWords(err)), nil
		}
		all = append(all, page.Tagged...)
		if token = page.Next; token == "" {
			return dedupe(all), "", nil
		}
	}
	return dedupe(all), fmt.Sprintf("only %d records were listed", len(all)), nil
}

func halfOf(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, time.Until(deadlineOf(ctx))/2)
}

// dedupe leaves out what is listed twice, as overlapping pages would, or an id that comes both as a name and as an ARN:
// two reconciles of one state would claim one attempt twice.
func dedupe(all []Tagged) []Tagged {
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
