package remediation

import (
	"slices"
	"strings"
	"testing"
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
func TestWhoIsGivenUpIsToldWhatToDo(t *testing.T) {
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
