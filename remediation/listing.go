package remediation

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// listMine lists the secrets that are this tick's to look at. Since it keeps no place, one that is created or deleted moves
// the others, and a few may be passed over for a day, or seen twice; no document says in which order KMS lists them.
func (s *sweep) listMine(ctx context.Context, pace <-chan time.Time) ([]ListedSecret, error) {
	head, err := s.listSecrets(ctx, pace, 1, 1)
	if err != nil {
		return nil, err
	}
	total := s.atMost(head.Total)
	first, pages, size := s.plan.Tick.pagesOf(total)
	var mine []ListedSecret
	for page := first; page < first+pages && (page-1)*size < total; page++ {
		got, err := s.listSecrets(ctx, pace, page, size)
		if err != nil {
			return mine, err
		}
		mine = append(mine, got.Secrets...)
	}
	return mine, nil
}

// maxSecretPages bounds what one tick lists: with pages of a hundred it is about as much as its time is enough to look at,
// and a total that is wrong costs no more.
const maxSecretPages = 10

// atMost is how many of so many secrets the ticks of a day look at. It says once a day that there are more.
func (s *sweep) atMost(total int) int {
	_, of := s.plan.Tick.ofDay()
	most := of * maxSecretPages * maxSecretPage
	if total > most && s.plan.Tick.opensDay() {
		s.note("of %d secrets only the first %d are looked at for overdue rotations: the ticks of a day reach no more", total, most)
	}
	return min(total, most)
}

// listSecrets reads one page, not before the pace allows it.
func (s *sweep) listSecrets(ctx context.Context, pace <-chan time.Time, page, size int) (SecretPage, error) {
	await(ctx, pace)
	return once(ctx, func(ctx context.Context) (SecretPage, error) { return s.kms.ListSecrets(ctx, page, size) })
}

// await waits for the pace, or until ctx is over.
func await(ctx context.Context, pace <-chan time.Time) {
	select {
	case <-pace:
	case <-ctx.Done():
	}
}

// noteListing says that the time was over, and once a day that the listing is refused. What passes is not worth a word:
// the next day another tick has these secrets.
func (s *sweep) noteListing(ctx context.Context, err error) {
	class := classOf(err)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		s.note("not all secrets were listed to look for overdue rotations: no time was left")
	case (class == Account || class == Refused) && s.plan.Tick.opensDay():
		s.note("secrets cannot be listed, so overdue ones are not found: %v; grant the function's role kms:ListSecrets (README, permissions), or set OVERDUE_AFTER=0", err)
	}
}

// worthALook leaves out what is known without a call. What has a record is in hand, or was told as given up.
func (s *sweep) worthALook(one ListedSecret) bool {
	_, recorded := slices.BinarySearch(s.recorded, one.Name)
	return !recorded && s.Policy.Scope.HasName(one.Name) && (one.Type == "" || s.Policy.Scope.HasType(one.Type))
}

// note says something of this region.
func (s *sweep) note(format string, args ...any) {
	s.result.Notes = append(s.result.Notes, s.region+": "+fmt.Sprintf(format, args...))
}
