package house

import (
	"go/ast"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/report"
)

// The rule that the operator's command makes goes by the name under which the function reports. If the two differ, reports
// reach nobody.
func TestTheRuleForReportsHasTheNameOfTheReports(t *testing.T) {
	sent, ruled := report.CustomEventName, constant(t, "internal/cmd/remediator", "reportEvent")
	if sent != ruled {
		t.Errorf("the function reports %q, and the rule is for %q", sent, ruled)
	}
}

// constant returns the text of a constant of a package.
func constant(t *testing.T, folder, name string) string {
	t.Helper()
	var found string
	for _, file := range parse(t, folder) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || spec.Names[0].Name != name || len(spec.Values) != 1 {
				return true
			}
			if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
				found, _ = strconv.Unquote(literal.Value)
			}
			return false
		})
	}
	if found == "" {
		t.Fatalf("found no text %s in %s: nothing is checked", name, folder)
	}
	return found
}

// What doctor answers and README asks is one list: a question without an answer is one that nobody looks into.
func TestDoctorAnswersEachOpenQuestionOfREADME(t *testing.T) {
	var listed []string
	for _, row := range rows(t, "What the platform does not tell", "question") {
		listed = append(listed, row[0])
	}
	if diff := cmp.Diff(questions(t), listed); diff != "" {
		t.Errorf("questions (-doctor +README):\n%s", diff)
	}
}

// questions are the first texts of the entries of the list of that name.
func questions(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, file := range parse(t, "internal/cmd/remediator") {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || spec.Names[0].Name != "questions" {
				return true
			}
			for _, entry := range spec.Values[0].(*ast.CompositeLit).Elts {
				text, _ := strconv.Unquote(entry.(*ast.CompositeLit).Elts[0].(*ast.BasicLit).Value)
				found = append(found, text)
			}
			return false
		})
	}
	if len(found) == 0 {
		t.Fatal("found no questions in internal/cmd/remediator: nothing is checked")
	}
	return found
}
