package remediation_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	region  = "cn-hangzhou"
	account = "1000000000000001"
	secret  = "acs/ecs/web-1"
)

// world is a KMS that checks signatures, a client and a Remediator, in virtual time: waiting costs nothing, and what
// takes no time in the world takes none at all.
type world struct {
	t *testing.T
	*standin.KMS
	remediator *remediation.Remediator
	timeout    time.Duration // of an invocation
	offline    bool          // no connection can be made
	every      time.Duration // the interval of the timer
	overdue    time.Duration // how late a rotation may be before a tick tells it; 0 = no tick looks
	before     func(call)    // told of each call before it is made
	client     *alicloud.Client
	delivered  time.Time // when the last invocation began
	calls      []call    // of that
}

// call is one try of a call, as the Remediator made it.
type call struct {
	action string        // describe, list, tag, rotate
	at     time.Duration // since the delivery
	bound  time.Duration // what its context leaves it
}

// inWorld runs script in a world with one secret, an hour old and well.
func inWorld(t *testing.T, options standin.Options, script func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, options)
		defer w.client.CloseIdleConnections()
		w.wait(time.Hour)
		script(w)
	})
}

func newWorld(t *testing.T, options standin.Options) *world {
	t.Helper()
	w := &world{t: t, KMS: standin.New(options), timeout: time.Minute, every: every, before: func(call) {}}
	w.Put(standin.Secret{Name: secret})
	dial, stop := standin.Pipe(w.KMS)
	t.Cleanup(stop)
	var err error
	w.client, err = alicloud.New(alicloud.Options{
		KMSEndpoint:          "http://127.0.0.1:1",
		CloudMonitorEndpoint: "http://127.0.0.1:1",
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if w.offline {
				return nil, errors.New("offline")
			}
			return dial(ctx, network, addr)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.remediator = &remediation.Remediator{
		Connect: func(region string) remediation.KMS { return w.watch(region) },
		Policy: remediation.Policy{
			Scope:       remediation.Scope{Account: account, Regions: []string{region}, Types: []string{"ECS"}, Allow: []string{"**"}},
			MaxAttempts: 5, Backoff: 10 * time.Minute, BackoffMax: 6 * time.Hour, VerifyWait: 20 * time.Second,
		},
		Cooldown: &remediation.Cooldown{},
		Now:      time.Now,
	}
	return w
}

// wait lets time pass.
func (w *world) wait(d time.Duration) { <-time.After(d) }

// fail lets the schedule rotate the secret, without success, and returns the event when it arrives.
func (w *world) fail() events.Event {
	w.t.Helper()
	return w.failOf(secret)
}

func (w *world) failOf(name string) events.Event {
	w.t.Helper()
	w.DrainEvents()
	if err := w.ScheduledFailure(name, standin.Failure{Code: "Kms:InstanceNotRunning"}); err != nil {
		w.t.Fatal(err)
	}
	failed := w.raised()[0]
	w.wait(time.Second) // on its way; a version created in the very second of the failure would not end it
	return failed
}

// raised returns the events that KMS raised since it was last asked.
func (w *world) raised() []events.Event {
	w.t.Helper()
	var all []events.Event
	for _, raw := range w.DrainEvents() {
		for _, item := range events.Decode(raw.Payload).Items {
			if item.Err != nil {
				w.t.Fatal(item.Err)
			}
			all = append(all, item.Event)
		}
	}
	return all
}

// succeeded is a Success event of the secret.
func succeeded() events.Event {
	return events.Event{
		Kind: events.Success, Region: region, Account: account, ARN: "acs:kms:" + region + ":" + account + ":secret/" + secret,
		SecretName: secret, SecretType: "ECS", Time: time.Now(),
	}
}

// handle delivers an event, and returns what came of it.
func (w *world) handle(event events.Event) remediation.Result {
	ctx, cancel := context.WithTimeout(context.Background(), w.timeout)
	defer cancel()
	w.delivered, w.calls = time.Now(), nil
	return w.remediator.HandleEvent(ctx, event)
}

// record returns the record that stands on the secret, if there is one.
func (w *world) record() (r remediation.Record, found bool) {
	w.t.Helper()
	s, _ := w.Secret(secret)
	value, found := s.Tags[remediation.RecordTag]
	if !found {
		return r, false
	}
	r, err := remediation.ParseRecord(value)
	if err != nil {
		w.t.Fatalf("the record %q: %v", value, err)
	}
	return r, true
}

// rotations counts what RotateSecret started.
func (w *world) rotations() int {
	n := 0
	for _, r := range w.Rotations(secret) {
		if r.By == standin.ByCall {
			n++
		}
	}
	return n
}

// current returns the version at stage ACSCurrent.
func (w *world) current() standin.Version {
	s, _ := w.Secret(secret)
	for _, v := range s.Versions {
		if slices.Contains(v.Stages, "ACSCurrent") {
			return v
		}
	}
	return standin.Version{}
}

// promote makes a new version current by somebody's hand, also while a rotation runs.
func (w *world) promote(id string) {
	s, _ := w.Secret(secret)
	for i := range s.Versions {
		s.Versions[i].Stages = nil
	}
	s.Versions = append(s.Versions, standin.Version{ID: id, CreateTime: time.Now(), Stages: []string{"ACSCurrent"}})
	w.Put(s)
}

// did names the calls of the last invocation, tries included.
func (w *world) did() string {
	var names []string
	for _, c := range w.calls {
		names = append(names, c.action)
	}
	return strings.Join(names, " ")
}

// watched is the real client, and notes what is asked of it.
type watched struct {
	*alicloud.KMS
	w *world
}

func (w *world) watch(region string) *watched {
	return &watched{w.client.KMS(region, alicloud.Credentials(standin.DefaultCredentials)), w}
}

func (k *watched) note(ctx context.Context, action string) {
	deadline, _ := ctx.Deadline()
	c := call{action: action, at: time.Since(k.w.delivered), bound: time.Until(deadline)}
	k.w.calls = append(k.w.calls, c)
	k.w.before(c)
}

func (k *watched) DescribeSecret(ctx context.Context, name string) (remediation.Secret, error) {
	k.note(ctx, "describe")
	return k.KMS.DescribeSecret(ctx, name)
}

func (k *watched) CurrentVersion(ctx context.Context, name string) (remediation.Version, error) {
	k.note(ctx, "list")
	return k.KMS.CurrentVersion(ctx, name)
}

func (k *watched) RotateSecret(ctx context.Context, name, versionID string) (string, error) {
	k.note(ctx, "rotate")
	return k.KMS.RotateSecret(ctx, name, versionID)
}

func (k *watched) TagSecret(ctx context.Context, name, key, value string) error {
	k.note(ctx, "tag")
	return k.KMS.TagSecret(ctx, name, key, value)
}
