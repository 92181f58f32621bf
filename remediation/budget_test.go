package remediation_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/accounttest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// throttle has KMS throttle a rotation of another secret.
func (a *account) throttle() {
	a.t.Helper()
	const other = "acs/ecs/throttled"
	a.Put(standin.Secret{Name: other})
	a.Inject(standin.Fault{Action: rotate, Secret: other, Kind: standin.Refuse, Status: 429, Code: "Rejected.Throttling", Times: 1})
	if r := a.handle(a.failOf(other)); r.Outcome != remediation.OutcomeThrottled {
		a.t.Fatalf("the other secret: %s, want throttled: %s", r.Outcome, r.Reason)
	}
}

// While KMS throttles, each further call is refused as well, and may count: the fleet would never drain.
func TestAfterAThrottleFailuresQueueUp(t *testing.T) {
	older := remediation.Version{ID: "v0", CreateTime: time.Date(1999, 12, 1, 0, 0, 0, 0, time.UTC)}
	for _, row := range []struct {
		name  string
		state func(*account)
		want  handled
	}{
		{"a new failure gets a record that is due", func(*account) {},
			handled{Outcome: remediation.Waiting, Next: "0s", Record: "open 0 0s", Calls: "describe list tag"}},
		{"one after giving up another version too", func(a *account) { a.putOf(older, remediation.PhaseNeedsHuman, 5, 0) },
			handled{Outcome: remediation.Waiting, Next: "0s", Record: "open 0 0s", Calls: "describe list tag"}},
		{"a series that goes on has to wait anyway, and is recorded", func(a *account) { a.putOf(older, remediation.PhaseDone, 2, 0) },
			handled{Outcome: remediation.Waiting, Attempt: 2, Next: "30m0s", Record: "open 2 30m0s", Calls: "describe list tag"}},
		{"a record of the version that is current is left as it is", func(a *account) { a.put(remediation.PhaseOpen, 2, -time.Minute) },
			handled{Outcome: remediation.Waiting, Attempt: 2, Next: "-1m0s", Record: "open 2 -1m0s", Calls: "describe list"}},
		{"what is spent is given up, which takes no rotation", func(a *account) { a.put(remediation.PhaseOpen, 5, -time.Minute) },
			handled{Outcome: remediation.NeedsHuman, Attempt: 5, Record: "needs-human 5 -1m0s", Calls: "describe list tag"}},
	} {
		inAccount(t, standin.Options{}, func(a *account) {
			a.throttle()
			event := a.fail()
			row.state(a)
			a.expect(row.name, event, row.want)
		})
	}
}

// A queue that is not written down is a heap of lost failures.
func TestAQueueThatCannotBeWrittenIsNotAnswered(t *testing.T) {
	inAccount(t, standin.Options{}, func(a *account) {
		a.throttle()
		event := a.fail()
		a.Inject(standin.Fault{Action: tag, Secret: secret, Kind: standin.ResetBefore, Times: 4})
		a.expect("an answer that is lost", event, handled{Outcome: remediation.Undecided, Calls: "describe list" + tried("tag"), Failed: true}, "could not be recorded")
		a.Inject(standin.Fault{Action: tag, Secret: secret, Kind: standin.Refuse, Status: 403, Code: "Forbidden.NoPermission", Times: 1})
		a.expect("a refusal", event, handled{Outcome: remediation.NeedsHuman, Calls: "describe list tag", Failed: true}, "could not be recorded")
	})
}

// A cooldown that never ends stops the event path for good; one that ends early is none.
func TestTheQueueEndsAfterTheFirstWait(t *testing.T) {
	inAccount(t, standin.Options{}, func(a *account) {
		a.throttle()
		event := a.fail()
		a.wait(10*time.Minute - 2*time.Second) // one has passed
		a.expect("a second before", event, handled{Outcome: remediation.Waiting, Next: "0s", Record: "open 0 0s", Calls: "describe list tag"}, "queued")
		a.wait(time.Second)
		a.expect("and then", event, handled{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works})
	})
}

// Another limit may be that of the hour: it starts the cooldown as well, though its attempt is spent.
func TestALimitStartsTheCooldown(t *testing.T) {
	inAccount(t, standin.Options{}, func(a *account) {
		a.Put(standin.Secret{Name: "acs/ecs/limited"})
		a.Inject(standin.Fault{Action: rotate, Secret: "acs/ecs/limited", Kind: standin.Refuse, Status: 400, Code: "Rejected.LimitExceeded"})
		a.handle(a.failOf("acs/ecs/limited"))
		a.expect("the next failure", a.fail(), handled{Outcome: remediation.Waiting, Next: "0s", Record: "open 0 0s", Calls: "describe list tag"}, "queued")
	})
}

