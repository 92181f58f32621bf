package remediation_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/accounttest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// One broken secret, or a hundred of them, must not keep the others broken.
func TestNoSecretHoldsUpTheOthers(t *testing.T) {
	const (
		well = 6
		// some need a first attempt each, which half of the budget makes in firstTurn; the other half goes to whatever is due.
		some, firstTurn = 15, time.Hour
		// many are more than a tick can observe while each hangs.
		many = 40
	)
	fault := func(f standin.Fault) func(*account, string) {
		return func(a *account, name string) {
			f.Secret = name
			a.Inject(f)
		}
	}
	for _, row := range []struct {
		name    string
		trouble func(a *account, name string)
		number  int
		within  time.Duration
	}{
		{"permanently busy", fault(standin.Fault{Action: rotate, Kind: standin.Refuse, Status: 409, Code: "Rejected.StateModifiedFailed"}), some, firstTurn},
		{"always failing", func(a *account, name string) {
			a.Put(standin.Secret{Name: name, Rotation: standin.FailFirst(1000, standin.Failure{})})
		}, some, firstTurn},
		{"denied to rotate", fault(refuse(rotate, 403, "Forbidden.NoPermission")), some, firstTurn},
		{"denied to read", fault(refuse(describe, 403, "Forbidden.NoPermission")), some, time.Hour},
		{"hanging", fault(standin.Fault{Action: describe, Kind: standin.HangBefore}), many, time.Hour / 2},
		{"switched off", func(a *account, name string) { a.Tag(name, remediation.SwitchTag, "off") }, some, time.Hour},
	} {
		t.Run(strings.ReplaceAll(row.name, " ", "-"), func(t *testing.T) {
			inTimedAccount(t, standin.Options{Behavior: standin.Behavior{Work: time.Second}}, func(a *account) {
				a.timeout = 20 * time.Second
				names := a.fleet("troubled", row.number)
				for _, name := range names {
					row.trouble(a, name)
				}
				a.enter(remediation.PhaseOpen, 1, -time.Hour, names...)
				others := a.fleet("well", well)
				a.enter(remediation.PhaseOpen, 1, -time.Minute, others...)
				a.ticks(morning.Add(row.within))
				a.wait(time.Second)
				for _, name := range others {
					if !a.rotated(name) {
						t.Errorf("%s is not rotated after %s: it waits for %d that come before it", name, row.within, row.number)
					}
				}
			})
		})
	}
}

// A tick that is cut off by its deadline says so, and starves nobody.
func TestATickThatReachesItsDeadlineCountsTheUnreached(t *testing.T) {
	inTimedAccount(t, standin.Options{}, func(a *account) {
		const fleet = 100
		names := a.fleet("spent", fleet)
		a.enter(remediation.PhaseOpen, 5, -time.Minute, names...)
		a.timeout = 4 * time.Second // two of them for work, at fifteen observations a second
		first := a.tick()
		if taken := len(first.Listed); first.Unreached == 0 || taken == 0 || taken+first.Unreached != fleet || first.Failed {
			t.Fatalf("the tick listed %d and left %d, failed %t; want some of either, %d in all, and no failure", taken, first.Unreached, first.Failed, fleet)
		}
		for range 5 {
			a.tick()
		}
		for _, name := range names {
			if got := a.recordOf(name); got != "needs-human 5" {
				t.Errorf("%s: the record is %q after six ticks, want needs-human 5: it was never reconciled", name, got)
			}
		}
	})
}

// A region in trouble must not cost the others their turn.
func TestEachRegionHasItsPartOfTheTime(t *testing.T) {
	inRegions(t, []string{region, "cn-beijing", "cn-shanghai"}, func(accounts map[string]*account, r *regions) {
		hanging := accounts[region]
		names := hanging.fleet("hanging", 400)
		hanging.enter(remediation.PhaseOpen, 1, -time.Hour, names...)
		hanging.Inject(standin.Fault{Action: describe, Kind: standin.HangBefore})
		delete(accounts, region)
		for range 4 {
			one := map[string]string{}
			for name, a := range accounts {
				one[name] = a.fleet("one", 1)[0]
				a.enterIn(name, one[name])
			}
			if got := r.tick(); got.Unreached == 0 || got.Failed {
				t.Errorf("the tick left %d, failed %t; want some left of the region that hangs, and no failure", got.Unreached, got.Failed)
			}
			for name, a := range accounts {
				if !a.rotated(one[name]) {
					t.Errorf("%s in %s is not rotated at %s: the tick spent its time in another region", one[name], name, time.Now())
				}
				a.Delete(one[name])
			}
		}
	})
}

