package house

import (
	"go/ast"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// from is where the part of the output begins that README shows in full.
const from = "The calls"

// Whoever tries it first compares what they see with what README shows.
func TestREADMEShowsWhatMakeInvokePrints(t *testing.T) {
	_, shown, found := strings.Cut(blocks(t, "See it work", "text")[0], from)
	if !found {
		t.Fatal("README shows no calls: nothing is checked")
	}
	_, printed, found := strings.Cut(runInvoke(t), from)
	if !found {
		t.Fatal("make invoke printed no calls")
	}
	if diff := cmp.Diff(masked(printed), masked(shown)); diff != "" {
		t.Errorf("what differs from one run to the next is masked (-printed +README):\n%s", diff)
	}
}

// runInvoke does what `make invoke` does, but leaves target/ alone.
func runInvoke(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "main")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./function")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the function: %v\n%s", err, out)
	}
	invoke := exec.Command("go", "run", "./internal/cmd/invoke", "-binary", binary)
	invoke.Dir = root
	out, err := invoke.CombinedOutput()
	if err != nil {
		t.Fatalf("invoking the function: %v\n%s", err, out)
	}
	return string(out)
}

// changing is what differs from one run to the next: times, ids, durations, and the numbers of the calls.
var changing = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:]+Z|[0-9a-f]{32}|of=[0-9a-f]{16}|1-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{12}` +
	`|-4000-8000-\d{12}|"elapsedMs": \d+|^  \d+ `)

// masked returns the lines without what differs, and as one line what is repeated: how often the function looks depends on
// the speed of the machine.
func masked(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimSpace(changing.ReplaceAllString(line, "…")))
	}
	return slices.Compact(lines)
}

// A setting that `make invoke` does not hand on would be tried out in vain.
func TestInvokeHandsOnEverySetting(t *testing.T) {
	own := []string{"REMEDIATION_MODE", "KMS_ENDPOINT", "CLOUDMONITOR_ENDPOINT"} // it sets these itself
	var wanted []string
	for name := range settings(t) {
		if !slices.Contains(own, name) {
			wanted = append(wanted, name)
		}
	}
	handedOn := textList(t, "internal/cmd/invoke", "settingNames")
	slices.Sort(wanted)
	slices.Sort(handedOn)
	if diff := cmp.Diff(wanted, handedOn); diff != "" {
		t.Errorf("variables (-function +make invoke):\n%s", diff)
	}
}

// textList returns the texts of a variable that is a list of them.
func textList(t *testing.T, folder, variable string) []string {
	t.Helper()
	var texts []string
	for _, file := range parse(t, folder) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || spec.Names[0].Name != variable || len(spec.Values) == 0 {
				return true
			}
			ast.Inspect(spec.Values[0], func(n ast.Node) bool {
				if text, ok := n.(*ast.BasicLit); ok {
					texts = append(texts, strings.Trim(text.Value, `"`))
				}
				return true
			})
			return false
		})
	}
	if len(texts) == 0 {
		t.Fatalf("found no list %s in %s: nothing is checked", variable, folder)
	}
	return texts
}
