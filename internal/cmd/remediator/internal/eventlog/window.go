package eventlog

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
)

// Window is the time that events are asked for.
type Window struct {
	Since span   `help:"How far back to read, such as 90m, 24h or 7d." placeholder:"DURATION"`
	From  moment `help:"From when, such as 2026-01-02 or 2026-01-02T15:04:05Z." placeholder:"TIME"`
	To    moment `help:"Until when; now if left out." placeholder:"TIME"`
}

// Validate refuses what contradicts itself.
func (w Window) Validate() error {
	from, to := time.Time(w.From), time.Time(w.To)
	switch {
	case w.Since != 0 && (!from.IsZero() || !to.IsZero()):
		return errors.New("--since or --from and --to, not both")
	case from.IsZero() && !to.IsZero():
		return errors.New("--to without --from")
	case !to.IsZero() && !from.Before(to):
		return errors.New("--from is not before --to")
	}
	return nil
}

// Bounds returns the window. A begin before all that is kept is reported and moved.
func (w Window) Bounds(console *cli.Console, usual time.Duration) (from, to time.Time) {
	now := time.Now().UTC()
	from, to = time.Time(w.From), time.Time(w.To)
	if to.IsZero() {
		to = now
	}
	if from.IsZero() {
		from = now.Add(-cmp.Or(time.Duration(w.Since), usual))
	}
	if kept := now.Add(-events.HistoryKept); from.Before(kept) {
		console.Warnf("CloudMonitor keeps events of KMS for 90 days: asking for those only")
		from = kept
	}
	if to.Before(from) {
		to = from
	}
	return from, to
}

// span is a duration that may also be given in days.
type span time.Duration

// UnmarshalText reads 90m, 24h or 7d.
func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if days, inDays := strings.CutSuffix(string(text), "d"); inDays {
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(min(n, 10*365)) * 24 * time.Hour
	}
	if err != nil || d <= 0 {
		return fmt.Errorf("%q: want a duration such as 90m, 24h or 7d", text)
	}
	*s = span(d)
	return nil
}

// moment is a time as a person writes it, UTC unless it says otherwise.
type moment time.Time

var momentLayouts = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, time.DateOnly}

// UnmarshalText reads a date, or a date and a time.
func (m *moment) UnmarshalText(text []byte) error {
	for _, layout := range momentLayouts {
		if t, err := time.Parse(layout, string(text)); err == nil {
			*m = moment(t.UTC())
			return nil
		}
	}
	return fmt.Errorf("%q: want a time such as 2026-01-02 or 2026-01-02T15:04:05Z", text)
}
