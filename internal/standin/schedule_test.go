package standin

import (
	"errors"
	"testing"
	"time"
)

// Overdue is judged by the next date: it has to move when, and only when, the documents let it.
func TestARotationMovesTheNextDate(t *testing.T) {
	const week = 7 * 24 * time.Hour
	now := start.Truncate(time.Second)
	due := now.Add(-time.Hour)
	scheduled := func(k *KMS, _ *client) error { return k.ScheduledSuccess(secretName) }
	failing := func(k *KMS, _ *client) error { return k.ScheduledFailure(secretName, Failure{}) }
	byCall := func(_ *KMS, c *client) error { return c.rotate("v2").err }
	tests := []struct {
		name     string
		world    Behavior
		outcome  func(int) *Failure
		rotate   func(*KMS, *client) error
		want     time.Time
		failures int
		raised   int
	}{
		{"of the schedule, that works", Behavior{}, nil, scheduled, now.Add(week), 0, 1},
		{"by call, that works", Behavior{}, nil, byCall, now.Add(week), 0, 0},
		{"of the schedule, that fails", Behavior{}, nil, failing, due, 1, 1},
		{"of the schedule, that fails, where that moves it", Behavior{FailedMovesNextRotationDate: true}, nil, failing, now.Add(week), 1, 1},
		{"by call, that fails, where one of the schedule moves it", Behavior{FailedMovesNextRotationDate: true}, FailFirst(1, Failure{}), byCall, due, 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{Behavior: tt.world})
			secret := anECSSecret(tt.outcome)
			secret.RotationInterval, secret.NextRotationDate = week, due
			k.Put(secret)
			if err := tt.rotate(k, c); err != nil {
				t.Fatal(err)
			}
			got, _ := k.Secret(secretName)
			if !got.NextRotationDate.Equal(tt.want) {
				t.Errorf("next date %v, want %v", got.NextRotationDate, tt.want)
			}
			rotations := k.Rotations(secretName)
			if len(rotations) != 1 || rotations[0].Failed != (tt.failures == 1) || len(k.Events()) != tt.raised {
				t.Errorf("rotations %+v and %d events, want one, failed: %v, and %d events", rotations, len(k.Events()), tt.failures == 1, tt.raised)
			}
			if got.LastRotationDate.Equal(now) != (tt.failures == 0) {
				t.Errorf("last date %v after %d failures", got.LastRotationDate, tt.failures)
			}
		})
	}
}

// A schedule cannot rotate what is not there, and not while another rotation runs.
func TestAScheduleWaitsLikeAnybodyElse(t *testing.T) {
	k, c, _ := serveKMS(t, Options{Behavior: Behavior{Work: time.Minute}})
	if err := k.ScheduledSuccess("other"); !errors.Is(err, ErrNoSecret) {
		t.Errorf("a secret that is not there: %v, want %v", err, ErrNoSecret)
	}
	c.rotate("v2")
	if err := k.ScheduledSuccess(secretName); !errors.Is(err, ErrBusy) {
		t.Errorf("while one runs: %v, want %v", err, ErrBusy)
	}
}
