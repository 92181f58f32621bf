package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// wantOutcome fails unless an invocation came to this, and succeeded.
func wantOutcome(t testing.TB, when string, a answer, want remediation.Outcome) {
	t.Helper()
	if a.failed() || a.result().Outcome != want {
		t.Errorf("%s: got %s (errorType %q), want %s", when, a.text, a.errorType, want)
	}
}

func wantRotateCalls(t testing.TB, c *cloud, want int) {
	t.Helper()
	if got := c.rotateCalls(); got != want {
		t.Errorf("RotateSecret was called %d times, want %d", got, want)
	}
}

func untilDue(c *cloud) { time.Sleep(time.Until(c.record().Due)) }

// An event id that differs is no new failure: ids are not documented as unique, nor as stable.
func TestTwoEventsAboutOneFailureRotateOnce(t *testing.T) {
	for _, work := range []time.Duration{0, time.Hour} {
		inVirtualTime(t, func(t *testing.T) {
			c := newCloud(t, standin.Options{Behavior: standin.Behavior{Work: work}}, standin.Secret{})
			i := newInstance(t, c)
			i.invoke(c.failure)
			second := bytes.ReplaceAll(c.failure, []byte(`"event-1"`), []byte(`"event-99"`))
			want := remediation.AlreadyRotated
			if work > 0 {
				want = remediation.Waiting
			}
			wantOutcome(t, "the second event", i.invoke(second), want)
			wantRotateCalls(t, c, 1)
		})
	}
}

// An old failure that arrives late must not spend the attempts of a new one, nor end it.
func TestALateEventOfAnOlderFailureLeavesTheNewEpisodeAlone(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		c := newCloud(t, standin.Options{}, standin.Secret{})
		i := newInstance(t, c)
		old := c.failure
		if err := c.Rotate(secretName, "by-hand"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		c.failNextRotations(t)
		wantOutcome(t, "the new failure", i.invoke(c.failNow(t)), remediation.Pending)
		open := c.recordText()
		untilDue(c)
		wantOutcome(t, "the old failure, when an attempt is due", i.invoke(old), remediation.AlreadyRotated)
		if c.recordText() != open {
			t.Errorf("the record became %q, want %q", c.recordText(), open)
		}
		wantRotateCalls(t, c, 1)
	})
}

// failNextRotations lets all later rotations of the secret fail.
func (c *cloud) failNextRotations(t testing.TB) {
	t.Helper()
	s := c.secret(t)
	s.Rotation = failing.Rotation
	c.Put(s)
}

// People copy tags with the infrastructure that they copy. What was given up elsewhere is not given up here, although a
// copy may have versions of the same names and times.
func TestARecordCopiedFromAnotherSecretHidesNoFailure(t *testing.T) {
	for _, phase := range []remediation.Phase{remediation.PhaseOpen, remediation.PhaseDone, remediation.PhaseNeedsHuman} {
		inVirtualTime(t, func(t *testing.T) {
			c := newCloud(t, standin.Options{}, standin.Secret{})
			i := newInstance(t, c)
			foreign := foreignRecord(t, i)
			foreign.Phase = phase
			c.Tag(secretName, remediation.RecordTag, foreign.String())
			first := i.invoke(c.failure)
			if c.record().Replaces == foreign.Replaces {
				t.Errorf("%s: the record is still that of another secret after %s", phase, first.text)
			}
			untilDue(c)
			i.invoke(c.failure)
			if got := c.rotations(); len(got) != 1 || c.current() != got[0].VersionID {
				t.Errorf("%s: %d rotations, want 1 that is current", phase, len(got))
			}
		})
	}
}

