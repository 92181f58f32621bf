package remediation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// late is a secret whose schedule let its time pass.
type late struct {
	name    string
	secret  Secret
	due     time.Time
	elapsed time.Duration // of its look
}

// lookForOverdue looks at this tick's part of the secrets, after all that is due: for a rotation that neither took place
// nor raised an event, which nothing else finds. It only tells, and what the time does not reach waits for the next day.
//
// KMS's clock is compared with ours here, and only here: what is hours late is so by either.
func (s *sweep) lookForOverdue(ctx context.Context, records []Tagged) {
	if s.plan.OverdueAfter <= 0 {
		return
	}
	listed, err := s.listMine(ctx)
	s.noteListing(err)
	pace := time.NewTicker(looksInterval)
	defer pace.Stop()
	var found []late
	for _, one := range listed {
		if !s.worthALook(one, records) {
			continue
		}
		select {
		case <-pace.C:
		case <-ctx.Done():
		}
		l, overdue, err := s.isOverdue(ctx, one.Name)
		switch {
		case overdue:
			found = append(found, l)
		case err != nil && classOf(err) != Gone && ctx.Err() == nil:
			s.count(Undecided)
		}
	}
	s.tellOverdue(ctx, found)
}

// listMine lists the secrets that are this tick's to look at. Since it keeps no place, one that is created or deleted moves
// the others, and a few may be passed over for a day, or seen twice; no document says in which order KMS lists them.
func (s *sweep) listMine(ctx context.Context) ([]ListedSecret, error) {
	head, err := s.listSecrets(ctx, 1, 1)
	if err != nil {
		return nil, err
	}
	first, pages, size := s.plan.Tick.pagesOf(head.Total)
	var mine []ListedSecret
	for page := first; page < first+pages && (page-1)*size < head.Total; page++ {
		got, err := s.listSecrets(ctx, page, size)
		if err != nil {
			return mine, err
		}
		mine = append(mine, got.Secrets...)
	}
	return mine, nil
}

func (s *sweep) listSecrets(ctx context.Context, page, size int) (SecretPage, error) {
	return once(ctx, func(ctx context.Context) (SecretPage, error) { return s.kms.ListSecrets(ctx, page, size) })
}

// noteListing says once a day that the listing is refused. What passes is not worth a word: the next tick lists again.
func (s *sweep) noteListing(err error) {
	class := classOf(err)
	if err == nil || class != Account && class != Refused || !s.plan.Tick.opensDay() {
		return
	}
	s.result.Notes = append(s.result.Notes, fmt.Sprintf("%s: secrets cannot be listed, so overdue ones are not found: %v; grant the function's role kms:ListSecrets (README, permissions), or set OVERDUE_AFTER=0", s.region, err))
}

// worthALook leaves out what is known without a call. What has a record is in hand, or was told as given up.
func (s *sweep) worthALook(one ListedSecret, records []Tagged) bool {
	_, recorded := slices.BinarySearchFunc(records, one.Name, func(t Tagged, name string) int { return strings.Compare(t.Secret, name) })
	return !recorded && s.Policy.Scope.HasName(one.Name) && (one.Type == "" || s.Policy.Scope.HasType(one.Type))
}

// isOverdue looks at one secret. Its version is read only where the schedule alone does not answer.
func (s *sweep) isOverdue(ctx context.Context, name string) (late, bool, error) {
	started := s.Now()
	secret, err := once(ctx, func(ctx context.Context) (Secret, error) { return s.kms.DescribeSecret(ctx, name) })
	if err != nil || !s.isOurs(secret) || !secret.MayBeOverdue(s.Now(), s.plan.OverdueAfter) {
		return late{}, false, err
	}
	current, err := once(ctx, func(ctx context.Context) (Version, error) { return s.kms.CurrentVersion(ctx, name) })
	if err != nil {
		return late{}, false, err
	}
	if arn := s.arn(candidate{name: name}); arn != "" {
		secret.ARN = arn
	}
	due, overdue := secret.OverdueSince(current, s.Now(), s.plan.OverdueAfter)
	return late{name: name, secret: secret, due: due, elapsed: s.Now().Sub(started)}, overdue, nil
}

// isOurs leaves out what has a record after all, and what people keep from us.
func (s *sweep) isOurs(secret Secret) bool {
	_, recorded := secret.Tags[RecordTag]
	return !recorded && outOfReach(State{Secret: secret}, s.Policy) == ""
}

// tellOverdue lists those of which CloudMonitor holds no event since they were due. Where it cannot be asked they are told
// all the same: that they are late is certain.
func (s *sweep) tellOverdue(ctx context.Context, found []late) {
	if len(found) == 0 {
		return
	}
	earliest := slices.MinFunc(found, func(a, b late) int { return a.due.Compare(b.due) })
	h, unknown := s.eventsSince(ctx, earliest.due)
	for _, l := range found {
		if event, told := h.newest[l.name]; told && !event.Time.Before(l.due) {
			continue
		}
		s.list(Result{
			Outcome: Overdue, Reason: l.reason(unknown), News: true,
			Secret: l.secret.ARN, AutomaticRotation: l.secret.AutomaticRotation, Elapsed: l.elapsed,
		})
	}
}

// eventsSince reads the newest event of each secret, one query for each name of an event. unknown says why there may be
// events that it could not read, "" for none.
func (s *sweep) eventsSince(ctx context.Context, from time.Time) (h history, unknown string) {
	h.newest = map[string]events.Event{}
	if !s.plan.History {
		return h, "SWEEP_HISTORY=false"
	}
	if kept := s.plan.Tick.At.Add(-eventsAreKept); from.Before(kept) {
		from = kept
	}
	for _, name := range []string{failureName, successName} {
		if err := s.readEvents(ctx, &h, name, from, s.Now()); err != nil {
			return h, err.Error()
		}
	}
	return h, ""
}

// reason says since when, what KMS makes of it, and what to do.
func (l late) reason(unknown string) string {
	known := "no event of it is in the history"
	if unknown != "" {
		known = fmt.Sprintf("whether an event came could not be looked up (%s)", unknown)
	}
	return fmt.Sprintf("a rotation was due at %s, and the version of before it is still current; %s; the schedule is %s; nothing is rotated for this: "+
		"check instance and schedule, then rotate the secret by hand, or enable automatic rotation again (UpdateSecretRotationPolicy)",
		l.due.UTC().Format(time.RFC3339), known, l.secret.AutomaticRotation)
}
