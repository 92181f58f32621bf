package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/localrun"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// errFailed says that the invocation failed; what the function said is printed already.
var errFailed = errors.New("the invocation failed")

// function is the executable at work as the props say, and the KMS that it speaks to.
type function struct {
	props    props
	kms      *standin.KMS
	stop     func()
	platform *fcruntime.Platform
	log      journal

	invoking sync.Mutex
}

// answer is what an invocation came to.
type answer struct {
	Payload []byte `json:"payload"` // what the platform gives back
	Failed  bool   `json:"failed"`
	Wrong   string `json:"wrong"` // why the invocation failed, where the function did not say it
	Log     []byte `json:"log"`
}

func start(p props, executable, account string) (*function, error) {
	f := &function{props: p, kms: localrun.NewKMS(p.Region, account)}
	url, stop, err := standin.Serve(f.kms)
	if err != nil {
		return nil, fmt.Errorf("starting the stand-in: %w", err)
	}
	f.stop = stop
	f.platform, err = fcruntime.Start(fcruntime.Options{
		Command:      []string{executable},
		Env:          append(p.environment(), "KMS_ENDPOINT="+url, "CLOUDMONITOR_ENDPOINT="+url),
		Region:       p.Region,
		AccountID:    account,
		FunctionName: p.FunctionName,
		Credentials:  fcruntime.Credentials(standin.DefaultCredentials),
		Timeout:      p.timeout(),
		Concurrency:  p.Concurrency.Reserved,
		Stdout:       &f.log,
		Stderr:       &f.log,
	})
	if err != nil {
		stop()
		return nil, err
	}
	return f, nil
}

func (f *function) close() error {
	defer f.stop()
	return f.platform.Close()
}

// invoke delivers a payload, with the secrets that it names on the stand-in.
func (f *function) invoke(ctx context.Context, payload []byte) (answer, error) {
	f.invoking.Lock()
	defer f.invoking.Unlock()
	localrun.PutFailed(f.kms, localrun.EventsOf(payload))
	result, err := f.platform.Invoke(ctx, payload)
	if err != nil {
		return answer{}, fmt.Errorf("invoking the function: %w", err)
	}
	a := answer{Payload: result.Payload, Failed: result.Failed(), Log: f.log.take()}
	switch used := f.platform.Peak() >> 20; {
	case result.TimedOut:
		a.Wrong = fmt.Sprintf("no answer within the %s that timeout allows", f.props.timeout())
	case result.Exited:
		a.Wrong = "the function ended before it answered; its log says why"
	case used > int64(f.props.MemorySize):
		a.Failed, a.Wrong = true, fmt.Sprintf("it used %d MB, and memorySize is %d", used, f.props.MemorySize)
	}
	return a, nil
}

// show prints what was answered, and fails if the invocation did.
func (a answer) show(s streams) error {
	if _, err := s.err.Write(a.Log); err != nil {
		return err
	}
	var laidOut bytes.Buffer
	if len(a.Payload) > 0 && json.Indent(&laidOut, a.Payload, "", "  ") == nil {
		if _, err := fmt.Fprintln(s.out, laidOut.String()); err != nil {
			return err
		}
	}
	if a.Wrong != "" {
		return fmt.Errorf("%w: %s", errFailed, a.Wrong)
	}
	if a.Failed {
		return errFailed
	}
	return nil
}

// account is the one in which the events of a payload happened.
func account(payload []byte) string {
	for _, event := range localrun.EventsOf(payload) {
		return cmp.Or(event.Account, localrun.DefaultAccount)
	}
	return localrun.DefaultAccount
}

// journal keeps what the function prints until it is taken.
type journal struct {
	mu   sync.Mutex
	kept bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.kept.Write(p)
}

func (j *journal) take() []byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	taken := bytes.Clone(j.kept.Bytes())
	j.kept.Reset()
	return taken
}
