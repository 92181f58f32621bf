package main

import (
	"encoding/json"
	"io"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// resultLog writes the facts of each result as one JSON line, for Log Service: the log configuration in s.yaml takes each
// line as an entry of its own.
type resultLog struct {
	out io.Writer
	now func() time.Time
}

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

// write writes the line of one result.
func (l resultLog) write(r report.Report, one report.Result, failed bool) {
	isError := failed || one.Outcome == remediation.NeedsHuman || one.Outcome == remediation.Overdue
	l.print(resultLine{l.line(r, "rotation handled", isError), one})
}

// summarize writes the one line that says what a tick came to as a whole.
func (l resultLog) summarize(r report.Report, failed bool) {
	l.print(tickLine{l.line(r, "tick handled", failed), len(r.Results), r.Counts, r.Notes})
}

// refusedLine is about a request over HTTP that was turned away.
type refusedLine struct {
	logLine
	Status int    `json:"status"`
	Reason string `json:"reason"`
}

// refuse writes the line of a request that was turned away. It is no error: everybody can knock.
func (l resultLog) refuse(r report.Report, status int, reason string) {
	l.print(refusedLine{l.line(r, "callback refused", false), status, reason})
}

// noteLine says what a person should know of an invocation by an event.
type noteLine struct {
	logLine
	Notes []string `json:"notes"`
}

func (l resultLog) note(r report.Report, note string) {
	l.print(noteLine{l.line(r, "report incomplete", false), []string{note}})
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

func (l resultLog) print(line any) {
	text, err := json.Marshal(line)
	if err != nil {
		return // every field is text, a number or a time: there is nothing that could not be written
	}
	// A log that cannot be written must not change what is done about a secret.
	_, _ = l.out.Write(append(text, '\n'))
}
