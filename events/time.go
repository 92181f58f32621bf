package events

import (
	"strconv"
	"strings"
	"time"
)

// The years that a time may be in. Another one is a slip in unit or format, and would make an event older or younger
// than every version of a secret.
const (
	firstYear = 2000
	lastYear  = 2100
)

// layouts lists the documented forms of a time, and where each has its second: that of failureTime and successTime, and
// that of eventTime. Parsing takes a fraction of a second in both.
var layouts = []struct {
	layout string
	second int
}{{time.RFC3339, len("2006-01-02T15:04:")}, {"20060102T150405Z0700", len("20060102T1504")}}

// ParseTime returns a time as KMS, CloudMonitor and EventBridge write it, in UTC; ok is false for anything else. Second 60
// is the next second. EventBridge names the zone of its own clock, PRC, which is eight hours ahead the year round.
func ParseTime(s string) (t time.Time, ok bool) {
	if local, found := strings.CutSuffix(s, "PRC"); found {
		s = local + "+08:00"
	}
	for _, known := range layouts {
		if t, err := time.Parse(known.layout, s); err == nil {
			return t.UTC(), true
		}
		if len(s) > known.second && strings.HasPrefix(s[known.second:], "60") {
			t, err := time.Parse(known.layout, s[:known.second]+"59"+s[known.second+2:])
			if err == nil {
				return t.UTC().Add(time.Second), true
			}
		}
	}
	return time.Time{}, false
}

// parseMillis returns the time that a number of milliseconds means.
func parseMillis(s string) (t time.Time, ok bool) {
	ms, err := strconv.ParseInt(s, 10, 64)
	return time.UnixMilli(ms).UTC(), err == nil
}

// millis returns a member that is a time in milliseconds, as a number or as text.
func (o object) millis(key string) field {
	f := o.member(key)
	f.millis = true
	if m, found := o.find(key); found && !m.isText() && f.text != "" && len(o.repeated) == 0 {
		f.err = nil // a number is what is wanted
	}
	return f
}

// time returns a field that is a time, in UTC, and the zero time where it is missing.
func (f field) time() (time.Time, error) {
	if f.err != nil || f.text == "" {
		return time.Time{}, f.err
	}
	t, ok := ParseTime(f.text)
	if f.millis {
		t, ok = parseMillis(f.text)
	}
	switch {
	case !ok:
		return time.Time{}, f.reject(quoted(f.text), "a time such as 2012-03-12T05:55:36Z or 20180816T135935.689+0800")
	case t.Year() < firstYear || t.Year() > lastYear:
		return time.Time{}, f.reject(quoted(f.text), "a year from 2000 to 2100")
	}
	return t, nil
}
