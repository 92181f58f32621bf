package standin

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// state is what a client can see of a rotation.
type state struct {
	Current, Previous string
	Versions          int
	Schedule          string
	Rotated           time.Time
	Events            []string
}

func stateOf(t *testing.T, k *KMS) state {
	t.Helper()
	s, ok := k.Secret(secretName)
	if !ok {
		t.Fatal("the secret is gone")
	}
	var names []string
	for _, e := range k.Events() {
		names = append(names, e.Name)
	}
	return state{s.holder(stageCurrent), s.holder(stagePrevious), len(s.Versions), s.AutomaticRotation, s.LastRotationDate, names}
}

// A client that is right with one of these behaviors only is right by luck, so each has to be really there.
func TestARotationGoesAsTheBehaviorSays(t *testing.T) {
	const work = 40 * time.Second
	ended := start.Add(work).Truncate(time.Second)
	fails := FailFirst(1, Failure{})
	running := func(current, previous string) state { return state{current, previous, 2, "Enabled", time.Time{}, nil} }
	tests := []struct {
		name          string
		behavior      Behavior
		outcome       func(int) *Failure
		during, after state
	}{
		{"works, the stage moves after the work", Behavior{}, nil,
			running("v1", ""), state{"v2", "v1", 2, "Enabled", ended, nil}},
		{"works, the stage moves first", Behavior{StageMoves: BeforeAndKept}, nil,
			running("v2", "v1"), state{"v2", "v1", 2, "Enabled", ended, nil}},
		{"works and raises an event", Behavior{SucceededRaisesEvent: true}, nil,
			running("v1", ""), state{"v2", "v1", 2, "Enabled", ended, []string{EventSuccess}}},
		{"fails and leaves nothing", Behavior{}, fails,
			running("v1", ""), state{"v1", "", 1, "Invalid", time.Time{}, nil}},
		{"fails and leaves its version", Behavior{FailedLeavesVersion: true}, fails,
			running("v1", ""), state{"v1", "", 2, "Invalid", time.Time{}, nil}},
		{"fails and moves the date", Behavior{FailedMovesLastRotationDate: true}, fails,
			running("v1", ""), state{"v1", "", 1, "Invalid", ended, nil}},
		{"fails and raises an event", Behavior{FailedRaisesEvent: true}, fails,
			running("v1", ""), state{"v1", "", 1, "Invalid", time.Time{}, []string{EventFailure}}},
		{"fails and spares the schedule", Behavior{FailureSparesSchedule: true}, fails,
			running("v1", ""), state{"v1", "", 1, "Enabled", time.Time{}, nil}},
		{"fails after the stage moved, which stays", Behavior{StageMoves: BeforeAndKept}, fails,
			running("v2", "v1"), state{"v2", "v1", 2, "Invalid", time.Time{}, nil}},
		{"fails after the stage moved, which goes back", Behavior{StageMoves: BeforeAndRolledBack}, fails,
			running("v2", "v1"), state{"v1", "", 1, "Invalid", time.Time{}, nil}},
		{"fails, the stage goes back, the version stays", Behavior{StageMoves: BeforeAndRolledBack, FailedLeavesVersion: true}, fails,
			running("v2", "v1"), state{"v1", "", 2, "Invalid", time.Time{}, nil}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.behavior.Work = work
			k, c, clock := serveKMS(t, Options{Behavior: tt.behavior})
			k.Put(anECSSecret(tt.outcome))
			if got := c.rotate("v2"); got.status != 200 {
				t.Fatalf("answered %d %s, want 200", got.status, got.text)
			}
			clock.advance(work - time.Nanosecond)
			if diff := cmp.Diff(tt.during, stateOf(t, k)); diff != "" {
				t.Errorf("while the work runs (-want +got):\n%s", diff)
			}
			clock.advance(time.Nanosecond)
			if diff := cmp.Diff(tt.after, stateOf(t, k)); diff != "" {
				t.Errorf("after the work (-want +got):\n%s", diff)
			}
			want := []Rotation{{"v2", ByCall, start, start.Add(work), tt.outcome != nil}}
			if diff := cmp.Diff(want, k.Rotations(secretName)); diff != "" {
				t.Errorf("the record of rotations (-want +got):\n%s", diff)
			}
		})
	}
}

