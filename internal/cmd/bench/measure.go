package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	// failure is the vendor's sample of a failed rotation.
	failure = "events/testdata/rotate-failure-ecs.json"
	// foreign is an event of another product: the function answers it without a call.
	foreign = `{"product":"ECS","name":"Instance:StateChange","level":"INFO","regionId":"cn-hangzhou","content":{}}`
)

// measurement is what the processes of each kind came to.
type measurement struct {
	noop, firstAnswer, remediation []time.Duration // from just before exec to the answer

	peak  int64 // bytes, the most that a process with a remediation had resident
	calls int   // to KMS, of one remediation
}

// measure starts the kinds in turn, so that what slows the machine for a while slows all of them. The first turn is not
// counted: it brings the files into memory.
func measure(ctx context.Context, noop, function string, runs int) (measurement, error) {
	payload, err := os.ReadFile(failure)
	if err != nil {
		return measurement{}, fmt.Errorf("reading the event: %w", err)
	}
	var m measurement
	for turn := range runs + 1 {
		idle, err := run(ctx, process{binary: noop, payload: []byte(foreign)})
		if err != nil {
			return m, fmt.Errorf("running the no-op handler: %w", err)
		}
		first, err := run(ctx, process{binary: function, payload: []byte(foreign), want: remediation.Ignored})
		if err != nil {
			return m, fmt.Errorf("running the function to its first answer: %w", err)
		}
		healed, err := run(ctx, process{binary: function, payload: payload, want: remediation.Rotated})
		if err != nil {
			return m, fmt.Errorf("running a remediation: %w", err)
		}
		if turn == 0 {
			continue
		}
		m.noop = append(m.noop, idle.sinceExec)
		m.firstAnswer = append(m.firstAnswer, first.sinceExec)
		m.remediation = append(m.remediation, healed.sinceExec)
		m.peak = max(m.peak, healed.peak)
		m.calls = healed.calls
	}
	return m, nil
}

// process is one fresh process with one event, on a KMS of its own.
type process struct {
	binary  string
	payload []byte
	want    remediation.Outcome // "" for a handler whose answer does not matter
}

type figures struct {
	sinceExec time.Duration
	peak      int64
	calls     int
}

func run(ctx context.Context, p process) (figures, error) {
	item := events.Decode(p.payload).Items[0]
	if item.Err != nil {
		return figures{}, item.Err
	}
	event := item.Event
	kms := standin.New(standin.Options{Region: event.Region, Account: event.Account, Allow: policy.Function.Actions()})
	kms.Put(standin.Secret{
		Name:     event.SecretName,
		Versions: []standin.Version{{ID: "v1", CreateTime: event.Time.Add(-time.Hour), Stages: []string{"ACSCurrent"}}},
	})
	runtime.GC() // and none while the process runs: it would take the time of one of two processors
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	url, stop, err := standin.Serve(kms)
	if err != nil {
		return figures{}, err
	}
	defer stop()
	platform, err := fcruntime.Start(fcruntime.Options{
		Command:     []string{p.binary},
		Env:         []string{"REMEDIATION_MODE=act", "KMS_ENDPOINT=" + url, "CLOUDMONITOR_ENDPOINT=" + url},
		Region:      event.Region,
		AccountID:   event.Account,
		Credentials: fcruntime.Credentials(standin.DefaultCredentials),
	})
	if err != nil {
		return figures{}, err
	}
	result, err := platform.Invoke(ctx, p.payload)
	if err == nil {
		err = check(result, p.want)
	}
	f := figures{sinceExec: result.SinceExec, peak: platform.Peak(), calls: len(kms.Calls())}
	return f, errors.Join(err, platform.Close())
}

// check makes sure that what was measured is what was meant.
func check(r fcruntime.Result, want remediation.Outcome) error {
	var report struct {
		Results []struct{ Outcome remediation.Outcome }
	}
	switch {
	case r.Failed():
		return fmt.Errorf("the invocation failed: %s", r.Payload)
	case want == "":
		return nil
	case json.Unmarshal(r.Payload, &report) != nil || len(report.Results) != 1 || report.Results[0].Outcome != want:
		return fmt.Errorf("answered %s: want one result, %s", r.Payload, want)
	}
	return nil
}
