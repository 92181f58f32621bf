package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
)

func showEvent(out io.Writer, file string, payload []byte) {
	fmt.Fprintf(out, "The event (%s)\n%s\n", file, indent(payload))
}

// showResult prints what the platform got back, and returns the outcome of the first result.
func showResult(out io.Writer, r fcruntime.Result) (outcome string) {
	answer := r.Payload
	switch {
	case r.TimedOut:
		fmt.Fprintln(out, "\nThe invocation timed out")
		return ""
	case r.Exited:
		fmt.Fprintf(out, "\nThe function exited with status %d\n", r.ExitCode)
		return ""
	case r.Error != nil:
		answer = []byte(r.Error.Message)
		fmt.Fprintf(out, "\nThe result: the invocation failed with errorType %s\n", r.Error.Type)
	default:
		fmt.Fprintln(out, "\nThe result: the invocation succeeded")
	}
	fmt.Fprintln(out, indent(answer))
	var report struct {
		Results []struct{ Outcome string }
	}
	if json.Unmarshal(answer, &report) != nil || len(report.Results) == 0 {
		return ""
	}
	return report.Results[0].Outcome
}

// indent lays JSON out for a person; what is not JSON stays as it is.
func indent(text []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, text, "  ", "  ") != nil {
		return "  " + strings.TrimSpace(string(text))
	}
	return "  " + strings.TrimSpace(b.String())
}

func lastLine(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}
