package localrun

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

const (
	// maxLine bounds text from outside within a line, in characters.
	maxLine = 200
	// maxShown bounds the lines of one kind.
	maxShown = 10
)

// Answer is what the function answered.
type Answer struct {
	report.Report

	StatusCode int // of an HTTP request, 0 of another payload
}

// Read reads the answer. That to an HTTP request has the report in its body.
func (r Result) Read() Answer {
	var request struct {
		StatusCode int
		Body       string
	}
	text := r.Answer
	if json.Unmarshal(text, &request) == nil && request.StatusCode != 0 {
		text = []byte(request.Body)
	}
	a := Answer{StatusCode: request.StatusCode}
	_ = json.Unmarshal(text, &a.Report) // a refusal has no JSON
	return a
}

// Refused says why an HTTP request was turned away. Its sender is not to learn it, so the answer has the status only.
func (r Result) Refused() string {
	text := fmt.Sprintf("the request is refused with HTTP status %d", r.Read().StatusCode)
	if r.Refusal != "" {
		text += ": " + Printable(r.Refusal, maxLine)
	}
	return text
}

// refusalIn returns the reason of the last line about a refused request in the log of the function, "" where it has none.
func refusalIn(log []byte) (reason string) {
	for text := range bytes.Lines(log) {
		var line struct{ Message, Reason string }
		if json.Unmarshal(text, &line) == nil && line.Message == "callback refused" {
			reason = line.Reason
		}
	}
	return reason
}

// Show prints a line for each event, for each step of the function and for each result, and the whole answer below.
func Show(out io.Writer, payload []byte, r Result) {
	lines := eventLines(payload)
	if r.OnAccount {
		lines = append(lines, line{"calls", "went to the account; ActionTrail lists them"})
	} else {
		lines = append(lines, callLines(r.Calls)...)
	}
	for _, l := range append(lines, resultLines(r)...) {
		fmt.Fprintf(out, "%-9s%s\n", l.word, l.text)
	}
	fmt.Fprintf(out, "\n%s\n", Indent(r.Answer))
}

type line struct{ word, text string }

// bounded leaves out what is beyond the first lines of a kind.
func bounded(lines []line) []line {
	if more := len(lines) - maxShown; more > 1 {
		return append(lines[:maxShown:maxShown], line{"…", fmt.Sprintf("and %d more", more)})
	}
	return lines
}

func eventLines(payload []byte) []line {
	var lines []line
	for _, item := range items(payload) {
		lines = append(lines, line{"event", eventText(item)})
	}
	return bounded(lines)
}

func eventText(item events.Item) string {
	e := item.Event
	switch {
	case item.Err != nil:
		return "cannot be read" // the result says why
	case e.Kind == events.Timer:
		return "a tick of the timer"
	case e.SecretName == "":
		return Printable(e.Name, maxLine) + ", which is about no rotation"
	}
	return Printable(fmt.Sprintf("%s of %s in %s at %s", e.Name, e.SecretName, e.Region, e.Time.UTC().Format("2006-01-02T15:04:05Z")), maxLine)
}

// callLines makes a line of the reads between two writes, and one of each write.
func callLines(calls []standin.Call) []line {
	if len(calls) == 0 {
		return []line{{"calls", "none"}}
	}
	var lines []line
	var rotated bool
	for rest := calls; len(rest) > 0; {
		n := len(rest) // of the calls of this line
		word := stepOf(rest, rotated)
		for i := range rest {
			if w := stepOf(rest[i:], rotated); w != word || !isRead(rest[i].Action) && i > 0 {
				n = i
				break
			}
		}
		lines = append(lines, line{word, callText(rest[:n])})
		rotated = rotated || rest[0].Action == "RotateSecret"
		rest = rest[n:]
	}
	return bounded(lines)
}

// stepOf names what the first of these calls is for.
func stepOf(calls []standin.Call, rotated bool) string {
	switch action := calls[0].Action; {
	case action == "RotateSecret":
		return "rotate"
	case action == "TagResource" && len(calls) > 1 && calls[1].Action == "RotateSecret":
		return "claim"
	case action == "TagResource" || action == "UntagResource":
		return "record"
	case action == "PutCustomEvent":
		return "notify"
	case action == "ListSecretVersionIds" && rotated:
		return "verify"
	case action == "DescribeSecret" && rotated:
		return "schedule"
	}
	return "observe"
}

func isRead(action string) bool {
	return strings.HasPrefix(action, "Describe") || strings.HasPrefix(action, "List")
}

// callText names calls of one line, equal ones once with their number.
func callText(calls []standin.Call) string {
	var texts []string
	counts := map[string]int{}
	for _, call := range calls {
		text := call.Action
		if call.VersionID != "" {
			text += " to version " + call.VersionID
		}
		for key, value := range call.Tags {
			text += " " + key + " = " + value
		}
		if call.Status != 200 {
			text += fmt.Sprintf(" (%s)", strings.TrimSpace(fmt.Sprint(call.Status, " ", call.Code)))
		}
		if !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
		counts[text]++
	}
	for i, text := range texts {
		if n := counts[text]; n > 1 {
			texts[i] = fmt.Sprintf("%s, %d times", text, n)
		}
	}
	return Printable(strings.Join(texts, ", "), maxLine)
}

func resultLines(r Result) []line {
	answer := r.Read()
	var lines []line
	for _, one := range answer.Results {
		lines = append(lines, line{"result", Printable(string(one.Outcome)+": "+one.Reason, 2*maxLine)})
	}
	for _, outcome := range slices.Sorted(maps.Keys(answer.Counts)) {
		lines = append(lines, line{"result", Printable(fmt.Sprintf("%s: %d, not listed", outcome, answer.Counts[outcome]), maxLine)})
	}
	switch {
	case len(lines) == 0 && answer.StatusCode >= http.StatusBadRequest:
		return []line{{"result", r.Refused()}}
	case len(lines) == 0:
		return []line{{"result", "nothing was due"}}
	}
	return bounded(lines)
}

// Indent lays JSON out for a person; other text stays as it is.
func Indent(text []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, text, "", "  ") != nil {
		b.Reset()
		b.Write(text)
	}
	return cleaned(strings.TrimSpace(b.String()), true)
}

// Printable is text from outside in one line: without control characters and without an end beyond so many characters.
func Printable(text string, most int) string {
	text = cleaned(text, false)
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

func cleaned(text string, lines bool) string {
	return strings.Map(func(c rune) rune {
		switch {
		case unicode.IsPrint(c), lines && c == '\n':
			return c
		case unicode.IsSpace(c):
			return ' '
		}
		return '?'
	}, text)
}
