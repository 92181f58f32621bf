package simulation

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// A fleet that fails together would use up the hour's quota in a minute, and those who rotate by hand would be refused.
func TestNoTickSendsMoreThanItsShare(t *testing.T) {
	for seed := range uint64(3) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			w := drawWorld(r)
			w.kms, w.history, w.perHour, w.interval = standin.Behavior{RotationsPerHour: -1}, historyRead, 1+r.IntN(20), time.Duration(pick(r, 5, 10, 20, 30))*time.Minute
			w.policy.Scope.Account, w.timeout = account, 5*time.Minute
			run, stop := newRun(t, w, limits{}, false)
			defer stop()
			for n := range 25 {
				name := fmt.Sprintf("acs/ecs/fleet-%d", n)
				run.cloud.Put(standin.Secret{Name: name})
				if err := run.cloud.ScheduledFailure(name, standin.Failure{}); err != nil {
					t.Fatal(err)
				}
			}
			<-time.After(time.Until(time.Now().Truncate(time.Hour).Add(time.Hour)))
			hour := 0
			for k := range int(time.Hour / w.interval) {
				sent := run.sentByTick()
				if most := (k+1)*w.perHour/int(time.Hour/w.interval) - k*w.perHour/int(time.Hour/w.interval); sent > most {
					notice(t, "the share", fmt.Sprintf("tick %d of the hour sent %d rotations, want at most %d", k, sent, most))
				}
				hour += sent
				<-time.After(time.Until(time.Now().Truncate(w.interval).Add(w.interval)))
			}
			if hour != min(w.perHour, 25) {
				notice(t, "the share", fmt.Sprintf("the hour sent %d rotations, want %d", hour, min(w.perHour, 25)))
			}
		})
	}
}

// sentByTick runs a tick and counts its RotateSecret calls.
func (r *run) sentByTick() int {
	before := len(r.cloud.Calls())
	m := &remediation.Remediator{
		Connect: func(region string) remediation.KMS {
			return r.client.KMS(region, alicloud.Credentials(standin.DefaultCredentials))
		},
		Policy: r.policy, Cooldown: r.pace, Now: time.Now,
	}
	ctx, stop := context.WithTimeout(context.Background(), r.timeout)
	defer stop()
	m.Sweep(ctx, remediation.SweepPlan{
		Tick: remediation.TickAt(time.Now(), time.Now(), r.interval), History: true, PerHour: r.perHour,
		Monitor: func(region string) remediation.CloudMonitor {
			return r.client.CloudMonitor(region, alicloud.Credentials(standin.DefaultCredentials))
		},
	})
	sent := 0
	for _, call := range r.cloud.Calls()[before:] {
		if call.Action == "RotateSecret" {
			sent++
		}
	}
	return sent
}
