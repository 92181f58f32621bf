package doctor

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/eventlog"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// manyWitnesses bounds the secrets whose version is read only to answer a question of platform.go.
const manyWitnesses = 50

// call is an action in a region.
type call struct{ region, action string }

// reader makes the calls of the doctor, at a pace, and keeps what came of each action.
type reader struct {
	account   *cli.Account
	pace      *cli.Pace
	tried     map[call]error // nil for an action that was answered
	missed    []missedSecret
	witnesses int
}

// missedSecret is a secret that could not be read.
type missedSecret struct {
	call
	name string
	err  error
}

func newReader(account *cli.Account) *reader {
	return &reader{account: account, pace: cli.NewPace(), tried: map[call]error{}}
}

func (r *reader) miss(region, action, name string, err error) {
	r.missed = append(r.missed, missedSecret{call{region, action}, name, err})
}

// note keeps what came of an action. Once it was answered in a region, a later failure there is transient.
func (r *reader) note(region, action string, err error) {
	if before, tried := r.tried[call{region, action}]; !tried || before != nil {
		r.tried[call{region, action}] = err
	}
}

// read makes one read and notes its action. A secret that is gone says nothing about the action.
func read[A, T any](ctx context.Context, r *reader, region cli.Region, action string, call func(context.Context, A) (T, error), about A) (T, error) {
	r.pace.Wait(ctx)
	value, err := cli.Read(ctx, region, action+" in "+region.Name, call, about)
	if err == nil || cli.ClassOf(err) != remediation.Gone {
		r.note(region.Name, action, err)
	}
	return value, err
}

// past is what the history holds of a region.
type past struct {
	lists [][]eventlog.Event // each in the order of its answers
	cut   bool               // it was not read to its end
}

// past reads the rotation events of 90 days, by name.
func (r *reader) past(ctx context.Context, region cli.Region, now time.Time) past {
	var p past
	var failed error
	for _, name := range []string{events.FailureName, events.SuccessName} {
		found, err := eventlog.ReadRegion(ctx, region, eventlog.Query{Names: []string{name}, From: now.Add(-events.HistoryKept), To: now})
		if errors.Is(err, eventlog.ErrCut) {
			p.cut, err = true, nil
		}
		if err != nil {
			failed, p.cut = err, true
			break
		}
		p.lists = append(p.lists, found)
	}
	r.note(region.Name, "cms:DescribeSystemEventAttribute", failed)
	return p
}

// of returns the rotation events of one secret, oldest first.
func (p past) of(secret string) []events.Event {
	var found []events.Event
	for _, event := range slices.Concat(p.lists...) {
		for _, decoded := range event.Decoded {
			if decoded.SecretName == secret && !decoded.Time.IsZero() {
				found = append(found, decoded)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b events.Event) int { return a.Time.Compare(b.Time) })
	return found
}

// catalogue reads how CloudMonitor names the two events.
func (r *reader) catalogue(ctx context.Context, region cli.Region) []alicloud.EventMeta {
	catalogue, _ := read(ctx, r, region, "cms:DescribeSystemEventMetaList", func(ctx context.Context, m *alicloud.CloudMonitor) ([]alicloud.EventMeta, error) {
		return m.SystemEventMeta(ctx)
	}, region.Monitor())
	return catalogue
}