// Nothing else than a limit may start the cooldown: one secret in trouble would stop all others.
func TestNothingElseStartsTheCooldown(t *testing.T) {
	for code, status := range map[string]int{"InvalidParameter": 400, "Forbidden.NoPermission": 403, "Rejected.Disabled": 409, "InternalFailure": 500, "Forbidden.ResourceNotFound": 404} {
		inAccount(t, standin.Options{}, func(a *account) {
			a.Put(standin.Secret{Name: "acs/ecs/other"})
			a.Inject(standin.Fault{Action: rotate, Secret: "acs/ecs/other", Kind: standin.Refuse, Status: status, Code: code})
			a.handle(a.failOf("acs/ecs/other"))
			a.expect(code, a.fail(), handled{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works})
		})
	}
}

// The quota is one of each region.
func TestAThrottleInOneRegionDoesNotHoldAnother(t *testing.T) {
	inAccount(t, standin.Options{Region: "cn-beijing"}, func(beijing *account) {
		second := accounttest.New(standin.Options{})
		defer second.Connect(t)()
		second.Put(standin.Secret{Name: secret})
		hangzhou := newAccount(beijing.t, second)
		beijing.remediator.Memory = hangzhou.remediator.Memory // one instance serves both
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
	inAccount(t, standin.Options{Behavior: standin.Behavior{RotationsPerHour: 3}}, func(a *account) {
		var failures []events.Event
		for i := range 20 {
			name := fmt.Sprintf("acs/ecs/fleet-%d", i)
			a.Put(standin.Secret{Name: name})
			failures = append(failures, a.failOf(name))
		}
		came := map[remediation.Outcome]int{}
		sent := 0
		for _, failure := range failures {
			came[a.handle(failure).Outcome]++
		}
		for _, c := range a.Calls() {
			if c.Action == rotate {
				sent++
			}
		}
		if sent != 4 || came[remediation.Rotated] != 3 || came[remediation.OutcomeThrottled] != 1 || came[remediation.Waiting] != 16 {
			t.Errorf("%d RotateSecret, outcomes %v; want 4: the fourth is refused and all others queue up", sent, came)
		}
	})
}

// A fast rotation should be seen at once, and a slow one should not cost forty calls.
func TestVerifyingReadsComeAtGrowingDistances(t *testing.T) {
	inAccount(t, slow(), func(a *account) {
		a.handle(a.fail())
		var at []time.Duration // of the reads, since RotateSecret
		for i, c := range a.calls {
			if c.action == "list" && i > 1 {
				at = append(at, c.at)
			}
		}
		if len(at) < 5 || at[0] != 0 || at[len(at)-1] != 20*time.Second {
			t.Fatalf("reads at %v, want the first at once and the last after VERIFY_WAIT", at)
		}
		for i := 1; i < len(at)-1; i++ {
			distance := at[i] - at[i-1]
			shrinks := i > 1 && distance < at[i-1]-at[i-2]
			if shrinks || distance > 5*time.Second || distance == 0 {
				t.Errorf("reads at %v: want distances that grow, 5s at most", at)
			}
		}
	})
}

// Somebody who does not want to wait still wants to know of what was done at once.
func TestWithoutVerifyWaitThereIsOneRead(t *testing.T) {
	inAccount(t, slow(), func(a *account) {
		a.remediator.Policy.VerifyWait = 0
		a.expect("slow", a.fail(), handled{Outcome: remediation.Pending, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate list"})
	})
	inAccount(t, standin.Options{}, func(a *account) {
		a.remediator.Policy.VerifyWait = 0
		a.expect("fast", a.fail(), handled{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works})
	})
}

// Several events share VERIFY_WAIT: reads that hang for longer take the time of those behind.
func TestReadsThatHangEndWithVerifyWait(t *testing.T) {
	for wait, want := range map[time.Duration]time.Duration{0: 5 * time.Second, 3 * time.Second: 8 * time.Second, 20 * time.Second: 21400 * time.Millisecond} {
		inAccount(t, standin.Options{}, func(a *account) {
			a.remediator.Policy.VerifyWait = wait
			event := a.fail()
			a.Inject(standin.Fault{Action: list, Kind: standin.HangBefore, Skip: 1})
			if r := a.handle(event); r.Outcome != remediation.Pending || r.Elapsed != want {
				t.Errorf("VERIFY_WAIT %s: %s after %s, want pending after %s, one call later at most: %s", wait, r.Outcome, r.Elapsed, want, r.Reason)
			}
		})
	}
}

// Past the deadline the platform kills the function: the outcome is lost, and the next event finds a claim without it.
func TestCallsEndBeforeTheDeadline(t *testing.T) {
	const s = time.Second
	hang := func(action string, skip int) standin.Fault {
		return standin.Fault{Action: action, Kind: standin.HangBefore, Skip: skip}
	}
	for _, row := range []struct {
		name    string
		timeout time.Duration
		faults  []standin.Fault
		ends    time.Duration // when the invocation is over
		want    remediation.Outcome
		failed  bool
	}{
		{"reading the secret hangs", 10 * s, []standin.Fault{hang(describe, 0)}, 8 * s, remediation.Undecided, true},
		{"with time enough it is tried four times for 5 s", 60 * s, []standin.Fault{hang(describe, 0)}, 21400 * time.Millisecond, remediation.Undecided, true},
		{"reading the version hangs", 10 * s, []standin.Fault{hang(list, 0)}, 8 * s, remediation.Undecided, true},
		{"the claim hangs", 10 * s, []standin.Fault{hang(tag, 0)}, 8 * s, remediation.Undecided, true},
		{"RotateSecret hangs", 6 * s, []standin.Fault{hang(rotate, 0)}, 4 * s, remediation.Pending, false},
		{"with time enough it has 5 s, and is verified after that", 60 * s, []standin.Fault{hang(rotate, 0)}, 25 * s, remediation.Pending, false},
		{"a verifying read hangs", 10 * s, []standin.Fault{hang(list, 1)}, 8 * s, remediation.Pending, false},
		{"marking it done hangs", 10 * s, []standin.Fault{hang(tag, 1)}, 9500 * time.Millisecond, remediation.Rotated, false},
		{"reading the schedule hangs", 10 * s, []standin.Fault{hang(describe, 1)}, 9500 * time.Millisecond, remediation.Rotated, false},
		{"giving back hangs", 10 * s, []standin.Fault{refuse(rotate, 429, "Rejected.Throttling"), hang(tag, 1)}, 9500 * time.Millisecond, remediation.OutcomeThrottled, false},
		{"recording that a person is needed hangs", 10 * s, []standin.Fault{refuse(rotate, 409, "Rejected.Disabled"), hang(tag, 1)}, 9500 * time.Millisecond, remediation.NeedsHuman, true},
		{"recording a cause hangs", 10 * s, []standin.Fault{refuse(rotate, 400, "InvalidParameter"), hang(tag, 1)}, 9500 * time.Millisecond, remediation.Waiting, false},
		{"there is no time at all", 2 * s, nil, 0, remediation.Undecided, true},
	} {
		inAccount(t, standin.Options{}, func(a *account) {
			a.timeout = row.timeout
			event := a.fail()
			for _, fault := range row.faults {
				a.Inject(fault)
			}
			r := a.handle(event)
			if r.Outcome != row.want || r.Failed() != row.failed || r.Elapsed != row.ends {
				t.Errorf("%s: %s, failed %t, after %s; want %s, %t, after %s: %s", row.name, r.Outcome, r.Failed(), r.Elapsed, row.want, row.failed, row.ends, r.Reason)
			}
			a.checkBounds(row.name)
		})
	}
}

// checkBounds compares the time that each call of the last invocation was given with what it may have.
func (a *account) checkBounds(name string) {
	a.t.Helper()
	claimed, rotated := false, false
	for _, c := range a.calls {
		claimed = claimed || c.action == "tag"
		rotated = rotated || c.action == "rotate"
		reserve := 2 * time.Second
		if rotated && (c.action == "tag" || c.action == "describe") { // these close
			reserve = 500 * time.Millisecond
		}
		if c.bound > 5*time.Second || c.at+c.bound > a.timeout-reserve {
			a.t.Errorf("%s: %s at %s has %s of %s, want 5s at most and %s left", name, c.action, c.at, c.bound, a.timeout, reserve)
		}
	}
	if rotated && !claimed {
		a.t.Errorf("%s: RotateSecret without a claim", name)
	}
}

// Looks that go on to the end of the invocation leave no time to say what came of them.
func TestTheDeadlineEndsVerifying(t *testing.T) {
	for _, row := range []struct {
		name string
		ctx  func() (context.Context, context.CancelFunc)
		ends time.Duration
	}{
		{"of an invocation of 10 s", func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(context.Background(), 10*time.Second)
		}, 8 * time.Second},
		{"where none is set", func() (context.Context, context.CancelFunc) { return context.WithCancel(context.Background()) }, 58 * time.Second},
	} {
		inAccount(t, slow(), func(a *account) {
			a.remediator.Policy.VerifyWait = time.Hour
			event := a.fail()
			ctx, cancel := row.ctx()
			defer cancel()
			if r := a.remediator.HandleEvent(ctx, event); r.Outcome != remediation.Pending || r.Elapsed != row.ends {
				t.Errorf("%s: %s after %s, want pending after %s", row.name, r.Outcome, r.Elapsed, row.ends)
			}
		})
	}
}

// A current version that is read in the last moment counts: reported as pending, a rotation that worked keeps people waiting.
func TestAVerificationInTheLastMomentCounts(t *testing.T) {
	inAccount(t, standin.Options{}, func(a *account) {
		a.timeout = 10 * time.Second
		a.remediator.Connect = func(string) remediation.KMS { return &late{a.watch(region)} }
		r := a.handle(a.fail())
		if r.Outcome != remediation.Rotated || r.Elapsed != 9*time.Second {
			t.Errorf("%s after %s, want rotated after 9s: %s", r.Outcome, r.Elapsed, r.Reason)
		}
	})
}

// late is a KMS whose answers about the version are read late.
type late struct{ *watched }

func (k *late) CurrentVersion(ctx context.Context, name string) (remediation.Version, error) {
	v, err := k.watched.CurrentVersion(ctx, name)
	k.a.wait(4500 * time.Millisecond)
	return v, err
}
