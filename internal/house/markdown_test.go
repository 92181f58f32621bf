package house

import (
	"strings"
	"testing"
)

const (
	readme       = "README.md"
	contributing = ".github/CONTRIBUTING.md"

	// The pages that hold README's long chapters, each beside its code.
	operatePage  = "internal/cmd/remediator/README.md"
	resultPage   = "function/README.md"
	recordPage   = "remediation/README.md"
	policyPage   = policyFolder + "/README.md"
	deployedPage = "internal/component/README.md"
)

// text is a page, or a chapter of one, for a test to look into.
type text struct{ name, body string }

// page returns a whole page.
func page(t *testing.T, path string) text {
	t.Helper()
	return text{path, read(t, path)}
}

// chapter returns what is below a heading of README, up to the next one of its level.
func chapter(t *testing.T, heading string) text {
	t.Helper()
	_, rest, found := strings.Cut(read(t, readme), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("README has no chapter %q: nothing is checked", heading)
	}
	body, _, _ := strings.Cut(rest, "\n## ")
	return text{readme + ", " + heading, body}
}

// rows returns the rows of the tables whose first column has that heading, cells trimmed.
func (x text) rows(t *testing.T, column string) [][]string {
	t.Helper()
	var found [][]string
	inside := false
	for line := range strings.Lines(x.body) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case !strings.HasPrefix(line, "|"):
			inside = false
		case cells[0] == column:
			inside = true
		case inside && strings.Trim(cells[0], "-") != "":
			found = append(found, cells)
		}
	}
	if len(found) == 0 {
		t.Fatalf("%s has no table of %s: nothing is checked", x.name, column)
	}
	return found
}

// code returns the first piece of code in a table cell, "" if there is none.
func code(cell string) string {
	_, rest, _ := strings.Cut(cell, "`")
	found, _, _ := strings.Cut(rest, "`")
	return found
}

// blocks returns the blocks of code of a language.
func (x text) blocks(t *testing.T, language string) []string {
	t.Helper()
	parts := strings.Split(x.body, "```")
	var found []string
	for i := 1; i < len(parts); i += 2 {
		if block, is := strings.CutPrefix(parts[i], language+"\n"); is {
			found = append(found, block)
		}
	}
	if len(found) == 0 {
		t.Fatalf("%s has no block of %q: nothing is checked", x.name, language)
	}
	return found
}