// With a fixed order, the last region would be the one that is cut off each time.
func TestRegionsBeginAtAMovingPoint(t *testing.T) {
	all := []string{region, "cn-beijing", "cn-shanghai"}
	inRegions(t, all, func(accounts map[string]*account, r *regions) {
		began := map[string]int{}
		for range 12 {
			r.tick()
			began[r.order[0]]++
			if len(r.order) != len(all) {
				t.Fatalf("a tick visited %v, want %v", r.order, all)
			}
		}
		for _, name := range all {
			if began[name] < 2 {
				t.Errorf("%s came first in %d of 12 ticks, want about a third: %v", name, began[name], began)
			}
		}
	})
}

// One region without permission is for people to hear, and no reason to leave the others alone.
func TestARegionThatCannotBeReadIsReportedAndTheOthersGoOn(t *testing.T) {
	inRegions(t, []string{region, "cn-beijing"}, func(accounts map[string]*account, r *regions) {
		accounts[region].Inject(refuse(listTagged, 403, "Forbidden.NoPermission"))
		one := accounts["cn-beijing"].fleet("web", 1)[0]
		accounts["cn-beijing"].enterIn("cn-beijing", one)
		got := r.tick()
		said := 0
		for _, result := range got.Listed {
			if result.Outcome == remediation.Undecided && result.Secret == "" && strings.Contains(result.Reason, region) {
				said++
			}
		}
		if said != 1 || got.Failed || !accounts["cn-beijing"].rotated(one) {
			t.Errorf("the tick came to %q, and the other region's secret is rotated: %t; want one undecided without a secret, and the other rotated", summary(got), accounts["cn-beijing"].rotated(one))
		}
		accounts["cn-beijing"].Inject(refuse(listTagged, 500, "InternalFailure"))
		if got := r.tick(); !got.Failed {
			t.Errorf("with both unreadable the tick came to %q, want it to fail: nothing was done, and a retry may help", summary(got))
		}
	})
}

// regions is one function that serves several regions.
type regions struct {
	*account          // of the first, whose function it is
	order    []string // in which the last tick visited them
}

func inRegions(t *testing.T, names []string, script func(map[string]*account, *regions)) {
	t.Helper()
	inTimedAccount(t, standin.Options{Region: names[0]}, func(a *account) {
		accounts := map[string]*account{names[0]: a}
		for _, name := range names[1:] {
			connected := accounttest.New(standin.Options{Region: name})
			defer connected.Connect(t)()
			accounts[name] = newTimedAccount(a.t, connected)
		}
		r := &regions{account: a}
		connect := map[string]func(string) remediation.KMS{}
		for name, one := range accounts {
			connect[name] = one.remediator.Connect
		}
		a.remediator.Policy.Scope.Regions = names
		a.remediator.Connect = func(name string) remediation.KMS {
			if !slices.Contains(r.order, name) {
				r.order = append(r.order, name)
			}
			return connect[name](name)
		}
		script(accounts, r)
	})
}

func (r *regions) tick() remediation.SweepResult {
	r.wait(time.Until(time.Now().Truncate(r.every).Add(r.every)))
	plan := r.plan()
	plan.History = false
	r.order = nil
	return r.sweep(plan)
}

// enterIn writes the record of a secret that was never tried, in a region.
func (a *account) enterIn(region, name string) {
	s, _ := a.Secret(name)
	v := remediation.Version{ID: s.Versions[0].ID, CreateTime: s.Versions[0].CreateTime}
	r := remediation.Record{
		Phase: remediation.PhaseOpen, Opened: time.Now(), Due: time.Now(),
		Replaces: remediation.HashOf("acs:kms:"+region+":"+accountID+":secret/"+name, v),
	}
	a.Tag(name, remediation.RecordTag, r.String())
}
