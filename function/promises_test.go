package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// promises holds what has to be true after every step of every story, whatever went wrong:
//
//   - one claim, one RotateSecret at most, with an id that KMS does not know yet;
//   - no more rotations than MAX_ATTEMPTS;
//   - rotated and recovered are said only of what KMS's versions showed at that time;
//   - a failure is never lost: the secret is repaired, or has a record, or the platform still has the event.
//
// It watches from the side of KMS, and does not ask the function.
type promises struct {
	cloud       *cloud
	maxAttempts int
	onTheWay    int // events that KMS raised and the platform did not deliver yet

	mu       sync.Mutex
	claims   map[string]string                  // record at the time of a RotateSecret → the version that it asked for
	replaced map[remediation.VersionHash]string // version that was current when a record first named it
	seen     string                             // current at the last read that was answered
	broken   []string
}

func newPromises(maxAttempts int) *promises {
	return &promises{maxAttempts: maxAttempts, claims: map[string]string{}, replaced: map[remediation.VersionHash]string{}}
}

// onCall is for the options of the stand-in.
func (p *promises) onCall(call standin.Call, phase standin.Phase) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case call.Action == "RotateSecret" && phase == standin.BeforeCommit:
		p.rotationAsked(call.VersionID)
	case call.Action == "ListSecretVersionIds" && phase == standin.AfterCommit:
		p.seen = p.cloud.current()
	case call.Action == "TagResource" && phase == standin.AfterCommit && call.Acted:
		if mark := p.cloud.record().Replaces; p.replaced[mark] == "" {
			p.replaced[mark] = p.cloud.current()
		}
	}
}

func (p *promises) rotationAsked(id string) {
	text, record := p.cloud.recordText(), p.cloud.record()
	if record.Phase != remediation.PhaseOpen || !strings.HasPrefix(id, fmt.Sprintf("remediation-%d-", record.Attempts)) {
		p.breach("RotateSecret %s without its claim: the record is %q", id, text)
	}
	if before, used := p.claims[text]; used {
		p.breach("a second RotateSecret, %s after %s, for the claim %s", id, before, text)
	}
	p.claims[text] = id
	s, _ := p.cloud.Secret(secretName)
	if slices.ContainsFunc(s.Versions, func(v standin.Version) bool { return v.ID == id }) {
		p.breach("version %s is asked for again: KMS ignores it, and says success", id)
	}
}

func (p *promises) breach(format string, args ...any) {
	p.broken = append(p.broken, fmt.Sprintf(format, args...))
}

// after is asked when an invocation is over; a is the zero answer where it had none, so that the platform has the event.
func (p *promises) after(a answer, killed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, record := a.result(), p.cloud.record()
	if n := len(p.cloud.rotations()); n > p.maxAttempts {
		p.breach("%d rotations, want %d at most", n, p.maxAttempts)
	}
	switch {
	case r.Outcome == remediation.Rotated && r.VersionID != p.seen:
		p.breach("rotated was said of %s, but %s was current", r.VersionID, p.seen)
	case r.Outcome == remediation.Recovered && p.replaced[record.Replaces] == p.seen:
		p.breach("recovered was said, but %s, which was to be replaced, was current", p.seen)
	}
	kept := killed || a.failed() || r.Outcome == remediation.Skipped && p.saidGone() || p.onTheWay+len(p.cloud.Events()) > 0
	if !kept && !p.repaired() && !p.running() && !p.remembered() {
		p.breach("the failure is lost: %s, current %s, record %q", a.text, p.cloud.current(), p.cloud.recordText())
	}
}

// saidGone says whether KMS ever answered that it does not know the secret, which ends everything for the function.
func (p *promises) saidGone() bool {
	return slices.ContainsFunc(p.cloud.Calls(), func(c standin.Call) bool { return c.Code == "Forbidden.ResourceNotFound" })
}

// repaired says whether a version is current that a rotation really put there.
func (p *promises) repaired() bool {
	return slices.ContainsFunc(p.cloud.Rotations(secretName), func(r standin.Rotation) bool {
		return r.VersionID == p.cloud.current() && !r.Failed && !r.Ended.IsZero()
	})
}

func (p *promises) running() bool {
	return slices.ContainsFunc(p.cloud.Rotations(secretName), func(r standin.Rotation) bool { return r.Ended.IsZero() })
}

// remembered says whether the record leads on: it is open or given up, or its version was rolled back.
func (p *promises) remembered() bool {
	record := p.cloud.record()
	switch record.Phase {
	case remediation.PhaseOpen, remediation.PhaseNeedsHuman:
		return true
	case remediation.PhaseDone:
		return p.replaced[record.Replaces] == p.cloud.current()
	}
	return false
}

// breaches returns what was broken so far.
func (p *promises) breaches() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.broken)
}

// grid counts what was broken, by fault and call.
type grid struct {
	mu     sync.Mutex
	cells  [][]int
	tried  int
	broken []string
}

func newGrid() *grid {
	g := &grid{cells: make([][]int, len(faultRows))}
	for r := range g.cells {
		g.cells[r] = make([]int, len(faultColumns))
	}
	return g
}

func (g *grid) add(row, column int, broken []string, story string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tried++
	if len(broken) == 0 {
		return
	}
	g.cells[row][column]++
	g.broken = append(g.broken, story+":\n    "+strings.Join(broken, "\n    "))
}

// show prints how many stories of each cell ended badly, and the first of them.
func (g *grid) show(t *testing.T) {
	const shown = 10
	if g.tried == 0 {
		t.Error("no story was run")
	}
	if len(g.broken) == 0 {
		return
	}
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "fault")
	for _, column := range faultColumns {
		fmt.Fprint(table, "\t", column.name)
	}
	for r, fault := range faultRows {
		fmt.Fprint(table, "\n", rowName(fault))
		for _, n := range g.cells[r] {
			fmt.Fprint(table, "\t", n)
		}
	}
	_ = table.Flush() // into memory
	t.Errorf("%d of %d stories broke a promise\n%s\n%s", len(g.broken), g.tried, text.String(), strings.Join(g.broken[:min(len(g.broken), shown)], "\n"))
}