// foreignRecord lets a secret fail that has the same versions, and returns its record.
func foreignRecord(t *testing.T, i *instance) remediation.Record {
	t.Helper()
	twin := i.cloud.secret(t)
	twin.Name, twin.Rotation = "acs/ecs/twin", failing.Rotation
	i.cloud.Put(twin)
	i.invoke(bytes.ReplaceAll(i.cloud.failure, []byte(secretName), []byte(twin.Name)))
	twin, _ = i.cloud.Secret(twin.Name)
	record, err := remediation.ParseRecord(twin.Tags[remediation.RecordTag])
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// KMS and the function do not share a clock, and only one of them is asked each time.
func TestAClockOfKMSThatIsHoursOffChangesNothing(t *testing.T) {
	for _, skew := range []time.Duration{-7 * time.Hour, -time.Minute, time.Minute, 59 * time.Minute} {
		inVirtualTime(t, func(t *testing.T) {
			versions := []standin.Version{{ID: "v1", CreateTime: time.Now().AddDate(0, -1, 0).Add(skew), Stages: []string{"ACSCurrent"}}}
			c := newCloud(t, standin.Options{ClockSkew: skew}, standin.Secret{Versions: versions, Rotation: standin.FailFirst(1, standin.Failure{})})
			i := newInstance(t, c)
			says := func(when string) string { return fmt.Sprintf("KMS %s off, %s", skew, when) }
			wantOutcome(t, says("the failure"), i.invoke(c.failure), remediation.Pending)
			wantOutcome(t, says("a copy"), i.invoke(c.failure), remediation.Waiting)
			untilDue(c)
			wantOutcome(t, says("a copy when due"), i.invoke(c.failure), remediation.Rotated)
			wantOutcome(t, says("a copy after the proof"), i.invoke(c.failure), remediation.AlreadyRotated)
			time.Sleep(24 * time.Hour)
			c.Untag(secretName, remediation.RecordTag)
			wantOutcome(t, says("the next failure"), i.invoke(c.failNow(t)), remediation.Rotated)
		})
	}
}

// Someone who takes a secret out of our hands means it, however it is spelled, and must not find it rotated.
func TestTheSwitchHoldsInAnySpelling(t *testing.T) {
	for _, value := range []string{"off", "Off", "OFF", "of", "no", "false", "0", "disabled", "ON", "On", "on-hold", "true", "-"} {
		inVirtualTime(t, func(t *testing.T) {
			c := newCloud(t, standin.Options{}, failing)
			i := newInstance(t, c)
			wantOutcome(t, value+": before", i.invoke(c.failure), remediation.Pending)
			c.Tag(secretName, remediation.SwitchTag, value)
			open := c.recordText()
			untilDue(c)
			wantOutcome(t, value+": switched off", i.invoke(c.failure), remediation.Skipped)
			if c.recordText() != open {
				t.Errorf("%s: the record became %q, want %q", value, c.recordText(), open)
			}
			wantRotateCalls(t, c, 1)
			for n, back := range []string{"on", ""} {
				c.Tag(secretName, remediation.SwitchTag, back)
				untilDue(c)
				wantOutcome(t, value+": switched on again", i.invoke(c.failure), remediation.Pending)
				wantRotateCalls(t, c, n+2)
			}
		})
	}
}

// Somebody who rotates by hand at the same moment must neither be overlooked nor be told as our success.
func TestSomebodyElsesRotationBetweenOurClaimAndOurLook(t *testing.T) {
	for _, row := range []struct {
		name   string
		world  standin.Behavior
		action string // of our call, after which the other one rotates
		want   remediation.Outcome
		ours   bool // whether our version is current in the end
		says   string
	}{
		{"done after our claim", standin.Behavior{}, "TagResource", remediation.Rotated, true, "is current"},
		{"done after our rotation", standin.Behavior{}, "RotateSecret", remediation.Recovered, false, "not ours"},
		{"running after our claim", standin.Behavior{Work: time.Hour}, "TagResource", remediation.Waiting, false, "busy"},
		{"running after our claim, moved at once", standin.Behavior{Work: time.Hour, StageMoves: standin.BeforeAndKept}, "TagResource", remediation.Waiting, false, "busy"},
	} {
		inVirtualTime(t, func(t *testing.T) {
			var c *cloud
			others := 0
			c = newCloud(t, standin.Options{Behavior: row.world, OnCall: func(call standin.Call, phase standin.Phase) {
				if call.Action != row.action || phase != standin.AfterCommit || others > 0 {
					return
				}
				others++
				if err := c.Rotate(secretName, "by-hand"); err != nil {
					t.Error(err)
				}
			}}, standin.Secret{})
			i := newInstance(t, c)
			a := i.invoke(c.failure)
			wantOutcome(t, row.name, a, row.want)
			if got := c.current() == a.result().VersionID; got != row.ours || !strings.Contains(a.result().Reason, row.says) {
				t.Errorf("%s: ours is current %t, want %t, and a reason that says %q: %s", row.name, got, row.ours, row.says, a.text)
			}
			time.Sleep(2 * time.Hour)
			wantOutcome(t, row.name+", a copy later", i.invoke(c.failure), remediation.AlreadyRotated)
			wantRotateCalls(t, c, 1)
		})
	}
}
