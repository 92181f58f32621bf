package remediation

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Reports, tables and tests go over these lists: what is missing there is missing everywhere.
func TestListsOfClosedSetsAreWhole(t *testing.T) {
	check := func(file, name string, got []string) {
		t.Helper()
		want := constantsOf(t, file, name)
		if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
			t.Errorf("%s: constants and list differ (-constants +list):\n%s", name, diff)
		}
	}
	check("result.go", "Outcome", texts(Outcomes))
	check("errors.go", "Class", texts(Classes))
	check("reason.go", "Reason", texts(Reasons))
}

// constantsOf returns the values of all constants of a type, in the order of the file.
func constantsOf(t *testing.T, file, typeName string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if named, ok := spec.Type.(*ast.Ident); ok && named.Name == typeName {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	return values
}

func texts[S ~string](set []S) []string {
	var all []string
	for _, value := range set {
		all = append(all, string(value))
	}
	return all
}
