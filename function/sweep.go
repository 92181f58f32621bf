package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// maxListed bounds what a tick lists, in bytes: with the rest of the report it stays below the 64 KB that a queue takes as
// a destination. https://www.alibabacloud.com/help/en/fc/user-guide/result-callback
const maxListed = 60 << 10

// sweep serves a tick of the timer.
func (i *invocation) sweep(triggered time.Time) {
	credentials := i.credentials()
	swept := i.remediator().Sweep(i.ctx, remediation.SweepPlan{
		Tick:         remediation.TickAt(triggered, i.now(), time.Duration(i.settings.SweepInterval)),
		History:      bool(i.settings.SweepHistory),
		PerHour:      int(i.settings.RotationsPerHour),
		OverdueAfter: time.Duration(i.settings.OverdueAfter),
		Monitor:      func(region string) remediation.CloudMonitor { return i.monitor(region, credentials) },
		// What was done before a panic is told with it.
		Tell: func(listed remediation.Result) { i.report.Results = append(i.report.Results, resultOf(listed)) },
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
	if s.Left > 0 {
		counts["left"] = s.Left
	}
	return counts
}

// cut moves what does not fit from the list to the counts. The log has a line for each.
func (r *report) cut() {
	size := 0
	for i, result := range r.Results {
		line, err := json.Marshal(result)
		if size += len(line) + 1; err == nil && size <= maxListed {
			continue
		}
		if r.Counts == nil { // a tick that panicked counted nothing
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
