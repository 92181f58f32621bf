package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	// maxWidth is that of a usual terminal, in characters.
	maxWidth = 120
	// stateWidth is room for the longest state, and two blanks.
	stateWidth = 13
)

// print shows each diagnosis as a paragraph: many say more than fits into a column of a table.
func (d *doctor) print() error {
	answers := d.evidence.answers()
	if d.console.json {
		return d.console.value(map[string]any{"checks": d.diagnoses, "platform": answers})
	}
	out := d.console.out
	for _, found := range d.diagnoses {
		paragraph(out, fmt.Sprintf("%-*s", stateWidth, found.State), found.Check+": "+d.where(found))
		if found.Remedy != "" { // in one line, since it may hold a command that is copied
			fmt.Fprintf(out, "%*s→ %s\n", stateWidth, "", oneLine(found.Remedy, maxWhat))
		}
	}
	_, err := fmt.Fprintln(out, "\nWhat the platform does not tell")
	for _, a := range answers {
		paragraph(out, "- ", a.Question)
		paragraph(out, "  ", a.text())
	}
	return err
}

// where begins with the region where there is more than one.
func (d *doctor) where(found diagnosis) string {
	what := oneLine(found.What, maxWhat)
	if found.Region == "" || len(d.regions) < 2 {
		return what
	}
	return found.Region + ": " + what
}

// paragraph prints a text after a head, broken between words, with what follows below its beginning.
func paragraph(out io.Writer, head, text string) {
	indent := strings.Repeat(" ", utf8.RuneCountInString(head))
	line, between := head, ""
	for _, word := range strings.Fields(text) {
		if between != "" && utf8.RuneCountInString(line+between+word) > maxWidth {
			fmt.Fprintln(out, line)
			line, between = indent, ""
		}
		line, between = line+between+word, " "
	}
	fmt.Fprintln(out, line)
}
