package simulation

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// guard is a function of package remediation that keeps a promise, and its body without the promise.
type guard struct {
	name      string
	function  string // a method with its receiver's type, such as regionSweep.budget
	body      string
	noticedBy string // the test that has to notice; the simulation if empty
}

var guards = []guard{
	{"a claim comes before the call", "Remediator.claim", "return false, nil", ""},
	{"RotateSecret is sent once", "repeatable", "return transient", ""},
	{"no attempt before the last is due", "isDue", "return true", ""},
	{"a far due time is due", "isFarAhead", "return false", ""},
	{"a version that is newer than the failure is left", "rotatedSinceFailure", "return false", ""},
	{"attempts end", "attemptsSpent", "return false", ""},
	{"attempts are taken over", "handsAttemptsOver", "return false", ""},
	{"a changed episode is recorded", "saveIf", "return None", ""},
	{"a record stays until it has settled", "settledAfter", "return wholeSecond(now)", ""},
	{"only a tick removes a record", "mayRemove", "return true", ""},
	{"history is read before a removal", "mayDeleteRecords", "return tick.FirstOfHour()", ""},
	{"a history that was not read whole counts as not read", "isWhole", "return err == nil", "^TestAnUnreadableHistoryRemovesNoRecord$"},
	{"a tick sends its budget", "regionSweep.budget", "return tickBudget{rotations: 1 << 20}", "^TestNoTickSendsMoreThanItsBudget$"},
	{"a new episode has ids of its own", "appendOpened", "return text", ""},
	{"verified is only the id that was requested", "isRequested", "return true", ""},
	{"a Success event never rotates", "isSuccessEvent", "return false", ""},
	{"what is out of scope or off is left", "skipReason", `return ""`, ""},
	{"a misspelled switch is off", "switchedOff", `return tags[SwitchTag] == "off"`, ""},
	{"an unreadable record is left", "unreadable", "return false", ""},
	{"no failure from the future rotates", "isFromTheFuture", "return false", "^TestAFailureFromTheFutureRotatesNothing$"},
	{"one instance does not rotate twice within RETRY_BACKOFF", "isWithinFloor", "return false", ""},
	{"it remembers which attempts may have rotated", "mayHaveRotated", "return false", ""},
	{"an older failure replaces no cause", "isOlderThanAttempt", "return false", ""},
}

const remediationFolder = "../../remediation"

// without writes a copy of the source in which the guard promises nothing to a folder, and returns the overlay that puts
// the copy in its place.
func (g guard) without(t *testing.T, folder string) (overlay string) {
	t.Helper()
	source, text := g.broken(t)
	broken := filepath.Join(folder, "broken.go")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {source: broken}})
	if err != nil {
		t.Fatal(err)
	}
	overlay = filepath.Join(folder, "overlay.json")
	for file, content := range map[string]string{broken: text, overlay: string(replace)} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return overlay
}

// broken returns the source file of the guard and its text with the other body.
func (g guard) broken(t *testing.T) (source, text string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(remediationFolder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, content, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range parsed.Decls {
			f, is := declared.(*ast.FuncDecl)
			if !is || nameOf(f) != g.function {
				continue
			}
			if source, err = filepath.Abs(file); err != nil {
				t.Fatal(err)
			}
			return source, replaceBody(string(content), set, f, g.body)
		}
	}
	t.Fatalf("%s: no function %s in package remediation: whether it is missed is not known any more", g.name, g.function)
	return "", ""
}

// nameOf is the name of a function, that of a method after the type of its receiver.
func nameOf(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	receiver := f.Recv.List[0].Type
	if pointer, is := receiver.(*ast.StarExpr); is {
		receiver = pointer.X
	}
	return fmt.Sprint(receiver) + "." + f.Name.Name
}

// replaceBody gives a function another body, and keeps the old one under another name, so that all imports stay used.
func replaceBody(text string, set *token.FileSet, f *ast.FuncDecl, body string) string {
	at := func(p token.Pos) int { return set.Position(p).Offset }
	start, name, open := at(f.Pos()), at(f.Name.End()), at(f.Body.Lbrace)
	return text[:open] + "{ " + body + " }\n\n" + text[start:name] + "Guarded" + text[name:]
}

// A simulation that would not notice a missing guard proves nothing of those that are there.
func TestEveryGuardIsInTheSource(t *testing.T) {
	for _, g := range guards {
		t.Run(g.name, func(t *testing.T) { g.broken(t) })
	}
}

// Each guard is taken away in a copy of the source, and some seed has to notice.
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
			test := g.noticedBy
			if test == "" {
				test = "^TestNoAccidentBreaksAPromise$"
			}
			out, err := exec.Command(simulation, "-test.run", test, "-seeds", fmt.Sprint(guardSeeds), "-first").CombinedOutput()
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
