package house

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The lines for a person begin with from; a blank line separates them from the whole result, which README leaves out.
const (
	from  = "event  "
	until = "\n\n"
)

// A newcomer compares what is printed with what README shows.
func TestREADMEShowsWhatMakeInvokePrints(t *testing.T) {
	_, shown, found := strings.Cut(chapter(t, "See it work").blocks(t, "text")[0], from)
	if !found {
		t.Fatal("README shows no event: nothing is checked")
	}
	_, printed, found := strings.Cut(runInvoke(t), from)
	if !found {
		t.Fatal("make invoke printed no event")
	}
	printed, _, _ = strings.Cut(printed, until)
	if diff := cmp.Diff(masked(printed), masked(shown)); diff != "" {
		t.Errorf("what differs from one run to the next is masked (-printed +README):\n%s", diff)
	}
}

// runInvoke runs the command of README, in a copy: it builds, and must not build here.
func runInvoke(t *testing.T) string {
	t.Helper()
	invoke := exec.Command("make", "invoke")
	invoke.Dir, invoke.Env = copyOfTheRepository(t), outsideMake()
	out, err := invoke.CombinedOutput()
	if err != nil {
		t.Fatalf("make invoke: %v\n%s", err, out)
	}
	return string(out)
}

// changing is what differs from one run to the next: times, ids, durations.
var changing = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:]+Z|[0-9a-f]{32}|of=[0-9a-f]{16}|1-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{12}` +
	`|-4000-8000-\d{12}|"elapsedMs": \d+|, \d+ times`)

// masked returns the lines without what differs, and as one line what is repeated: how often the function verifies depends on
// the speed of the machine.
func masked(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimSpace(changing.ReplaceAllString(line, "…")))
	}
	return slices.Compact(lines)
}
