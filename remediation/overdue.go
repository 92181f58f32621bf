package remediation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// maxSecretPages bounds what one tick lists: with pages of a hundred it is about as much as its time is enough to check,
// and a total that is wrong costs no more.
const maxSecretPages = 10

// overdueSecret is a secret whose schedule let its time pass.
type overdueSecret struct {
	name    string
	secret  Secret
	due     time.Time
	elapsed time.Duration // of its observation
}

// MayBeOverdue says whether KMS should have rotated the secret by itself longer ago than after, as far as the schedule
// alone tells; OverdueSince has the last word. An Invalid schedule may come without its next date.
func (s Secret) MayBeOverdue(now time.Time, after time.Duration) bool {
	switch {
	case s.AutomaticRotation != scheduleEnabled && s.AutomaticRotation != scheduleInvalid:
		return false
	case s.NextRotation.IsZero():
		return s.AutomaticRotation == scheduleInvalid && s.RotationInterval > 0
	}
	return now.Sub(s.NextRotation) > after
}

// OverdueSince returns when the rotation was due, and whether that is longer ago than after with the version of before
// still current. The date of an Invalid schedule may be that of a rotation which took place, so the interval counts from
// the current version where that is later.
func (s Secret) OverdueSince(current Version, now time.Time, after time.Duration) (due time.Time, overdue bool) {
	due = s.NextRotation
	byInterval := current.CreateTime.Add(s.RotationInterval)
	if s.AutomaticRotation == scheduleInvalid && s.RotationInterval > 0 && byInterval.After(due) {
		due = byInterval
	}
	return due, now.Sub(due) > after && !current.CreateTime.After(due)
}

// findOverdue checks this tick's part of the secrets of a region, after all that is due in any: for a rotation that
// neither took place nor raised an event, which nothing else finds. It only reports, and what the time does not reach waits
// for the next day.
//
// KMS's clock is compared with ours here: what is hours late is so by either.
func (s regionSweep) findOverdue(ctx context.Context, recorded []string) (part SweepResult) {
	if s.plan.OverdueAfter == 0 {
		return part
	}
	ctx, stop := workTime(ctx)
	defer stop()
	pace := time.NewTicker(observeInterval)
	defer pace.Stop()
	listed, notes, err := s.listAssigned(ctx, pace.C)
	for _, note := range append(notes, s.listingNote(ctx, err)) {
		part.note(s.region, note)
	}
	listed = slices.DeleteFunc(listed, func(one ListedSecret) bool { return !s.needsCheck(one, recorded) })
	found := s.checkEach(ctx, listed, pace.C, &part)
	part.Listed = append(part.Listed, s.overdueResults(ctx, found)...)
	return part
}

// listAssigned lists the secrets that are this tick's to check. Since it keeps no place, one that is created or deleted
// moves the others, and a few may be passed over for a day, or seen twice; no document says in which order KMS lists them.
func (s regionSweep) listAssigned(ctx context.Context, pace <-chan time.Time) (assigned []ListedSecret, notes []string, err error) {
	head, err := s.listSecrets(ctx, pace, 1, 1)
	if err != nil {
		return nil, nil, err
	}
	total, note := s.atMost(head.Total)
	notes = append(notes, note)
	first, pages, size := s.plan.Tick.pagesOf(total)
	for page := first; page < first+pages && (page-1)*size < total; page++ {
		got, err := s.listSecrets(ctx, pace, page, size)
		if err != nil {
			return assigned, notes, err
		}
		assigned = append(assigned, got.Secrets...)
	}
	return assigned, notes, nil
}

// atMost is how many of so many secrets the ticks of a day check. It says once a day that there are more.
func (s regionSweep) atMost(total int) (most int, note string) {
	_, of := s.plan.Tick.ofDay()
	most = of * maxSecretPages * maxSecretPage
	if total > most && s.plan.Tick.FirstOfDay() {
		note = fmt.Sprintf("of %d secrets only the first %d are checked for overdue rotations: the ticks of a day reach no more", total, most)
	}
	return min(total, most), note
}

// listSecrets reads one page, not before the pace allows it.
func (s regionSweep) listSecrets(ctx context.Context, pace <-chan time.Time, page, size int) (SecretPage, error) {
	await(ctx, pace)
	return once(ctx, tickReadLimit, func(ctx context.Context) (SecretPage, error) {
		return s.remediator.Connect(s.region).ListSecrets(ctx, page, size)
	})
}

// listingNote says that the time was over, and once a day that the listing is refused. A call that fails once is not worth a word:
// the next day another tick has these secrets.
func (s regionSweep) listingNote(ctx context.Context, err error) string {
	class := classOf(err)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return "not all secrets were listed to check for overdue rotations: no time was left"
	case (class == Account || class == Refused) && s.plan.Tick.FirstOfDay():
		return fmt.Sprintf("secrets cannot be listed, so overdue ones are not found: %s; grant the function's role kms:ListSecrets (internal/policy/README.md), or set OVERDUE_AFTER=0", inWords(err))
	}
	return ""
}

// needsCheck leaves out what is known without a call. A secret with a record is in hand, or was reported as given up.
func (s regionSweep) needsCheck(one ListedSecret, recorded []string) bool {
	_, has := slices.BinarySearch(recorded, one.Name)
	scope := s.remediator.Policy.Scope
	return !has && scope.HasName(one.Name) && (one.Type == "" || scope.HasType(one.Type))
}

