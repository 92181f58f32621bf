package main

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/internal/version"
)

// answer is what one invocation came to, of the built binary or of the handler.
type answer struct {
	requestID string
	errorType string // "" of an invocation that succeeded
	text      []byte // the return value, or errorMessage
	report    report.Report
}

func (a answer) failed() bool { return a.errorType != "" }

// result is the only one of an invocation by an event.
func (a answer) result() report.Result {
	if len(a.report.Results) != 1 {
		return report.Result{}
	}
	return a.report.Results[0]
}

// readAnswer holds what is promised of every answer: one JSON object in one line, whose facts stand in the log as well,
// one line per result. log is all that was logged so far, by all invocations.
func readAnswer(t testing.TB, requestID, errorType string, text, log []byte) answer {
	t.Helper()
	a := answer{requestID: requestID, errorType: errorType, text: text}
	if err := json.Unmarshal(text, &a.report); err != nil || bytes.ContainsAny(text, "\r\n") || len(a.report.Results) == 0 && a.report.Trigger != report.OnTimer {
		t.Errorf("want one line of JSON with a result, got %v in:\n%s", err, text)
		return a
	}
	if a.report.Version != version.Version {
		t.Errorf("the result names version %q, want %q", a.report.Version, version.Version)
	}
	if a.report.RequestID != requestID {
		t.Errorf("the result names request %q, want %q", a.report.RequestID, requestID)
	}
	if diff := cmp.Diff(wantedLog(a), resultLines(t, requestID, log)); diff != "" {
		t.Errorf("log and result tell different facts (-result +log):\n%s", diff)
	}
	return a
}

// wantedLog is what the log has to say of an answer, but for the time.
func wantedLog(a answer) []map[string]any {
	var parsed struct {
		Version, Mode, Trigger string

		Results []map[string]any
	}
	_ = json.Unmarshal(a.text, &parsed) // was read once already
	for _, facts := range parsed.Results {
		level := "INFO"
		bad := slices.Contains([]any{"rejected", "undecided", "needs-human"}, facts["outcome"])
		if a.failed() && (bad || parsed.Trigger == string(report.OnTimer)) || facts["outcome"] == "needs-human" || facts["outcome"] == "overdue" {
			level = "ERROR"
		}
		facts["level"], facts["message"] = level, "rotation handled"
		facts["requestId"], facts["version"], facts["mode"], facts["trigger"] = a.requestID, parsed.Version, parsed.Mode, parsed.Trigger
	}
	return parsed.Results
}

// resultLines leaves out what the log says of the invocation as a whole.
func resultLines(t testing.TB, requestID string, log []byte) []map[string]any {
	t.Helper()
	return slices.DeleteFunc(logOf(t, requestID, log), func(facts map[string]any) bool { return facts["message"] != "rotation handled" })
}

// What the runtime SDK prints by itself: a line before and one after each invocation, and to stderr the error of one that
// failed.
var (
	runtimeLine  = regexp.MustCompile(`^FC Invoke (Start|End) RequestId: [-0-9a-f]+(, Error: Unhandled function error)?\n$`)
	runtimeError = regexp.MustCompile(`(?m)^[-0-9/:. a-f]+ \[ERROR\] \{\n "errorMessage": ".*",\n "errorType": "[a-z-]+"\n\}\n`)
)

// logOf returns the lines of one request. Whatever else is printed would be an entry of the log that nobody can read.
func logOf(t testing.TB, requestID string, log []byte) []map[string]any {
	t.Helper()
	lines := []map[string]any{}
	for line := range bytes.Lines(log) {
		var facts map[string]any
		if runtimeLine.Match(line) {
			continue
		}
		if err := json.Unmarshal(line, &facts); err != nil {
			t.Errorf("printed, and no log line: %s", line)
			continue
		}
		if facts["requestId"] != requestID {
			continue
		}
		text, _ := facts["time"].(string)
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			t.Errorf("a log line without a time: %s", line)
		}
		delete(facts, "time")
		lines = append(lines, facts)
	}
	return lines
}
