package events

import (
	"testing"
	"time"
)

// A failure with a leap second that is rejected is a failure that is lost.
func TestSecond60IsTheNextSecond(t *testing.T) {
	for _, tt := range []struct{ sent, want string }{
		{"2026-01-02T03:04:60Z", "2026-01-02T03:05:00Z"},
		{"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
		{"2026-01-02T03:04:60.5+08:00", "2026-01-01T19:05:00.5Z"},
		{"20260102T110460.789+0800", "2026-01-02T03:05:00.789Z"},
		{"2026-01-02T11:04:60.179PRC", "2026-01-02T03:05:00.179Z"},
		{"2026-01-02T03:04:59Z", "2026-01-02T03:04:59Z"},
		{"2026-01-02T03:04:61Z", ""},
		{"2026-01-02T03:60:00Z", ""},
		{"2026-01-02T03:04:6", ""},
		{"20260102T110460", ""},
		{"", ""},
	} {
		got, ok := ParseTime(tt.sent)
		if want, _ := time.Parse(time.RFC3339Nano, tt.want); ok != (tt.want != "") || !got.Equal(want) {
			t.Errorf("%q is %v, %v; want %q", tt.sent, got, ok, tt.want)
		}
	}
}
