package remediation_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// twiceListed lists each secret twice, as pages that overlap do.
type twiceListed struct{ remediation.KMS }

func (k twiceListed) ListTagged(ctx context.Context, key, token string) (remediation.TagPage, error) {
	page, err := k.KMS.ListTagged(ctx, key, token)
	page.Tagged = append(page.Tagged, page.Tagged...)
	return page, err
}

// Two reads at one state would claim one attempt twice, and rotate twice for it.
func TestASecretThatIsListedTwiceIsRotatedOnce(t *testing.T) {
	inTimedAccount(t, standin.Options{Behavior: standin.Behavior{Work: time.Hour}}, func(a *account) {
		names := a.fleet("twice", 1)
		a.enter(remediation.PhaseOpen, 1, -time.Minute, names...)
		connect := a.remediator.Connect
		a.remediator.Connect = func(region string) remediation.KMS { return twiceListed{connect(region)} }
		got := a.tick()
		if n := len(a.Rotations(names[0])); n != 1 || len(got.Listed) != 1 {
			t.Errorf("rotated %d times, %s; want once, and reported once", n, summary(got))
		}
	})
}

// No document says what a history covers. A failure in another account must not rotate our secret of the same name.
func TestTheFailureOfAnotherAccountInTheHistoryIsNotOurs(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		name := a.fleet("namesake", 1)[0]
		if err := a.ScheduledFailure(name, standin.Failure{}); err != nil {
			t.Fatal(err)
		}
		a.remediator.Policy.Scope.Account = "2000000000000002"
		if got := a.tick(); len(got.Listed) != 0 || len(a.rotatedByCall(name)) != 0 {
			t.Errorf("took up %s, rotated %d times; want nothing", summary(got), len(a.rotatedByCall(name)))
		}
	})
}

func (a *account) rotatedByCall(name string) []standin.Rotation {
	var ours []standin.Rotation
	for _, r := range a.Rotations(name) {
		if r.By == standin.ByCall {
			ours = append(ours, r)
		}
	}
	return ours
}

// The daily list is the second message to a person. A fleet of them must not outgrow the time of one tick.
func TestTheDailyListNamesAllThatNeedAPersonWhateverTheirNumber(t *testing.T) {
	const many = 200 // more than this tick can observe
	inTimedAccount(t, standin.Options{}, func(a *account) {
		a.enter(remediation.PhaseNeedsHuman, 5, -time.Hour, a.fleet("given-up", many)...)
		a.timeout = 10 * time.Second
		a.wait(time.Until(morning.Truncate(24 * time.Hour).Add(24 * time.Hour)))
		got := a.sweep(a.plan())
		if len(got.Listed) != many || got.Unreached != 0 {
			t.Fatalf("listed %d and left %d of %d", len(got.Listed), got.Unreached, many)
		}
		for _, r := range got.Listed {
			if r.Outcome != remediation.NeedsHuman || r.Attempt != 5 || !strings.Contains(r.Reason, "5 attempts failed") {
				t.Fatalf("listed as %s, attempt %d: %s", r.Outcome, r.Attempt, r.Reason)
			}
		}
	})
}

// A rotation by hand while others of its batch were slow must not be followed by ours.
func TestATickDoesNotActOnAnOldObservation(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		names := a.fleet("batch", 2)
		a.enter(remediation.PhaseOpen, 1, -2*time.Minute, names[0])
		a.enter(remediation.PhaseOpen, 1, -time.Minute, names[1])
		a.Inject(standin.Fault{Action: "TagResource", Secret: names[0], Kind: standin.HangBefore})
		a.wait(time.Until(morning.Add(every)))
		go func() {
			<-time.After(3 * time.Second)
			_ = a.Rotate(names[1], "by-hand") // the secret is there and idle
		}()
		a.sweep(a.plan())
		if n := len(a.rotatedByCall(names[1])); n != 0 {
			t.Errorf("rotated %d times after somebody else's rotation, want none", n)
		}
	})
}

// panicking is KMS with a fault of our own in one call about one secret, or in a list.
type panicking struct {
	remediation.KMS
	in, name string
}

func (p panicking) at(call, name string) {
	if p.in == call && (p.name == "" || p.name == name) {
		panic("canary")
	}
}

func (p panicking) DescribeSecret(ctx context.Context, name string) (remediation.Secret, error) {
	p.at(describe, name)
	return p.KMS.DescribeSecret(ctx, name)
}

func (p panicking) RotateSecret(ctx context.Context, name, versionID string) (string, error) {
	p.at(rotate, name)
	return p.KMS.RotateSecret(ctx, name, versionID)
}

func (p panicking) ListSecrets(ctx context.Context, page, size int) (remediation.SecretPage, error) {
	p.at("ListSecrets", "")
	return p.KMS.ListSecrets(ctx, page, size)
}

func (p panicking) ListTagged(ctx context.Context, key, token string) (remediation.TagPage, error) {
	p.at(listTagged, "")
	return p.KMS.ListTagged(ctx, key, token)
}

