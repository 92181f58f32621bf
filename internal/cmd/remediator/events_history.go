package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
)

// maxEventPages bounds one query. A page holds 100 events.
const maxEventPages = 100

// errCut comes with the events that were read, where there are more.
var errCut = errors.New("more events than are read at once: ask for a shorter time")

// historyQuery is what the history is asked for, once for each name.
type historyQuery struct {
	names    []string
	level    string
	from, to time.Time
	pages    int // of each name, at most; maxEventPages if 0
}

// history reads the events of all regions, newest first. Whether a region's history holds those of others is not
// documented, so each event is listed once.
func (c *cloud) history(ctx context.Context, query historyQuery) ([]pastEvent, error) {
	var all []pastEvent
	var cut error
	known := map[string]bool{}
	for _, region := range c.regions {
		found, err := c.historyOf(ctx, region, query)
		if errors.Is(err, errCut) {
			cut, err = err, nil
		}
		if err != nil {
			return nil, err
		}
		for _, event := range found {
			if id := event.id(); !known[id] {
				known[id] = true
				all = append(all, event)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b pastEvent) int { return b.at().Compare(a.at()) })
	return all, cut
}

// historyOf reads the pages of one region, in the order of the answers.
func (c *cloud) historyOf(ctx context.Context, region string, query historyQuery) ([]pastEvent, error) {
	pace := newPace()
	var all []pastEvent
	var cut error
	for _, name := range query.names {
		asked := alicloud.EventQuery{Name: name, Level: query.level, From: query.from, To: query.to}
		for number, more := 1, true; more; number++ {
			if number > cmp.Or(query.pages, maxEventPages) {
				c.console.remark("%s: %v; after %d the others are left out", region, errCut, len(all))
				cut = errCut
				break
			}
			pace.wait(ctx)
			page, err := read(ctx, c, "the events of "+region, func(ctx context.Context) (eventPage, error) {
				rows, more, err := c.monitor(region).SystemEvents(ctx, asked, number)
				return eventPage{rows, more}, err
			})
			if err != nil {
				return nil, err
			}
			for _, row := range page.rows {
				all = append(all, pastEventOf(row))
			}
			more = page.more
			pace.tell(c.console, "%s: %d events so far", region, len(all))
		}
	}
	return all, cut
}

type eventPage struct {
	rows []alicloud.SystemEvent
	more bool
}
