package remediation

import "testing"

// What Decide allocates it allocates for each secret of a fleet at each tick.
func BenchmarkDecide(b *testing.B) {
	first, known, given := plainScene(), plainScene(), plainScene()
	known.record(of(v2, PhaseOpen, 1, past))
	given.record(of(v1, PhaseNeedsHuman, 3, past))
	for _, bench := range []struct {
		name  string
		scene *scene
	}{{"first failure", first}, {"with a record", known}, {"after giving up", given}} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if bench.scene.decide().Action != Rotate {
					b.Fatal("no attempt")
				}
			}
		})
	}
}

// A benchmark is read by people only; this is what keeps it true.
func TestDecideAllocatesNothing(t *testing.T) {
	s := plainScene()
	s.record(of(v2, PhaseOpen, 1, past))
	if got := testing.AllocsPerRun(100, func() { s.decide() }); got != 0 {
		t.Errorf("%v allocations, want none", got)
	}
}
