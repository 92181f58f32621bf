package main

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
		if got := apply(t, row.args...); strings.Contains(got.stderr, "name all of them in one command") != row.warn {
			t.Errorf("%s: stderr %q, want a warning: %t", row.name, got.stderr, row.warn)
		}
	}
}

// A rule for reports that are never sent looks like being told.
func TestApplySaysWhatReportsNeed(t *testing.T) {
	account(t)
	got := apply(t, "--topic", "rotation-events", "--contact-group", "operators", "--reports")
	if !strings.Contains(got.stderr, "REPORT_CUSTOM_EVENTS=true") {
		t.Errorf("stderr %q, want what the function has to be deployed with", got.stderr)
	}
}

// Three commands at night without --real, and somebody believes in secrets that do not exist.
func TestWhatIsNoAccountSaysSo(t *testing.T) {
	for _, args := range [][]string{{"status"}, {"events"}, {"alert-rules", "show"}, {"-o", "json", "status"}} {
		if got := remediator(t, args...); !strings.HasPrefix(got.stderr, onStandIn+"\n") {
			t.Errorf("%v: stderr %q, want it to begin with %q", args, got.stderr, onStandIn)
		}
	}
	account(t)
	if got := remediator(t, "--real", "status"); strings.Contains(got.stderr, "stand-in") {
		t.Errorf("with --real: stderr %q", got.stderr)
	}
}
