package remediation

import (
	"slices"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// candidate is a secret that a tick may look at. A fleet that failed together has thousands, so it holds little.
type candidate struct {
	name   string
	since  time.Time     // what it is ordered by: the due time of its record, or the time of its failure
	failed *events.Event // the newest Failure that the history holds of it; nil if it holds none
	given  *Record       // set where it says that a person is needed
	idle   bool          // its record is open without an attempt: a look is for nothing unless it may rotate
}

// inTurn orders candidates so that none that a look does not change can hold up the rest: alternately from the earliest
// on, and from a point that moves with the tick.
func inTurn(all []candidate, tick Tick) []candidate {
	slices.SortFunc(all, func(a, b candidate) int {
		if order := a.since.Compare(b.since); order != 0 {
			return order
		}
		return strings.Compare(a.name, b.name)
	})
	n := len(all)
	ordered, taken := make([]candidate, 0, n), make([]bool, n)
	early, moving := 0, movingPoint(tick, n)
	take := func(i int) {
		if !taken[i] {
			taken[i] = true
			ordered = append(ordered, all[i])
		}
	}
	for range n {
		take(early)
		take(moving)
		early, moving = early+1, (moving+1)%n
	}
	return ordered
}

// movingPoint spreads the points of successive ticks evenly over n places: a step of the golden ratio comes nowhere twice
// before it has been near everywhere.
func movingPoint(tick Tick, n int) int {
	const goldenStep = 2654435769 // 2^32 divided by the golden ratio
	return int(uint64(uint32(tick.number()*goldenStep)) * uint64(n) >> 32)
}
