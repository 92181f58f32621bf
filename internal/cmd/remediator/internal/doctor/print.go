package doctor

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
)

const (
	// maxWidth is that of a usual terminal, in characters.
	maxWidth = 120
	// stateWidth is room for the longest state, and two blanks.
	stateWidth = 13
	// maxWhat bounds the text of one check, in characters.
	maxWhat = 300
	// maxRemedy leaves room for two commands with the longest name of a secret.
	maxRemedy = 1000
)

// show prints each check as a paragraph: many say more than fits into a column of a table.
func show(account *cli.Account, checks []Check, answers []answer) error {
	console := account.Console
	if console.JSON {
		return console.Value(map[string]any{"checks": checks, "platform": answers})
	}
	out := console.Out
	for _, found := range checks {
		what := cli.OneLine(found.What, maxWhat)
		if found.Region != "" && len(account.Regions) > 1 {
			what = found.Region + ": " + what
		}
		paragraph(out, fmt.Sprintf("%-*s", stateWidth, found.State), found.Check+": "+what)
		if found.Remedy != "" { // in one line, since it may hold a command that is copied
			fmt.Fprintf(out, "%*s→ %s\n", stateWidth, "", cli.OneLine(found.Remedy, maxRemedy))
		}
	}
	_, err := fmt.Fprintln(out, "\nWhat no document says of the platform")
	for _, a := range answers {
		paragraph(out, "- ", a.Question)
		if a.Seen == "" {
			paragraph(out, "  ", "not seen yet: "+a.How)
		} else {
			paragraph(out, "  ", "seen: "+cli.OneLine(a.Seen, maxWhat))
		}
	}
	return err
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
