package remediation

import (
	"context"
	"fmt"
	"slices"
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

// lookForOverdue looks at this tick's part of the secrets of a region, after all that is due in any: for a rotation that
// neither took place nor raised an event, which nothing else finds. It only tells, and what the time does not reach waits
// for the next day.
//
// KMS's clock is compared with ours here, and only here: what is hours late is so by either.
func (s *sweep) lookForOverdue(ctx context.Context, regionsLeft int) {
	ctx, stop := s.part(ctx, regionsLeft)
	defer stop()
	pace := time.NewTicker(looksInterval)
	defer pace.Stop()
	listed, err := s.listMine(ctx, pace.C)
	s.noteListing(ctx, err)
	listed = slices.DeleteFunc(listed, func(one ListedSecret) bool { return !s.worthALook(one) })
	s.tellOverdue(ctx, s.lookAtEach(ctx, listed, pace.C))
}

// lookAtEach begins at a moving point, so that where the time is always too short it is not always for the same.
func (s *sweep) lookAtEach(ctx context.Context, secrets []ListedSecret, pace <-chan time.Time) []late {
	begin := movingPoint(s.plan.Tick, len(secrets))
	var found []late
	for i := range secrets {
		await(ctx, pace)
		l, overdue, err := s.isOverdue(ctx, secrets[(begin+i)%len(secrets)].Name)
		switch {
		case overdue:
			found = append(found, l)
		case err != nil && ctx.Err() != nil:
			s.note("%d secrets were not looked at for overdue rotations: no time was left", len(secrets)-i)
			return found
		case err != nil && classOf(err) != Gone:
			s.count(Undecided)
		}
	}
	return found
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
			Outcome: Overdue, Reason: l.reason(unknown), Notify: true,
			Secret: l.secret.ARN, AutomaticRotation: l.secret.AutomaticRotation, Elapsed: l.elapsed,
		})
	}
}

// eventsSince reads the newest event of each secret, one query for each name of an event. unknown says why there may be
// events that it does not know of, "" for none.
func (s *sweep) eventsSince(ctx context.Context, from time.Time) (h history, unknown string) {
	h.newest = map[string]events.Event{}
	if !s.plan.History {
		return h, "SWEEP_HISTORY=false"
	}
	if kept := s.plan.Tick.At.Add(-eventsAreKept); from.Before(kept) {
		from = kept
	}
	for _, name := range []string{events.FailureName, events.SuccessName} {
		if err := s.readEvents(ctx, &h, name, from, s.Now()); err != nil {
			return h, err.Error()
		}
	}
	if h.unreadable > 0 {
		return h, fmt.Sprintf("%d events since could not be read", h.unreadable)
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
