// Command invoke shows the function at work: it delivers one event to the built executable, as Function Compute does, and
// prints the event, the steps of the function and its result.
//
//	EVENT, or the vendor's sample → internal/localrun → target/main → stand-in on loopback, or with REAL=1 the account
//
// `make invoke` runs it. EVENT and REAL come from the environment, so that no shell reads the name of a file.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/localrun"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	binary = "target/main"
	// sample is the failure event of the page "Monitor the rotation of dynamic ECS secrets", word for word.
	sample = "events/testdata/rotate-failure-ecs.json"
)

// Exit statuses.
const (
	statusDone   = 0
	statusFailed = 1
	statusUsage  = 2
)

// errUsage says that variables of the command contradict each other.
var errUsage = errors.New("REAL=1 wants EVENT=file as well: the sample is of no account of yours")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Stdout, os.Stderr)
	switch {
	case err == nil:
		os.Exit(statusDone)
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "invoke:", err)
		os.Exit(statusUsage)
	}
	fmt.Fprintln(os.Stderr, "invoke:", err)
	os.Exit(statusFailed)
}

// run succeeds if the invocation did, and with the sample only if the secret was rotated, or in observe mode would be.
func run(ctx context.Context, out, progress io.Writer) error {
	event, onAccount := os.Getenv("EVENT"), os.Getenv("REAL") == "1"
	if onAccount && event == "" {
		return errUsage
	}
	file := event
	if file == "" {
		file = sample
	}
	payload, err := localrun.ReadPayload(file)
	if err != nil {
		return err
	}
	options := localrun.Options{Binary: binary, Payload: payload, Environ: os.Environ(), Real: onAccount, Mode: mode(onAccount), Progress: progress}
	delivery, err := localrun.New(options)
	if err != nil {
		return err
	}
	defer delivery.Close()
	for _, note := range delivery.Notes {
		fmt.Fprintln(progress, "invoke:", note)
	}
	result, err := delivery.Deliver(ctx)
	if err != nil {
		return err
	}
	localrun.Show(out, payload, result)
	return judge(event == "", delivery.Mode, result)
}

// mode is that of the environment. Unless it says so, nothing is written to an account.
func mode(onAccount bool) config.Mode {
	switch mode := config.Mode(os.Getenv(config.ModeVariable)); {
	case mode != "":
		return mode
	case onAccount:
		return config.Observe
	}
	return config.Act
}

func judge(isSample bool, mode config.Mode, result localrun.Result) error {
	if result.ErrorType != "" {
		return fmt.Errorf("the invocation failed with errorType %s", result.ErrorType)
	}
	want := remediation.Rotated
	if mode == config.Observe {
		want = remediation.WouldRotate
	}
	answer := result.Read()
	if isSample && (len(answer.Results) != 1 || answer.Results[0].Outcome != want) {
		return fmt.Errorf("the sample is not %s: see the result above and the settings in the environment", want)
	}
	return nil
}
