package simulation

import (
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	region  = "cn-hangzhou"
	account = "1000000000000001"
	secret  = "acs/ecs/web-1"
	other   = "acs/ecs/db-1" // uses up the quota
)

// historyMode says what a tick learns from CloudMonitor. It is a closed set.
type historyMode string

const (
	historyRead    historyMode = "read"
	historyOff     historyMode = "off"
	historyRefused historyMode = "refused" // the role lacks the permission
)

// world is what does not change while a script is played.
type world struct {
	kms      standin.Behavior
	skew     time.Duration // KMS's clock less ours
	start    time.Duration // into a day
	policy   remediation.Policy
	interval time.Duration // between ticks
	perHour  int           // ROTATIONS_PER_HOUR
	history  historyMode
	timeout  time.Duration // of an invocation
	failing  int           // so many rotations fail first; all, if negative
	cause    string        // of the failures
	leaveOff bool          // a switch that is off in the end stays off
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

// between is a time from a to b, in whole milliseconds.
func between(r *rand.Rand, a, b time.Duration) time.Duration {
	return a + time.Duration(r.Int64N(int64((b-a)/time.Millisecond)+1))*time.Millisecond
}

func drawWorld(r *rand.Rand) world {
	w := world{
		kms:      drawKMS(r),
		skew:     pick(r, 0, 0, between(r, -12*time.Hour, time.Hour)), // what is further ahead is from the future
		start:    between(r, 0, 24*time.Hour),
		interval: time.Duration(pick(r, 1, 5, 5, 10, 15, 30, 60)) * time.Minute,
		history:  pick(r, historyRead, historyRead, historyRead, historyOff, historyRefused),
		timeout:  pick(r, 10*time.Second, 30*time.Second, time.Minute),
		failing:  pick(r, 0, 1, 1, 2, 3, r.IntN(7), -1),
		cause:    pick(r, "", "InstanceNotRunning", "Kms:ClientNotRunning", "A.Very:Long-Code.ThatNobodyHasEverSeenBefore"),
		leaveOff: chance(r, 50),
	}
	w.perHour, w.kms.RotationsPerHour = drawRate(r, w.interval)
	w.policy = drawPolicy(r, w.kms.Work+w.interval)
	return w
}

func drawKMS(r *rand.Rand) standin.Behavior {
	return standin.Behavior{
		StageMoves:                  pick(r, standin.StageMovesAll...),
		Work:                        pick(r, 0, 0, between(r, 0, 20*time.Second), between(r, 0, 30*time.Minute)),
		FailedLeavesVersion:         chance(r, 50),
		FailedMovesLastRotationDate: chance(r, 50),
		FailedRaisesEvent:           chance(r, 50),
		SucceededRaisesEvent:        chance(r, 50),
		SuccessClearsInvalid:        chance(r, 50),
		FailureSparesSchedule:       chance(r, 50),
		HourlyWindow:                pick(r, standin.Windows...),
		RotationsLimitCode:          pick(r, "", "Rejected.LimitExceeded", "QuotaExceeded.Rotation"),
		RefusedCallsCount:           chance(r, 50),
		RequestsPerSecond:           pick(r, 0, 0, 20),
		BusyCode:                    pick(r, "", "Rejected.RotationInProgress"),
		BusyStatus:                  pick(r, 0, http.StatusBadRequest, http.StatusServiceUnavailable),
		TagRowsNameARNs:             chance(r, 50),
		TagRowsOfOtherKeys:          chance(r, 50),
		HistoryContent:              pick(r, standin.HistoryContents...),
		HistoryOrder:                pick(r, standin.HistoryOrders...),
		HistoryQuotesTime:           chance(r, 50),
	}
}

// drawRate returns what the ticks of an hour may send, and what KMS takes: a little more, as it should be set. With many
// ticks in an hour a low rate would only make most of them idle.
func drawRate(r *rand.Rand, interval time.Duration) (perHour, limit int) {
	if interval >= 5*time.Minute && chance(r, 30) {
		return 1, 3
	}
	return 46, 50
}

// drawPolicy keeps the wait in which a rotation settles longer than slowest: a rotation plus an interval.
func drawPolicy(r *rand.Rand, slowest time.Duration) remediation.Policy {
	p := remediation.Policy{
		Scope:       remediation.Scope{Account: pick(r, "", account), Regions: []string{region}, Types: []string{"ecs"}, Allow: []string{"**"}},
		MaxAttempts: 1 + r.IntN(5),
		Backoff:     pick(r, time.Second, 10*time.Second, time.Minute, 10*time.Minute),
		VerifyWait:  pick(r, 0, 5*time.Second, 20*time.Second),
	}
	shortest := max(p.Backoff, slowest+10*time.Minute).Round(time.Second)
	p.BackoffMax = min(24*time.Hour, shortest+pick(r, 0, between(r, 0, time.Hour), between(r, 0, 24*time.Hour)))
	return p
}
