package main

import (
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// sweep serves a tick of the timer. All that was done beside a panic is reported with it.
func (i *invocation) sweep(triggered time.Time) {
	credentials := i.credentials()
	swept := i.remediator().Sweep(i.ctx, remediation.SweepPlan{
		Tick:         remediation.TickAt(triggered, i.now(), i.settings.SweepInterval),
		History:      i.settings.SweepHistory,
		PerHour:      i.settings.RotationsPerHour,
		OverdueAfter: i.settings.OverdueAfter,
		Monitor:      func(region string) remediation.CloudMonitor { return i.monitor(region, credentials) },
	})
	for _, listed := range swept.Listed {
		i.report.Results = append(i.report.Results, report.ResultOf(listed))
	}
	if swept.Panicked != "" {
		i.report.Results = append(i.report.Results, panickedAt(events.Event{}, swept.Panicked))
		i.fail(report.Panic)
	}
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
		counts[report.Left] = s.Unreached
	}
	return counts
}
