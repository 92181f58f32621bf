package eventlog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
)

// Show is `events show`, the console's "View the Detail".
type Show struct {
	ID string `arg:"" help:"The id, as events lists it."`

	Window `embed:""`
}

// Help is what --help adds.
func (Show) Help() string {
	return "Without a time, the 90 days that CloudMonitor keeps events of KMS for. An event holds no secret value.\n\nExample: remediator --real events show ID"
}

// eventDetail is all that the history says of an event. Its fields are what -o json prints.
type eventDetail struct {
	eventRow

	Product  string `json:"product,omitempty"`
	Instance string `json:"instanceName,omitempty"`
	Resource string `json:"resourceId,omitempty"`
	Content  any    `json:"content,omitempty"`
}

// Run shows the event.
func (c Show) Run(ctx context.Context, account *cli.Account) error {
	event, err := Find(ctx, account, c.Window, c.ID)
	if err != nil {
		return err
	}
	detail := event.detail()
	if account.Console.JSON {
		return account.Console.Value(map[string]any{"event": detail})
	}
	return detail.show(account.Console)
}

// Find finds the one event with this id. CloudMonitor cannot be asked for an id, so all events of the time are read.
func Find(ctx context.Context, c *cli.Account, w Window, id string) (Event, error) {
	from, to := w.Bounds(c.Console, shownSpan)
	found, err := Read(ctx, c, Query{Names: []string{""}, From: from, To: to})
	if err != nil && !errors.Is(err, ErrCut) {
		return Event{}, err
	}
	for _, event := range found {
		if event.EventID() == id || event.ID == id {
			return event, nil
		}
	}
	if err != nil {
		return Event{}, fmt.Errorf("no event has the id %q among the first %d: %w", cli.OneLine(id, cli.MaxCell), len(found), err)
	}
	return Event{}, fmt.Errorf("no event has the id %q among the %d from %s to %s: events lists them", cli.OneLine(id, cli.MaxCell), len(found), cli.ShownTime(from), cli.ShownTime(to))
}

func (e Event) detail() eventDetail {
	detail := eventDetail{eventRow: e.row(), Product: e.Product, Instance: e.InstanceName, Resource: strings.TrimSpace(e.ResourceID)}
	if e.Content == "" {
		return detail
	}
	detail.Content = e.Content
	if json.Valid([]byte(e.Content)) {
		detail.Content = json.RawMessage(e.Content)
	}
	return detail
}

func (d eventDetail) show(console *cli.Console) error {
	err := console.Table([][]string{
		{"ID", d.ID}, {"TIME", cli.ShownTime(d.Time)}, {"NAME", d.Name}, {"PRODUCT", d.Product}, {"LEVEL", d.Level}, {"STATUS", d.Status},
		{"REGION", d.Region}, {"SECRET", d.Secret}, {"RESOURCE", d.Resource}, {"INSTANCE", d.Instance}, {"CAUSE", d.Cause},
	})
	console.ShowLines(strings.Split("CONTENT\n"+d.content(), "\n"))
	return err
}

// content is laid out for a person; what is not JSON is one line.
func (d eventDetail) content() string {
	switch content := d.Content.(type) {
	case json.RawMessage:
		var b bytes.Buffer
		if json.Indent(&b, content, "  ", "  ") == nil {
			return "  " + cli.Cleaned(b.String())
		}
	case string:
		return "  " + cli.OneLine(content, len(content))
	}
	return "  -"
}
