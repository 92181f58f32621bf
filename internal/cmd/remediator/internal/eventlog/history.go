package eventlog

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
)

// maxEventPages bounds one query. A page holds 100 events.
const maxEventPages = 100

// ErrCut comes with the events that were read, where there are more.
var ErrCut = errors.New("more events than are read at once: ask for a shorter time")

// Query is what the history is asked for, once for each name.
type Query struct {
	Names    []string
	Level    string
	From, To time.Time
	Pages    int // of each name, at most; maxEventPages if 0
}

// Read reads the events of all regions, newest first. Whether a region's history holds those of others is not
// documented, so each event is listed once.
func Read(ctx context.Context, c *cli.Account, query Query) ([]Event, error) {
	var all []Event
	var cut error
	known := map[string]bool{}
	for _, region := range c.Regions {
		found, err := ReadRegion(ctx, c.In(region), query)
		if errors.Is(err, ErrCut) {
			cut, err = err, nil
		}
		if err != nil {
			return nil, err
		}
		for _, event := range found {
			if key := event.key(); !known[key] {
				known[key] = true
				all = append(all, event)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Event) int { return b.At().Compare(a.At()) })
	return all, cut
}

// ReadRegion reads the pages of one region, in the order of the answers.
func ReadRegion(ctx context.Context, r cli.Region, query Query) ([]Event, error) {
	pace := cli.NewPace()
	var all []Event
	var cut error
	for _, name := range query.Names {
		asked := alicloud.EventQuery{Name: name, Level: query.Level, From: query.From, To: query.To}
		for number, more := 1, true; more; number++ {
			if number > cmp.Or(query.Pages, maxEventPages) {
				r.Console.Warnf("%s: %v; after %d the others are left out", r.Name, ErrCut, len(all))
				cut = ErrCut
				break
			}
			pace.Wait(ctx)
			page, err := cli.Read(ctx, r, "the events of "+r.Name, func(ctx context.Context, number int) (eventPage, error) {
				rows, more, err := r.Monitor().SystemEvents(ctx, asked, number)
				return eventPage{rows, more}, err
			}, number)
			if err != nil {
				return nil, err
			}
			for _, row := range page.rows {
				all = append(all, Of(row))
			}
			more = page.more
			pace.Report(r.Console, "%s: %d events so far", r.Name, len(all))
		}
	}
	return all, cut
}

type eventPage struct {
	rows []alicloud.SystemEvent
	more bool
}
