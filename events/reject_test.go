package events

import (
	"strings"
	"testing"
)

// An error ends up in logs: it may show the value that is wrong, but neither all of a long one nor a second line.
func TestARejectionQuotesAtMost64Bytes(t *testing.T) {
	for _, tt := range []struct {
		name, value, want string
	}{
		{"a short value is whole", "INFO", `"INFO"`},
		{"a line break is escaped", "a\nb", `"a\nb"`},
		{"a long value is cut", strings.Repeat("x", 100), `"` + strings.Repeat("x", 59) + `…"`},
		{"a character is never cut in two", strings.Repeat("密", 100), `"` + strings.Repeat("密", 19) + `…"`},
		{"an escape is never cut in two", strings.Repeat("\x00", 100), `"` + strings.Repeat(`\x00`, 14) + `…"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := quoted(tt.value)
			if got != tt.want || len(got) > maxQuoted {
				t.Errorf("quoted as %s (%d bytes), want %s", got, len(got), tt.want)
			}
		})
	}
}

// A payload that is not an event may be anything, a credential as well: no word of it may be repeated.
func TestAPayloadThatCannotBeReadIsNotRepeated(t *testing.T) {
	const canary = "canary-3f9c"
	for _, payload := range []string{
		canary,
		`"` + canary + `"`,
		`["` + canary + `"]`,
		`{"` + canary + `":"` + canary + `"}`,
		`{"name":"Secret:RotateSecret:Failure","content":"` + canary + `"} trailing`,
		`{"name":{"token":"` + canary + `"}}`,
		`{"name":"Secret:RotateSecret:Failure","level":["` + canary + `"]}`,
	} {
		if _, err := decodeOne(t, []byte(payload)); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("got error %v for %s, want one that repeats nothing", err, payload)
		}
	}
}
