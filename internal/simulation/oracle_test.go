package simulation

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// oracle knows the truth, and what was promised. It works from the calls and from what KMS made of them, with rules of
// its own: it asks nothing of package remediation but what a record says.
type oracle struct {
	*run
	mu sync.Mutex

	truth     truth
	failures  []failure
	marks     map[remediation.VersionHash]remediation.Version // which version each name in a record means
	ids       map[string]string                               // by VersionId, which claim asked for it
	doneSince time.Time                                       // the record says done since then
	series    series
	broken    []violation
	tags      []tagged // for a reader that lags
}

// truth is the secret as it was when we last looked.
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
	excused bool      // nobody can find it again: a limit that is stated
}

// series is what has to stay below MAX_ATTEMPTS together.
type series struct {
	rotations int
	notBefore time.Time // the next claim
	givenUpOn string    // the version that was current when it was given up
}

// claim is an attempt that stands in the record.
type claim struct {
	value     string
	attempt   int
	looked    remediation.Version
	confirmed bool // KMS answered the write
	called    bool // RotateSecret was answered for it, or may have been
}

func newOracle(r *run) *oracle {
	o := &oracle{run: r, marks: map[remediation.VersionHash]remediation.Version{}, ids: map[string]string{}}
	o.truth = o.now()
	return o
}

func (o *oracle) violate(p Property, format string, args ...any) {
	detail := fmt.Sprintf(format, args...)
	o.say("      BROKEN: %s: %s", p, detail)
	o.broken = append(o.broken, violation{p, detail})
}

func (o *oracle) now() truth {
	s, _ := o.cloud.Secret(secret)
	t := truth{}
	t.value, t.found = s.Tags[remediation.RecordTag]
	for _, v := range s.Versions {
		if slices.Contains(v.Stages, "ACSCurrent") {
			t.current = remediation.Version{ID: v.ID, CreateTime: v.CreateTime}
		}
	}
	for _, rotation := range o.cloud.Rotations(secret) {
		if rotation.By == standin.ByCall {
			t.started++
		}
	}
	return t
}

// look brings the truth up to date and returns what it was. by is who may have changed it, nil for a person.
func (o *oracle) look(by *invocation) (before truth) {
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

// record is the one that stands on the secret, if it can be read.
func (o *oracle) record() (r remediation.Record, found bool) { return o.now().record() }

func (t truth) record() (r remediation.Record, found bool) {
	if !t.found {
		return r, false
	}
	r, err := remediation.ParseRecord(t.value)
	return r, err == nil
}

// recordTakenAway begins everything anew: whoever writes our tag can end an episode. The history finds it again; where
// there is none, what has failed so far is lost.
func (o *oracle) recordTakenAway() {
	o.series = series{}
	o.excuse(func(failure) bool { return true })
}

func (o *oracle) excuse(which func(failure) bool) {
	if o.history == historyRead {
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

// taken notes what became of a Failure that no history repeats: while the secret is switched off or its record cannot be
// read, it is dropped; and so is one that looked moot for a version that was rolled back without a word.
func (o *oracle) taken(stamp time.Time, r remediation.Result) {
	unreadable := r.Outcome == remediation.NeedsHuman && o.truth.found && !o.readable()
	rolledBack := r.Outcome == remediation.AlreadyRotated && o.kms.StageMoves == standin.BeforeAndRolledBack && !o.kms.FailedRaisesEvent
	if r.Outcome == remediation.Skipped || unreadable || rolledBack {
		o.excuse(func(f failure) bool { return f.stamp.Equal(stamp) })
	}
	// In the second in which a version was created, a Failure is taken for one of that version. Where that is rolled back
	// without a word, what was open before is forgotten.
	if o.kms.StageMoves == standin.BeforeAndRolledBack && o.truth.current.CreateTime.Equal(stamp) {
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
	if n >= o.policy.MaxAttempts {
		return o.policy.Backoff
	}
	wait := o.policy.Backoff
	for ; n > 1 && wait < o.policy.BackoffMax; n-- {
		wait *= 3
	}
	return min(wait, o.policy.BackoffMax)
}
