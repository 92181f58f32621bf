package main

import (
	"context"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// tick serves a tick of the timer. Results beside a panic are reported with it.
func (h *handler) tick(ctx context.Context, in invocation, triggered time.Time) report.Report {
	swept := h.remediator(in).Sweep(ctx, remediation.SweepPlan{
		Tick:         remediation.TickAt(triggered, h.now(), h.settings.SweepInterval),
		History:      h.settings.SweepHistory,
		PerHour:      h.settings.RotationsPerHour,
		OverdueAfter: h.settings.OverdueAfter,
		Monitor:      func(region string) remediation.CloudMonitor { return h.monitor(region, in.credentials) },
	})
	r := h.newReport(in)
	r.Trigger, r.Counts, r.Notes = report.OnTimer, countsOf(swept), swept.Notes
	for _, listed := range swept.Listed {
		r.Results = append(r.Results, report.ResultOf(listed))
	}
	if swept.Panicked != "" {
		r.Results = append(r.Results, panicked(events.Event{}, swept.Panicked))
		r.Fail(report.Panic)
	}
	if swept.Failed {
		r.Fail(string(remediation.Undecided))
	}
	return r
}

func countsOf(s remediation.SweepResult) map[string]int {
	counts := make(map[string]int, len(s.Counts)+1)
	for outcome, n := range s.Counts {
		counts[string(outcome)] = n
	}
	if s.Unreached > 0 {
		counts[report.Left] = s.Unreached
	}
	return counts
}
