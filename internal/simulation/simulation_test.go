package simulation

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

var (
	seeds = flag.Int("seeds", 100, "how many seeds are played")
	from  = flag.Uint64("from", 1, "the first seed")
	first = flag.Bool("first", false, "stop at the first seed that breaks a promise, and only name it")

	withoutGuards = flag.Bool("guards", false, "take each guard away, and see that a seed notices")
	countLimits   = flag.Bool("limits", false, "count how often the stated limits are touched")
)

// guardSeeds is how many seeds are played to notice a missing guard.
const guardSeeds = 2000

// firstBroken begins the line that names what was noticed first.
const firstBroken = "noticed: "

// notice reports a broken promise. Where only the first is asked for, it is the end.
func notice(t *testing.T, promise string, detail string) {
	if *first {
		fmt.Printf("%s%s (%s)\n", firstBroken, promise, detail)
		os.Exit(1)
	}
	t.Errorf("%s: %s", promise, detail)
}

// figures are printed last, one a line.
var figures struct {
	sync.Mutex
	lines []string
}

func figure(name string, format string, args ...any) {
	figures.Lock()
	defer figures.Unlock()
	figures.lines = append(figures.lines, name+"="+fmt.Sprintf(format, args...))
}

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	for _, line := range figures.lines {
		fmt.Println(line)
	}
	os.Exit(code)
}

// draw makes the setup and the script of a seed.
func draw(seed uint64) (setup, []step) {
	r := rand.New(rand.NewPCG(seed, 0))
	return drawSetup(r), drawScript(r)
}

// If this fails, an unforeseen accident costs a customer a rotation too many, or a failure is forgotten.
func TestNoAccidentBreaksAPromise(t *testing.T) {
	broken := playAll(t, limits{}, *seeds)
	for n, b := range broken {
		t.Errorf("seed %d: %s: %s", b.seed, b.broken[0].property, b.broken[0].detail)
		if n == 0 {
			t.Log(explain(t, b))
		}
	}
	figure("seeds", "%d", *seeds)
	figure("violations", "%d", len(broken))
}

// outcome is a seed that broke a promise.
type outcome struct {
	seed   uint64
	broken []violation
}

// playAll plays so many seeds, several at a time, and returns those that broke a promise, in order.
func playAll(t *testing.T, l limits, n int) []outcome {
	var mu sync.Mutex
	var all []outcome
	var next atomic.Uint64
	t.Run("seeds", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for {
					seed := *from + next.Add(1) - 1
					if seed >= *from+uint64(n) {
						return
					}
					s, script := draw(seed)
					if broken, _ := simulate(t, s, script, l, false); len(broken) > 0 {
						mu.Lock()
						if *first {
							notice(t, string(broken[0].property), fmt.Sprintf("seed %d, %s", seed, broken[0].detail))
						}
						all = append(all, outcome{seed, broken})
						mu.Unlock()
					}
				}
			})
		}
	})
	slices.SortFunc(all, func(a, b outcome) int { return int(int64(a.seed) - int64(b.seed)) })
	return all
}

// explain plays the shortest script that still breaks the promise, and returns its trace.
func explain(t *testing.T, o outcome) string {
	s, script := draw(o.seed)
	script = shorten(t, s, script, o.broken[0].property)
	_, trace := simulate(t, s, script, limits{}, true)
	return fmt.Sprintf("%s\n%s", s, strings.Join(short(trace), "\n"))
}

// short leaves out the middle of a long trace.
func short(trace []string) []string {
	const head, tail = 60, 20
	if len(trace) <= head+tail {
		return trace
	}
	return slices.Concat(trace[:head], []string{"…"}, trace[len(trace)-tail:])
}

// shorten leaves out each step that is not needed to break the promise.
func shorten(t *testing.T, s setup, script []step, p Property) []step {
	for i := len(script) - 1; i >= 0; i-- {
		shorter := slices.Delete(slices.Clone(script), i, i+1)
		broken, _ := simulate(t, s, shorter, limits{}, false)
		if slices.ContainsFunc(broken, func(v violation) bool { return v.property == p }) {
			script = shorter
		}
	}
	return script
}

func (s setup) String() string {
	return fmt.Sprintf("setup: KMS %+v\n       skew %s, start %s, interval %s, %d per hour, history %s, %d rotations fail\n       policy %+v",
		s.kms, s.skew, s.start, s.interval, s.perHour, s.history, s.failing, s.policy)
}
