package remediation

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sentence is the whole reason of a Decision.
func sentence(d Decision, s State, p Policy) string {
	var r Result
	r.Reason, r.remedy = explain(d, sceneTarget, s, p)
	return r.withRemedy().Reason
}

// A person who is called at night would read a code word instead of a sentence.
func TestEachReasonIsReachedAndHasASentence(t *testing.T) {
	sentences := map[Reason]string{}
	space(func(s situation) {
		d := s.decide()
		text := sentence(d, s.state, s.policy)
		if len(text) < 20 && d.Reason != AttemptDue || text == string(d.Reason) || strings.ContainsAny(text, "\n%") {
			t.Fatalf("%s: %q", d.Reason, text)
		}
		sentences[d.Reason] = text
	})
	floored := plainScene()
	floored.state.LastRequest = past
	sentences[floored.decide().Reason] = sentence(floored.decide(), floored.state, floored.policy)
	for _, reason := range Reasons {
		if sentences[reason] == "" {
			t.Errorf("%s: no situation leads there", reason)
		}
	}
}

// At 3 a.m. a person pastes the last line of what is read. It names the secret, its region and what must come first.
func TestANeedsHumanEndsWithTheCommandToPaste(t *testing.T) {
	const retry = "; then run remediator --real --region cn-hangzhou retry acs/ecs/web-1"
	const enable = retry + "; the schedule is Invalid: enable it after the secret is rotated, not before, since that starts a rotation at once where its date has passed: " +
		"aliyun kms UpdateSecretRotationPolicy --RegionId cn-hangzhou --SecretName acs/ecs/web-1 --EnableAutomaticRotation true --RotationInterval "
	for _, row := range []struct {
		name   string
		secret Secret
		want   string
	}{
		{"a schedule that is enabled", Secret{AutomaticRotation: "Enabled"}, "needs a person: 3 attempts failed, last cause ExitCodeNonzero: " + advice["ExitCodeNonzero"] + retry},
		{"an instance is named", Secret{InstanceID: "i-bp1"}, "needs a person: 3 attempts failed, last cause ExitCodeNonzero on instance i-bp1: " + advice["ExitCodeNonzero"] + retry},
		{"an Invalid schedule with its interval", Secret{AutomaticRotation: "Invalid", RotationInterval: 24 * time.Hour}, "needs a person: 3 attempts failed, last cause ExitCodeNonzero: " + advice["ExitCodeNonzero"] + enable + "86400s"},
		{"an Invalid schedule without one", Secret{AutomaticRotation: "Invalid"}, "needs a person: 3 attempts failed, last cause ExitCodeNonzero: " + advice["ExitCodeNonzero"] + enable + "604800s"},
	} {
		for _, reason := range []Reason{AttemptsSpent, GivenUp} {
			d := Decision{Reason: reason, Record: of(v2, PhaseNeedsHuman, 3, past)}
			if diff := cmp.Diff(row.want, sentence(d, State{Secret: row.secret}, plainScene().policy)); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", row.name, reason, diff)
			}
		}
	}
	over := sentence(Decision{Reason: VersionReplaced, Closed: 1, Record: of(v1, PhaseDone, 0, past)}, State{}, plainScene().policy)
	if !strings.Contains(over, "after 1 attempt of ours") {
		t.Errorf("%q does not say what the episode took", over)
	}
	unreadable := sentence(Decision{Reason: RecordUnreadable}, State{}, plainScene().policy)
	if !strings.HasSuffix(unreadable, UntagCommand("cn-hangzhou", "acs/ecs/web-1")) {
		t.Errorf("%q does not end with the command that removes the tag", unreadable)
	}
}

// A name is pasted into a shell: what could end it there must not.
func TestAPastedNameIsOneWord(t *testing.T) {
	for name, want := range map[string]string{
		"acs/ecs/web-1": "acs/ecs/web-1", "a b": "'a b'", "$(id)": "'$(id)'", "a'b": `'a'\''b'`, "=ls": "'=ls'", "-x": "-- '-x'", "": "''", "a\nb": "'a?b'",
	} {
		if got := RetryCommand("cn-hangzhou", name); got != "remediator --real --region cn-hangzhou retry "+want {
			t.Errorf("%q: got %s, want it as %s", name, got, want)
		}
	}
}

// A reason says in words what an answer means: a class of ours, or a code alone, helps nobody.
func TestAnAnswerIsSaidInWords(t *testing.T) {
	for _, class := range Classes {
		text := inWords(fmt.Errorf("wrapped: %w", &CallError{Action: "RotateSecret", Class: class, Status: 403, Code: "Forbidden.X", RequestID: "R"}))
		if !strings.HasPrefix(text, "RotateSecret ") || !strings.HasSuffix(text, " (HTTP 403 Forbidden.X, request R)") || slices.Contains([]Class{SecretBlocked, StaleSignature, NotSent, Busy, Transient}, class) && strings.Contains(text, string(class)) {
			t.Errorf("%s: %q", class, text)
		}
	}
	for want, err := range map[string]error{
		"DescribeSecret got no answer that can be read (HTTP 200, unreadable Tags)": &CallError{Action: "DescribeSecret", Class: Transient, Status: 200, Unreadable: "Tags"},
		"TagResource could not be sent (kms.example.com: no such host)":             &CallError{Action: "TagResource", Class: NotSent, Network: "kms.example.com: no such host"},
		"TagResource got no answer that can be read":                                &CallError{Action: "TagResource", Class: Transient},
		"TagResource failed on the side of the service (HTTP 503)":                  &CallError{Action: "TagResource", Class: Transient, Status: 503},
		"TagResource got no answer that can be read (HTTP 200, request R)":          &CallError{Action: "TagResource", Class: Transient, Status: 200, RequestID: "R"},
		"too many events, or no time left":                                          errCutOff,
	} {
		if got := inWords(err); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Text from outside that is printed as it came can forge a log line, or fill it.
func TestTextFromOutsideIsPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"ECS":                    "ECS",
		"a,outcome:b<a>":         "a?outcome?b?a?",
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
	for code, text := range advice {
		for _, form := range []string{code, "Kms:" + code, "Forbidden." + code} {
			if got := adviceFor(form, ""); !strings.HasSuffix(got, ": "+text) && advice[shortCause(form)] == text {
				t.Errorf("%s as %q: %q does not say %q", code, form, got, text)
			}
		}
		if recorded := (Record{Cause: shortCause(code)}).Advice(); strings.Contains(recorded, "no advice is known") {
			t.Errorf("%s: once it is recorded, %q", code, recorded)
		}
	}
	for _, code := range []string{"", "ErrorCode", "Kms:ErrorCode"} {
		if got := adviceFor(code, ""); !strings.Contains(got, "check the instance and the events") || !strings.Contains(got, shortCause(code)) {
			t.Errorf("%q: %q does not say where to search", code, got)
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
