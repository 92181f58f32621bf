package storm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/accounttest"
	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
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

// fleet is an account with many secrets, and the function that serves it.
type fleet struct {
	t        *testing.T
	account  *accounttest.Account
	weather  weather
	seed     uint64
	names    []string
	policy   remediation.Policy
	ledger   *ledger
	platform *platform
	cpu      time.Duration // until all was healed or given up
}

// run lets a fleet fail, and serves it until all of it has settled.
func run(t *testing.T, weather weather, secrets int, seed uint64) (s storm) {
	t.Helper()
	started := processorTime()
	ledger := newLedger(secrets)
	options := standin.Options{OnCall: ledger.note, Allow: policy.Function.Actions(), Behavior: standin.Behavior{
		Work: work, HourlyWindow: weather.window, FailedRaisesEvent: weather.raises, SucceededRaisesEvent: weather.raises,
	}}
	accounttest.Run(t, begin, options, func(t *testing.T, account *accounttest.Account) {
		f := newFleet(t, account, weather, secrets, seed)
		f.ledger = ledger
		go f.fail()
		f.serveUntil(f.settled)
		f.cpu = processorTime() - started
		f.serveUntil(after(settleFor))
		s = f.result()
	})
	return s
}

func newFleet(t *testing.T, account *accounttest.Account, weather weather, secrets int, seed uint64) *fleet {
	f := &fleet{
		t: t, account: account, weather: weather, seed: seed, policy: accounttest.Policy(),
		platform: newPlatform(rand.New(rand.NewPCG(seed, 1))),
	}
	for i := range secrets {
		name := fmt.Sprintf("acs/ecs/web-%04d", i)
		f.names = append(f.names, name)
		account.Put(standin.Secret{
			Name: name, Rotation: f.outcomes(i),
			Versions: []standin.Version{{ID: "v1", CreateTime: begin.Add(-30 * 24 * time.Hour), Stages: []string{"ACSCurrent"}}},
		})
	}
	return f
}

// chance is a number from 0 to 1 that follows from the seed and what it is for, whatever happened before.
func (f *fleet) chance(of, i, n int) float64 {
	return rand.New(rand.NewPCG(f.seed, uint64(of)<<56|uint64(i)<<24|uint64(n))).Float64()
}

const (
	ofHope = iota
	ofRetry
	ofMoment
)

func (f *fleet) hopeless(i int) bool { return f.chance(ofHope, i, 0) < hopelessIn }

// outcomes says how the retries of a secret end.
func (f *fleet) outcomes(i int) func(n int) *standin.Failure {
	hopeless := f.hopeless(i)
	return func(n int) *standin.Failure {
		if hopeless || f.chance(ofRetry, i, n) < retryFails {
			return &standin.Failure{Code: "Kms:InstanceNotRunning"}
		}
		return nil
	}
}

// fail lets the schedule of each secret fail, all within a minute.
func (f *fleet) fail() {
	moments := make([]time.Duration, len(f.names))
	order := make([]int, len(f.names))
	for i := range f.names {
		moments[i], order[i] = time.Duration(f.chance(ofMoment, i, 0)*float64(failWithin)), i
	}
	slices.SortFunc(order, func(a, b int) int { return int(moments[a] - moments[b]) })
	for _, i := range order {
		accounttest.Wait(time.Until(begin.Add(moments[i])))
		if err := f.account.ScheduledFailure(f.names[i], standin.Failure{Code: "Kms:InstanceNotRunning"}); err != nil {
			f.t.Error(err)
		}
	}
}

func after(d time.Duration) func() bool {
	end := time.Now().Add(d)
	return func() bool { return !time.Now().Before(end) }
}

// settled says whether each secret has healed or was given up.
func (f *fleet) settled() bool {
	// A storm that never ends is a failure, not a test that hangs: at half the pace, all is over long before.
	if most := time.Duration(24+2*len(f.names)/perHour) * time.Hour; time.Since(begin) > most {
		f.t.Errorf("secrets are open after %s", most)
		return true
	}
	for i, name := range f.names {
		if _, healed := f.healedAt(name); !healed && f.ledger.of[i].givenUp.IsZero() {
			return false
		}
	}
	return true
}
