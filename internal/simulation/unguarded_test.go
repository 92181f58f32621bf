package simulation

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// guard is one line of the source that keeps a promise, and what the line would be without it.
type guard struct {
	name      string
	file      string // in package remediation
	line, not string
}

const tickSendsItsShare = "a tick sends its share"

var guards = []guard{
	{"a claim comes before the call", "apply.go",
		"tries, err := o.write(ctx, claim)", "tries, err := 1, error(nil)"},
	{"RotateSecret is sent once", "retry.go",
		"return []Class{NotSent}", "return transient"},
	{"no attempt before the last is due", "decide.go",
		"return !now.Before(r.Due) || isFarAhead(r.Due, now)", "return true"},
	{"a failure can be resolved already", "decide.go",
		"return t.failed() && current.CreateTime.After(t.FailedAt)", "return false"},
	{"attempts end", "decide.go",
		"return r.Attempts >= p.MaxAttempts", "return false"},
	{"attempts are taken over", "decide.go",
		"return found && last.Phase != PhaseNeedsHuman", "return false"},
	{"a changed episode is recorded", "decide.go",
		"if differs {", "if false {"},
	{"a record stays until it has settled", "decide.go",
		"return dueAfter(now, p.BackoffMax)", "return wholeSecond(now)"},
	{"only a tick removes a record", "decide.go",
		"return b.DeleteRecord", "return true"},
	{"history is read before a removal", "sweep.go",
		"return tick.FirstOfHour() && h.whole", "return tick.FirstOfHour()"},
	{tickSendsItsShare, "sweep.go",
		"rotations: s.plan.Tick.budget(s.plan.PerHour)}", "rotations: 1 << 20}"},
	{"a new episode has ids of its own", "record.go",
		"return strconv.AppendInt(text, opened.Unix(), 10)", "return text"},
	{"the proof is the id that was asked for", "apply.go",
		"return v.ID == rotation.VersionID", "return true"},
	{"a Success event never rotates", "decide.go",
		"return t.Kind == OnSuccess }", "return false }"},
	{"a misspelt switch is off", "policy.go",
		`return value != "" && value != "on"`, `return value == "off"`},
	{"a record that cannot be read is left", "decide.go",
		"func unreadable(err error) bool { return err != nil }", "func unreadable(err error) bool { return false }"},
}

const remediationFolder = "../../remediation"

// without writes the file without the guard to a folder and returns the overlay that puts it in place of the source.
func (g guard) without(t *testing.T, folder string) (overlay string) {
	t.Helper()
	source, err := filepath.Abs(filepath.Join(remediationFolder, g.file))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), g.line); n != 1 {
		t.Fatalf("%s: %q stands %d times in %s, want once: whether it is missed is not known any more", g.name, g.line, n, g.file)
	}
	broken := filepath.Join(folder, g.file)
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {source: broken}})
	if err != nil {
		t.Fatal(err)
	}
	overlay = filepath.Join(folder, "overlay.json")
	for file, content := range map[string]string{broken: strings.Replace(string(text), g.line, g.not, 1), overlay: string(replace)} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return overlay
}

// noticedBy is the test that has to notice: the share of a tick needs a fleet.
func (g guard) noticedBy() string {
	if g.name == tickSendsItsShare {
		return "^TestNoTickSendsMoreThanItsShare$"
	}
	return "^TestNoAccidentBreaksAPromise$"
}

// A simulation that would not notice a missing guard proves nothing of those that are there.
func TestEveryGuardStandsInTheSource(t *testing.T) {
	for _, g := range guards {
		t.Run(g.name, func(t *testing.T) { g.without(t, t.TempDir()) })
	}
}

// The same, at length: each guard is taken away in a copy of the source, and some seed has to notice.
func TestEveryMissingGuardIsNoticed(t *testing.T) {
	if !*withoutGuards {
		return // it compiles the package once for each guard
	}
	caught := 0
	for _, g := range guards {
		t.Run(g.name, func(t *testing.T) {
			folder := t.TempDir()
			simulation := filepath.Join(folder, "simulation")
			build := exec.Command("go", "test", "-c", "-overlay", g.without(t, folder), "-o", simulation, ".")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("building without it: %v\n%s", err, out)
			}
			out, err := exec.Command(simulation, "-test.run", g.noticedBy(), "-seeds", fmt.Sprint(guardSeeds), "-first").CombinedOutput()
			noticed, _, found := strings.Cut(string(out), "\n")
			if err == nil || !found || !strings.HasPrefix(noticed, firstBroken) {
				t.Fatalf("%d seeds did not notice: %s", guardSeeds, out)
			}
			caught++
			fmt.Printf("without %q: %s\n", g.name, noticed)
		})
	}
	figure("mutants_caught", "%d/%d", caught, len(guards))
}
