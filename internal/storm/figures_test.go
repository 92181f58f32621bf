package storm

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// figures is what a storm came to.
type figures struct {
	secrets, hopeless           int // hopeless ones fail at every retry
	healed, givenUp             int
	lost, double, early, stale  int
	worstAttempts               int // claimed for one secret
	drained                     time.Duration
	rotations                   int // that this took
	refused                     int // RotateSecret calls
	reads, readsOf              int // until the success of the first retry was reported, and of how many secrets
	ratio, perSecret, perHealed float64
	peak                        int64         // bytes, the most that a tick held
	cpu                         time.Duration // of the whole simulation, until all was healed or given up
}

// storm is one that is over: its figures, and when each secret healed or was given up, in order.
type storm struct {
	figures
	healedAt, givenUpAt []time.Duration // since the first failure
}

func (f *fleet) result() storm {
	s := storm{figures: figures{
		secrets: len(f.names), double: f.ledger.double, early: f.ledger.early, refused: f.ledger.refused, worstAttempts: f.ledger.worstAttempts,
		peak: f.platform.peak, cpu: f.cpu,
	}}
	for i, name := range f.names {
		f.judge(&s, i, name)
	}
	slices.Sort(s.healedAt)
	slices.Sort(s.givenUpAt)
	s.healed, s.givenUp = len(s.healedAt), len(s.givenUpAt)
	if s.healed > 0 {
		s.drained = s.healedAt[s.healed-1]
	}
	for _, name := range f.names {
		for _, r := range f.account.Requested(name) {
			if r.Started.Sub(begin) <= s.drained {
				s.rotations++
			}
		}
	}
	s.ratio = s.drained.Hours() / (float64(s.rotations) / quota)
	s.perSecret = float64(s.refused) / float64(s.secrets)
	s.perHealed = float64(s.reads) / float64(max(s.readsOf, 1))
	return s
}

// judge says what became of one secret.
func (f *fleet) judge(s *storm, i int, name string) {
	if f.hopeless(i) {
		s.hopeless++
	}
	recorded := f.account.RecordText(name) != ""
	at, healed := f.healedAt(name)
	seen := f.ledger.of[i]
	switch {
	case healed:
		s.healedAt = append(s.healedAt, at.Sub(begin))
		if recorded && time.Since(at) > 24*time.Hour {
			s.stale++
		}
	case !seen.givenUp.IsZero():
		s.givenUpAt = append(s.givenUpAt, seen.givenUp.Sub(begin))
	case !recorded:
		s.lost++
	}
	if healed && seen.over && len(f.account.Requested(name)) == 1 {
		s.reads += seen.reads
		s.readsOf++
	}
}

// healedAt is when a retry of a secret worked.
func (f *fleet) healedAt(name string) (time.Time, bool) {
	for _, r := range f.account.Requested(name) {
		if !r.Ended.IsZero() && !r.Failed {
			return r.Ended, true
		}
	}
	return time.Time{}, false
}

// worse takes the worse of each figure.
func worse(a, b figures) figures {
	return figures{
		ratio: max(a.ratio, b.ratio), perSecret: max(a.perSecret, b.perSecret), perHealed: max(a.perHealed, b.perHealed),
		worstAttempts: max(a.worstAttempts, b.worstAttempts), lost: max(a.lost, b.lost), double: max(a.double, b.double),
		stale: max(a.stale, b.stale), peak: max(a.peak, b.peak),
	}
}

func figure(format string, args ...any) {
	figureLines = append(figureLines, fmt.Sprintf(format, args...))
}

func (f figures) print(suffix string) {
	figure("drain_ratio%s=%.3f", suffix, f.ratio)
	figure("refused_per_secret%s=%.3f", suffix, f.perSecret)
	figure("reads_per_healed%s=%.2f", suffix, f.perHealed)
	figure("worst_attempts%s=%d", suffix, f.worstAttempts)
	figure("lost%s=%d", suffix, f.lost)
	figure("double%s=%d", suffix, f.double)
	figure("stale_records%s=%d", suffix, f.stale)
	figure("peak_mib%s=%.2f", suffix, float64(f.peak)/(1<<20))
}

// compare prints how much more a secret costs in a large fleet than in a small one.
func compare(small, large figures) {
	figure("growth_time=%.2f", large.cpu.Seconds()/float64(large.secrets)/(small.cpu.Seconds()/float64(small.secrets)))
	figure("growth_memory=%.2f", float64(large.peak)/float64(large.secrets)/(float64(small.peak)/float64(small.secrets)))
}

// ledger keeps, for each secret, what KMS did.
type ledger struct {
	mu            sync.Mutex
	of            []entry
	refused       int // RotateSecret calls
	double        int // rotations without a claim of their own
	early         int // claims before the one before was due
	worstAttempts int
}

type entry struct {
	claim   remediation.Record // the last one
	unspent bool               // and no RotateSecret was seen since
	givenUp time.Time
	reads   int  // until it was over
	over    bool // its end was reported
}

func newLedger(secrets int) *ledger { return &ledger{of: make([]entry, secrets)} }

// note keeps each call that KMS carried out or refused.
func (l *ledger) note(c standin.Call, phase standin.Phase) {
	if phase != standin.AfterCommit || c.Secret == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &l.of[indexOf(c.Secret)]
	switch c.Action {
	case "RotateSecret":
		l.rotated(e, c)
	case "TagResource":
		l.recorded(e, c)
	}
}

func (l *ledger) rotated(e *entry, c standin.Call) {
	if !c.Acted {
		l.refused++
		return
	}
	if !e.unspent {
		l.double++
	}
	e.unspent = false
}

func (l *ledger) recorded(e *entry, c standin.Call) {
	r, err := remediation.ParseRecord(c.Tags[remediation.RecordTag])
	if err != nil || !c.Acted {
		return
	}
	if r.Phase == remediation.PhaseNeedsHuman && e.givenUp.IsZero() {
		e.givenUp = c.Time
	}
	if r.Phase == remediation.PhaseOpen {
		same := r.Opened.Equal(e.claim.Opened)
		if same && r.Attempts > e.claim.Attempts && c.Time.Before(e.claim.Due) {
			l.early++
		}
		e.unspent = r.Attempts > e.claim.Attempts || !same
		e.claim = r
		l.worstAttempts = max(l.worstAttempts, r.Attempts)
	}
}

// read counts a read of a secret.
func (l *ledger) read(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := &l.of[indexOf(name)]; !e.over {
		e.reads++
	}
}

// reported notes an outcome.
func (l *ledger) reported(name string, o remediation.Outcome) {
	if o != remediation.Rotated && o != remediation.Recovered {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of[indexOf(name)].over = true
}

// indexOf reads the number at the end of a name.
func indexOf(name string) int {
	i, _ := strconv.Atoi(name[strings.LastIndexByte(name, '-')+1:])
	return i
}
