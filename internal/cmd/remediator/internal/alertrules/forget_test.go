package alertrules

import (
	"strings"
	"testing"
)

// Targets that are not named are removed. Who adds an archive and thinks of nothing else takes the function off its events.
func TestApplyWarnsWhereNoTargetReachesTheFunction(t *testing.T) {
	account(t)
	for _, row := range []struct {
		name string
		args []string
		warn bool
	}{
		{"an archive alone", []string{"--log", "project/store"}, true},
		{"people alone", []string{"--contact-group", "operators"}, true},
		{"an archive beside a topic", []string{"--log", "project/store", "--topic", "rotation-events"}, false},
	} {
		if got := apply(t, row.args...); strings.Contains(got.Stderr, "name all of them in one command") != row.warn {
			t.Errorf("%s: stderr %q, want a warning: %t", row.name, got.Stderr, row.warn)
		}
	}
}

// A rule for reports that are never sent seems to be one that works.
func TestApplySaysWhatReportsNeed(t *testing.T) {
	account(t)
	got := apply(t, "--topic", "rotation-events", "--contact-group", "operators", "--reports")
	if !strings.Contains(got.Stderr, "REPORT_CUSTOM_EVENTS=true") {
		t.Errorf("stderr %q, want what the function has to be deployed with", got.Stderr)
	}
}
