package simulation

import (
	"fmt"
	"sync"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// Property is a promise that holds after every step. It is a closed set.
type Property string

const (
	ClaimBeforeCall        Property = "no RotateSecret without a claim that KMS confirmed"
	OneCallPerClaim        Property = "one RotateSecret for each claim, and at most one rotation"
	IDOfItsOwn             Property = "each claim asks for a VersionId of its own"
	SeriesIsBounded        Property = "at most MAX_ATTEMPTS rotations in a series, and none after giving up"
	AttemptsAreKept        Property = "attempts are counted one by one, and taken over"
	ClaimWhenDue           Property = "no claim before the last one is due"
	RotatedSinceIsLeft     Property = "no rotation of a version that was created after every failure"
	RecordNamesTheVersion  Property = "a record names the version that was observed"
	DoneMeansReplaced      Property = "recovered, and a record that says done, only when another version was seen current"
	RotatedMeansOurs       Property = "rotated only when the version that was asked for was seen current"
	GivesUpLast            Property = "given up only when attempts are spent, or for a cause that only a person can repair"
	RemovedWhenSettled     Property = "a record is removed only once it has settled, by the first tick of an hour, after a day of history"
	SwitchMeansHandsOff    Property = "no write once the switch was seen"
	UnreadableIsNotTouched Property = "a record that cannot be read is never overwritten"
	FailureIsNotLost       Property = "after fair ticks a failure is healed, or given up in a record"
	RecordDoesNotStay      Property = "after fair ticks a healed secret carries no record"
	ComesToRest            Property = "after fair ticks there is an end to it"
	FloorHolds             Property = "one instance requests no two rotations within RETRY_BACKOFF, whatever the record says"
	CauseIsOfTheLast       Property = "no failure before the last attempt replaces its cause"
	NothingPanics          Property = "nothing panics"
)

// violation is one broken promise.
type violation struct {
	property Property
	detail   string
}

// oracle knows the truth, and what was promised. It works from the calls and from what KMS made of them, with rules of
// its own: it asks nothing of package remediation but what a record says.
type oracle struct {
	run *run
	mu  sync.Mutex

	truth     truth
	failures  []failure
	marks     map[remediation.VersionHash]remediation.Version // which version each name in a record means
	ids       map[string]string                               // by VersionId, which claim asked for it
	doneSince time.Time                                       // the record says done since then
	series    series
	floor     floor
	claimedAt map[int]time.Time // by attempt, when it was last claimed
	broken    []violation
	tags      []tagged // for a reader that lags
}

// truth is the secret as it last was.
type truth struct {
	value   string // of the record
	found   bool
	current remediation.Version
	started int // rotations by call, ever
}

// failure is one that KMS reported.
type failure struct {
	stamp   time.Time // by KMS's clock
	at      time.Time // by ours
	excused bool      // it cannot be found again: a limit that is stated
}

// series is what has to stay below MAX_ATTEMPTS together.
type series struct {
	rotations int
	notBefore time.Time // the next claim
	givenUpOn string    // the version that was current when it was given up
}

// floor is the last attempt on which KMS may have acted, of the instance that is alive.
type floor struct {
	memory *remediation.InstanceMemory
	at     time.Time
}

// claim is an attempt in the record.
type claim struct {
	value     string
	attempt   int
	observed  remediation.Version
	confirmed bool // KMS answered the write
	called    bool // RotateSecret was answered for it, or may have been
}

func newOracle(r *run) *oracle {
	o := &oracle{run: r, marks: map[remediation.VersionHash]remediation.Version{}, ids: map[string]string{}, claimedAt: map[int]time.Time{}}
	o.truth = o.now()
	return o
}

func (o *oracle) violate(p Property, format string, args ...any) {
	detail := fmt.Sprintf(format, args...)
	o.run.log("      BROKEN: %s: %s", p, detail)
	o.broken = append(o.broken, violation{p, detail})
}

func (o *oracle) now() truth {
	value, current := o.run.account.RecordText(secret), o.run.account.Current(secret)
	return truth{
		value: value, found: value != "", started: len(o.run.account.Requested(secret)),
		current: remediation.Version{ID: current.ID, CreateTime: current.CreateTime},
	}
}

// refresh brings the truth up to date and returns the one before. by may have changed it, nil for a person.
func (o *oracle) refresh(by *invocation) (before truth) {
	before, o.truth = o.truth, o.now()
	o.remember()
	if o.series.givenUpOn != "" && o.truth.current.ID != o.series.givenUpOn {
		o.series = series{} // it took a person or the schedule to make another version current
	}
	if by == nil {
		return before
	}
	for range o.truth.started - before.started {
		by.started()
	}
	return before
}

// record is the one on the secret, if it can be read.
func (o *oracle) record() (r remediation.Record, found bool) { return o.now().record() }

func (t truth) record() (r remediation.Record, found bool) {
	if !t.found {
		return r, false
	}
	r, err := remediation.ParseRecord(t.value)
	return r, err == nil
}

// recordLost begins everything anew: others who write our tag can end an episode. The history finds it again; where
// there is none, what has failed so far is lost.
func (o *oracle) recordLost() {
	o.series = series{}
	o.excuse(func(failure) bool { return true })
}

func (o *oracle) excuse(which func(failure) bool) {
	if o.run.history == historyRead {
		return
	}
	for n := range o.failures {
		if which(o.failures[n]) {
			o.failures[n].excused = true
		}
	}
}

func (o *oracle) failed(stamp, at time.Time) {
	o.failures = append(o.failures, failure{stamp: stamp, at: at})
}

// handled notes what became of a Failure that no history repeats: while the secret is switched off or its record cannot be
// read, it is dropped; and so is one before a version that was rolled back without an event.
func (o *oracle) handled(stamp time.Time, r remediation.Result) {
	unreadable := r.Outcome == remediation.NeedsHuman && o.truth.found && !o.readable()
	rolledBack := r.Outcome == remediation.AlreadyRotated && o.run.kms.StageMoves == standin.BeforeAndRolledBack && !o.run.kms.FailedRaisesEvent
	if r.Outcome == remediation.Skipped || unreadable || rolledBack {
		o.excuse(func(f failure) bool { return f.stamp.Equal(stamp) })
	}
	// In the second in which a version was created, a Failure is taken for one of that version. Where that is rolled back
	// without an event, what was open before is forgotten.
	if o.run.kms.StageMoves == standin.BeforeAndRolledBack && o.truth.current.CreateTime.Equal(stamp) {
		o.excuse(func(f failure) bool { return !f.stamp.After(stamp) })
	}
}

func (o *oracle) readable() bool {
	_, readable := o.truth.record()
	return readable
}

// unhealed returns the newest failure that the version that is current does not answer.
func (o *oracle) unhealed(current remediation.Version, counts func(failure) bool) (newest failure, found bool) {
	for _, f := range o.failures {
		if counts(f) && !current.CreateTime.After(f.stamp) && !f.stamp.Before(newest.stamp) {
			newest, found = f, true
		}
	}
	return newest, found
}

// waitAfter is what the contract says of the wait after attempt n.
func (o *oracle) waitAfter(n int) time.Duration {
	if n >= o.run.policy.MaxAttempts {
		return o.run.policy.Backoff
	}
	wait := o.run.policy.Backoff
	for ; n > 1 && wait < o.run.policy.BackoffMax; n-- {
		wait *= 3
	}
	return min(wait, o.run.policy.BackoffMax)
}
