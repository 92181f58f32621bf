package accounttest

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	ID     = "1000000000000001"
	Region = "cn-hangzhou"
	Secret = "acs/ecs/web-1"
)

// Account is one account in one region.
type Account struct {
	*standin.KMS
	client  *alicloud.Client // nil until Connect
	offline atomic.Bool
}

// New returns an account without secrets.
func New(o standin.Options) *Account { return &Account{KMS: standin.New(o)} }

// Run calls script in a bubble, with a connected account at the time begin.
func Run(t *testing.T, begin time.Time, o standin.Options, script func(*testing.T, *Account)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		Wait(time.Until(begin))
		account := New(o)
		defer account.Connect(t)()
		script(t, account)
	})
}

// Wait lets time go by, which costs nothing in a bubble.
func Wait(d time.Duration) { <-time.After(d) }

// Connect gives the account a client over connections in memory, until hangUp.
func (a *Account) Connect(t testing.TB) (hangUp func()) {
	t.Helper()
	dial, stop := standin.Pipe(a.KMS)
	client, err := alicloud.New(alicloud.Options{
		KMSEndpoint: "http://127.0.0.1:1", CloudMonitorEndpoint: "http://127.0.0.1:1",
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if a.offline.Load() {
				return nil, errors.New("offline")
			}
			return dial(ctx, network, address)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	a.client = client
	return func() { client.CloseIdleConnections(); stop() }
}

// SetOffline lets no connection be made, or each again. One that is open is not used any more.
func (a *Account) SetOffline(offline bool) {
	a.offline.Store(offline)
	a.client.CloseIdleConnections()
}

// Client returns KMS and CloudMonitor with the account's own credentials.
func (a *Account) Client(region string) (*alicloud.KMS, *alicloud.CloudMonitor) {
	credentials := alicloud.Credentials(standin.DefaultCredentials)
	return a.client.KMS(region, credentials), a.client.CloudMonitor(region, credentials)
}

// Policy is that of the function's defaults, for all ECS secrets of the account.
func Policy() remediation.Policy {
	return remediation.Policy{
		Scope:       remediation.Scope{Account: ID, Regions: []string{Region}, Types: []string{"ECS"}, Allow: []string{"**"}},
		MaxAttempts: 5, Backoff: 10 * time.Minute, BackoffMax: 6 * time.Hour, VerifyWait: 20 * time.Second,
	}
}

// Current returns the version of a secret at stage ACSCurrent, the zero Version where there is none.
func (a *Account) Current(secret string) standin.Version {
	s, _ := a.Secret(secret)
	for _, version := range s.Versions {
		if slices.Contains(version.Stages, "ACSCurrent") {
			return version
		}
	}
	return standin.Version{}
}

// RecordText returns the tag with the record of a secret, "" without one.
func (a *Account) RecordText(secret string) string {
	s, _ := a.Secret(secret)
	return s.Tags[remediation.RecordTag]
}

// RecordOf reads that tag. found is false as well where it cannot be read.
func (a *Account) RecordOf(secret string) (r remediation.Record, found bool) {
	text := a.RecordText(secret)
	if text == "" {
		return r, false
	}
	r, err := remediation.ParseRecord(text)
	if err != nil {
		return remediation.Record{}, false
	}
	return r, true
}

// Requested returns the rotations of a secret that calls started.
func (a *Account) Requested(secret string) []standin.Rotation {
	return slices.DeleteFunc(a.Rotations(secret), func(r standin.Rotation) bool { return r.By != standin.ByCall })
}

// Promote makes a new version of a secret current by a person's hand, also while a rotation runs.
func (a *Account) Promote(secret, version string) {
	s, _ := a.Secret(secret)
	for i := range s.Versions {
		s.Versions[i].Stages = nil
	}
	s.Versions = append(s.Versions, standin.Version{ID: version, CreateTime: time.Now(), Stages: []string{"ACSCurrent"}})
	a.Put(s)
}

// Running says whether a rotation of a secret is at work.
func (a *Account) Running(secret string) bool {
	all := a.Rotations(secret)
	return len(all) > 0 && all[len(all)-1].Ended.IsZero()
}

// Raised returns the events that KMS raised since the last call of it, as the function reads them.
func (a *Account) Raised(t testing.TB) []events.Event {
	t.Helper()
	var all []events.Event
	for _, raw := range a.DrainEvents() {
		for _, item := range events.Decode(raw.Payload).Items {
			if item.Err != nil {
				t.Fatal(item.Err)
			}
			all = append(all, item.Event)
		}
	}
	return all
}
