package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	// maxKept is what a queue takes as a destination, in bytes, less the envelope of a kept failure.
	// https://www.alibabacloud.com/help/en/fc/user-guide/result-callback
	maxKept = 62 << 10
	// maxListed bounds what a tick lists, in bytes as they are kept: its own payload is short.
	maxListed = maxKept - 2<<10
	// minListed is what is listed even beside a payload that leaves no room: it is then too large to be kept anyway.
	minListed = 4 << 10
)

// roomBeside is what a payload leaves of a kept failure.
func roomBeside(payload []byte) int { return max(minListed, maxKept-quoted(string(payload))) }

// kept is how many bytes a result has in a kept failure: there the report is a text in the error, which is a text itself.
func kept(r result) int {
	line, err := json.Marshal(r)
	if err != nil {
		return 0
	}
	inError, err := json.Marshal(string(line) + ",")
	if err != nil {
		return 0
	}
	return quoted(string(inError))
}

// quoted is how many bytes a text has in JSON.
func quoted(text string) int {
	line, err := json.Marshal(text)
	if err != nil {
		return len(text)
	}
	return len(line)
}

// sweep serves a tick of the timer. What was done before a panic is told with it.
func (i *invocation) sweep(triggered time.Time) {
	defer func() {
		if recover() != nil {
			i.report.Results = append(i.report.Results, panicked(events.Event{}))
			i.fail(errorPanic)
		}
	}()
	credentials := i.credentials()
	swept := i.remediator().Sweep(i.ctx, remediation.SweepPlan{
		Tick:         remediation.TickAt(triggered, i.now(), time.Duration(i.settings.SweepInterval)),
		History:      bool(i.settings.SweepHistory),
		PerHour:      int(i.settings.RotationsPerHour),
		OverdueAfter: time.Duration(i.settings.OverdueAfter),
		Monitor:      func(region string) remediation.CloudMonitor { return i.monitor(region, credentials) },
		Tell:         func(listed remediation.Result) { i.report.Results = append(i.report.Results, resultOf(listed)) },
	})
	i.report.Counts, i.report.Notes = countsOf(swept), swept.Notes
	if swept.Failed {
		i.fail(string(remediation.Undecided))
	}
}

func countsOf(s remediation.SweepResult) map[string]int {
	counts := make(map[string]int, len(s.Counts)+1)
	for outcome, n := range s.Counts {
		counts[string(outcome)] = n
	}
	if s.Unreached > 0 {
		counts["left"] = s.Unreached
	}
	return counts
}

// cut moves what does not fit into so many bytes from the list to the counts. The log has a line for each.
func (r *report) cut(room int) {
	size := 0
	for i, result := range r.Results {
		if size += kept(result); size <= room {
			continue
		}
		if r.Counts == nil { // a tick that panicked counted nothing, and an event never does
			r.Counts = map[string]int{}
		}
		for _, left := range r.Results[i:] {
			r.Counts[string(left.Outcome)]++
		}
		r.Notes = append(r.Notes, fmt.Sprintf("%d results are only counted, since the report would be too large; the log has a line for each", len(r.Results)-i))
		r.Results = r.Results[:i]
		return
	}
}
