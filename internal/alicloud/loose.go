package alicloud

import (
	"encoding/json"
	"strconv"
	"time"
)

// loose is a value that is text in one document and a number or a boolean in another. Any value can be read: text as
// what it says, null as nothing, and all else as it is written.
type loose string

func (l *loose) UnmarshalJSON(value []byte) error {
	var s string
	if json.Unmarshal(value, &s) != nil { // null is read as ""
		s = string(value)
	}
	*l = loose(s)
	return nil
}

// count returns a value that is a whole number, 0 or more.
func (l loose) count() (int, bool) {
	n, err := strconv.ParseUint(string(l), 10, 31)
	return int(n), err == nil
}

// time returns a time in either form in which a custom event may be reported, and the zero time for anything else: which
// of them an answer has is not documented.
func (l loose) time() time.Time {
	if ms, err := strconv.ParseInt(string(l), 10, 64); err == nil {
		return time.UnixMilli(ms).UTC()
	}
	t, _ := time.Parse("20060102T150405Z0700", string(l))
	return t.UTC()
}

// date returns a time as KMS writes it, and the zero time for anything else.
func (l loose) date() time.Time {
	t, _ := time.Parse(time.RFC3339, string(l))
	return t
}

// duration returns a duration as KMS writes it, such as 604800s, and 0 for anything else.
func (l loose) duration() time.Duration {
	d, _ := time.ParseDuration(string(l))
	return d
}
