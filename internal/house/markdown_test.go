package house

import (
	"strings"
	"testing"
)

const readme = "README.md"

// section returns what is below a heading of README, up to the next one of its level.
func section(t *testing.T, heading string) string { return sectionOf(t, readme, heading) }

// sectionOf is the same of another page; an empty heading is the whole page.
func sectionOf(t *testing.T, page, heading string) string {
	t.Helper()
	if heading == "" {
		return read(t, page)
	}
	_, rest, found := strings.Cut(read(t, page), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("%s has no section %q: nothing is checked", page, heading)
	}
	text, _, _ := strings.Cut(rest, "\n## ")
	return text
}

// rows returns the rows of the table in a section whose first column has that heading, cells trimmed.
func rows(t *testing.T, heading, column string) [][]string {
	t.Helper()
	return rowsOf(t, readme, heading, column)
}

func rowsOf(t *testing.T, page, heading, column string) [][]string {
	t.Helper()
	var found [][]string
	inside := false
	for line := range strings.Lines(sectionOf(t, page, heading)) {
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
		t.Fatalf("%s has no table of %s in %q: nothing is checked", page, column, heading)
	}
	return found
}

// code returns the first piece of code in a table cell, "" if there is none.
func code(cell string) string {
	_, rest, _ := strings.Cut(cell, "`")
	text, _, _ := strings.Cut(rest, "`")
	return text
}

// blocks returns the blocks of code of a language in a section.
func blocks(t *testing.T, heading, language string) []string {
	t.Helper()
	parts := strings.Split(section(t, heading), "```")
	var found []string
	for i := 1; i < len(parts); i += 2 {
		if text, is := strings.CutPrefix(parts[i], language+"\n"); is {
			found = append(found, text)
		}
	}
	if len(found) == 0 {
		t.Fatalf("README has no block of %q in %q: nothing is checked", language, heading)
	}
	return found
}
