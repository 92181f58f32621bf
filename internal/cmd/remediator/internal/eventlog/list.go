package eventlog

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
)

// Command shows what CloudMonitor remembers, as the console's "Query rotation events" and its "View the Detail" do.
type Command struct {
	List List `cmd:"" default:"withargs" help:"List rotation events, newest first. This is what events does without a further word."`
	Show Show `cmd:"" help:"Show one event with all its fields."`
}

// List is `events`. CloudMonitor filters by name, level and time; the rest is filtered here.
type List struct {
	Window `embed:""`

	Type   eventType `default:"all" enum:"failure,success,all" help:"Which rotation events: ${enum}."`
	Level  string    `help:"Only events of this level, such as CRITICAL." placeholder:"LEVEL"`
	Name   string    `help:"Only events of this name, which may be any event of KMS." placeholder:"NAME"`
	Secret string    `help:"Only events of this secret: its name, what follows acs/ecs/ in it, or its ARN." placeholder:"NAME"`
}

// Help is what --help adds.
func (List) Help() string {
	return "Without a time, the last 24 hours. CloudMonitor keeps events of KMS for 90 days. Times are UTC. The id is the one in the function's log; " +
		"events show ID and replay --event ID take it.\n\n" +
		"Example: remediator --real events --since 7d --type failure --secret web-1"
}

const (
	listedSpan = 24 * time.Hour
	shownSpan  = events.HistoryKept
)

// listedEvents is what -o json prints.
type listedEvents struct {
	Events    []eventRow `json:"events"`
	Truncated bool       `json:"truncated,omitempty"` // there are more than are read at once
}

// Run lists the events.
func (c List) Run(ctx context.Context, account *cli.Account) error {
	from, to := c.Bounds(account.Console, listedSpan)
	found, err := Read(ctx, account, Query{Names: c.Type.names(c.Name), Level: c.Level, From: from, To: to})
	cut := errors.Is(err, ErrCut)
	if err != nil && !cut {
		return err
	}
	rows := []eventRow{}
	for _, event := range found {
		if event.Concerns(c.Secret) {
			rows = append(rows, event.row())
		}
	}
	if len(rows) == 0 && c.Secret != "" {
		if err := account.CheckName(ctx, c.Secret); err != nil { // an empty list would seem like good news
			return err
		}
	}
	if account.Console.JSON {
		return account.Console.Value(listedEvents{rows, cut})
	}
	if len(rows) == 0 {
		account.Console.Show("no events: CloudMonitor remembers none that fits")
		return nil
	}
	table := [][]string{{"TIME", "NAME", "LEVEL", "SECRET", "STATUS", "CAUSE", "ID"}}
	for _, r := range rows {
		table = append(table, []string{cli.ShownTime(r.Time), r.Name, r.Level, r.Secret, r.Status, r.Cause, r.ID})
	}
	return account.Console.Table(table)
}

// eventType picks rotation events. It is a closed set.
type eventType string

// names are the events to ask for. A name that was asked for by itself is the only one, and outside the type is none.
func (t eventType) names(only string) []string {
	names := map[eventType][]string{"failure": {events.FailureName}, "success": {events.SuccessName}, "all": {events.FailureName, events.SuccessName}}[t]
	switch {
	case only == "":
		return names
	case t == "all" || strings.EqualFold(only, names[0]):
		return []string{only}
	}
	return nil
}
