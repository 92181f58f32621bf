package remediation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// throttle has KMS throttle a rotation of another secret.
func (w *world) throttle() {
	w.t.Helper()
	const other = "acs/ecs/throttled"
	w.Put(standin.Secret{Name: other})
	w.Inject(standin.Fault{Action: rotate, Secret: other, Kind: standin.Refuse, Status: 429, Code: "Rejected.Throttling", Times: 1})
	if r := w.handle(w.failOf(other)); r.Outcome != remediation.OutcomeThrottled {
		w.t.Fatalf("the other secret: %s, want throttled: %s", r.Outcome, r.Reason)
	}
}

// While KMS throttles, each further call is refused as well, and may count: the fleet would never drain.
func TestAfterAThrottleFailuresQueueUp(t *testing.T) {
	older := remediation.Version{ID: "v0", CreateTime: time.Date(1999, 12, 1, 0, 0, 0, 0, time.UTC)}
	for _, row := range []struct {
		name  string
		state func(*world)
		want  came
	}{
		{"a new failure gets a record that is due", func(*world) {},
			came{Outcome: remediation.Waiting, Next: "0s", Record: "open 0 0s", Calls: "describe list tag"}},
		{"one after giving up another version too", func(w *world) { w.putOf(older, remediation.PhaseNeedsHuman, 5, 0) },
			came{Outcome: remediation.Waiting, Next: "0s", Record: "open 0 0s", Calls: "describe list tag"}},
		{"a series that goes on has to wait anyway, and is recorded", func(w *world) { w.putOf(older, remediation.PhaseDone, 2, 0) },
			came{Outcome: remediation.Waiting, Attempt: 2, Next: "30m0s", Record: "open 2 30m0s", Calls: "describe list tag"}},
		{"a record of the version that is current is left as it is", func(w *world) { w.put(remediation.PhaseOpen, 2, -time.Minute) },
			came{Outcome: remediation.Waiting, Attempt: 2, Next: "-1m0s", Record: "open 2 -1m0s", Calls: "describe list"}},
		{"what is spent is given up, which takes no rotation", func(w *world) { w.put(remediation.PhaseOpen, 5, -time.Minute) },
			came{Outcome: remediation.NeedsHuman, Attempt: 5, Record: "needs-human 5 -1m0s", Calls: "describe list tag"}},
	} {
		inWorld(t, standin.Options{}, func(w *world) {
			w.throttle()
			event := w.fail()
			row.state(w)
			w.expect(row.name, event, row.want)
		})
	}
}

// A queue that is not written down is a heap of lost failures.
func TestAQueueThatCannotBeWrittenIsNotAnswered(t *testing.T) {
	inWorld(t, standin.Options{}, func(w *world) {
		w.throttle()
		event := w.fail()
		w.Inject(standin.Fault{Action: tag, Secret: secret, Kind: standin.ResetBefore, Times: 4})
		w.expect("an answer that is lost", event, came{Outcome: remediation.Undecided, Calls: "describe list" + tried("tag"), Failed: true}, "recording the episode")
		w.Inject(standin.Fault{Action: tag, Secret: secret, Kind: standin.Refuse, Status: 403, Code: "Forbidden.NoPermission", Times: 1})
		w.expect("a refusal", event, came{Outcome: remediation.NeedsHuman, Calls: "describe list tag", Failed: true}, "recording the episode")
	})
}

// A pace that never ends stops the event path for good; one that ends early is none.
func TestTheQueueEndsAfterTheFirstWait(t *testing.T) {
	inWorld(t, standin.Options{}, func(w *world) {
		w.throttle()
		event := w.fail()
		w.wait(10*time.Minute - 2*time.Second) // one has passed
		w.expect("a second before", event, came{Outcome: remediation.Waiting, Next: "0s", Record: "open 0 0s", Calls: "describe list tag"}, "queued")
		w.wait(time.Second)
		w.expect("and then", event, came{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works})
	})
}

// Another limit may be that of the hour: it holds the pace as well, though its attempt is spent.
func TestALimitHoldsThePace(t *testing.T) {
	inWorld(t, standin.Options{}, func(w *world) {
		w.Put(standin.Secret{Name: "acs/ecs/limited"})
		w.Inject(standin.Fault{Action: rotate, Secret: "acs/ecs/limited", Kind: standin.Refuse, Status: 400, Code: "Rejected.LimitExceeded"})
		w.handle(w.failOf("acs/ecs/limited"))
		w.expect("the next failure", w.fail(), came{Outcome: remediation.Waiting, Next: "0s", Record: "open 0 0s", Calls: "describe list tag"}, "queued")
	})
}

// Nothing else than a limit may hold the pace: one secret in trouble would stop all others.
func TestNothingElseHoldsThePace(t *testing.T) {
	for code, status := range map[string]int{"InvalidParameter": 400, "Forbidden.NoPermission": 403, "Rejected.Disabled": 409, "InternalFailure": 500, "Forbidden.ResourceNotFound": 404} {
		inWorld(t, standin.Options{}, func(w *world) {
			w.Put(standin.Secret{Name: "acs/ecs/other"})
			w.Inject(standin.Fault{Action: rotate, Secret: "acs/ecs/other", Kind: standin.Refuse, Status: status, Code: code})
			w.handle(w.failOf("acs/ecs/other"))
			w.expect(code, w.fail(), came{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works})
		})
	}
}

// The quota is one of each region.
func TestAThrottleInOneRegionDoesNotHoldAnother(t *testing.T) {
	inWorld(t, standin.Options{Region: "cn-beijing"}, func(beijing *world) {
		hangzhou := newWorld(beijing.t, standin.Options{})
		defer hangzhou.client.CloseIdleConnections()
		beijing.remediator.Cooldown = hangzhou.remediator.Cooldown // one instance serves both
		beijing.remediator.Policy.Scope.Regions = []string{region, "cn-beijing"}
		hangzhou.throttle()
		if r := beijing.handle(beijing.fail()); r.Outcome != remediation.Rotated {
			t.Errorf("in another region: %s, want rotated: %s", r.Outcome, r.Reason)
		}
		if r := hangzhou.handle(hangzhou.fail()); r.Outcome != remediation.Waiting {
			t.Errorf("in the same region: %s, want waiting: %s", r.Outcome, r.Reason)
		}
	})
}

// A fleet that fails in one moment must not spend more calls than the quota has and one: what is left is the timer's.
func TestAFleetThatFailsTogetherStopsAtTheFirstThrottle(t *testing.T) {
	inWorld(t, standin.Options{Behavior: standin.Behavior{RotationsPerHour: 3}}, func(w *world) {
		var failures []events.Event
		for i := range 20 {
			name := fmt.Sprintf("acs/ecs/fleet-%d", i)
			w.Put(standin.Secret{Name: name})
			failures = append(failures, w.failOf(name))
		}
		came := map[remediation.Outcome]int{}
		sent := 0
		for _, failure := range failures {
			came[w.handle(failure).Outcome]++
		}
		for _, c := range w.Calls() {
			if c.Action == rotate {
				sent++
			}
		}
		if sent != 4 || came[remediation.Rotated] != 3 || came[remediation.OutcomeThrottled] != 1 || came[remediation.Waiting] != 16 {
			t.Errorf("%d RotateSecret, outcomes %v; want 4: the fourth is refused and all others queue up", sent, came)
		}
	})
}
