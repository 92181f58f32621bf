package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/deployment"
	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/localrun"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// errFailed says that the invocation failed; the function's answer is printed already.
var errFailed = errors.New("the invocation failed")

type invokeCommand struct {
	Event     string `short:"e" xor:"event" help:"The event to deliver."`
	EventFile string `short:"f" xor:"event" help:"A file with the event to deliver." placeholder:"PATH"`
}

func (c invokeCommand) Run(ctx context.Context, line *commandLine, s streams) error {
	f, err := deployment.Props(s.in)
	if err != nil {
		return err
	}
	payload, err := c.payload(line.Folder)
	if err != nil {
		return err
	}
	all := f.Findings()
	if err := report(s.err, append(all, f.CheckCode(line.Folder)...)); err != nil {
		return fmt.Errorf("%w: %w", errFaults, err)
	}
	return deliver(ctx, f, f.Executable(line.Folder), payload, s)
}

func (c invokeCommand) payload(folder string) ([]byte, error) {
	switch {
	case c.Event != "":
		return []byte(c.Event), nil
	case c.EventFile == "":
		return nil, errors.New("no event: want it after -e, or a file that holds it after -f")
	case !filepath.IsAbs(c.EventFile):
		c.EventFile = filepath.Join(folder, c.EventFile)
	}
	payload, err := os.ReadFile(c.EventFile)
	if err != nil {
		return nil, fmt.Errorf("reading the event: %w", err)
	}
	return payload, nil
}

// deliver runs the function as its props say, in their region, on a stand-in with the secrets of the payload.
func deliver(ctx context.Context, f *deployment.Function, executable string, payload []byte, s streams) error {
	events := localrun.EventsOf(payload)
	_, account := localrun.Place(events)
	kms := localrun.NewKMS(f.Region, account)
	localrun.PutFailed(kms, events)
	url, stop, err := standin.Serve(kms)
	if err != nil {
		return fmt.Errorf("starting the stand-in: %w", err)
	}
	defer stop()
	platform, err := fcruntime.Start(fcruntime.Options{
		Command:      []string{executable},
		Env:          append(f.Environ(), "KMS_ENDPOINT="+url, "CLOUDMONITOR_ENDPOINT="+url),
		Region:       f.Region,
		AccountID:    account,
		FunctionName: f.Name,
		Credentials:  fcruntime.Credentials(standin.DefaultCredentials),
		Timeout:      time.Duration(f.Timeout) * time.Second,
		Concurrency:  *f.Concurrency.Reserved,
		Stdout:       s.err,
		Stderr:       s.err,
	})
	if err != nil {
		return err
	}
	defer platform.Close()
	result, err := platform.Invoke(ctx, payload)
	if err != nil {
		return fmt.Errorf("invoking the function: %w", err)
	}
	return answer(f, result, platform.Peak()>>20, s)
}

// answer prints the answer that the platform would return, and fails if the invocation did.
func answer(f *deployment.Function, result fcruntime.Result, used int64, s streams) error {
	var laidOut bytes.Buffer
	if len(result.Payload) > 0 && json.Indent(&laidOut, result.Payload, "", "  ") == nil {
		if _, err := fmt.Fprintln(s.out, laidOut.String()); err != nil {
			return err
		}
	}
	switch {
	case result.TimedOut:
		return fmt.Errorf("%w: no answer within the %d s of timeout", errFailed, f.Timeout)
	case result.Exited:
		return fmt.Errorf("%w: the function ended before it answered; its log says why", errFailed)
	case used > int64(f.MemorySize):
		return fmt.Errorf("%w: it used %d MB, and memorySize is %d", errFailed, used, f.MemorySize)
	case result.Failed():
		return errFailed
	}
	return nil
}
