package alertrules

import (
	"net/http"
	"strings"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

func removeRules(t *testing.T, args ...string) clitest.Said {
	t.Helper()
	return command(t, append([]string{"--real", "alert-rules", "remove", "--yes"}, args...)...)
}

// Removing is the last step of README: nothing may stay that sends events, and nothing of others may go.
func TestRemoveTakesWhatIsOursAndNothingElse(t *testing.T) {
	for name, behavior := range map[string]standin.Behavior{
		"plain":                             {},
		"custom-event rules are listed":     {CustomRulesListed: true},
		"targets outlive rules":             {TargetsOutliveRules: true},
		"deleting what is gone is refused":  {DeletingNothingFails: true},
		"the list holds disabled rules too": {DisabledRulesListed: true},
	} {
		clitest.VirtualRow(t, name, func(t *testing.T) {
			k := accountIn(t, behavior)
			other := standin.EventRule{Name: "secrets_rotation_failed_too", EventType: "SYSTEM", State: "ENABLED", Patterns: []standin.EventPattern{{Product: "ECS"}}}
			k.PutRule(other)
			apply(t, append(allTargets, "--reports")...)
			got := removeRules(t)
			got.Want(t, clitest.Done, "removed: secrets_rotation_failed, secrets_rotation_success")
			if rules := k.Rules(); len(rules) != 1 || rules[0].Name != other.Name {
				t.Errorf("rules %v, want only the one of somebody else", rules)
			}
			if n := len(k.Targets(failedRule)) + len(k.Targets(successRule)); n != 0 {
				t.Errorf("%d targets are left", n)
			}
			if behavior.CustomRulesListed != (len(k.CustomRules()) == 0) || behavior.CustomRulesListed == strings.Contains(got.Stderr, "cannot be read back") {
				t.Errorf("%d rules for reports, stderr %q; want it removed where it is listed, and said where it is not", len(k.CustomRules()), got.Stderr)
			}
			before := writes(k)
			if again := removeRules(t); again.Status != clitest.Done || writes(k) != before || !strings.Contains(again.Stdout, "nothing to remove") {
				t.Errorf("again: status %d, %d writes, %q", again.Status, writes(k)-before, again.Stdout)
			}
		})
	}
}

// A rule for reports that is not listed can be named.
func TestARuleForReportsCanBeNamedAndNoOther(t *testing.T) {
	k := account(t)
	got := removeRules(t, "--report-rule", "rotation_remediation_reports_12345678")
	if got.Status != clitest.Done || writes(k) != 1 || !strings.Contains(got.Stderr, "neither before nor after") || strings.Contains(got.Stdout, "removed") {
		t.Errorf("status %d, %d writes, %q, %q; want one try, and that it cannot be seen", got.Status, writes(k), got.Stdout, got.Stderr)
	}
	if got := removeRules(t, "--report-rule", "night_watch"); got.Status != clitest.Usage || writes(k) != 1 {
		t.Errorf("status %d, %d writes: a rule of somebody else was to be removed", got.Status, writes(k))
	}
}

// Somebody else's rule stays, and so does ours beside it: half of a removal is worse than none.
func TestAForeignRuleIsNotRemoved(t *testing.T) {
	k := account(t)
	k.PutRule(clitest.StoredRules()[1])
	foreign := clitest.StoredRules()[0]
	foreign.Description = ""
	k.PutRule(foreign)
	if got := removeRules(t); got.Status != clitest.Failed || writes(k) != 0 || !strings.Contains(got.Stderr, "--adopt") {
		t.Errorf("status %d, %d writes, %q", got.Status, writes(k), got.Stderr)
	}
	if got := removeRules(t, "--adopt"); got.Status != clitest.Done || len(k.Rules()) != 0 {
		t.Errorf("with --adopt: status %d, %d rules", got.Status, len(k.Rules()))
	}
}

// A removal that stops halfway says so, and the next one ends it.
func TestARemovalThatFailsIsReportedAndTheNextRunGoesOnFromThere(t *testing.T) {
	for _, action := range []string{"DeleteEventRuleTargets", "DeleteEventRules"} {
		for name, fault := range map[string]standin.Fault{
			"forbidden":   {Kind: standin.Refuse, Status: http.StatusForbidden, Code: "AccessForbidden"},
			"no answer":   {Kind: standin.HangBefore},
			"answer lost": {Kind: standin.HangAfter},
		} {
			clitest.VirtualRow(t, action+" "+name, func(t *testing.T) {
				k := accountIn(t, standin.Behavior{DeletingNothingFails: true})
				apply(t, "--topic", "t")
				fault.Action = action
				k.Inject(fault)
				got := removeRules(t)
				for _, part := range []string{"remediator: ", action, "; done: ", "; not done: ", "; run it again"} {
					if line := clitest.FinalLine(got.Stderr); got.Status != clitest.Failed || !strings.Contains(line, part) {
						t.Fatalf("status %d, the last line lacks %q: %q", got.Status, part, line)
					}
				}
				k.ClearFaults()
				if again := removeRules(t); again.Status != clitest.Done || len(k.Rules()) != 0 {
					t.Errorf("the next run: status %d, %d rules: %s", again.Status, len(k.Rules()), again.Stderr)
				}
			})
		}
	}
}
