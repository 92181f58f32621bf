package storm

import (
	"fmt"
	"slices"
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
	reads, readsOf              int // until the success of the first retry was told, and of how many secrets
	ratio, perSecret, perHealed float64
	peak                        int64         // bytes, the most that a tick held
	cpu                         time.Duration // of the whole simulation, until all was healed or given up
}

// storm is one that is over: its figures, and when each secret healed or was given up, in order.
type storm struct {
	figures
	healedAt, givenUpAt []time.Duration // since the first failure
}

func (w *world) result() storm {
	s := storm{figures: figures{
		secrets: len(w.names), double: w.ledger.double, early: w.ledger.early, refused: w.ledger.refused, worstAttempts: w.ledger.worstAttempts,
		peak: w.peak, cpu: w.cpu,
	}}
	for i, name := range w.names {
		w.judge(&s, i, name)
	}
	slices.Sort(s.healedAt)
	slices.Sort(s.givenUpAt)
	s.healed, s.givenUp = len(s.healedAt), len(s.givenUpAt)
	if s.healed > 0 {
		s.drained = s.healedAt[s.healed-1]
	}
	for _, name := range w.names {
		for _, r := range w.ours(name) {
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
func (w *world) judge(s *storm, i int, name string) {
	if w.hopeless(i) {
		s.hopeless++
	}
	there, _ := w.Secret(name)
	_, recorded := there.Tags[remediation.RecordTag]
	at, healed := w.healedAt(name)
	seen := w.ledger.of[i]
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
	if healed && seen.told && len(w.ours(name)) == 1 {
		s.reads += seen.reads
		s.readsOf++
	}
}

// ours are the rotations of a secret that we asked for.
func (w *world) ours(name string) []standin.Rotation {
	return slices.DeleteFunc(w.Rotations(name), func(r standin.Rotation) bool { return r.By != standin.ByCall })
}

// healedAt is when a retry of a secret worked.
func (w *world) healedAt(name string) (time.Time, bool) {
	for _, r := range w.ours(name) {
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
