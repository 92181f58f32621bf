package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// manyWitnesses is of how many secrets the version is read for a question alone.
const manyWitnesses = 50

// evidence is what was seen on the way.
type evidence struct {
	rules     []seenRule
	past      [][]pastEvent // each list in the order of its answers
	catalogue []alicloud.EventMeta
	secrets   []seenSecret
	witnesses int
}

// seenSecret is a secret with its rotation events. Its version is read where something depends on it.
type seenSecret struct {
	remediation.Secret

	current remediation.Version
	events  []events.Event
}

// wants says whether the version of a secret may answer a question: it was rotated, or a rotation failed, while the
// history reaches back.
func (e *evidence) wants(s seenSecret) bool {
	if e.witnesses >= manyWitnesses || len(s.events) == 0 && time.Since(s.LastRotation) > eventsKept {
		return false
	}
	e.witnesses++
	return true
}

func eventsOf(secret string, past []pastEvent) []events.Event {
	var found []events.Event
	for _, event := range past {
		for _, said := range event.said {
			if said.SecretName == secret && !said.Time.IsZero() {
				found = append(found, said)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b events.Event) int { return a.Time.Compare(b.Time) })
	return found
}

// readPast reads the rotation events of 90 days, by name, in the order of the answers.
func (d *doctor) readPast(ctx context.Context, region string) []pastEvent {
	var all []pastEvent
	var failed error
	for _, name := range []string{failureEvent, successEvent} {
		found, err := d.historyOf(ctx, region, historyQuery{names: []string{name}, from: d.now.Add(-eventsKept), to: d.now})
		if errors.Is(err, errCut) {
			d.pastIsCut[region], err = true, nil
		}
		if err != nil {
			failed = err
			d.pastIsCut[region] = true
			break
		}
		d.evidence.past = append(d.evidence.past, found)
		all = append(all, found...)
	}
	d.note(region, "cms:DescribeSystemEventAttribute", failed)
	return all
}

// readCatalogue reads how CloudMonitor names the two events.
func (d *doctor) readCatalogue(ctx context.Context, region string) {
	d.pace.wait(ctx)
	catalogue, err := read(ctx, d.cloud, "CloudMonitor's catalogue of events", func(ctx context.Context) ([]alicloud.EventMeta, error) {
		return d.monitor(region).SystemEventMeta(ctx)
	})
	if err != nil {
		d.unread("catalogue", region, err)
		return
	}
	d.evidence.catalogue = append(d.evidence.catalogue, catalogue...)
}
