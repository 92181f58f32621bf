package main

import (
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// No document says that a version which is current stays so, or works. If each proof began a new count, one broken
// instance would have its password replaced for ever.
func TestAProofThatDoesNotLastIsBoundedByMaxAttempts(t *testing.T) {
	const maxAttempts = 4
	for _, moves := range []standin.StageMoves{standin.BeforeAndKept, standin.BeforeAndRolledBack} {
		for _, verify := range []string{"VERIFY_WAIT=0", "VERIFY_WAIT=20s"} {
			inVirtualTime(t, func(t *testing.T) {
				world := standin.Behavior{StageMoves: moves, Work: 3 * time.Second, FailedRaisesEvent: true}
				p := newPromises(maxAttempts)
				p.cloud = newCloud(t, standin.Options{Behavior: world, OnCall: p.onCall}, standin.Secret{Rotation: standin.FailFirst(10, standin.Failure{Code: "Kms:ExitCodeNonzero"})})
				i := newInstance(t, p.cloud, "MAX_ATTEMPTS=4", verify)
				proofs := 0
				after := func(a answer) {
					p.after(a, false)
					if a.result().Outcome == remediation.Rotated {
						proofs++
					}
				}
				last := i.deliverUntilQuiet(p, i.deliver(p.cloud.failure, after), after)
				if n := len(p.cloud.rotations()); n != maxAttempts || proofs == 0 || len(p.breaches()) > 0 {
					t.Errorf("%s, %s: %d rotations of which %d looked proved, want %d and some; broken: %q", moves, verify, n, proofs, maxAttempts, p.breaches())
				}
				wantOutcome(t, string(moves)+", "+verify, last, remediation.NeedsHuman)
				if p.cloud.record().Phase != remediation.PhaseNeedsHuman {
					t.Errorf("%s, %s: record %q, want needs-human", moves, verify, p.cloud.recordText())
				}
			})
		}
	}
}
