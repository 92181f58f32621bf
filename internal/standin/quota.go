package standin

import (
	"slices"
	"time"
)

// quota is how much may be spent in a length of time.
type quota struct {
	limit  int // 0 or less: none
	length time.Duration
	window Window
	spent  []time.Time
}

func (q *quota) full(now time.Time) bool {
	if q.limit <= 0 {
		return false
	}
	q.spent = slices.DeleteFunc(q.spent, func(t time.Time) bool { return q.over(t, now) })
	return len(q.spent) >= q.limit
}

func (q *quota) spend(now time.Time) {
	if q.limit > 0 {
		q.spent = append(q.spent, now)
	}
}

// over says whether what was spent at t no longer counts.
func (q *quota) over(t, now time.Time) bool {
	if q.window == Sliding {
		return now.Sub(t) >= q.length
	}
	return t.Before(now.Truncate(q.length))
}
