package remediation

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sceneTarget is the secret of each scene.
var sceneTarget = Target{Region: "cn-hangzhou", Name: "acs/ecs/web-1", ARN: sceneARN}

const (
	sceneARN = "acs:kms:cn-hangzhou:1000000000000001:secret/acs/ecs/web-1"
	backoff1 = 10 * time.Minute // wait after the first attempt
	backoff2 = 30 * time.Minute // wait after the second
	settle   = 6 * time.Hour
)

var (
	// now has a fraction, so that a time which is rounded the wrong way shows.
	now    = time.Date(2026, 1, 2, 12, 0, 0, 250_000_000, time.UTC)
	second = now.Truncate(time.Second)
	past   = second.Add(-time.Minute)
	future = second.Add(time.Minute)
	opened = second.Add(-time.Hour)

	v1 = Version{ID: "v1", CreateTime: second.Add(-24 * time.Hour)}
	v2 = Version{ID: "v2", CreateTime: second.Add(-2 * time.Hour)}

	failedAt = second.Add(-time.Hour) // after both versions were created
)

// scene is all that Decide sees. The plain one is a Failure of a secret without a record, whose version v2 is current.
type scene struct {
	trigger Trigger
	state   State
	policy  Policy
	budget  Budget
}

func plainScene() *scene {
	return &scene{
		trigger: Trigger{Kind: OnFailure, FailedAt: failedAt, Cause: "Kms:InstanceNotRunning"},
		state:   State{Secret: Secret{ARN: sceneARN, Name: "acs/ecs/web-1", Type: "ECS", Tags: map[string]string{}}, Current: v2},
		budget:  Budget{Rotate: true},
		policy: Policy{
			Scope:       Scope{Types: []string{"ECS"}},
			MaxAttempts: 3, Backoff: backoff1, BackoffMax: settle,
		},
	}
}

func (s *scene) decide() Decision { return Decide(s.trigger, s.state, s.policy, s.budget, now) }

func (s *scene) tag(key, value string) { s.state.Secret.Tags[key] = value }

func (s *scene) record(r Record) { s.tag(RecordTag, r.String()) }

// success and timer put another trigger in the place of the Failure.
func (s *scene) success() { s.trigger = Trigger{Kind: OnSuccess} }
func (s *scene) timer()   { s.trigger = Trigger{Kind: OnTimer} }

// of returns a record of a version, as an hour ago wrote it.
func of(v Version, phase Phase, n int, due time.Time) Record {
	return Record{Phase: phase, Attempts: n, Opened: opened, Due: due, Replaces: HashOf(sceneARN, v), Cause: "ExitCodeNonzero"}
}

// begun is the record of an episode of v2 that begins now.
func begun(n int, due time.Time) Record {
	return Record{Phase: PhaseOpen, Attempts: n, Opened: second, Due: due, Replaces: HashOf(sceneARN, v2), Cause: "InstanceNotRunning"}
}

// inOf gives a record of an hour ago the cause that the trigger of the plain scene brings.
func inOf(r Record) Record {
	r.Cause = "InstanceNotRunning"
	return r
}

// rounded is so long after now, in whole seconds, rounded up.
func rounded(wait time.Duration) time.Time { return second.Add(wait + time.Second) }

// rotates is the Decision that claims an attempt.
func rotates(claim Record) Decision {
	return Decision{Action: Rotate, Reason: AttemptDue, Record: claim, Next: claim.Due}
}

func leaves(outcome Outcome, reason Reason) Decision {
	return Decision{Action: None, Outcome: outcome, Reason: reason}
}

func waits(action Action, reason Reason, r Record) Decision {
	return Decision{Action: action, Outcome: Waiting, Reason: reason, Record: r, Next: r.Due}
}

// row differs from the plain scene, or from the row before it, in what its name says.
type row struct {
	name   string
	change func(*scene)
	want   Decision
}

func check(t *testing.T, rows []row) {
	t.Helper()
	for _, row := range rows {
		t.Run(strings.ReplaceAll(row.name, " ", "-"), func(t *testing.T) {
			s := plainScene()
			row.change(s)
			if diff := cmp.Diff(row.want, s.decide()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", row.name, diff)
			}
		})
	}
}

// An allocation of Decide is one for each secret of a fleet at each tick.
func BenchmarkDecide(b *testing.B) {
	first, known, given := plainScene(), plainScene(), plainScene()
	known.record(of(v2, PhaseOpen, 1, past))
	given.record(of(v1, PhaseNeedsHuman, 3, past))
	for _, bench := range []struct {
		name  string
		scene *scene
	}{{"first failure", first}, {"with a record", known}, {"after giving up", given}} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if bench.scene.decide().Action != Rotate {
					b.Fatal("no attempt")
				}
			}
		})
	}
}

// A benchmark is read by people only; this is what keeps it true.
func TestDecideAllocatesNothing(t *testing.T) {
	s := plainScene()
	s.record(of(v2, PhaseOpen, 1, past))
	if got := testing.AllocsPerRun(100, func() { s.decide() }); got != 0 {
		t.Errorf("%v allocations, want none", got)
	}
}
