package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

func removeRules(t *testing.T, args ...string) said {
	t.Helper()
	return remediator(t, append([]string{"--real", "alert-rules", "remove", "--yes"}, args...)...)
}

// Removing is the last step of README: nothing may stay that sends events, and nothing of others may go.
func TestRemoveTakesWhatIsOursAndNothingElse(t *testing.T) {
	for name, world := range map[string]standin.Behavior{
		"plain":                             {},
		"custom-event rules are listed":     {CustomRulesListed: true},
		"targets outlive rules":             {TargetsOutliveRules: true},
		"deleting what is gone is refused":  {DeletingNothingFails: true},
		"the list holds disabled rules too": {DisabledRulesListed: true},
	} {
		virtualRow(t, name, func(t *testing.T) {
			k := accountIn(t, world)
			other := standin.EventRule{Name: "secrets_rotation_failed_too", EventType: "SYSTEM", State: "ENABLED", Patterns: []standin.EventPattern{{Product: "ECS"}}}
			k.PutRule(other)
			apply(t, append(allTargets, "--reports")...)
			got := removeRules(t)
			if got.status != statusDone || !strings.Contains(got.stdout, "removed: secrets_rotation_failed, secrets_rotation_success") {
				t.Fatalf("status %d\n%s%s", got.status, got.stdout, got.stderr)
			}
			if rules := k.Rules(); len(rules) != 1 || rules[0].Name != other.Name {
				t.Errorf("rules %v, want only the one of somebody else", rules)
			}
			if n := len(k.Targets(failedRule)) + len(k.Targets(successRule)); n != 0 {
				t.Errorf("%d targets are left", n)
			}
			if world.CustomRulesListed != (len(k.CustomRules()) == 0) || world.CustomRulesListed == strings.Contains(got.stderr, "cannot be read back") {
				t.Errorf("%d rules for reports, stderr %q; want it removed where it is listed, and said where it is not", len(k.CustomRules()), got.stderr)
			}
			before := writes(k)
			if again := removeRules(t); again.status != statusDone || writes(k) != before || !strings.Contains(again.stdout, "nothing to remove") {
				t.Errorf("again: status %d, %d writes, %q", again.status, writes(k)-before, again.stdout)
			}
		})
	}
}

// A rule for reports that is not listed can be named.
func TestARuleForReportsCanBeNamedAndNoOther(t *testing.T) {
	k := account(t)
	got := removeRules(t, "--report-rule", "rotation_remediation_reports_12345678")
	if got.status != statusDone || writes(k) != 1 || !strings.Contains(got.stderr, "neither before nor after") || strings.Contains(got.stdout, "removed") {
		t.Errorf("status %d, %d writes, %q, %q; want one try, and that it cannot be seen", got.status, writes(k), got.stdout, got.stderr)
	}
	if got := removeRules(t, "--report-rule", "night_watch"); got.status != statusUsage || writes(k) != 1 {
		t.Errorf("status %d, %d writes: a rule of somebody else was to be removed", got.status, writes(k))
	}
}

// Somebody else's rule stays, and so does ours beside it: half of a removal is worse than none.
func TestAForeignRuleIsNotRemoved(t *testing.T) {
	k := account(t)
	k.PutRule(storedBoth()[1])
	foreign := storedBoth()[0]
	foreign.Description = ""
	k.PutRule(foreign)
	if got := removeRules(t); got.status != statusFailed || writes(k) != 0 || !strings.Contains(got.stderr, "--adopt") {
		t.Errorf("status %d, %d writes, %q", got.status, writes(k), got.stderr)
	}
	if got := removeRules(t, "--adopt"); got.status != statusDone || len(k.Rules()) != 0 {
		t.Errorf("with --adopt: status %d, %d rules", got.status, len(k.Rules()))
	}
}

// A removal that stops halfway says so, and the next one ends it.
func TestARemovalThatFailsIsToldAndTheNextRunGoesOnFromThere(t *testing.T) {
	for _, action := range []string{"DeleteEventRuleTargets", "DeleteEventRules"} {
		for name, fault := range map[string]standin.Fault{
			"forbidden":   {Kind: standin.Refuse, Status: http.StatusForbidden, Code: "AccessForbidden"},
			"no answer":   {Kind: standin.HangBefore},
			"answer lost": {Kind: standin.HangAfter},
		} {
			virtualRow(t, action+" "+name, func(t *testing.T) {
				k := accountIn(t, standin.Behavior{DeletingNothingFails: true})
				apply(t, "--topic", "t")
				fault.Action = action
				k.Inject(fault)
				got := removeRules(t)
				for _, part := range []string{"remediator: ", action, "; done: ", "; not done: ", "; run it again"} {
					if line := finalLine(got.stderr); got.status != statusFailed || !strings.Contains(line, part) {
						t.Fatalf("status %d, the last line lacks %q: %q", got.status, part, line)
					}
				}
				k.ClearFaults()
				if again := removeRules(t); again.status != statusDone || len(k.Rules()) != 0 {
					t.Errorf("the next run: status %d, %d rules: %s", again.status, len(k.Rules()), again.stderr)
				}
			})
		}
	}
}
