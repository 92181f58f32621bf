package remediation_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// One broken secret, or a hundred of them, must not keep the others broken.
func TestNoSecretHoldsUpTheOthers(t *testing.T) {
	const (
		well = 6
		// some need a first attempt each, which half of the share makes in firstTurn; the other half goes to whatever is due.
		some, firstTurn = 15, time.Hour
		// many are more than a tick can look at while each hangs.
		many = 40
	)
	fault := func(f standin.Fault) func(*world, string) {
		return func(w *world, name string) {
			f.Secret = name
			w.Inject(f)
		}
	}
	for _, row := range []struct {
		name    string
		trouble func(w *world, name string)
		number  int
		within  time.Duration
	}{
		{"permanently busy", fault(standin.Fault{Action: rotate, Kind: standin.Refuse, Status: 409, Code: "Rejected.StateModifiedFailed"}), some, firstTurn},
		{"always failing", func(w *world, name string) {
			w.Put(standin.Secret{Name: name, Rotation: standin.FailFirst(1000, standin.Failure{})})
		}, some, firstTurn},
		{"denied to rotate", fault(refuse(rotate, 403, "Forbidden.NoPermission")), some, firstTurn},
		{"denied to read", fault(refuse(describe, 403, "Forbidden.NoPermission")), some, time.Hour},
		{"hanging", fault(standin.Fault{Action: describe, Kind: standin.HangBefore}), many, time.Hour / 2},
		{"switched off", func(w *world, name string) { w.Tag(name, remediation.SwitchTag, "off") }, some, time.Hour},
	} {
		t.Run(strings.ReplaceAll(row.name, " ", "-"), func(t *testing.T) {
			inTimedWorld(t, standin.Options{Behavior: standin.Behavior{Work: time.Second}}, func(w *world) {
				w.timeout = 20 * time.Second
				names := w.fleet("troubled", row.number)
				for _, name := range names {
					row.trouble(w, name)
				}
				w.enter(remediation.PhaseOpen, 1, -time.Hour, names...)
				others := w.fleet("well", well)
				w.enter(remediation.PhaseOpen, 1, -time.Minute, others...)
				w.ticks(morning.Add(row.within))
				w.wait(time.Second)
				for _, name := range others {
					if !w.rotated(name) {
						t.Errorf("%s is not rotated after %s: it waits for %d that come before it", name, row.within, row.number)
					}
				}
			})
		})
	}
}

// A tick that is cut off by its deadline says so, and starves nobody.
func TestATickThatReachesItsDeadlineSaysWhatItLeft(t *testing.T) {
	inTimedWorld(t, standin.Options{}, func(w *world) {
		const fleet = 100
		names := w.fleet("spent", fleet)
		w.enter(remediation.PhaseOpen, 5, -time.Minute, names...)
		w.timeout = 4 * time.Second // two of them for work, at fifteen looks a second
		first := w.tick()
		if taken := len(first.Listed); first.Unreached == 0 || taken == 0 || taken+first.Unreached != fleet || first.Failed {
			t.Fatalf("the tick listed %d and left %d, failed %t; want some of either, %d in all, and no failure", taken, first.Unreached, first.Failed, fleet)
		}
		for range 5 {
			w.tick()
		}
		for _, name := range names {
			if got := w.recordOf(name); got != "needs-human 5" {
				t.Errorf("%s: the record is %q after six ticks, want needs-human 5: it was never taken up", name, got)
			}
		}
	})
}

// A region in trouble must not cost the others their turn.
func TestEachRegionHasItsPartOfTheTime(t *testing.T) {
	inRegions(t, []string{region, "cn-beijing", "cn-shanghai"}, func(worlds map[string]*world, r *regions) {
		hanging := worlds[region]
		names := hanging.fleet("hanging", 400)
		hanging.enter(remediation.PhaseOpen, 1, -time.Hour, names...)
		hanging.Inject(standin.Fault{Action: describe, Kind: standin.HangBefore})
		delete(worlds, region)
		for range 4 {
			one := map[string]string{}
			for name, w := range worlds {
				one[name] = w.fleet("one", 1)[0]
				w.enterIn(name, one[name])
			}
			if got := r.tick(); got.Unreached == 0 || got.Failed {
				t.Errorf("the tick left %d, failed %t; want some left of the region that hangs, and no failure", got.Unreached, got.Failed)
			}
			for name, w := range worlds {
				if !w.rotated(one[name]) {
					t.Errorf("%s in %s is not rotated at %s: the tick spent its time in another region", one[name], name, time.Now())
				}
				w.Delete(one[name])
			}
		}
	})
}

// With a fixed order, the last region would be the one that is cut off each time.
func TestRegionsBeginAtAMovingPoint(t *testing.T) {
	all := []string{region, "cn-beijing", "cn-shanghai"}
	inRegions(t, all, func(worlds map[string]*world, r *regions) {
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

// One region without permission is news, and no reason to leave the others alone.
func TestARegionThatCannotBeReadIsSaidAndTheOthersGoOn(t *testing.T) {
	inRegions(t, []string{region, "cn-beijing"}, func(worlds map[string]*world, r *regions) {
		worlds[region].Inject(refuse(listTagged, 403, "Forbidden.NoPermission"))
		one := worlds["cn-beijing"].fleet("web", 1)[0]
		worlds["cn-beijing"].enterIn("cn-beijing", one)
		got := r.tick()
		said := 0
		for _, result := range got.Listed {
			if result.Outcome == remediation.Undecided && result.Secret == "" && strings.Contains(result.Reason, region) {
				said++
			}
		}
		if said != 1 || got.Failed || !worlds["cn-beijing"].rotated(one) {
			t.Errorf("the tick came to %q, and the other region's secret is rotated: %t; want one undecided without a secret, and the other rotated", summary(got), worlds["cn-beijing"].rotated(one))
		}
		worlds["cn-beijing"].Inject(refuse(listTagged, 500, "InternalFailure"))
		if got := r.tick(); !got.Failed {
			t.Errorf("with both unreadable the tick came to %q, want it to fail: nothing was done, and a retry may help", summary(got))
		}
	})
}

// regions is one function that serves several regions.
type regions struct {
	*world          // of the first, whose function it is
	order  []string // in which the last tick visited them
}

func inRegions(t *testing.T, names []string, script func(map[string]*world, *regions)) {
	t.Helper()
	inTimedWorld(t, standin.Options{Region: names[0]}, func(w *world) {
		worlds := map[string]*world{names[0]: w}
		for _, name := range names[1:] {
			worlds[name] = newTimedWorld(w.t, standin.Options{Region: name})
			defer worlds[name].client.CloseIdleConnections()
		}
		r := &regions{world: w}
		connect := map[string]func(string) remediation.KMS{}
		for name, one := range worlds {
			connect[name] = one.remediator.Connect
		}
		w.remediator.Policy.Scope.Regions = names
		w.remediator.Connect = func(name string) remediation.KMS {
			if !slices.Contains(r.order, name) {
				r.order = append(r.order, name)
			}
			return connect[name](name)
		}
		script(worlds, r)
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
func (w *world) enterIn(region, name string) {
	s, _ := w.Secret(name)
	v := remediation.Version{ID: s.Versions[0].ID, CreateTime: s.Versions[0].CreateTime}
	r := remediation.Record{
		Phase: remediation.PhaseOpen, Opened: time.Now(), Due: time.Now(),
		Replaces: remediation.HashOf("acs:kms:"+region+":"+account+":secret/"+name, v),
	}
	w.Tag(name, remediation.RecordTag, r.String())
}
