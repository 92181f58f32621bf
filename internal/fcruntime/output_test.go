package fcruntime

import (
	"bytes"
	"fmt"
	"testing"
)

// Tests look for log lines, and for secrets in them, when an invocation has returned: what comes later is not found.
func TestWhatWasPrintedBeforeTheAnswerIsKeptWhenItReturns(t *testing.T) {
	const lines = 1000 // more than a pipe holds
	var copied bytes.Buffer
	p := start(t, Options{Stdout: &copied, Stderr: &copied})
	for n := range 10 {
		reported(t, invoke(t, p, order{Lines: lines, Offset: n * lines}.event()))
		stdout, _ := p.Output()
		if got := bytes.Count(stdout, []byte("\nline ")); got != (n+1)*lines {
			t.Fatalf("event %d: %d lines are kept, want %d", n, got, (n+1)*lines)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	stdout, stderr := p.Output()
	if !bytes.Contains(stdout, fmt.Appendf(nil, "line %d ", 10*lines-1)) || copied.Len() != len(stdout)+len(stderr) {
		t.Errorf("%d bytes were copied, %d kept", copied.Len(), len(stdout)+len(stderr))
	}
}

// A process that ends says why in its last lines.
func TestWhatWasPrintedBeforeAnExitIsKeptWhenItReturns(t *testing.T) {
	const lines = 250 // nearly what a pipe holds, so that they can all be unread when the process ends
	p := start(t, Options{})
	for n := range 10 {
		invoke(t, p, order{Do: "exit", Lines: lines}.event())
		stdout, _ := p.Output()
		if got := bytes.Count(stdout, []byte("\nline ")); got != (n+1)*lines {
			t.Fatalf("exit %d: %d lines are kept, want %d", n, got, (n+1)*lines)
		}
	}
}

// The usual figure for an ended process includes the memory of the program that started it: the limit on the
// function's memory would be held or broken by its test.
func TestThePeakIsTheMemoryOfTheFunctionAlone(t *testing.T) {
	const ours = 128 << 20
	ballast := bytes.Repeat([]byte{1}, ours)
	p := start(t, Options{})
	reported(t, invoke(t, p, "{}"))
	running := p.Peak()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if ended := p.Peak(); running < 1<<20 || ended < running || ended >= int64(len(ballast)) {
		t.Errorf("a peak of %d bytes while it runs, %d at the end; want 1 MiB or more, and less than the %d of this program",
			running, ended, len(ballast))
	}
}