// One secret with an odd answer would leave all behind it broken, tick after tick.
func TestASecretThatPanicsCostsItselfOnly(t *testing.T) {
	for in, most := range map[string]int{describe: 4, rotate: 3} { // the tick may send four, and a panic may come after the fourth was sent
		inTimedAccount(t, standin.Options{}, func(a *account) {
			names := a.fleet("web", 6)
			a.enter(remediation.PhaseOpen, 1, -time.Minute, names...)
			connect := a.remediator.Connect
			a.remediator.Connect = func(region string) remediation.KMS { return panicking{connect(region), in, names[1]} }
			got := a.tick()
			said, rotated := "", 0
			for _, r := range got.Listed {
				if strings.HasSuffix(r.Secret, names[1]) {
					said = fmt.Sprint(r.Outcome, " ", r.Notify, " ", strings.Contains(r.Reason, "panicked at"), strings.Contains(r.Reason, "canary"))
				}
				if r.Outcome == remediation.Pending {
					rotated++
				}
			}
			if said != "undecided true true false" || rotated != most || got.Failed || got.Panicked != "" || len(got.Notes) != 1 {
				t.Errorf("in %s: %s, said %q, %d rotations, failed %t, panicked %q, notes %q", in, summary(got), said, rotated, got.Failed, got.Panicked, got.Notes)
			}
		})
	}
}

// Notes are not cut to what a queue takes: a line for each secret of a fleet would be too many.
func TestAFleetThatPanicsIsNotedOnce(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		a.enter(remediation.PhaseOpen, 1, -time.Minute, a.fleet("web", 20)...)
		connect := a.remediator.Connect
		a.remediator.Connect = func(region string) remediation.KMS { return panicking{connect(region), describe, ""} }
		if got := a.tick(); len(got.Listed) != 20 || len(got.Notes) != 1 {
			t.Errorf("%d results and %d notes, want 20 and one: %q", len(got.Listed), len(got.Notes), got.Notes)
		}
	})
}

// The check for overdue rotations observes many: one that panics hides none of the others.
func TestASecretThatPanicsInTheOverdueCheckCostsItselfOnly(t *testing.T) {
	inOverdueAccount(t, standin.Options{}, func(a *account) {
		for _, name := range []string{"web-000", "web-001"} {
			a.Put(lateSecret(name))
		}
		connect := a.remediator.Connect
		a.remediator.Connect = func(region string) remediation.KMS { return panicking{connect(region), describe, "web-000"} }
		a.wait(time.Until(morning.Add(midnight)))
		plan := a.plan()
		listed, panics := map[string]int{}, 0
		for range int(24 * time.Hour / a.every) { // each tick has its part of the secrets
			got := a.sweep(plan)
			for _, line := range listing(got.Listed) {
				listed[line]++
			}
			if panics += strings.Count(strings.Join(got.Notes, ";"), "panicked at"); got.Failed || got.Panicked != "" {
				t.Fatalf("failed %t, panicked %q, want neither", got.Failed, got.Panicked)
			}
			a.wait(a.every)
			plan.Tick = remediation.TickAt(time.Time{}, time.Now(), a.every)
		}
		if listed["overdue web-001"] != 1 || listed["overdue web-000"] != 0 || panics != 1 {
			t.Errorf("listed %v with %d notes of a panic, want the other once and one", listed, panics)
		}
	})
}

// A panic outside a secret fails the tick; what was done for others is reported all the same.
func TestAPanicOutsideASecretLeavesTheRestOfTheTick(t *testing.T) {
	for in, want := range map[string]string{"ListSecrets": "pending web-000", listTagged: "failed"} {
		inTimedAccount(t, standin.Options{}, func(a *account) {
			a.overdue = 24 * time.Hour
			a.enter(remediation.PhaseOpen, 1, -time.Minute, a.fleet("web", 1)...)
			connect := a.remediator.Connect
			a.remediator.Connect = func(region string) remediation.KMS { return panicking{connect(region), in, ""} }
			if got := a.tick(); summary(got) != want || !strings.Contains(got.Panicked, "panicking.at") {
				t.Errorf("in %s: %q, panicked at %q; want %q", in, summary(got), got.Panicked, want)
			}
		})
	}
}

// A permission that is missing would fill the log with the same line for each secret, every few minutes.
func TestAClaimThatIsRefusedIsListedOnceAnHour(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		a.enter(remediation.PhaseOpen, 1, -time.Minute, a.fleet("denied", 1)...)
		a.Inject(standin.Fault{Action: "TagResource", Kind: standin.Refuse, Status: 403, Code: "Forbidden.NoPermission"})
		listed := 0
		for range 12 { // an hour, of which the last tick opens the next
			got := a.tick()
			if listed += len(got.Listed); len(got.Listed)+got.Counts[remediation.NeedsHuman] != 1 {
				t.Errorf("a tick came to %s, want one needs-human", summary(got))
			}
		}
		if listed != 1 {
			t.Errorf("listed %d times in an hour, want once", listed)
		}
	})
}
