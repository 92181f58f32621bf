package simulation

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/accounttest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// A secret that is rolled back without an event is found by the first tick of an hour, which may have no budget. Without a
// record of it, each of these ticks would find it again and leave it, for ever.
func TestARolledBackSecretIsRotatedThoughTheFirstTickHasNoBudget(t *testing.T) {
	s := setup{
		kms:      standin.Behavior{StageMoves: standin.BeforeAndRolledBack, Work: time.Second},
		history:  historyOff,
		interval: 5 * time.Minute,
		perHour:  1, // that of the last tick of an hour
		timeout:  time.Minute,
		failing:  1,
		policy:   accounttest.Policy(),
	}
	s.policy.BackoffMax, s.policy.VerifyWait = time.Hour, 0
	script := []step{{kind: scheduleFails, pause: time.Second}, {kind: eventComes, pause: time.Second}}
	if broken, trace := simulate(t, s, script, limits{}, true); len(broken) > 0 {
		t.Errorf("%s: %s\n%s", broken[0].property, broken[0].detail, trace)
	}
}

// A fleet that fails together would use up the hour's quota in a minute, and those who rotate by hand would be refused.
func TestNoTickSendsMoreThanItsBudget(t *testing.T) {
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := drawSetup(r)
		s.kms, s.history, s.perHour, s.interval = standin.Behavior{RotationsPerHour: -1}, historyRead, 1+r.IntN(20), time.Duration(pick(r, 5, 10, 20, 30))*time.Minute
		s.policy.Scope.Account, s.timeout = accounttest.ID, 5*time.Minute
		accounttest.Run(t, epoch.Add(s.start), s.options(), func(t *testing.T, account *accounttest.Account) {
			run := newRun(account, s, limits{}, false)
			for n := range 25 {
				name := fmt.Sprintf("acs/ecs/fleet-%d", n)
				account.Put(standin.Secret{Name: name})
				if err := account.ScheduledFailure(name, standin.Failure{}); err != nil {
					t.Fatal(err)
				}
			}
			accounttest.Wait(time.Until(time.Now().Truncate(time.Hour).Add(time.Hour)))
			ticks, hour := int(time.Hour/s.interval), 0
			for k := range ticks {
				sent := run.sentByTick()
				if most := (k+1)*s.perHour/ticks - k*s.perHour/ticks; sent > most {
					notice(t, "the budget", fmt.Sprintf("tick %d of the hour sent %d rotations, want at most %d", k, sent, most))
				}
				hour += sent
				accounttest.Wait(time.Until(time.Now().Truncate(s.interval).Add(s.interval)))
			}
			if hour != min(s.perHour, 25) {
				notice(t, "the budget", fmt.Sprintf("the hour sent %d rotations, want %d", hour, min(s.perHour, 25)))
			}
		})
	}
}

// sentByTick runs a tick and counts its RotateSecret calls.
func (r *run) sentByTick() int {
	before := len(r.account.Calls())
	m := &remediation.Remediator{
		Connect: func(region string) remediation.KMS {
			kms, _ := r.account.Client(region)
			return kms
		},
		Policy: r.policy, Memory: r.memory, Now: time.Now,
	}
	ctx, stop := context.WithTimeout(context.Background(), r.timeout)
	defer stop()
	m.Sweep(ctx, remediation.SweepPlan{
		Tick: remediation.TickAt(time.Now(), time.Now(), r.interval), History: true, PerHour: r.perHour,
		Monitor: func(region string) remediation.CloudMonitor {
			_, monitor := r.account.Client(region)
			return monitor
		},
	})
	sent := 0
	for _, call := range r.account.Calls()[before:] {
		if call.Action == "RotateSecret" {
			sent++
		}
	}
	return sent
}

// The clock of KMS is hours ahead: no failure that it dates so may lead to a rotation, or a date far ahead would rotate a
// healthy secret for ever.
func TestAFailureFromTheFutureRotatesNothing(t *testing.T) {
	s := setup{skew: 3 * time.Hour, history: historyRead, interval: 5 * time.Minute, perHour: 46, timeout: time.Minute, policy: accounttest.Policy()}
	accounttest.Run(t, epoch, s.options(), func(t *testing.T, account *accounttest.Account) {
		run := newRun(account, s, limits{}, false)
		if err := account.ScheduledFailure(secret, standin.Failure{}); err != nil {
			t.Fatal(err)
		}
		run.collect()
		run.handle(run.raised[0])
		if sent := run.sentByTick(); sent > 0 || len(account.Requested(secret)) > 0 {
			notice(t, "the future", fmt.Sprintf("%d rotations for a failure of three hours ahead", len(account.Requested(secret))))
		}
	})
}

// A day of history in which a failure cannot be read is not whole: a record that is removed after it forgets attempts.
func TestAnUnreadableHistoryRemovesNoRecord(t *testing.T) {
	s := setup{history: historyRead, interval: 5 * time.Minute, perHour: 46, timeout: time.Minute, policy: accounttest.Policy()}
	accounttest.Run(t, epoch, s.options(), func(t *testing.T, account *accounttest.Account) {
		run := newRun(account, s, limits{}, false)
		if err := account.ScheduledFailure(secret, standin.Failure{}); err != nil {
			t.Fatal(err)
		}
		accounttest.Wait(time.Second)
		run.collect()
		run.handle(run.raised[0])
		accounttest.Wait(s.policy.BackoffMax)
		odd := standin.Event{Time: time.Now(), Name: standin.EventFailure, Payload: []byte(`{"product":"KMS","resourceId":"no ARN","content":{}}`)}
		if err := account.Record(odd); err != nil {
			t.Fatal(err)
		}
		run.sweepAt(time.Hour)
		if _, found := run.oracle.record(); !found {
			notice(t, "the history", "a record was removed after a history that was not read whole")
		}
		accounttest.Wait(24 * time.Hour)
		run.sweepAt(time.Hour)
		if _, found := run.oracle.record(); found {
			t.Error("the record stays although a day of history was read: nothing is proven")
		}
	})
}
