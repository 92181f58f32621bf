package standin

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrNoSecret and ErrBusy are why a rotation that is no call could not start.
var (
	ErrNoSecret = errors.New("no such secret")
	ErrBusy     = errors.New("the secret is being rotated")
)

// Starter says who started a rotation. It is a closed set.
type Starter string

const (
	ByCall     Starter = "call"     // RotateSecret
	ByOther    Starter = "other"    // somebody's hand in the console
	BySchedule Starter = "schedule" // the secret's own schedule
)

// Rotation is one that really started. Its times are those of Options.Now.
type Rotation struct {
	VersionID string
	By        Starter
	Started   time.Time
	Ended     time.Time // zero while it runs, and for good when the secret was deleted meanwhile
	Failed    bool
}

// flight is a rotation whose work on the instance is not done yet.
type flight struct {
	secret            *secret
	versionID         string
	by                Starter
	ends              time.Time
	failure           *Failure
	current, previous string // versions at the system stages when it started, for the way back
	record            *Rotation
}

// Rotate starts somebody else's rotation: no call, no quota, no signature, but otherwise like one by call.
func (k *KMS) Rotate(name, versionID string) error {
	now := k.lock()
	defer k.mu.Unlock()
	s, err := k.idle(name)
	if err != nil {
		return fmt.Errorf("rotating %s: %w", name, err)
	}
	k.start(s, versionID, ByOther, now, k.world().Work, s.nextOutcome())
	return nil
}

// ScheduledFailure lets the schedule of a secret try now, and fail at once.
func (k *KMS) ScheduledFailure(name string, f Failure) error { return k.scheduled(name, &f) }

// ScheduledSuccess lets the schedule of a secret rotate it now, at once.
func (k *KMS) ScheduledSuccess(name string) error { return k.scheduled(name, nil) }

func (k *KMS) scheduled(name string, f *Failure) error {
	now := k.lock()
	defer k.mu.Unlock()
	s, err := k.idle(name)
	if err != nil {
		return fmt.Errorf("rotating %s by schedule: %w", name, err)
	}
	// The documents show decimal strings of 32 digits as ids that KMS chose.
	id := fmt.Sprintf("%032d", len(k.rotations[name])+1)
	k.start(s, id, BySchedule, now, 0, f)
	return nil
}

// Rotations returns all rotations of a secret that really started, in order.
func (k *KMS) Rotations(name string) []Rotation {
	k.lock()
	defer k.mu.Unlock()
	var all []Rotation
	for _, r := range k.rotations[name] {
		all = append(all, *r)
	}
	return all
}

func (k *KMS) idle(name string) (*secret, error) {
	s := k.secrets[name]
	switch {
	case s == nil:
		return nil, ErrNoSecret
	case s.flight != nil:
		return nil, ErrBusy
	}
	return s, nil
}

// nextOutcome counts a rotation and says how it will end.
func (s *secret) nextOutcome() *Failure {
	s.started++
	if s.Rotation == nil {
		return nil
	}
	return s.Rotation(s.started)
}

// start begins a rotation that ends after work, in failure or, with nil, in success.
func (k *KMS) start(s *secret, versionID string, by Starter, now time.Time, work time.Duration, failure *Failure) {
	f := &flight{
		secret: s, versionID: versionID, by: by, ends: now.Add(work), failure: failure,
		current: s.holder(stageCurrent), previous: s.holder(stagePrevious),
		record: &Rotation{VersionID: versionID, By: by, Started: now},
	}
	s.Versions = append(s.Versions, Version{ID: versionID, CreateTime: k.stamp(now)})
	if k.world().StageMoves != AfterWork {
		s.promote(versionID)
	}
	s.flight = f
	k.flights = append(k.flights, f)
	k.rotations[s.Name] = append(k.rotations[s.Name], f.record)
	k.land(now)
}

// land finishes, in the order in which they end, all rotations whose time has come.
func (k *KMS) land(now time.Time) {
	var due []*flight
	k.flights = slices.DeleteFunc(k.flights, func(f *flight) bool {
		if f.ends.After(now) {
			return false
		}
		due = append(due, f)
		return true
	})
	slices.SortStableFunc(due, func(a, b *flight) int { return a.ends.Compare(b.ends) })
	for _, f := range due {
		k.finish(f)
	}
}

func (k *KMS) finish(f *flight) {
	f.secret.flight = nil
	f.record.Ended = f.ends
	if f.failure == nil {
		k.succeed(f)
		return
	}
	f.record.Failed = true
	k.fail(f)
}

func (k *KMS) succeed(f *flight) {
	s, world := f.secret, k.world()
	if world.StageMoves == AfterWork {
		s.promote(f.versionID)
	}
	s.rotatedAt(k.stamp(f.ends))
	if world.SuccessClearsInvalid && s.AutomaticRotation == rotationInvalid {
		s.AutomaticRotation = rotationEnabled
	}
	if f.by == BySchedule || world.SucceededRaisesEvent {
		k.raiseSuccess(s, f.ends)
	}
}

func (k *KMS) fail(f *flight) {
	s, world := f.secret, k.world()
	if world.StageMoves == BeforeAndRolledBack {
		s.move(stageCurrent, f.current)
		s.move(stagePrevious, f.previous)
	}
	if world.StageMoves != BeforeAndKept && !world.FailedLeavesVersion {
		s.removeVersion(f.versionID)
	}
	if world.FailedMovesLastRotationDate {
		s.rotatedAt(k.stamp(f.ends))
	}
	if f.by == BySchedule && world.FailedMovesNextRotationDate {
		s.scheduleFrom(k.stamp(f.ends))
	}
	if !world.FailureSparesSchedule && s.AutomaticRotation == rotationEnabled {
		s.AutomaticRotation = rotationInvalid
	}
	if f.by == BySchedule || world.FailedRaisesEvent {
		k.raiseFailure(s, *f.failure, f.ends)
	}
}

// drop forgets a rotation whose secret or version is gone.
func (k *KMS) drop(f *flight) {
	if f == nil {
		return
	}
	f.secret.flight = nil
	k.flights = slices.DeleteFunc(k.flights, func(other *flight) bool { return other == f })
}