// checkEach begins at a moving point, so that where the time is always too short it is not always for the same.
func (s regionSweep) checkEach(ctx context.Context, secrets []ListedSecret, pace <-chan time.Time, part *SweepResult) (found []overdueSecret) {
	begin := tickOffset(s.plan.Tick, len(secrets))
	for i := range secrets {
		await(ctx, pace)
		one, overdue, err := s.check(ctx, secrets[(begin+i)%len(secrets)].Name)
		switch {
		case overdue:
			found = append(found, one)
		case err != nil && ctx.Err() != nil:
			part.note(s.region, fmt.Sprintf("%d secrets were not checked for overdue rotations: no time was left", len(secrets)-i))
			return found
		case err != nil && classOf(err) != Gone:
			part.count(Undecided, 1)
			if place, panicked := errors.AsType[panicError](err); panicked {
				part.note(s.region, "a secret was not checked for an overdue rotation: "+place.Error())
			}
		}
	}
	return found
}

// check observes one secret. Its version is read only where the schedule alone does not answer.
func (s regionSweep) check(ctx context.Context, name string) (one overdueSecret, overdue bool, err error) {
	defer func() {
		if recover() != nil {
			one, overdue, err = overdueSecret{}, false, panicError(PanicPlace())
		}
	}()
	r := s.remediator
	kms, started := r.Connect(s.region), r.Now()
	secret, err := once(ctx, tickReadLimit, func(ctx context.Context) (Secret, error) { return kms.DescribeSecret(ctx, name) })
	if err != nil || !s.isUnderCare(secret) || !secret.MayBeOverdue(r.Now(), s.plan.OverdueAfter) {
		return one, false, err
	}
	current, err := once(ctx, tickReadLimit, func(ctx context.Context) (Version, error) { return kms.CurrentVersion(ctx, name) })
	if err != nil {
		return one, false, err
	}
	if arn := s.arn(candidate{name: name}); arn != "" {
		secret.ARN = arn
	}
	due, overdue := secret.OverdueSince(current, r.Now(), s.plan.OverdueAfter)
	return overdueSecret{name: name, secret: secret, due: due, elapsed: r.Now().Sub(started)}, overdue, nil
}

// isUnderCare leaves out what has a record after all, and what people keep from us.
func (s regionSweep) isUnderCare(secret Secret) bool {
	_, recorded := secret.Tags[RecordTag]
	return !recorded && skipReason(State{Secret: secret}, s.remediator.Policy) == ""
}

// overdueResults leaves out those of which CloudMonitor holds an event since they were due. Where it cannot be asked they
// are listed all the same: that they are overdue is certain.
func (s regionSweep) overdueResults(ctx context.Context, found []overdueSecret) (results []Result) {
	if len(found) == 0 {
		return nil
	}
	earliest := slices.MinFunc(found, func(a, b overdueSecret) int { return a.due.Compare(b.due) })
	newest, unknown := s.eventsSince(ctx, earliest.due)
	for _, one := range found {
		if event, came := newest[one.name]; came && !event.Time.Before(one.due) {
			continue
		}
		results = append(results, Result{
			Outcome: Overdue, Reason: one.reason(s.region, unknown), Notify: true, Secret: one.secret.ARN,
			InstanceID: one.secret.InstanceID, AutomaticRotation: one.secret.AutomaticRotation, Elapsed: one.elapsed,
		})
	}
	return results
}

// eventsSince reads the newest event of each secret, one query for each name of an event. unknown says why there may be
// events that it does not know of, "" for none.
func (s regionSweep) eventsSince(ctx context.Context, from time.Time) (newest newestEvents, unknown string) {
	newest = newestEvents{}
	if !s.plan.History {
		return newest, "SWEEP_HISTORY=false"
	}
	if kept := s.windowBegin(events.HistoryKept); from.Before(kept) {
		from = kept
	}
	unreadable := 0
	for _, name := range []string{events.FailureName, events.SuccessName} {
		lost, err := s.readEvents(ctx, newest, name, from, s.windowEnd())
		if unreadable += lost; err != nil {
			return newest, inWords(err)
		}
	}
	if unreadable > 0 {
		return newest, fmt.Sprintf("%d events since could not be read", unreadable)
	}
	return newest, ""
}

// reason says since when, what KMS makes of it, and what to do.
func (o overdueSecret) reason(region, unknown string) string {
	known := "no event of it is in the history"
	if unknown != "" {
		known = fmt.Sprintf("whether an event came is not known (%s)", unknown)
	}
	instance := ""
	if o.secret.InstanceID != "" {
		instance = " " + clean(o.secret.InstanceID)
	}
	then := "rotate the secret by hand, or enable the schedule anew: " + EnableCommand(region, Secret{Name: o.name, RotationInterval: o.secret.RotationInterval})
	if o.secret.AutomaticRotation == scheduleInvalid {
		then = "rotate the secret by hand; " + enableAfterwards(region, o.name, o.secret)
	}
	return fmt.Sprintf("a rotation was due at %s, and the version from before it is still current; %s; the schedule is %s; nothing is rotated for this; check the instance%s, and %s",
		stamp(o.due), known, o.secret.AutomaticRotation, instance, then)
}
