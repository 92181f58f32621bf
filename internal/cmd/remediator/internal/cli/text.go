package cli

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
	"unicode"
)

// MaxCell bounds a cell of a table, in characters: outside text must not break it.
const MaxCell = 120

// Terminal is the writer of a console: it takes out what moves a cursor or hides a text, and may be used by more than one
// goroutine.
type Terminal struct {
	To io.Writer

	mu sync.Mutex
}

func (t *Terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, err := io.WriteString(t.To, Cleaned(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Cleaned leaves out what is not for a terminal: JSON may hold control characters beyond the first 32.
func Cleaned(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

// Flat is a text in one line, without the parameters of an address: a name from outside that begins another line would seem
// to be ours.
func Flat(text string) string {
	return withParameters.ReplaceAllString(strings.ReplaceAll(Cleaned(text), "\n", " "), "https://…")
}

// flat keeps texts among args in one line.
func flat(args []any) []any {
	flattened := make([]any, len(args))
	for i, arg := range args {
		flattened[i] = arg
		switch text := arg.(type) {
		case string:
			flattened[i] = Flat(text)
		case error:
			flattened[i] = Flat(text.Error())
		case fmt.Stringer:
			flattened[i] = Flat(text.String())
		}
	}
	return flattened
}

// OneLine is outside text in one line of at most so many characters.
func OneLine(text string, most int) string {
	text = Flat(text)
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// Cell is outside text in a table.
func Cell(text string) string {
	if text == "" {
		return "-"
	}
	return OneLine(text, MaxCell)
}

// Table prints rows in columns; the first row is the heading.
func (c *Console) Table(rows [][]string) error {
	table := tabwriter.NewWriter(c.Out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = Cell(cell)
		}
		fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	return table.Flush()
}

// ShownTime is a time in UTC, "" for none.
func ShownTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// An address may hold a token, and an argument in the wrong place is repeated to the person who gave it.
var (
	addresses      = regexp.MustCompile(`(?i)\bhttps?://\S+|` + withParameters.String())
	withParameters = regexp.MustCompile(`\S*\?\S+=\S*`)
)
