package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"
)

// eventsShow is `events show`, the console's "View the Detail".
type eventsShow struct {
	ID string `arg:"" help:"The id, as events lists it."`

	window `embed:""`
}

// Help is what --help adds.
func (eventsShow) Help() string {
	return "Without a time, the 90 days that CloudMonitor keeps events of KMS for. An event holds no secret value."
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
func (c eventsShow) Run(ctx context.Context, line *commandLine) error {
	account, err := line.open()
	if err != nil {
		return err
	}
	defer account.stop()
	event, err := account.event(ctx, c.window, c.ID)
	if err != nil {
		return err
	}
	detail := event.detail()
	if line.console.json {
		return line.console.value(map[string]any{"event": detail})
	}
	return detail.write(line.console.out)
}

// event finds the one event with this id. CloudMonitor cannot be asked for an id, so all events of the time are read.
func (c *cloud) event(ctx context.Context, w window, id string) (pastEvent, error) {
	from, to := w.bounds(c.console, shownSpan)
	found, err := c.history(ctx, historyQuery{names: []string{""}, from: from, to: to})
	if err != nil && !errors.Is(err, errCut) {
		return pastEvent{}, err
	}
	for _, event := range found {
		if event.id() == id {
			return event, nil
		}
	}
	if err != nil {
		return pastEvent{}, fmt.Errorf("no event has the id %q among the first %d: %w", oneLine(id, maxCell), len(found), err)
	}
	return pastEvent{}, fmt.Errorf("no event has the id %q among the %d from %s to %s: events lists them", oneLine(id, maxCell), len(found), shownTime(from), shownTime(to))
}

func (e pastEvent) detail() eventDetail {
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

func (d eventDetail) write(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, field := range []struct{ name, value string }{
		{"ID", d.ID}, {"TIME", shownTime(d.Time)}, {"NAME", d.Name}, {"PRODUCT", d.Product}, {"LEVEL", d.Level}, {"STATUS", d.Status},
		{"REGION", d.Region}, {"SECRET", d.Secret}, {"RESOURCE", d.Resource}, {"INSTANCE", d.Instance}, {"CAUSE", d.Cause},
	} {
		fmt.Fprintf(table, "%s\t%s\n", field.name, cellOf(field.value))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "CONTENT\n%s\n", d.content())
	return err
}

// content is laid out for a person; what is not JSON stands as one line.
func (d eventDetail) content() string {
	switch content := d.Content.(type) {
	case json.RawMessage:
		var b bytes.Buffer
		if json.Indent(&b, content, "  ", "  ") == nil {
			return "  " + printed(b.String())
		}
	case string:
		return "  " + oneLine(content, len(content))
	}
	return "  -"
}

// printed leaves out what is not for a terminal: JSON may hold control characters beyond the first 32.
func printed(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}
