package standin

import (
	"slices"
	"time"
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
	if world.SucceededRaisesEvent {
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