// The way back has to restore both stages, or a rolled back secret would lose its previous password.
func TestAWayBackRestoresThePreviousVersionToo(t *testing.T) {
	k, c, _ := serveKMS(t, Options{Behavior: Behavior{StageMoves: BeforeAndRolledBack}})
	k.Put(anECSSecret(func(n int) *Failure { return map[int]*Failure{2: {}}[n] }))
	c.rotate("v2")
	c.rotate("v3")
	if got := stateOf(t, k); got.Current != "v2" || got.Previous != "v1" {
		t.Errorf("current %s, previous %s, want v2 and v1", got.Current, got.Previous)
	}
}

// No document says what clears Invalid, so a client may not count on either.
func TestASuccessClearsInvalidOnlyWhereTheBehaviorSaysSo(t *testing.T) {
	for _, clears := range []bool{false, true} {
		t.Run(fmt.Sprint(clears), func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{Behavior: Behavior{SuccessClearsInvalid: clears}})
			k.Put(anECSSecret(FailFirst(1, Failure{})))
			c.rotate("v2")
			c.rotate("v3")
			want := map[bool]string{false: "Invalid", true: "Enabled"}[clears]
			if got := stateOf(t, k).Schedule; got != want {
				t.Errorf("AutomaticRotation %s, want %s", got, want)
			}
		})
	}
}

// This is the trap for a client that repeats an id: KMS says yes and does nothing.
func TestAKnownVersionIDIsIgnoredWithSuccess(t *testing.T) {
	tests := []struct {
		name     string
		behavior Behavior
		before   func(*KMS, *client)
		id       string
		want     int // rotations in the end
	}{
		{"of the current version", Behavior{}, func(*KMS, *client) {}, "v1", 0},
		{"of the rotation that runs", Behavior{Work: time.Hour}, func(_ *KMS, c *client) { c.rotate("v2") }, "v2", 1},
		{"of a failed one that was left behind", Behavior{FailedLeavesVersion: true}, func(_ *KMS, c *client) { c.rotate("v2") }, "v2", 1},
		{"of a failed one of which nothing is left", Behavior{}, func(_ *KMS, c *client) { c.rotate("v2") }, "v2", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{Behavior: tt.behavior})
			k.Put(anECSSecret(FailFirst(9, Failure{})))
			tt.before(k, c)
			got := c.rotate(tt.id)
			if got.status != 200 || got.body["VersionId"] != tt.id || got.body["SecretName"] != secretName {
				t.Errorf("answered %d %s, want a success that names %s", got.status, got.text, tt.id)
			}
			if n := len(k.Rotations(secretName)); n != tt.want {
				t.Errorf("%d rotations, want %d", n, tt.want)
			}
		})
	}
}

// Each refusal decides otherwise in a client; one with a wrong code would test the wrong branch.
func TestARotationIsRefusedWithItsDocumentedCode(t *testing.T) {
	tests := []struct {
		name     string
		behavior Behavior
		prepare  func(*KMS)
		pairs    []string
		status   int
		code     string
	}{
		{"no such secret", Behavior{}, nil, []string{"SecretName", "other", "VersionId", "v2"}, 404, "Forbidden.ResourceNotFound"},
		{"deleted meanwhile", Behavior{}, func(k *KMS) { k.Delete(secretName) }, nil, 404, "Forbidden.ResourceNotFound"},
		{"in its deletion window", Behavior{}, func(k *KMS) {
			s, _ := k.Secret(secretName)
			s.PlannedDeleteTime = start.Add(time.Hour)
			k.Put(s)
		}, nil, 409, "Rejected.ResourceInDeleteWindow"},
		{"a generic secret", Behavior{}, func(k *KMS) { k.Put(Secret{Name: secretName, Type: "Generic"}) }, nil, 400, "UnsupportedOperation"},
		{"no version id", Behavior{}, nil, []string{"SecretName", secretName}, 400, "MissingParameter"},
		{"no name", Behavior{}, nil, []string{"VersionId", "v2"}, 400, "MissingParameter"},
		{"a version id too long", Behavior{}, nil, []string{"SecretName", secretName, "VersionId", fmt.Sprintf("%065d", 1)}, 400, "InvalidParameter"},
		{"another account's ARN", Behavior{}, nil, []string{"SecretName", "acs:kms:cn-hangzhou:2:secret/" + secretName, "VersionId", "v2"}, 404, "Forbidden.ResourceNotFound"},
		{"being rotated by somebody else", Behavior{Work: time.Hour}, func(k *KMS) { mustRotate(k) }, nil, 409, "Rejected.StateModifiedFailed"},
		{"being rotated, with another code", Behavior{Work: time.Hour, BusyCode: "Rejected.Other", BusyStatus: 400}, func(k *KMS) { mustRotate(k) }, nil, 400, "Rejected.Other"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{Behavior: tt.behavior})
			if tt.prepare != nil {
				tt.prepare(k)
			}
			if tt.pairs == nil {
				tt.pairs = []string{"SecretName", secretName, "VersionId", "v2"}
			}
			before := len(k.Rotations(secretName))
			got := c.call("RotateSecret", tt.pairs...)
			if got.status != tt.status || got.code() != tt.code {
				t.Errorf("answered %d %s, want %d %s", got.status, got.text, tt.status, tt.code)
			}
			if after := len(k.Rotations(secretName)); after != before {
				t.Errorf("%d rotations after a refusal, %d before", after, before)
			}
		})
	}
}

