package storm

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

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
	reads   int  // until it was told that it is over
	told    bool // that it is over
}

func newLedger(secrets int) *ledger { return &ledger{of: make([]entry, secrets)} }

// note is told of each call that KMS carried out or refused.
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
	if e := &l.of[indexOf(name)]; !e.told {
		e.reads++
	}
}

// tell notes what a look reported.
func (l *ledger) tell(name string, o remediation.Outcome) {
	if o != remediation.Rotated && o != remediation.Recovered {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of[indexOf(name)].told = true
}

// indexOf reads the number at the end of a name.
func indexOf(name string) int {
	i, _ := strconv.Atoi(name[strings.LastIndexByte(name, '-')+1:])
	return i
}
