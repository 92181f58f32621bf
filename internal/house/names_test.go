package house

import (
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
)

// A second copy of a name is one that is forgotten when the first changes: a rule for reports that have another name, for
// example, reaches nobody.
func TestANameThatPackagesShareIsWrittenOnce(t *testing.T) {
	owners := map[string]string{
		events.FailureName:     "events",
		events.SuccessName:     "events",
		report.CustomEventName: "internal/report",
	}
	found := 0
	for _, file := range files(t) {
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		for name, owner := range owners {
			if !strings.Contains(read(t, file), strconv.Quote(name)) {
				continue
			}
			found++
			if path.Dir(file) != owner {
				t.Errorf("%s has a copy of %q, which is %s's", file, name, owner)
			}
		}
	}
	if found < len(owners) {
		t.Errorf("found %d of %d names: nothing is checked", found, len(owners))
	}
}

// A question that doctor answers and no page explains is one that nobody understands.
func TestEachQuestionOfDoctorIsExplained(t *testing.T) {
	explained := page(t, recordPage)
	asked := questions(t)
	for _, question := range asked {
		if !slices.ContainsFunc(explained.rows(t, "question"), func(row []string) bool { return row[0] == question }) {
			t.Errorf("%s has no row %q", explained.name, question)
		}
	}
	if len(asked) == 0 {
		t.Fatal("found no questions in internal/cmd/remediator: nothing is checked")
	}
}

// questions are the texts that end with a question mark in the list of that name, wherever below the command it is.
func questions(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, folder := range folders(t, "internal/cmd/remediator") {
		for _, file := range parse(t, folder) {
			ast.Inspect(file, func(n ast.Node) bool {
				spec, ok := n.(*ast.ValueSpec)
				if !ok || spec.Names[0].Name != "questions" {
					return true
				}
				ast.Inspect(spec, func(n ast.Node) bool {
					if literal, ok := n.(*ast.BasicLit); ok && strings.HasSuffix(literal.Value, `?"`) {
						text, _ := strconv.Unquote(literal.Value)
						found = append(found, text)
					}
					return true
				})
				return false
			})
		}
	}
	return found
}

// folders are those with Go files that are built, at a path and below it.
func folders(t *testing.T, at string) []string {
	t.Helper()
	var found []string
	for _, file := range files(t) {
		folder := path.Dir(file)
		inside := folder == at || strings.HasPrefix(folder, at+"/")
		if inside && strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go") && !slices.Contains(found, folder) {
			found = append(found, folder)
		}
	}
	return found
}
