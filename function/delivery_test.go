package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// Event buses deliver at least once. Fifty copies that come together must not rotate a live password fifty times.
func TestFiftyCopiesAtOnceRotateOnce(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		behavior standin.Behavior
		want     map[remediation.Outcome]int
	}{
		{"the first one works", standin.Behavior{}, map[remediation.Outcome]int{remediation.Rotated: 1, remediation.AlreadyRotated: 49}},
		{"the first one still runs", standin.Behavior{Work: time.Hour}, map[remediation.Outcome]int{remediation.Pending: 1, remediation.Waiting: 49}},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := newPromises(5)
			p.cloud = newCloud(t, standin.Options{Behavior: row.behavior, OnCall: p.onCall}, standin.Secret{})
			f := startFunction(t, p.cloud, fcruntime.Options{Command: underWatch(t)})
			answers := make([]answer, 50)
			var copies sync.WaitGroup
			for n := range answers {
				copies.Go(func() { answers[n] = f.invoke(p.cloud.failure) })
			}
			copies.Wait()
			outcomes := map[remediation.Outcome]int{}
			for _, a := range answers {
				outcomes[a.result().Outcome]++
			}
			checkCounts(t, row.want, outcomes)
			if n := p.cloud.rotateCalls(); n != 1 || len(p.breaches()) > 0 {
				t.Errorf("%d calls of RotateSecret, want 1; broken: %q", n, p.breaches())
			}
		})
	}
}

// Tags have no compare-and-set, so reservedConcurrency: 1 is what keeps two invocations apart. This is the cost
// of raising it: one invocation observes before the other claims, and claims after the other is done, so the password is
// replaced twice within a second. Each claim is still followed by one call, and every result is true.
func TestWithoutReservedConcurrencyTwoInvocationsMayBothRotate(t *testing.T) {
	t.Parallel()
	var c *cloud
	var claims atomic.Int32
	claimed, release := make(chan struct{}), make(chan struct{})
	c = newCloud(t, standin.Options{OnCall: func(call standin.Call, phase standin.Phase) {
		if call.Action == "TagResource" && phase == standin.BeforeCommit && claims.Add(1) == 1 {
			close(claimed)
			<-release
		}
	}}, standin.Secret{})
	f := startFunction(t, c, fcruntime.Options{Command: underWatch(t), Concurrency: 2})

	early := make(chan answer, 1)
	go func() { early <- f.invoke(c.failure) }()
	<-claimed
	waitUntil(time.Now().Truncate(time.Second).Add(time.Second)) // within one second both would ask for the same version
	late := f.invoke(c.failure)
	seen := c.current()
	close(release)
	overtaken := <-early

	if late.result().Outcome != remediation.Rotated || late.result().VersionID != seen {
		t.Errorf("the late one: %s, but %s was current", late.text, seen)
	}
	if overtaken.result().Outcome != remediation.Rotated || overtaken.result().VersionID != c.current() {
		t.Errorf("the early one: %s, but %s is current", overtaken.text, c.current())
	}
	if calls, rotations := c.rotateCalls(), len(c.rotations()); calls != 2 || rotations != 2 || seen == c.current() {
		t.Errorf("%d calls and %d rotations, want 2 of both: if this is no longer so, say so where the limit is stated", calls, rotations)
	}
	if record := c.record(); record.Phase != remediation.PhaseDone {
		t.Errorf("record %q, want it done", c.recordText())
	}
}

// Two invocations that claim within one second write the same claim and ask for the same version, which KMS does once.
func TestTwoClaimsOfOneSecondAskForOneVersion(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		var c *cloud
		both := make(chan struct{})
		arrived := 0
		var mu sync.Mutex
		c = newCloud(t, standin.Options{OnCall: func(call standin.Call, phase standin.Phase) {
			if call.Action != "TagResource" || phase != standin.BeforeCommit {
				return
			}
			mu.Lock()
			if arrived++; arrived == 2 {
				close(both)
			}
			mu.Unlock()
			<-both
		}}, standin.Secret{})
		i, j := newInstance(t, c), newInstance(t, c)
		var copies sync.WaitGroup
		copies.Go(func() { i.invoke(c.failure) })
		copies.Go(func() { j.invoke(c.failure) })
		copies.Wait()
		if calls, rotations := c.rotateCalls(), len(c.rotations()); calls != 2 || rotations != 1 {
			t.Errorf("%d calls and %d rotations, want 2 and 1", calls, rotations)
		}
	})
}

func checkCounts(t *testing.T, want, got map[remediation.Outcome]int) {
	t.Helper()
	for _, outcome := range remediation.Outcomes {
		if got[outcome] != want[outcome] {
			t.Errorf("%s: got %d, want %d", outcome, got[outcome], want[outcome])
		}
	}
}

// kill says when the process dies.
type kill struct {
	call  int // counted from 1
	phase standin.Phase
	lost  bool // the request was not done, as if it had never left
}

func (k kill) String() string {
	return fmt.Sprintf("killed at call %d, %s, request lost %t", k.call, k.phase, k.lost)
}

// A platform ends processes as it likes: for memory, for a deadline, for a new host. The work until then stays done,
// and the event comes again.
func TestAKilledFunctionGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	var stories sync.WaitGroup
	for call := range faultColumns {
		for _, k := range []kill{
			{call + 1, standin.BeforeCommit, true}, {call + 1, standin.BeforeCommit, false}, {call + 1, standin.AfterCommit, false},
		} {
			stories.Go(func() { runKillStory(t, k) })
		}
	}
	stories.Wait()
}

func runKillStory(t *testing.T, k kill) {
	p := newPromises(3)
	var f *function
	calls, killed := 0, false
	var mu sync.Mutex
	p.cloud = newCloud(t, standin.Options{OnCall: func(call standin.Call, phase standin.Phase) {
		p.onCall(call, phase)
		mu.Lock()
		defer mu.Unlock()
		if phase == standin.BeforeCommit {
			calls++
		}
		if killed || calls != k.call || phase != k.phase {
			return
		}
		killed = true
		if err := f.Kill(); err != nil { // returns when the process is gone, so nothing of the answer is read
			t.Error(err)
		}
	}}, standin.Secret{})
	if k.lost {
		column := faultColumns[k.call-1]
		p.cloud.Inject(standin.Fault{Action: column.action, Skip: column.skip, Times: 1, Kind: standin.ResetBefore})
	}
	f = startFunction(t, p.cloud, fcruntime.Options{Retries: platformRetries}, "RETRY_BACKOFF=1s", "MAX_ATTEMPTS=3")
	results, err := f.InvokeAsync(t.Context(), p.cloud.failure)
	if err != nil || len(results) < 2 || !results[0].Exited {
		t.Errorf("%s: %v after %d invocations: nothing was killed", k, err, len(results))
		return
	}
	for _, r := range results {
		p.after(f.readIfAnswered(r), r.Exited)
	}
	for range 3 {
		if record := p.cloud.record(); record.Phase == remediation.PhaseOpen && !p.repaired() {
			waitUntil(record.Due)
		}
		p.after(f.invoke(p.cloud.failure), false)
	}
	if n := len(p.cloud.rotations()); n != 1 || !p.repaired() {
		p.breach("%d rotations, want 1, and the secret repaired: record %q", n, p.cloud.recordText())
	}
	for _, broken := range p.breaches() {
		t.Errorf("%s: %s", k, broken)
	}
}

// readIfAnswered returns the zero answer of an invocation whose process was killed.
func (f *function) readIfAnswered(r fcruntime.Result) answer {
	f.t.Helper()
	if r.Exited {
		return answer{}
	}
	return f.read(r)
}
