package standin

import (
	"maps"
	"slices"
	"time"
)

// The system stages: they can be moved from one version to another, but not removed.
const (
	stageCurrent  = "ACSCurrent"
	stagePrevious = "ACSPrevious"
)

// The values of AutomaticRotation.
const (
	rotationEnabled = "Enabled"
	rotationInvalid = "Invalid"
)

const typeGeneric = "Generic"

// Secret is a secret as a test puts it there, or finds it. Its times are KMS's clock.
type Secret struct {
	Name              string
	Type              string // ECS if empty
	SubType           string // Password if empty
	InstanceID        string // of the instance or database whose credential it is; a plausible one if empty
	Description       string
	AutomaticRotation string // Enabled if empty, but for a Generic secret, which has none
	RotationInterval  time.Duration
	Tags              map[string]string
	Versions          []Version // oldest first; one, v1, created now and current, if empty
	CreateTime        time.Time // now if zero
	PlannedDeleteTime time.Time // set: in the deletion window
	LastRotationDate  time.Time // zero: never rotated
	NextRotationDate  time.Time

	// Rotation says how the n-th rotation of this secret ends, counted from 1 since it was put: nil is success. Rotations
	// by call and by hand count; failures of the schedule do not. Without it all succeed. It must not call the KMS.
	Rotation func(n int) *Failure
}

// Version is one version of a secret.
type Version struct {
	ID         string
	CreateTime time.Time
	Stages     []string
}

// Failure is why a rotation failed. Empty fields become the placeholders of the documented sample, since no document
// lists real values.
type Failure struct {
	Code, Message string
}

// FailFirst makes the first rotations of a secret fail, and all later ones work.
func FailFirst(rotations int, f Failure) func(n int) *Failure {
	return func(n int) *Failure {
		if n > rotations {
			return nil
		}
		return &f
	}
}

// plausibleInstances are the ids of secrets that a test gives none, by type; a type that is missing has none.
var plausibleInstances = map[string]string{
	"ECS": "i-bp1a2b3c4d5e6f7g8h9i", "Rds": "rm-bp1a2b3c4d5e6f7g8", "Redis": "r-bp1a2b3c4d5e6f7g8", "PolarDB": "pc-bp1a2b3c4d5e6f7g8",
}

func (s Secret) clone() Secret {
	s.Tags = maps.Clone(s.Tags)
	s.Versions = slices.Clone(s.Versions)
	for i := range s.Versions {
		s.Versions[i].Stages = slices.Clone(s.Versions[i].Stages)
	}
	return s
}

func (s Secret) withDefaults(now time.Time) Secret {
	if s.Type == "" {
		s.Type = "ECS"
	}
	if s.SubType == "" {
		s.SubType = "Password"
	}
	if s.AutomaticRotation == "" && s.Type != typeGeneric {
		s.AutomaticRotation = rotationEnabled
	}
	if s.InstanceID == "" {
		s.InstanceID = plausibleInstances[s.Type]
	}
	if len(s.Versions) == 0 {
		s.Versions = []Version{{ID: "v1", CreateTime: now, Stages: []string{stageCurrent}}}
	}
	if s.CreateTime.IsZero() {
		s.CreateTime = now
	}
	if s.Tags == nil {
		s.Tags = map[string]string{}
	}
	return s
}

// version returns the version with that id, or nil.
func (s *Secret) version(id string) *Version {
	i := slices.IndexFunc(s.Versions, func(v Version) bool { return v.ID == id })
	if i < 0 {
		return nil
	}
	return &s.Versions[i]
}

// holder returns the id of the version at a stage, or "".
func (s *Secret) holder(stage string) string {
	for _, v := range s.Versions {
		if slices.Contains(v.Stages, stage) {
			return v.ID
		}
	}
	return ""
}

// move takes a stage from whichever version holds it and gives it to id; with "", or an id that is gone, to none.
func (s *Secret) move(stage, id string) {
	for i := range s.Versions {
		v := &s.Versions[i]
		v.Stages = slices.DeleteFunc(v.Stages, func(at string) bool { return at == stage })
		if v.ID == id {
			v.Stages = append(v.Stages, stage)
		}
	}
}

// promote makes id the current version, and the one that was current the previous one.
func (s *Secret) promote(id string) {
	current := s.holder(stageCurrent)
	s.move(stagePrevious, current)
	s.move(stageCurrent, id)
}

func (s *Secret) removeVersion(id string) {
	s.Versions = slices.DeleteFunc(s.Versions, func(v Version) bool { return v.ID == id })
}

// rotatedAt notes when the last rotation was, and when the next is due.
func (s *Secret) rotatedAt(t time.Time) {
	s.LastRotationDate = t
	s.scheduleFrom(t)
}

// scheduleFrom moves the next rotation: documented as the last plus the interval.
func (s *Secret) scheduleFrom(t time.Time) {
	if s.RotationInterval > 0 {
		s.NextRotationDate = t.Add(s.RotationInterval)
	}
}
