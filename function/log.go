package main

import (
	"encoding/json"
	"io"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// resultLog writes the facts of each result as one JSON line for Log Service, of which s.yaml makes an entry each.
type resultLog struct {
	out io.Writer
	now func() time.Time
}

// logLine begins each line.
type logLine struct {
	Time      time.Time      `json:"time"`
	Level     string         `json:"level"`
	Message   string         `json:"message"`
	RequestID string         `json:"requestId,omitempty"`
	Version   string         `json:"version"`
	Mode      config.Mode    `json:"mode"`
	Trigger   report.Trigger `json:"trigger"`
}

type resultLine struct {
	logLine
	report.Result
}

// tickLine sums up a tick.
type tickLine struct {
	logLine
	Listed int            `json:"listed"`
	Counts map[string]int `json:"counts,omitempty"`
	Notes  []string       `json:"notes,omitempty"`
}

// refusedLine is about a request over HTTP that was turned away.
type refusedLine struct {
	logLine
	Status int    `json:"status"`
	Reason string `json:"reason"`
}

// noteLine says what a person should know of an invocation by an event.
type noteLine struct {
	logLine
	Notes []string `json:"notes"`
}

// results writes a line for each result. Of an event its own failure makes it an error, of a tick that of the whole tick.
func (l resultLog) results(r report.Report) {
	for _, one := range r.Results {
		failed := one.ErrorType != ""
		if r.Trigger == report.OnTimer {
			failed = r.ErrorType != ""
		}
		isError := failed || one.Outcome == remediation.NeedsHuman || one.Outcome == remediation.Overdue
		l.write(resultLine{l.line(r, "rotation handled", isError), one})
	}
}

// summary writes the one line about a tick as a whole.
func (l resultLog) summary(r report.Report) {
	l.write(tickLine{l.line(r, "tick handled", r.ErrorType != ""), len(r.Results), r.Counts, r.Notes})
}

// refusal writes the line of a request that was turned away. It is no error: anybody may send one.
func (l resultLog) refusal(r report.Report, status int, reason string) {
	l.write(refusedLine{l.line(r, "callback refused", false), status, reason})
}

func (l resultLog) note(r report.Report, note string) {
	l.write(noteLine{l.line(r, "report incomplete", false), []string{note}})
}

func (l resultLog) line(r report.Report, message string, isError bool) logLine {
	level := "INFO"
	if isError {
		level = "ERROR"
	}
	return logLine{
		Time:      l.now().UTC(),
		Level:     level,
		Message:   message,
		RequestID: r.RequestID,
		Version:   r.Version,
		Mode:      r.Mode,
		Trigger:   r.Trigger,
	}
}

func (l resultLog) write(line any) {
	text, err := json.Marshal(line)
	if err != nil {
		return // each field is text, a number or a time, and all of them can be written
	}
	// A log that cannot be written must not change what is done about a secret.
	_, _ = l.out.Write(append(text, '\n'))
}
