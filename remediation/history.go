package remediation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// maxHistoryPages bounds one query: CloudMonitor takes 20 calls a second, and a page holds 100 events.
const maxHistoryPages = 100

// newestEvents is the newest rotation event of each secret, by its name.
type newestEvents map[string]events.Event

// add keeps the newest; in an equal second, the Failure. Only some times have fractions.
func (n newestEvents) add(event events.Event) {
	known, found := n[event.SecretName]
	this, last := event.Time.Truncate(time.Second), known.Time.Truncate(time.Second)
	newer := this.After(last) || this.Equal(last) && event.Kind == events.Failure
	if !found || newer {
		n[event.SecretName] = event
	}
}

// history is what a tick knows of the events of one region.
type history struct {
	newest newestEvents
	whole  bool // the first window was read to its end, or the history is off: records may be removed
	notes  []string
}

func (h history) failure(name string) *events.Event {
	if event, found := h.newest[name]; found && event.Kind == events.Failure {
		return &event
	}
	return nil
}

// readHistory asks for the failures whose event never came. It may take half of the time: what is due comes after it.
func (s regionSweep) readHistory(ctx context.Context) history {
	h := history{newest: newestEvents{}, whole: !s.plan.History}
	if !s.plan.History {
		return h
	}
	ctx, stop := halfOf(ctx)
	defer stop()
	ends, begins := s.windowEnd(), s.windowBegin(s.plan.Tick.window())
	lost, err := s.readWindow(ctx, h.newest, begins, ends, ends)
	h.whole = isWhole(lost, err)
	h.notes = append(h.notes, s.notesOf(lost, err)...)
	switch {
	case isRefused(err):
		h.whole = true // as if it were switched off
	case err == nil && s.plan.Tick.FirstOfDay():
		until := begins
		if len(h.newest) == 0 {
			until = ends // no success of the first window was read
		}
		lost, err := s.readWindow(ctx, h.newest, s.windowBegin(events.HistoryKept), begins, until)
		h.notes = append(h.notes, s.notesOf(lost, err)...)
	}
	return h
}

// isWhole says whether no failure of a window can have been missed.
func isWhole(lost unreadableEvents, err error) bool { return err == nil && lost.failures == 0 }

// windowEnd is our clock: what CloudMonitor's clock stamped a little ahead of it is in the window of the next tick.
func (s regionSweep) windowEnd() time.Time { return s.remediator.Now() }

// windowBegin counts from the earlier of tick and clock, so that no window begins after its end.
func (s regionSweep) windowBegin(length time.Duration) time.Time {
	from := s.remediator.Now()
	if s.plan.Tick.At.Before(from) {
		from = s.plan.Tick.At
	}
	return from.Add(-length)
}

// unreadableEvents counts the events of a window that could not be read.
type unreadableEvents struct{ failures, successes int }

func (s regionSweep) notesOf(lost unreadableEvents, err error) (notes []string) {
	if sum := lost.failures + lost.successes; sum > 0 {
		notes = append(notes, fmt.Sprintf("%s: %d rotation events in the history could not be read", s.region, sum))
	}
	switch {
	case err == nil:
	case errors.Is(err, errCutOff):
		notes = append(notes, fmt.Sprintf("%s: the history was read in part: %v", s.region, err))
	case isRefused(err):
		notes = append(notes, fmt.Sprintf("%s: the history is refused, so failures whose event never comes are not found: %s; %s, or set SWEEP_HISTORY=false", s.region, inWords(err), adviceFor(codeOf(err), "")))
	default:
		notes = append(notes, fmt.Sprintf("%s: the history could not be read now: %s; the next tick tries again", s.region, inWords(err)))
	}
	return notes
}

// isRefused says whether CloudMonitor refuses the history, which is more than a call that failed.
func isRefused(err error) bool {
	class := classOf(err)
	return err != nil && !errors.Is(err, errCutOff) && (class == Account || class == Refused)
}

var errCutOff = errors.New("too many events, or no time left")

// readWindow reads failures first: where there is none of another secret, no success is worth a call. A success that answers
// a failure may come later, until then.
func (s regionSweep) readWindow(ctx context.Context, newest newestEvents, from, to, until time.Time) (lost unreadableEvents, err error) {
	before := len(newest)
	lost.failures, err = s.readEvents(ctx, newest, events.FailureName, from, to)
	if err != nil || len(newest) == before {
		return lost, err
	}
	lost.successes, err = s.readEvents(ctx, newest, events.SuccessName, from, until)
	return lost, err
}

// readEvents adds the events of one name, and returns how many could not be read.
func (s regionSweep) readEvents(ctx context.Context, newest newestEvents, name string, from, to time.Time) (unreadable int, err error) {
	monitor := s.plan.Monitor(s.region)
	for page := 1; page <= maxHistoryPages; page++ {
		got, err := once(ctx, tickReadLimit, func(ctx context.Context) (HistoryPage, error) {
			return monitor.RotationEvents(ctx, name, from, to, page)
		})
		switch {
		case err != nil && ctx.Err() != nil:
			return unreadable, errCutOff
		case err != nil:
			return unreadable, err
		}
		unreadable += got.Unreadable
		for _, event := range got.Events {
			switch {
			case !s.isOurs(event):
			case isFromTheFuture(event, s.remediator.Now()):
				unreadable++
			default:
				newest.add(event)
			}
		}
		if !got.More {
			return unreadable, nil
		}
	}
	return unreadable, errCutOff
}

// isOurs leaves out what is not of this region and account: no document says what a history covers.
func (s regionSweep) isOurs(event events.Event) bool {
	account := s.remediator.Policy.Scope.Account
	return event.Region == s.region && (account == "" || event.Account == account) && !event.Time.IsZero()
}
