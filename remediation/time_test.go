package remediation_test

import (
	"context"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// A fast rotation should be seen at once, and a slow one should not cost forty calls.
func TestLooksComeAtGrowingDistances(t *testing.T) {
	inWorld(t, slow(), func(w *world) {
		w.handle(w.fail())
		var at []time.Duration // of the looks, since RotateSecret
		for i, c := range w.calls {
			if c.action == "list" && i > 1 {
				at = append(at, c.at)
			}
		}
		if len(at) < 5 || at[0] != 0 || at[len(at)-1] != 20*time.Second {
			t.Fatalf("looks at %v, want the first at once and the last after VERIFY_WAIT", at)
		}
		for i := 1; i < len(at)-1; i++ {
			distance := at[i] - at[i-1]
			shrinks := i > 1 && distance < at[i-1]-at[i-2]
			if shrinks || distance > 5*time.Second || distance == 0 {
				t.Errorf("looks at %v: want distances that grow, 5s at most", at)
			}
		}
	})
}

// Somebody who does not want to wait still wants to know of what was done at once.
func TestWithoutVerifyWaitThereIsOneLook(t *testing.T) {
	inWorld(t, slow(), func(w *world) {
		w.remediator.Policy.VerifyWait = 0
		w.expect("slow", w.fail(), came{Outcome: remediation.Pending, Attempt: 1, Next: "10m0s", Record: "open 1 10m0s", Calls: "describe list tag rotate list"})
	})
	inWorld(t, standin.Options{}, func(w *world) {
		w.remediator.Policy.VerifyWait = 0
		w.expect("fast", w.fail(), came{Outcome: remediation.Rotated, Attempt: 1, Record: "done 1 6h0m0s", Calls: works})
	})
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
		{"with time enough it has 5 s, and is looked for after that", 60 * s, []standin.Fault{hang(rotate, 0)}, 25 * s, remediation.Pending, false},
		{"a look hangs", 10 * s, []standin.Fault{hang(list, 1)}, 8 * s, remediation.Pending, false},
		{"marking it done hangs", 10 * s, []standin.Fault{hang(tag, 1)}, 9500 * time.Millisecond, remediation.Rotated, false},
		{"reading the schedule hangs", 10 * s, []standin.Fault{hang(describe, 1)}, 9500 * time.Millisecond, remediation.Rotated, false},
		{"giving back hangs", 10 * s, []standin.Fault{refuse(rotate, 429, "Rejected.Throttling"), hang(tag, 1)}, 9500 * time.Millisecond, remediation.OutcomeThrottled, false},
		{"recording that a person is needed hangs", 10 * s, []standin.Fault{refuse(rotate, 409, "Rejected.Disabled"), hang(tag, 1)}, 9500 * time.Millisecond, remediation.NeedsHuman, true},
		{"recording a cause hangs", 10 * s, []standin.Fault{refuse(rotate, 400, "InvalidParameter"), hang(tag, 1)}, 9500 * time.Millisecond, remediation.Waiting, false},
		{"there is no time at all", 2 * s, nil, 0, remediation.Undecided, true},
	} {
		inWorld(t, standin.Options{}, func(w *world) {
			w.timeout = row.timeout
			event := w.fail()
			for _, fault := range row.faults {
				w.Inject(fault)
			}
			r := w.handle(event)
			if r.Outcome != row.want || r.Failed() != row.failed || r.Elapsed != row.ends {
				t.Errorf("%s: %s, failed %t, after %s; want %s, %t, after %s: %s", row.name, r.Outcome, r.Failed(), r.Elapsed, row.want, row.failed, row.ends, r.Reason)
			}
			w.checkBounds(row.name)
		})
	}
}

// checkBounds compares the time that each call of the last invocation was given with what it may have.
func (w *world) checkBounds(name string) {
	w.t.Helper()
	claimed, rotated := false, false
	for _, c := range w.calls {
		claimed = claimed || c.action == "tag"
		rotated = rotated || c.action == "rotate"
		reserve := 2 * time.Second
		if rotated && (c.action == "tag" || c.action == "describe") { // these close
			reserve = 500 * time.Millisecond
		}
		if c.bound > 5*time.Second || c.at+c.bound > w.timeout-reserve {
			w.t.Errorf("%s: %s at %s has %s of %s, want 5s at most and %s left", name, c.action, c.at, c.bound, w.timeout, reserve)
		}
	}
	if rotated && !claimed {
		w.t.Errorf("%s: RotateSecret without a claim", name)
	}
}

// Looks that go on to the end of the invocation leave no time to say what came of them.
func TestTheDeadlineEndsTheLooks(t *testing.T) {
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
		inWorld(t, slow(), func(w *world) {
			w.remediator.Policy.VerifyWait = time.Hour
			event := w.fail()
			ctx, cancel := row.ctx()
			defer cancel()
			if r := w.remediator.HandleEvent(ctx, event); r.Outcome != remediation.Pending || r.Elapsed != row.ends {
				t.Errorf("%s: %s after %s, want pending after %s", row.name, r.Outcome, r.Elapsed, row.ends)
			}
		})
	}
}

// A proof that is read in the last moment counts: told as pending, a rotation that worked keeps people waiting.
func TestAProofInTheLastMomentCounts(t *testing.T) {
	inWorld(t, standin.Options{}, func(w *world) {
		w.timeout = 10 * time.Second
		w.remediator.Connect = func(string) remediation.KMS { return &late{w.watch(region)} }
		r := w.handle(w.fail())
		if r.Outcome != remediation.Rotated || r.Elapsed != 9*time.Second {
			t.Errorf("%s after %s, want rotated after 9s: %s", r.Outcome, r.Elapsed, r.Reason)
		}
	})
}

// late is a KMS whose answers about the version are read late.
type late struct{ *watched }

func (k *late) CurrentVersion(ctx context.Context, name string) (remediation.Version, error) {
	v, err := k.watched.CurrentVersion(ctx, name)
	k.w.wait(4500 * time.Millisecond)
	return v, err
}
