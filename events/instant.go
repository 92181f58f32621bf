package events

import (
	"strings"
	"time"
)

// layouts lists the documented forms of a time: that of failureTime and successTime, and that of eventTime. Parsing
// takes a fraction of a second in both.
var layouts = []string{time.RFC3339, "20060102T150405Z0700"}

// The years that a time may lie in. What lies outside is a slip in unit or format, and would make an event look older
// or younger than every version of a secret.
const (
	firstYear = 2000
	lastYear  = 2100
)

// instant returns a member that is a time, in UTC, and the zero time where it is missing. EventBridge names the zone of
// its own clock, PRC, which is eight hours ahead the year round.
func (o object) instant(key string) (time.Time, error) {
	s, err := o.text(key)
	if err != nil || s == "" {
		return time.Time{}, err
	}
	zoned := s
	if local, found := strings.CutSuffix(s, "PRC"); found {
		zoned = local + "+08:00"
	}
	for _, layout := range layouts {
		t, err := time.Parse(layout, zoned)
		if err != nil {
			continue
		}
		if t = t.UTC(); t.Year() < firstYear || t.Year() > lastYear {
			return time.Time{}, o.refuse(key, quoted(s), "a year from 2000 to 2100")
		}
		return t, nil
	}
	return time.Time{}, o.refuse(key, quoted(s), "a time such as 2012-03-12T05:55:36Z or 20180816T135935.689+0800")
}
