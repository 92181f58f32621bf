// Command invoke shows the main job at work: it delivers one event to the built function, as Function Compute does, and
// prints the event, the calls that the function made, and its result.
//
//	event file → runtime API on loopback → target/main → KMS stand-in on loopback (or, with -real, KMS)
//
// `make invoke` runs it. Without -event it delivers the vendor's sample of a failed rotation, and exits with 0 only if
// the secret was rotated; with -event, if the invocation succeeded.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/localrun"
	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
)

// sample is the failure event of the page "Monitor the rotation of dynamic ECS secrets", word for word.
const sample = "events/testdata/rotate-failure-ecs.json"

// Exit statuses.
const (
	statusDone   = 0
	statusFailed = 1
	statusUsage  = 2
)

type options struct {
	binary string
	event  string
	real   bool
}

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "target/main", "the built function")
	flag.StringVar(&o.event, "event", "", "a file with the event to deliver (default: the vendor's sample of a failed rotation)")
	flag.BoolVar(&o.real, "real", false, "talk to the real KMS; needs -event and credentials in the environment, observes unless REMEDIATION_MODE=act")
	flag.Parse()
	if flag.NArg() > 0 || o.real && o.event == "" {
		fmt.Fprintln(os.Stderr, "invoke: want no arguments but flags, and -event (make: EVENT=file) with -real")
		os.Exit(statusUsage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	status, err := run(ctx, o, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "invoke:", err)
		status = statusFailed
	}
	os.Exit(status)
}

// mode is that of the environment. Unless it says so, nothing is written to a real account.
func (o options) mode() localrun.Mode {
	mode := localrun.Act
	if o.real {
		mode = localrun.Observe
	}
	return cmp.Or(localrun.Mode(os.Getenv("REMEDIATION_MODE")), mode)
}

func run(ctx context.Context, o options, out io.Writer) (status int, err error) {
	file := o.event
	if file == "" {
		file = sample
	}
	payload, err := os.ReadFile(file)
	if err != nil {
		return 0, fmt.Errorf("reading the event: %w", err)
	}
	w, err := localrun.New(localrun.Options{Real: o.real, Mode: o.mode(), Payload: payload})
	if err != nil {
		return 0, err
	}
	defer w.Close()
	runtime := w.Runtime
	runtime.Command = []string{o.binary}
	platform, err := fcruntime.Start(runtime)
	if err != nil {
		return 0, err
	}
	defer platform.Close()

	showEvent(out, file, payload)
	result, err := platform.Invoke(ctx, payload)
	if err != nil {
		return 0, fmt.Errorf("invoking the function: %w", err)
	}
	showCalls(out, w.KMS)
	outcome := showResult(out, result)
	if result.Exited {
		_, stderr := platform.Output()
		return 0, fmt.Errorf("the function ended before it answered: %s", lastLine(stderr))
	}
	if o.event == "" && outcome != "rotated" {
		return 0, fmt.Errorf("the outcome of the sample is %q, want rotated: see the result above, and REMEDIATION_MODE and the other settings in the environment", outcome)
	}
	if result.Failed() {
		return statusFailed, nil
	}
	return statusDone, nil
}
