package standin

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
	"unicode/utf8"
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

// running is a rotation whose work on the instance is not done yet.
type running struct {
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
	k.start(s, versionID, ByOther, now, k.behavior().Work, s.nextOutcome())
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
	case s.running != nil:
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
	r := &running{
		secret: s, versionID: versionID, by: by, ends: now.Add(work), failure: failure,
		current: s.holder(stageCurrent), previous: s.holder(stagePrevious),
		record: &Rotation{VersionID: versionID, By: by, Started: now},
	}
	s.Versions = append(s.Versions, Version{ID: versionID, CreateTime: k.stamp(now)})
	if k.behavior().StageMoves != AfterWork {
		s.promote(versionID)
	}
	s.running = r
	k.running = append(k.running, r)
	k.rotations[s.Name] = append(k.rotations[s.Name], r.record)
	k.completeDue(now)
}

// completeDue finishes, in the order in which they end, all rotations whose time has come.
func (k *KMS) completeDue(now time.Time) {
	var due []*running
	k.running = slices.DeleteFunc(k.running, func(r *running) bool {
		if r.ends.After(now) {
			return false
		}
		due = append(due, r)
		return true
	})
	slices.SortStableFunc(due, func(a, b *running) int { return a.ends.Compare(b.ends) })
	for _, r := range due {
		k.finish(r)
	}
}

func (k *KMS) finish(r *running) {
	r.secret.running = nil
	r.record.Ended = r.ends
	if r.failure == nil {
		k.succeed(r)
		return
	}
	r.record.Failed = true
	k.fail(r)
}

func (k *KMS) succeed(r *running) {
	s, behavior := r.secret, k.behavior()
	if behavior.StageMoves == AfterWork {
		s.promote(r.versionID)
	}
	s.rotatedAt(k.stamp(r.ends))
	if behavior.SuccessClearsInvalid && s.AutomaticRotation == rotationInvalid {
		s.AutomaticRotation = rotationEnabled
	}
	if r.by == BySchedule || behavior.SucceededRaisesEvent {
		k.raiseSuccess(s, r.ends)
	}
}

func (k *KMS) fail(r *running) {
	s, behavior := r.secret, k.behavior()
	if behavior.StageMoves == BeforeAndRolledBack {
		s.move(stageCurrent, r.current)
		s.move(stagePrevious, r.previous)
	}
	if behavior.StageMoves != BeforeAndKept && !behavior.FailedLeavesVersion {
		s.removeVersion(r.versionID)
	}
	if behavior.FailedMovesLastRotationDate {
		s.rotatedAt(k.stamp(r.ends))
	}
	if !behavior.FailureSparesSchedule && s.AutomaticRotation == rotationEnabled {
		s.AutomaticRotation = rotationInvalid
	}
	if r.by == BySchedule || behavior.FailedRaisesEvent {
		k.raiseFailure(s, *r.failure, r.ends)
	}
}

// drop forgets a rotation whose secret or version is gone.
func (k *KMS) drop(r *running) {
	if r == nil {
		return
	}
	r.secret.running = nil
	k.running = slices.DeleteFunc(k.running, func(other *running) bool { return other == r })
}

// maxVersionID is the limit on the page of CreateSecret; that of RotateSecret names none.
const maxVersionID = 64

type rotatedSecret struct {
	head
	ARN        string `json:"Arn"`
	SecretName string `json:"SecretName"`
	VersionID  string `json:"VersionId"`
}

func rotateSecret(k *KMS, p url.Values, now time.Time) (identified, *refusal) {
	var answer identified
	refused := k.hourlyLimit(now)
	if refused == nil {
		answer, refused = k.accept(p, now)
	}
	if refused == nil || k.behavior().RefusedCallsCount {
		k.hourly.spend(now)
	}
	return answer, refused
}

func (k *KMS) hourlyLimit(now time.Time) *refusal {
	if !k.hourly.full(now) {
		return nil
	}
	code := k.behavior().RotationsLimitCode
	if code == codeThrottling {
		return &refusal{http.StatusTooManyRequests, code, "QPS Limit Exceeded"}
	}
	return &refusal{http.StatusBadRequest, code, "The number of rotations exceeds the limit."}
}

// accept starts a rotation, unless it must not.
func (k *KMS) accept(p url.Values, now time.Time) (identified, *refusal) {
	s, refused := k.find(p.Get("SecretName"))
	if refused != nil {
		return nil, refused
	}
	id := p.Get("VersionId")
	switch {
	case id == "":
		return nil, missingParameter("VersionId")
	case utf8.RuneCountInString(id) > maxVersionID:
		return nil, invalidParameter("VersionId")
	case s.Type == typeGeneric:
		return nil, errGeneric
	case !s.PlannedDeleteTime.IsZero():
		return nil, errDeleteWindow
	}
	answer := &rotatedSecret{ARN: k.arn(s.Name), SecretName: s.Name, VersionID: id}
	if s.version(id) != nil {
		return answer, nil // documented: an existing version number is ignored, and success returned
	}
	if s.running != nil {
		return nil, &refusal{k.behavior().BusyStatus, k.behavior().BusyCode, "Your secret is being rotated, please try again later."}
	}
	k.start(s, id, ByCall, now, k.behavior().Work, s.nextOutcome())
	return answer, nil
}
