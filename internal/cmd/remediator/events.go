package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// eventsCommand shows what CloudMonitor remembers, as the console's "Query rotation events" and its "View the Detail" do.
type eventsCommand struct {
	List eventsList `cmd:"" default:"withargs" help:"List rotation events, newest first. This is what events does without a further word."`
	Show eventsShow `cmd:"" help:"Show one event with all its fields."`
}

// eventsList is `events`. CloudMonitor filters by name, level and time; the rest is filtered here.
type eventsList struct {
	window `embed:""`

	Type   eventType `default:"all" enum:"failure,success,all" help:"Which rotation events: ${enum}."`
	Level  string    `help:"Only events of this level, such as CRITICAL." placeholder:"LEVEL"`
	Name   string    `help:"Only events of this name, which may be any event of KMS." placeholder:"NAME"`
	Secret string    `help:"Only events of the secret of this name, or ARN." placeholder:"NAME"`
}

// Help is what --help adds.
func (eventsList) Help() string {
	return "Without a time, the last 24 hours. CloudMonitor keeps events of KMS for 90 days. Times are UTC. The id is CloudMonitor's, " +
		"or, where it gives none, made from the event itself, so that it is the same each time: events show ID and replay --event ID take either."
}

const (
	listedSpan = 24 * time.Hour
	shownSpan  = eventsKept
)

// listedEvents is what -o json prints.
type listedEvents struct {
	Events    []eventRow `json:"events"`
	Truncated bool       `json:"truncated,omitempty"` // there are more than are read at once
}

// Run lists the events.
func (c eventsList) Run(ctx context.Context, line *commandLine) error {
	account, err := line.open()
	if err != nil {
		return err
	}
	defer account.stop()
	found, err := account.history(ctx, c.query(line.console))
	cut := errors.Is(err, errCut)
	if err != nil && !cut {
		return err
	}
	rows := []eventRow{}
	for _, event := range found {
		if event.concerns(c.Secret) {
			rows = append(rows, event.row())
		}
	}
	if line.console.json {
		return line.console.value(listedEvents{rows, cut})
	}
	return writeEvents(line.console.out, rows)
}

func (c eventsList) query(told *console) historyQuery {
	from, to := c.bounds(told, listedSpan)
	return historyQuery{names: c.Type.names(c.Name), level: c.Level, from: from, to: to}
}

func writeEvents(out io.Writer, rows []eventRow) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintln(out, "no events: CloudMonitor remembers none that fits")
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TIME\tNAME\tLEVEL\tSECRET\tSTATUS\tCAUSE\tID")
	for _, r := range rows {
		cells := []string{shownTime(r.Time), r.Name, r.Level, r.Secret, r.Status, r.Cause, r.ID}
		for i, cell := range cells {
			cells[i] = cellOf(cell)
		}
		fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	return table.Flush()
}

// eventType picks rotation events. It is a closed set.
type eventType string

const (
	failures  eventType = "failure"
	successes eventType = "success"
	allTypes  eventType = "all"
)

// The two events of a rotation, as KMS names them.
const (
	failureEvent = events.FailureName
	successEvent = events.SuccessName
)

// names are the events to ask for. A name that was asked for by itself stands alone, and outside the type is none.
func (t eventType) names(only string) []string {
	names := map[eventType][]string{failures: {failureEvent}, successes: {successEvent}, allTypes: {failureEvent, successEvent}}[t]
	switch {
	case only == "":
		return names
	case t == allTypes || strings.EqualFold(only, names[0]):
		return []string{only}
	}
	return nil
}

func shownTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// maxCell bounds a cell of a table, in characters: what comes from outside must not break it.
const maxCell = 120

func cellOf(text string) string {
	if text == "" {
		return "-"
	}
	return oneLine(text, maxCell)
}
