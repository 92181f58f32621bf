package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/localrun"
)

// sample is what a deployment is tried with: the failure of the page "Monitor the rotation of dynamic ECS secrets".
const sample = "events/testdata/rotate-failure-ecs.json"

type deployCommand struct{}

// Run checks before it ends what is there: a deployment that is refused leaves the one before it alone.
func (deployCommand) Run(ctx context.Context, line *commandLine, s streams) error {
	p, err := readProps(s.in)
	if err != nil {
		return err
	}
	if err := p.check(line.Folder); err != nil {
		return err
	}
	payload, err := sampleIn(line.Folder, p.Region)
	if err != nil {
		return err
	}
	d, err := locate(p, line.Folder)
	if err != nil {
		return err
	}
	if _, err := d.remove(ctx); err != nil {
		return err
	}
	if err := d.start(p, p.executable(line.Folder), account(payload)); err != nil {
		return err
	}
	fmt.Fprintf(s.err, "%s runs on this machine, with REMEDIATION_MODE=%s, and ends after %s without an invocation\n",
		p.FunctionName, p.variable("REMEDIATION_MODE"), idleLimit)
	a, err := d.invoke(ctx, payload)
	if err != nil {
		return err
	}
	return a.show(s)
}

// sampleIn moves the sample to the region of the function: one of another region would only be skipped.
func sampleIn(folder, region string) ([]byte, error) {
	payload, err := os.ReadFile(filepath.Join(folder, sample))
	if err != nil {
		return nil, fmt.Errorf("reading the event to try it with: %w", err)
	}
	for _, event := range localrun.EventsOf(payload) {
		if event.Kind == events.Failure {
			return bytes.ReplaceAll(payload, []byte(event.Region), []byte(region)), nil
		}
	}
	return nil, errors.New(sample + " holds no failure")
}
