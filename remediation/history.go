package remediation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// CloudMonitor is the slice of CloudMonitor that a tick uses, bound to one region and to the credentials of one
// invocation. Its errors are *CallError.
type CloudMonitor interface {
	// RotationEvents reads one page, counted from 1, of the events of KMS with this name (DescribeSystemEventAttribute).
	RotationEvents(ctx context.Context, name string, from, to time.Time, page int) (HistoryPage, error)
}

// HistoryPage is one page of CloudMonitor's history. No document says in which order events come.
type HistoryPage struct {
	Events     []events.Event
	Unreadable int  // events of that name that could not be read
	More       bool // the page was full, so there may be another
}

// maxHistoryPages bounds one query: CloudMonitor takes 20 calls a second, and a page holds 100 events.
const maxHistoryPages = 100

// history is what a tick learned of the events of one region.
type history struct {
	newest map[string]events.Event // by name of the secret: the newest rotation event
	whole  bool                    // the first window was read to its end, or the history is off: records may be removed
	notes  []string

	unreadable int // events that could not be read
}

// history asks for the failures whose event never came to us. It may take half of the time: what is due comes after it.
func (s *sweep) history(ctx context.Context) history {
	deadline, _ := ctx.Deadline()
	ctx, stop := context.WithTimeout(ctx, time.Until(deadline)/2)
	defer stop()
	return s.readHistory(ctx)
}

// readHistory reads failures first: where there is none, no success is worth a call.
func (s *sweep) readHistory(ctx context.Context) history {
	h := history{newest: map[string]events.Event{}}
	if !s.plan.History {
		h.whole = true
		return h
	}
	to := s.Now() // what CloudMonitor's clock stamped a little ahead of ours is in the window of the next tick
	first := s.plan.Tick.At.Add(-s.plan.Tick.window())
	err := s.readWindow(ctx, &h, first, to)
	h.whole = err == nil
	if err == nil && s.plan.Tick.opensDay() {
		err = s.readWindow(ctx, &h, s.plan.Tick.At.Add(-eventsAreKept), first)
	}
	switch class := classOf(err); {
	case err == nil:
	case errors.Is(err, errCutOff):
		h.notes = append(h.notes, fmt.Sprintf("%s: the history was read in part: %v", s.region, err))
	case class != Account && class != Refused:
		h.notes = append(h.notes, fmt.Sprintf("%s: the history could not be read now: %v", s.region, err))
	default:
		h.whole = true // as if it were switched off
		h.notes = append(h.notes, fmt.Sprintf("%s: the history is refused, so events that never come are not found: %v; %s, or set SWEEP_HISTORY=false", s.region, err, adviceFor(codeOf(err))))
	}
	return h
}

var errCutOff = errors.New("too many events, or no time left")

func (s *sweep) readWindow(ctx context.Context, h *history, from, to time.Time) error {
	before := len(h.newest)
	if err := s.readEvents(ctx, h, events.FailureName, from, to); err != nil || len(h.newest) == before {
		return err
	}
	return s.readEvents(ctx, h, events.SuccessName, from, to)
}

func (s *sweep) readEvents(ctx context.Context, h *history, name string, from, to time.Time) error {
	for page := 1; page <= maxHistoryPages; page++ {
		got, err := once(ctx, func(ctx context.Context) (HistoryPage, error) {
			return s.monitor.RotationEvents(ctx, name, from, to, page)
		})
		switch {
		case err != nil && ctx.Err() != nil:
			return errCutOff
		case err != nil:
			return err
		}
		if h.unreadable += got.Unreadable; got.Unreadable > 0 {
			h.notes = append(h.notes, fmt.Sprintf("%s: %d events named %s in the history could not be read", s.region, got.Unreadable, name))
		}
		for _, event := range got.Events {
			if s.owns(event) {
				h.add(event)
			}
		}
		if !got.More {
			return nil
		}
	}
	return errCutOff
}

// owns leaves out what is not of this region and account: no document says what a history covers.
func (s *sweep) owns(event events.Event) bool {
	account := s.Policy.Scope.Account
	return event.Region == s.region && (account == "" || event.Account == account) && !event.Time.IsZero()
}

// add keeps the newest rotation event of each secret; in an equal second, the Failure. Only some times have fractions.
func (h *history) add(event events.Event) {
	known, found := h.newest[event.SecretName]
	this, last := event.Time.Truncate(time.Second), known.Time.Truncate(time.Second)
	newer := this.After(last) || this.Equal(last) && event.Kind == events.Failure
	if !found || newer {
		h.newest[event.SecretName] = event
	}
}