func mustRotate(k *KMS) {
	if err := k.Rotate(secretName, "by-hand"); err != nil {
		panic(err)
	}
}

// The schedule is what starts everything; if its failure had another form, nothing after it would be tested.
func TestAScheduledFailureHasTheFormOfARealOne(t *testing.T) {
	k, _, _ := serveKMS(t, Options{})
	if err := k.ScheduledFailure(secretName, Failure{Code: "ClientNotRunning"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(state{"v1", "", 1, "Invalid", time.Time{}, []string{EventFailure}}, stateOf(t, k)); diff != "" {
		t.Errorf("after the failure (-want +got):\n%s", diff)
	}
	if got := k.Rotations(secretName)[0]; got.By != BySchedule || !got.Failed {
		t.Errorf("recorded as %+v, want a failure by schedule", got)
	}
}

// A test that prepares its scene with a rotation that cannot start would go on in another scene.
func TestARotationByHandThatCannotStartSaysSo(t *testing.T) {
	k, _, _ := serveKMS(t, Options{Behavior: Behavior{Work: time.Minute}})
	if err := k.Rotate("other", "v2"); !errors.Is(err, ErrNoSecret) {
		t.Errorf("unknown secret: %v, want ErrNoSecret", err)
	}
	mustRotate(k)
	if err := k.ScheduledFailure(secretName, Failure{}); !errors.Is(err, ErrBusy) {
		t.Errorf("while one runs: %v, want ErrBusy", err)
	}
}

// A secret that is changed or deleted while it rotates must not come back, nor lose the rotation.
func TestARotationOutlivesAChangeOfItsSecretButNotItsEnd(t *testing.T) {
	k, c, clock := serveKMS(t, Options{Behavior: Behavior{Work: time.Minute}})
	c.rotate("v2")
	changed, _ := k.Secret(secretName)
	changed.AutomaticRotation = "Disabled"
	k.Put(changed)
	clock.advance(time.Minute)
	if got := stateOf(t, k); got.Current != "v2" || got.Schedule != "Disabled" {
		t.Errorf("after a change: %+v, want v2 current and Disabled", got)
	}
	c.rotate("v3")
	k.Delete(secretName)
	k.Put(anECSSecret(nil))
	clock.advance(time.Minute)
	if got := stateOf(t, k); got.Current != "v1" || got.Versions != 1 {
		t.Errorf("after it was made anew: %+v, want v1 alone", got)
	}
	if got := k.Rotations(secretName)[1]; !got.Ended.IsZero() {
		t.Errorf("the rotation of the deleted secret ended at %v, want never", got.Ended)
	}
}

// Events that come out of order would hide a failure behind an older success.
func TestEventsComeInTheOrderInWhichRotationsEnd(t *testing.T) {
	k, _, clock := serveKMS(t, Options{Behavior: Behavior{Work: time.Minute, SucceededRaisesEvent: true}})
	k.Put(Secret{Name: "acs/ecs/a"})
	mustRotate(k)
	clock.advance(time.Second)
	if err := k.Rotate("acs/ecs/a", "v2"); err != nil {
		t.Fatal(err)
	}
	clock.advance(time.Hour)
	events := k.DrainEvents()
	if len(events) != 2 || events[0].Secret != secretName || !events[1].Time.Equal(start.Add(time.Minute+time.Second)) {
		t.Errorf("events %+v, want that of the rotation by hand first, each at its own end", events)
	}
	if left := k.Events(); len(left) != 0 {
		t.Errorf("%d events are left after draining, want none", len(left))
	}
}

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
		behavior Behavior
		outcome  func(int) *Failure
		rotate   func(*KMS, *client) error
		want     time.Time
		failures int
		raised   int
	}{
		{"of the schedule, that works", Behavior{}, nil, scheduled, now.Add(week), 0, 1},
		{"by call, that works", Behavior{}, nil, byCall, now.Add(week), 0, 0},
		{"of the schedule, that fails", Behavior{}, nil, failing, due, 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{Behavior: tt.behavior})
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
