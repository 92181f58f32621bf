package storm

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

var (
	large = flag.Bool("storm", false, "run the large storm and print its figures")
	seed  = flag.Uint64("seed", 1, "what everything random follows from")
	plot  = flag.String("plot", "", "file to which the large storm writes its drain as SVG")
)

const (
	largeFleet = 2000
	// growthFleet is what the large one is compared with.
	growthFleet = 200
	smallFleet  = 60
)

// figureLines are printed last, after what the tests themselves print.
var figureLines []string

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	for _, line := range figureLines {
		fmt.Println(line)
	}
	os.Exit(code)
}

// weather is one kind of storm.
type weather struct {
	window standin.Window
	raises bool // KMS raises events for rotations by call as well; no document says
}

func (w weather) String() string {
	if w.raises {
		return string(w.window) + " hours, retries raise events"
	}
	return string(w.window) + " hours, retries raise none"
}

// Dozens of secrets on one broken image come back without a hand, and without one rotation too many.
func TestAFleetThatFailsTogetherHeals(t *testing.T) {
	for _, w := range []weather{{standin.Fixed, true}, {standin.Sliding, false}} {
		t.Run(strings.ReplaceAll(w.String(), " ", "-"), func(t *testing.T) {
			t.Parallel()
			holds(t, run(t, w, smallFleet, *seed).figures)
		})
	}
}

// holds checks what must hold for a fleet of any size. The reads are not among it: half of a small fleet is healed by its
// events, which verify.
func holds(t *testing.T, f figures) {
	t.Helper()
	if f.healed+f.givenUp != f.secrets || f.givenUp < f.hopeless {
		t.Errorf("%d healed and %d given up of %d, %d of them hopeless: the others wait for ever", f.healed, f.givenUp, f.secrets, f.hopeless)
	}
	if f.lost != 0 || f.double != 0 || f.early != 0 || f.stale != 0 {
		t.Errorf("%d lost, %d rotations without a claim of their own, %d claims too early, %d records on healed secrets; want none", f.lost, f.double, f.early, f.stale)
	}
	if f.worstAttempts > maxAttempts {
		t.Errorf("%d attempts on one secret, want at most %d", f.worstAttempts, maxAttempts)
	}
	if f.perSecret > 0.1 {
		t.Errorf("%.3f refused calls for each secret, want at most 0.1: each may count", f.perSecret)
	}
}

// TestTheLargeStorm runs only with -storm: it takes minutes.
func TestTheLargeStorm(t *testing.T) {
	if !*large {
		return
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // the stand-in keeps all calls
	small := run(t, weather{standin.Fixed, true}, growthFleet, *seed).figures
	var fixed, sliding figures
	for _, raises := range []bool{true, false} {
		storm := run(t, weather{standin.Fixed, raises}, largeFleet, *seed)
		holds(t, storm.figures)
		if raises {
			compare(small, storm.figures)
			draw(t, storm)
		}
		fixed = worse(fixed, storm.figures)
		storm = run(t, weather{standin.Sliding, raises}, largeFleet, *seed)
		holds(t, storm.figures)
		sliding = worse(sliding, storm.figures)
	}
	fixed.print("_fixed")
	sliding.print("_sliding")
	worse(fixed, sliding).print("")
}

func draw(t *testing.T, s storm) {
	if *plot == "" {
		return
	}
	if err := os.WriteFile(*plot, []byte(s.svg()), 0o644); err != nil {
		t.Error(err)
	}
}
