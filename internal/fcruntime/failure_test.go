package fcruntime

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// varying are the fields of a result that differ from run to run.
var varying = cmpopts.IgnoreFields(Result{}, "RequestID", "Elapsed", "SinceExec", "Payload")

// A failure that is taken for a success, or for another failure, hides what the function does when things go wrong.
func TestEachWayToFailIsDistinct(t *testing.T) {
	for _, row := range []struct {
		name string
		do   string
		want Result
		same bool // the process that failed serves the next event
	}{
		{"an error is passed on as it was posted", "fail",
			Result{Attempt: 1, Error: &FunctionError{Message: "no luck", Type: "luck"}}, true},
		{"a panic is an error, and the process lives", "panic",
			Result{Attempt: 1, Error: &FunctionError{Message: "at the disco", Type: "string"}}, true},
		{"an exit has its code", "exit", Result{Attempt: 1, Exited: true, ExitCode: 3}, false},
		{"a handler that hangs is killed at its deadline", "hang", Result{Attempt: 1, TimedOut: true}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := start(t, Options{Timeout: 2 * time.Second})
			before := reported(t, invoke(t, p, "{}"))
			got := invoke(t, p, order{Do: row.do}.event())
			if diff := cmp.Diff(row.want, got, varying, cmpopts.IgnoreFields(FunctionError{}, "StackTrace")); diff != "" {
				t.Errorf("another result (-want +got):\n%s", diff)
			}
			if row.do == "panic" && len(got.Error.StackTrace) == 0 {
				t.Error("the stack of a panic is missing: nobody finds where it was")
			}
			if !got.Failed() {
				t.Error("the attempt does not count as failed: it would not be tried again")
			}
			after := reported(t, invoke(t, p, "{}"))
			if same := before.PID == after.PID; same != row.same {
				t.Errorf("the next event ran in the same process: %t, want %t", same, row.same)
			}
		})
	}
}

// The deadline in the context is what the function plans by: a kill before it would be a crash nobody can avoid.
func TestAProcessIsNotKilledBeforeItsDeadline(t *testing.T) {
	const timeout = 300 * time.Millisecond
	p := start(t, Options{Timeout: timeout})
	for range 3 {
		if got := invoke(t, p, order{Do: "hang"}.event()); !got.TimedOut || got.Elapsed < timeout || got.Elapsed > 10*timeout {
			t.Errorf("timed out: %t, after %s; want the kill at %s", got.TimedOut, got.Elapsed, timeout)
		}
	}
}

// Bad settings stop the start of the function: its driver must see that, and the line that says why.
func TestAnExitBeforeTheFirstPollIsReportedWithItsLine(t *testing.T) {
	p := start(t, Options{Env: []string{roleVariable + "=bad-settings"}})
	got := invoke(t, p, "{}")
	if diff := cmp.Diff(Result{Attempt: 1, Exited: true, ExitCode: 1}, got, varying); diff != "" || got.Elapsed != 0 {
		t.Errorf("another result, elapsed %s (-want +got):\n%s", got.Elapsed, diff)
	}
	if _, stderr := p.Output(); string(stderr) != "MODE=\"maybe\": want act or observe\n" {
		t.Errorf("stderr is %q, want the one line", stderr)
	}
}

// A binary that is no function at all must fail a test, not hang it.
func TestAProcessThatNeverPollsTimesOut(t *testing.T) {
	p := start(t, Options{Env: []string{roleVariable + "=never-polls"}, startLimit: 300 * time.Millisecond})
	if got := invoke(t, p, "{}"); !got.TimedOut || got.Elapsed != 0 {
		t.Errorf("got %+v, want a timeout of an event that was never handed out", got)
	}
}

// The tests that kill the function between two of its calls rely on this.
func TestAKillEndsTheEventInFlightAndTheNextHasANewProcess(t *testing.T) {
	visited, arrived := arrivals(t)
	p := start(t, Options{})
	before := reported(t, invoke(t, p, "{}"))
	inFlight := invokeInBackground(t.Context(), p, order{Do: "hang", URL: visited})
	<-arrived
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	got := <-inFlight
	if diff := cmp.Diff(Result{Attempt: 1, Exited: true, ExitCode: -1}, got.result, varying); diff != "" || got.err != nil {
		t.Errorf("another result, error %v (-want +got):\n%s", got.err, diff)
	}
	after := reported(t, invoke(t, p, "{}"))
	if err := p.Kill(); err != nil { // while it waits for an event
		t.Fatal(err)
	}
	last := reported(t, invoke(t, p, "{}"))
	if before.PID == after.PID || after.PID == last.PID {
		t.Errorf("processes %d, %d and %d, want three that differ", before.PID, after.PID, last.PID)
	}
}

// An answer that reaches the wrong event makes a failed one look like a success.
func TestAnAnswerCountsOnceAndForItsOwnEventOnly(t *testing.T) {
	p := start(t, Options{})
	if got := reported(t, invoke(t, p, order{Do: "answer-another"}.event())); got.Status != 400 {
		t.Errorf("an answer to an event of nobody got status %d, want 400", got.Status)
	}
	statuses := make(chan string, 2)
	visited := visit(t, func(r *http.Request) { statuses <- r.URL.Path })
	if got := invoke(t, p, order{Do: "answer-twice", URL: visited}.event()); string(got.Payload) != `"mine"` {
		t.Errorf("got %s, want the first answer", got.Payload)
	}
	<-statuses // that it began
	if status := <-statuses; status != "/400" {
		t.Errorf("a second answer got status %s, want /400", status)
	}
	// The third answer, by the SDK, may come while this event waits for its own.
	if got := reported(t, invoke(t, p, "next")); got.Event != "next" {
		t.Errorf("got the report of %q, want that of the next event", got.Event)
	}
}

// A process that outlives its platform polls a closed port as fast as it can and fills whatever it logs to.
func TestCloseLeavesNoProcessBehind(t *testing.T) {
	visited, arrived := arrivals(t)
	p := start(t, Options{Concurrency: 2})
	running := invokeInBackground(t.Context(), p, order{URL: visited})
	idle := reported(t, invoke(t, p, "{}"))
	<-arrived
	<-running
	inFlight := invokeInBackground(t.Context(), p, order{Do: "hang", URL: visited})
	<-arrived
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if got := <-inFlight; !got.result.Exited || got.err != nil {
		t.Errorf("in flight: got %+v, want the end of its process", got)
	}
	if err := syscall.Kill(idle.PID, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d after Close: %v, want no such process", idle.PID, err)
	}
	if _, err := p.Invoke(t.Context(), nil); !errors.Is(err, errClosed) {
		t.Errorf("an event after Close: %v, want %v", err, errClosed)
	}
	if _, stderr := p.Output(); bytes.Contains(stderr, []byte("failed to get")) {
		t.Errorf("a process saw the port closed: %s", strings.SplitN(string(stderr), "\n", 2)[0])
	}
	if err := p.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}
