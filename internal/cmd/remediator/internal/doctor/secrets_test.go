package doctor

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/episodes"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// A healthy fleet costs one read a secret: the quota is the function's as well.
func TestAHealthySecretCostsOneRead(t *testing.T) {
	clitest.Virtually(t, func(t *testing.T) {
		p := healthy(t, standin.Behavior{})
		for n := range 12 {
			p.Put(secretOf(fmt.Sprintf("acs/ecs/fleet-%d", n)))
		}
		p.examine(t)
		calls := map[string]int{}
		for _, call := range p.Calls() {
			calls[call.Action]++
		}
		if calls["DescribeSecret"] != 13 || calls["ListSecretVersionIds"] != 1 {
			t.Errorf("described %d and asked for versions %d times, want 13 and 1, which shows that it may", calls["DescribeSecret"], calls["ListSecretVersionIds"])
		}
	})
}

// An event that came since a rotation was due is the function's to deal with; one from before says nothing about it.
func TestOnlyAnEventSinceItWasDueExplainsAnOverdueSecret(t *testing.T) {
	for name, row := range map[string]struct {
		before time.Duration // of the event, to when it was due
		found  int
	}{"at once": {0, 0}, "a second later": {-time.Second, 0}, "a second before": {time.Second, 1}} {
		clitest.VirtualRow(t, name, func(t *testing.T) {
			p := healthy(t, standin.Behavior{})
			put("acs/ecs/x", overdueBy(48*time.Hour))(t, p)
			secret, _ := p.Secret("acs/ecs/x")
			if err := p.Record(clitest.FailureOf("acs/ecs/x", secret.NextRotationDate.Truncate(time.Second).Add(-row.before))); err != nil {
				t.Fatal(err)
			}
			if got := p.examine(t); len(got.in(Finding)) != row.found {
				t.Errorf("findings %q, want %d", got.in(Finding), row.found)
			}
		})
	}
}

// KMS may tell the interval of an Invalid schedule and no date, or neither. A remedy with another interval would change
// how often a password is rotated.
func TestTheRemedyOfAnInvalidScheduleKeepsItsInterval(t *testing.T) {
	for _, row := range []struct {
		name     string
		behavior standin.Behavior
		want     string
	}{
		{"an interval without a date", standin.Behavior{}, "--RotationInterval 86400s"},
		{"neither", standin.Behavior{InvalidHidesSchedule: true}, "--RotationInterval 604800s"},
	} {
		clitest.VirtualRow(t, row.name, func(t *testing.T) {
			p := healthy(t, row.behavior)
			p.Put(standin.Secret{Name: "acs/ecs/x", AutomaticRotation: episodes.Invalid, RotationInterval: 24 * time.Hour})
			got := p.examine(t)
			if found := got.in(Finding); len(found) != 1 || !strings.HasSuffix(got.Checks[0].Remedy, row.want) {
				t.Errorf("findings %q, remedy %q; want one that ends with %s", found, got.Checks[0].Remedy, row.want)
			}
			if seen := seenOf(t, got, "next rotation date"); seen != "no: acs/ecs/x has none" {
				t.Errorf("seen %q, want that there is no date", seen)
			}
		})
	}
}

// All pages of the list are read.
func TestAllPagesOfSecretsAreRead(t *testing.T) {
	p := healthy(t, standin.Behavior{})
	p.args = []string{"--limit", "3"}
	for n := range 250 {
		p.Put(secretOf(fmt.Sprintf("acs/ecs/fleet-%d", n)))
	}
	got := p.examine(t)
	if !slices.Contains(got.in(OK), "secrets: read 3 of 251 in scope") || !slices.Contains(got.in(NotChecked), "secrets: 248 in scope were not read") {
		t.Errorf("ok %q, not checked %q; want 3 of 251", got.in(OK), got.in(NotChecked))
	}
}

// A person waits a minute only if something moves; a limit of nothing is a mistake.
func TestALongCheckSaysHowFarItIs(t *testing.T) {
	clitest.Virtually(t, func(t *testing.T) {
		p := healthy(t, standin.Behavior{})
		for n := range 40 {
			p.Put(secretOf(fmt.Sprintf("acs/ecs/fleet-%d", n)))
		}
		p.examine(t).Want(t, clitest.Done, "… cn-hangzhou: read ")
		if got := command(t, "--real", "doctor", "--limit", "0"); got.Status != clitest.Usage || strings.Count(got.Stderr, "\n") != 1 {
			t.Errorf("--limit 0: status %d, %q; want %d and one line", got.Status, got.Stderr, clitest.Usage)
		}
	})
}

// A history that cannot be read is not one without events: whoever rotates by hand on that word does so for nothing.
func TestDoctorDoesNotSayThatNoEventCameWhereItCouldNotRead(t *testing.T) {
	p := healthy(t, standin.Behavior{})
	put("acs/ecs/x", overdueBy(48*time.Hour))(t, p)
	p.Inject(standin.Fault{Action: "DescribeSystemEventAttribute", Kind: standin.Refuse, Status: http.StatusForbidden, Code: "AccessForbidden"})
	got := p.examine(t)
	for _, finding := range got.in(Finding) {
		if strings.HasPrefix(finding, "overdue") {
			t.Errorf("found %q without a history", finding)
		}
	}
	if !slices.ContainsFunc(got.in(Unknown), func(said string) bool { return strings.HasPrefix(said, "overdue: acs/ecs/x") }) {
		t.Errorf("unknown %q, want the secret among them", got.in(Unknown))
	}
}

// A person woken at night needs the machine and the command, not a name to search for.
func TestAFindingNamesTheInstanceAndTheCommandThatRepairs(t *testing.T) {
	const instance = "i-bp1example"
	clitest.Virtually(t, func(t *testing.T) {
		p := healthy(t, standin.Behavior{})
		s := clitest.Recorded("acs/ecs/x", remediation.PhaseNeedsHuman)
		s.InstanceID, s.AutomaticRotation, s.RotationInterval = instance, episodes.Invalid, 24*time.Hour
		p.Put(s)
		got := p.examine(t)
		wanted := map[string][]string{
			"record":   {"remediator --real --region cn-hangzhou retry acs/ecs/x", "after the secret is rotated, and not before", "--RotationInterval 86400s"},
			"schedule": {"aliyun kms UpdateSecretRotationPolicy --RegionId cn-hangzhou --SecretName acs/ecs/x --EnableAutomaticRotation true"},
		}
		for _, check := range got.Checks {
			for _, want := range wanted[check.Check] {
				if check.State == Finding && (!strings.Contains(check.Remedy, want) || !strings.HasPrefix(check.What, episodes.NameOf("acs/ecs/x", instance)+": ")) {
					t.Errorf("%s: %q, remedy %q; want the instance and %q", check.Check, check.What, check.Remedy, want)
				}
			}
		}
		if found := got.in(Finding); len(found) != 2 {
			t.Errorf("findings %q, want the record and the schedule", found)
		}
	})
}
