package remediation

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A person who is called at night would read a code word instead of a sentence.
func TestEachReasonIsReachedAndHasASentence(t *testing.T) {
	sentences := map[Reason]string{}
	space(func(s situation) {
		d := s.decide()
		text := explain(d, s.state, s.policy)
		if len(text) < 20 && d.Reason != AttemptDue || text == string(d.Reason) || strings.ContainsAny(text, "\n%") {
			t.Fatalf("%s: %q", d.Reason, text)
		}
		sentences[d.Reason] = text
	})
	floored := plainScene()
	floored.state.LastRequest = past
	sentences[floored.decide().Reason] = explain(floored.decide(), floored.state, floored.policy)
	for _, reason := range Reasons {
		if sentences[reason] == "" {
			t.Errorf("%s: no situation leads there", reason)
		}
	}
}

// What a person can do has to stand where the function stops.
func TestAReasonSaysWhatToDo(t *testing.T) {
	p := plainScene().policy
	for _, reason := range []Reason{AttemptsSpent, GivenUp} {
		text := explain(Decision{Reason: reason, Record: of(v2, PhaseNeedsHuman, 3, past)}, State{}, p)
		for _, part := range []string{"3 attempts", "ExitCodeNonzero", "check password policy", "remove tag " + RecordTag} {
			if !strings.Contains(text, part) {
				t.Errorf("%s: %q does not say %q", reason, text, part)
			}
		}
	}
	over := explain(Decision{Reason: VersionReplaced, Closed: 1, Record: of(v1, PhaseDone, 0, past)}, State{}, p)
	if !strings.Contains(over, "1 attempt of ours") {
		t.Errorf("%q does not say what the episode took", over)
	}
}

// Text from outside that is printed as it came can forge a log line, or fill it.
func TestTextFromOutsideIsPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"ECS":                    "ECS",
		"a\nb\x00c\x7f":          "a?b?c?",
		"Grüße":                  "Gr??e",
		"\xff\xfe":               "??",
		strings.Repeat("x", 100): strings.Repeat("x", 64),
		strings.Repeat("ü", 100): strings.Repeat("?", 64),
	} {
		if got := clean(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// The record keeps the short form of a code only. Advice that it does not lead to is advice that nobody reads.
func TestAdviceIsFoundByTheCodeThatARecordKeeps(t *testing.T) {
	// Too common a word to stand for one cause; it is told at once, since KMS answers it to a call.
	onlyWhole := []string{"InvalidAccessKeyId.NotFound"}
	for code, text := range advice {
		for _, form := range []string{code, "Kms:" + code, "Forbidden." + code, shortCause(code)} {
			if got := adviceFor(form); !strings.HasSuffix(got, ": "+text) && !slices.Contains(onlyWhole, code) {
				t.Errorf("%s as %q: %q does not say %q", code, form, got, text)
			}
		}
		if got := adviceFor(code); !strings.HasSuffix(got, ": "+text) {
			t.Errorf("%s: %q does not say %q", code, got, text)
		}
	}
	for _, code := range []string{"", "ErrorCode", "Kms:ErrorCode"} {
		if got := adviceFor(code); !strings.Contains(got, "check the instance and the events") || !strings.Contains(got, code) {
			t.Errorf("%q: %q does not say where to look", code, got)
		}
	}
}

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
