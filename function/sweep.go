package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// maxListed bounds what a tick lists, in bytes: with the rest of the report it stays below the 64 KB that a queue takes as
// a destination. https://www.alibabacloud.com/help/en/fc/user-guide/result-callback
const maxListed = 60 << 10

// sweep serves a tick of the timer.
func (h *handler) sweep(ctx context.Context, platform *fccontext.FcContext, triggered time.Time, r *report) (report, error) {
	credentials := credentialsOf(platform)
	r.Results = []result{} // an empty list is a list
	swept := h.remediator(platform).Sweep(ctx, remediation.SweepPlan{
		Tick:    remediation.TickAt(triggered, h.now(), time.Duration(h.settings.SweepInterval)),
		History: bool(h.settings.SweepHistory),
		PerHour: int(h.settings.RotationsPerHour),
		Monitor: func(region string) remediation.CloudMonitor { return h.monitor(region, credentials) },
		// What was done before a panic is told with it.
		Tell: func(listed remediation.Result) { r.Results = append(r.Results, resultOf(listed)) },
	})
	r.Counts, r.Notes = countsOf(swept), swept.Notes
	failure := ""
	if swept.Failed {
		failure = string(remediation.Undecided)
	}
	return h.tell(*r, failure)
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
