package house

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const translation = "README.zh-CN.md"

// outline is what a translation has to keep of a page, in the order of the page.
type outline struct {
	headings []string   // their levels
	blocks   []string   // of code, whole
	rows     [][]string // of tables: the number of columns, then what a translation must not change, sorted
}

// kept is what both languages have alike: code, and where a link leads outside the page.
var kept = regexp.MustCompile("`[^`]+`" + `|\]\([^#)][^)]*\)`)

func outlineOf(t *testing.T, file string) outline {
	t.Helper()
	var o outline
	for i, part := range strings.Split(read(t, file), "```") {
		if i%2 == 1 {
			o.blocks = append(o.blocks, part)
			continue
		}
		for line := range strings.Lines(part) {
			switch {
			case strings.HasPrefix(line, "#"):
				o.headings = append(o.headings, line[:len(line)-len(strings.TrimLeft(line, "#"))])
			case strings.HasPrefix(line, "|"):
				words := kept.FindAllString(line, -1)
				slices.Sort(words)
				o.rows = append(o.rows, append([]string{strings.Repeat("|", strings.Count(line, "|"))}, words...))
			}
		}
	}
	return o
}

// Most users read the Chinese page. A setting, an outcome or a command that one language alone has is one that half
// of them do not know.
func TestBothREADMEsSayTheSame(t *testing.T) {
	english, chinese := outlineOf(t, readme), outlineOf(t, translation)
	if len(english.blocks) == 0 || len(english.rows) == 0 {
		t.Fatal("README has no code or no tables: nothing is checked")
	}
	if diff := cmp.Diff(english, chinese, cmp.AllowUnexported(outline{})); diff != "" {
		t.Errorf("what a translation keeps (-%s +%s):\n%s", readme, translation, diff)
	}
	for file, other := range map[string]string{readme: translation, translation: readme} {
		if !strings.Contains(read(t, file), "]("+other+")") {
			t.Errorf("%s does not lead to %s", file, other)
		}
	}
}
