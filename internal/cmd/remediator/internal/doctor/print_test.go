package doctor

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// A person reads the text: findings come first, each with its remedy below it.
func TestTheTextBeginsWithTheFindings(t *testing.T) {
	p := healthy(t, standin.Behavior{})
	off := clitest.StoredRules()[0]
	off.State = "DISABLED"
	p.PutRule(off)
	p.examine(t)
	got := command(t, "--real", "doctor")
	begin := "finding      alert rule: secrets_rotation_failed: it is disabled\n             → "
	if !strings.HasPrefix(got.Stdout, begin) || strings.Count(got.Stdout, "\nfinding") > 0 ||
		!strings.Contains(got.Stdout, "\nok           credentials: a service accepts them\n") ||
		!strings.Contains(got.Stdout, "What no document says of the platform\n") || !strings.Contains(got.Stdout, "\n  not seen yet: ") {
		t.Errorf("the text is\n%s\nwant it to begin with\n%s", got.Stdout, begin)
	}
}

// A line that the terminal breaks is hard to read. A remedy stays in one, since a command that is copied has to be whole.
func TestTheTextFitsATerminal(t *testing.T) {
	got := command(t, "doctor")
	broken := 0
	for line := range strings.Lines(got.Stdout) {
		text := strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(text, strings.Repeat(" ", stateWidth)) && !strings.Contains(text, "→") {
			broken++
		}
		if utf8.RuneCountInString(text) > 120 && !strings.HasPrefix(strings.TrimSpace(text), "→ ") {
			t.Errorf("a line has %d characters: %s", utf8.RuneCountInString(text), text)
		}
	}
	if broken == 0 {
		t.Errorf("nothing is longer than a line: nothing is shown by\n%s", got.Stdout)
	}
}

// A paragraph must not lose a word, and a word that is wider than the terminal is not broken: it may be an ARN.
func TestAParagraphIsBrokenBetweenWords(t *testing.T) {
	long := strings.Repeat("x", 130)
	for _, row := range []struct{ name, text, want string }{
		{"one line", "a b", "head a b\n"},
		{"nothing", "", "head \n"},
		{"just fits", strings.Repeat("y", 113) + " z", "head " + strings.Repeat("y", 113) + " z\n"},
		{"one more", strings.Repeat("y", 114) + " z", "head " + strings.Repeat("y", 114) + "\n     z\n"},
		{"a wide word first", long + " z", "head " + long + "\n     z\n"},
		{"a wide word later", "a " + long, "head a\n     " + long + "\n"},
	} {
		var out strings.Builder
		paragraph(&out, "head ", row.text)
		if diff := cmp.Diff(row.want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}
