package storm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	region  = "cn-hangzhou"
	account = "1000000000000001"

	// The settings are the defaults of the function.
	maxAttempts = 5
	interval    = 5 * time.Minute
	perHour     = 46
	quota       = 50.0 // of KMS, an hour

	work    = 15 * time.Second      // of the instance, for one rotation
	latency = 50 * time.Millisecond // of each call

	failWithin = time.Minute
	hopelessIn = 0.02           // of the secrets
	retryFails = 0.10           // of the retries of the others
	settleFor  = 26 * time.Hour // a record on what healed over a day ago is one too many
)

// begin is some moment in an hour and a day. The year matters: the stand-in takes no times of the last century.
var begin = time.Date(2026, 3, 4, 5, 17, 20, 0, time.UTC)

// world is a fleet with its KMS, and the function that serves it.
type world struct {
	t *testing.T
	*standin.KMS
	weather weather
	seed    uint64
	names   []string
	client  *alicloud.Client
	policy  remediation.Policy
	ledger  *ledger
	cpu     time.Duration // until all was healed or given up
	platform
}

// run lets a fleet fail, and serves it until all of it has settled.
func run(t *testing.T, weather weather, secrets int, seed uint64) (s storm) {
	t.Helper()
	started := processorTime()
	synctest.Test(t, func(t *testing.T) {
		<-time.After(time.Until(begin))
		w := newWorld(t, weather, secrets, seed)
		defer w.client.CloseIdleConnections()
		go w.fail()
		w.serveUntil(w.settled)
		w.cpu = processorTime() - started
		w.serveUntil(after(settleFor))
		s = w.result()
	})
	return s
}

func newWorld(t *testing.T, weather weather, secrets int, seed uint64) *world {
	t.Helper()
	w := &world{t: t, weather: weather, seed: seed, ledger: newLedger(secrets)}
	w.KMS = standin.New(standin.Options{OnCall: w.ledger.note, Allow: policy.Function.Actions(), Behavior: standin.Behavior{
		Work: work, HourlyWindow: weather.window, FailedRaisesEvent: weather.told, SucceededRaisesEvent: weather.told,
	}})
	dial, stop := standin.Pipe(w.KMS)
	t.Cleanup(stop)
	var err error
	w.client, err = alicloud.New(alicloud.Options{KMSEndpoint: "http://127.0.0.1:1", CloudMonitorEndpoint: "http://127.0.0.1:1", DialContext: dial})
	if err != nil {
		t.Fatal(err)
	}
	w.policy = remediation.Policy{
		Scope:       remediation.Scope{Account: account, Regions: []string{region}, Types: []string{"ECS"}, Allow: []string{"**"}},
		MaxAttempts: maxAttempts, Backoff: 10 * time.Minute, BackoffMax: 6 * time.Hour, VerifyWait: 20 * time.Second,
	}
	for i := range secrets {
		name := fmt.Sprintf("acs/ecs/web-%04d", i)
		w.names = append(w.names, name)
		w.Put(standin.Secret{
			Name: name, Rotation: w.outcomes(i),
			Versions: []standin.Version{{ID: "v1", CreateTime: begin.Add(-30 * 24 * time.Hour), Stages: []string{"ACSCurrent"}}},
		})
	}
	w.platform = newPlatform(rand.New(rand.NewPCG(seed, 1)))
	return w
}

// chance is a number from 0 to 1 that follows from the seed and what it is for, whatever happened before.
func (w *world) chance(of, i, n int) float64 {
	return rand.New(rand.NewPCG(w.seed, uint64(of)<<56|uint64(i)<<24|uint64(n))).Float64()
}

const (
	ofHope = iota
	ofRetry
	ofMoment
)

func (w *world) hopeless(i int) bool { return w.chance(ofHope, i, 0) < hopelessIn }

// outcomes says how the retries of a secret end.
func (w *world) outcomes(i int) func(n int) *standin.Failure {
	hopeless := w.hopeless(i)
	return func(n int) *standin.Failure {
		if hopeless || w.chance(ofRetry, i, n) < retryFails {
			return &standin.Failure{Code: "Kms:InstanceNotRunning"}
		}
		return nil
	}
}

// fail lets the schedule of each secret fail, all within a minute.
func (w *world) fail() {
	moments := make([]time.Duration, len(w.names))
	order := make([]int, len(w.names))
	for i := range w.names {
		moments[i], order[i] = time.Duration(w.chance(ofMoment, i, 0)*float64(failWithin)), i
	}
	slices.SortFunc(order, func(a, b int) int { return int(moments[a] - moments[b]) })
	for _, i := range order {
		<-time.After(time.Until(begin.Add(moments[i])))
		if err := w.ScheduledFailure(w.names[i], standin.Failure{Code: "Kms:InstanceNotRunning"}); err != nil {
			w.t.Error(err)
		}
	}
}

func after(d time.Duration) func() bool {
	end := time.Now().Add(d)
	return func() bool { return !time.Now().Before(end) }
}

// settled says whether each secret has healed or was given up.
func (w *world) settled() bool {
	// A storm that never ends is a failure, not a test that hangs: at half the pace, all is over long before.
	if most := time.Duration(24+2*len(w.names)/perHour) * time.Hour; time.Since(begin) > most {
		w.t.Errorf("secrets are open after %s", most)
		return true
	}
	for i, name := range w.names {
		if _, healed := w.healedAt(name); !healed && w.ledger.of[i].givenUp.IsZero() {
			return false
		}
	}
	return true
}
