package remediation

import "time"

// Tick is one place in the timer's schedule: all that a tick does differently from the one before follows from it, so that
// the function needs no memory of its ticks.
type Tick struct {
	At       time.Time // a multiple of Interval, UTC
	Interval time.Duration
}

// farOff is how far a trigger time may be from our clock. A tick that had to wait still does its own part; what is
// further off is not believed.
const farOff = time.Hour

// TickAt says which tick it is. triggered is the time in the timer's event, zero where it has none or an unreadable one.
// https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/time-triggers
func TickAt(triggered, now time.Time, interval time.Duration) Tick {
	if triggered.IsZero() || now.Sub(triggered).Abs() > farOff {
		triggered = now
	}
	return Tick{At: triggered.UTC().Round(interval), Interval: interval}
}

// number counts ticks since the epoch; it moves on by one with each.
func (t Tick) number() uint64 { return uint64(t.At.Unix() / int64(t.Interval/time.Second)) }

// ofHour is the place of the tick in its hour, from 0, of so many.
func (t Tick) ofHour() (k, of int) {
	return int(t.At.Sub(t.At.Truncate(time.Hour)) / t.Interval), int(time.Hour / t.Interval)
}

// FirstOfHour reports whether the tick is the first of an hour.
func (t Tick) FirstOfHour() bool {
	k, _ := t.ofHour()
	return k == 0
}

// FirstOfDay reports whether the tick is the first of a UTC day.
func (t Tick) FirstOfDay() bool { return t.FirstOfHour() && t.At.Hour() == 0 }

// dayStep is by how many ticks the parts of a day move with each day: the first tick of an hour has the most to do, and
// what it does not reach must not be its part each time. It has no factor in common with the ticks of any day, so each
// part comes to each of them, nor with those of an hour.
const dayStep = 7

// ofDay is which part of a UTC day's work is this tick's, from 0, of so many.
func (t Tick) ofDay() (k, of int) {
	k, of = int(t.At.Sub(t.At.Truncate(day))/t.Interval), int(day/t.Interval)
	days := int(t.At.Unix() / int64(day/time.Second))
	return (k + days*dayStep) % of, of
}

// maxSecretPage is the largest page of ListSecrets.
// https://www.alibabacloud.com/help/en/kms/key-management-service/developer-reference/api-kms-2016-01-20-listsecrets
const maxSecretPage = 100

// pagesOf is this tick's part of a list of so many: the pages of all ticks of a day hold each of them once.
func (t Tick) pagesOf(total int) (first, pages, size int) {
	k, of := t.ofDay()
	pages = max(1, ceil(total, of*maxSecretPage))
	return k*pages + 1, pages, ceil(total, of*pages)
}

func ceil(a, b int) int { return (a + b - 1) / b }

// budget is how many RotateSecret calls this tick may send: its part of perHour, so that a tick needs not know what the
// ones before it sent, and no hour sends more.
func (t Tick) budget(perHour int) int {
	k, of := t.ofHour()
	return (k+1)*perHour/of - k*perHour/of
}

const day = 24 * time.Hour

// window is how far back this tick reads the history first. It overlaps: a tick may fail, and events may be late.
func (t Tick) window() time.Duration {
	if t.FirstOfHour() {
		return day
	}
	return 3 * t.Interval
}

// tickOffset spreads the points of successive ticks evenly over n places: a step of the golden ratio comes nowhere twice
// before it has been near everywhere.
func tickOffset(tick Tick, n int) int {
	const goldenStep = 2654435769 // 2^32 divided by the golden ratio
	return int(uint64(uint32(tick.number()*goldenStep)) * uint64(n) >> 32)
}
