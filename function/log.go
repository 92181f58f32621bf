package main

import (
	"encoding/json"
	"io"
	"time"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// resultLog writes the facts of each result as one JSON line, for Log Service: the log configuration in s.yaml takes each
// line as an entry of its own.
type resultLog struct {
	out io.Writer
	now func() time.Time
}

type logLine struct {
	Time      time.Time `json:"time"`
	Level     string    `json:"level"`
	Message   string    `json:"message"`
	RequestID string    `json:"requestId,omitempty"`
	Mode      mode      `json:"mode"`
	Trigger   string    `json:"trigger"`
	result
}

func (l resultLog) write(r report, result result, failed bool) {
	level := "INFO"
	if failed || result.Outcome == remediation.NeedsHuman {
		level = "ERROR"
	}
	line, err := json.Marshal(logLine{
		Time:      l.now().UTC(),
		Level:     level,
		Message:   "rotation handled",
		RequestID: r.RequestID,
		Mode:      r.Mode,
		Trigger:   r.Trigger,
		result:    result,
	})
	if err != nil {
		return // every field is text, a number or a time: there is nothing that could not be written
	}
	// A log that cannot be written must not change what is done about a secret.
	_, _ = l.out.Write(append(line, '\n'))
}
