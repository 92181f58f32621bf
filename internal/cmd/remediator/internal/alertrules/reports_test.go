package alertrules

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// Reports that reach nobody are none: the rule, and the event without which CloudMonitor takes no rule.
func TestReportsGoToTheContactGroups(t *testing.T) {
	for _, row := range []struct {
		name     string
		behavior standin.Behavior
		again    int // writes of a second run
		remark   bool
	}{
		{"where such rules are listed, a second run writes nothing", standin.Behavior{CustomRulesListed: true}, 0, false},
		{"where they are not, it is written again, and said", standin.Behavior{}, 1, true},
	} {
		clitest.VirtualRow(t, row.name, func(t *testing.T) {
			k := accountIn(t, row.behavior)
			flags := []string{"--topic", "t", "--contact-group", "ops", "--contact-group", "二组", "--notification-level", "warn", "--reports"}
			first := apply(t, flags...)
			rules := k.CustomRules()
			if first.Status != clitest.Done || len(rules) != 1 {
				t.Fatalf("status %d, %d rules: %s", first.Status, len(rules), first.Stderr)
			}
			want := standin.CustomRule{
				ID: "rotation-remediator-reports", Name: rules[0].Name, EventName: "RotationRemediation", GroupID: "0", Level: "WARN",
				Threshold: 1, Period: 5 * time.Minute, ContactGroups: []string{"ops", "二组"},
			}
			if diff := cmp.Diff(want, rules[0]); diff != "" || !strings.HasPrefix(rules[0].Name, "rotation_remediation_reports_") {
				t.Errorf("rule %s (-want +got):\n%s", rules[0].Name, diff)
			}
			events := k.CustomEvents()
			if len(events) != 1 || events[0].Name != "RotationRemediation" || !strings.HasPrefix(events[0].Content, "outcome:test,") {
				t.Errorf("reported %v, want one test event", events)
			}
			before := writes(k)
			second := apply(t, flags...)
			if second.Status != clitest.Done || writes(k)-before != row.again || len(k.CustomEvents()) != 1 {
				t.Errorf("second run: status %d, %d writes, %d events; want %d writes and no further event", second.Status, writes(k)-before, len(k.CustomEvents()), row.again)
			}
			if strings.Contains(second.Stderr, "cannot be read back") != row.remark {
				t.Errorf("stderr %q; that the rule cannot be read back: want said %t", second.Stderr, row.remark)
			}
		})
	}
}

// Whom it notifies is all that such a rule is for, and no answer shows it: another group must not pass for no change.
func TestAnotherContactGroupForReportsIsWritten(t *testing.T) {
	k := accountIn(t, standin.Behavior{CustomRulesListed: true})
	apply(t, "--contact-group", "old", "--reports")
	got := apply(t, "--contact-group", "new", "--reports")
	rules := k.CustomRules()
	if got.Status != clitest.Done || len(rules) != 1 || rules[0].ContactGroups[0] != "new" {
		t.Errorf("status %d, rules %v; want the new group in the one rule", got.Status, rules)
	}
}

// The function has reported before: a test event would be noise.
func TestNoTestEventIsSentWhereTheFunctionReportedBefore(t *testing.T) {
	k := account(t)
	k.ReportCustomEvent(standin.CustomEvent{Name: "RotationRemediation", Content: "outcome:rotated"})
	if got := apply(t, "--contact-group", "ops", "--reports"); got.Status != clitest.Done || len(k.CustomEvents()) != 1 {
		t.Errorf("status %d, %d events, want the one of the function", got.Status, len(k.CustomEvents()))
	}
}
