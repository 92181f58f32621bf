package remediation

import "testing"

// An invocation that fails is sent again and then kept: too many of them hide the ones that matter, too few lose events.
func TestAnInvocationFailsOnlyWhereThatHelps(t *testing.T) {
	fails := map[Outcome]bool{Rejected: true, Undecided: true}
	for _, outcome := range Outcomes {
		if outcome == NeedsHuman {
			continue
		}
		for _, stands := range []bool{false, true} {
			if got := (Result{Outcome: outcome, Recorded: stands}).Failed(); got != fails[outcome] {
				t.Errorf("%s: failed is %t, want %t", outcome, got, fails[outcome])
			}
		}
	}
	if (Result{Outcome: NeedsHuman, Recorded: true}).Failed() {
		t.Error("a needs-human that stands on the secret fails: it would be sent again for nothing")
	}
	if !(Result{Outcome: NeedsHuman}).Failed() {
		t.Error("a needs-human that stands nowhere succeeds: nobody would ever learn of it")
	}
}
