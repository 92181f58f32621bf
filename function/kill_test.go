package main

import (
	"fmt"
	"sync"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// kill says when the process dies.
type kill struct {
	call  int // counted from 1
	phase standin.Phase
	lost  bool // the request was not done, as if it had never left
}

func (k kill) String() string {
	return fmt.Sprintf("killed at call %d, %s, request lost %t", k.call, k.phase, k.lost)
}

// A platform ends processes as it likes: for memory, for a deadline, for a new host. Whatever was done by then is done, and
// the event comes again.
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
		if record := p.cloud.record(); record.Phase == remediation.PhaseOpen && !p.mended() {
			waitUntil(record.Due)
		}
		p.after(f.invoke(p.cloud.failure), false)
	}
	if n := len(p.cloud.rotations()); n != 1 || !p.mended() {
		p.breach("%d rotations, want 1, and the secret mended: record %q", n, p.cloud.recordText())
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
