package remediation

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// KMS ignores an id that it knows already and says success: whoever shares one believes in a rotation that never was.
func TestNoTwoAttemptsShareAVersionID(t *testing.T) {
	const charset = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
	reused := Version{ID: v1.ID, CreateTime: v1.CreateTime.Add(time.Second)}
	seen := map[string]string{}
	for _, arn := range []string{sceneARN, sceneARN + "1", "acs:kms:cn-beijing:1000000000000001:secret/acs/ecs/web-1"} {
		for _, version := range []Version{v1, v2, reused} {
			for _, opened := range []time.Time{opened, opened.Add(time.Second), second} {
				for n := 1; n <= MaxAttemptsLimit; n++ {
					id := attemptID(arn, version, opened, n)
					who := fmt.Sprintf("%s %s opened %s attempt %d", arn, version, opened, n)
					if other, taken := seen[id]; taken {
						t.Fatalf("%s has the id of %s: %s", who, other, id)
					}
					seen[id] = who
					if len(id) > 64 || strings.Trim(id, charset) != "" {
						t.Fatalf("%q: want at most 64 of [A-Za-z0-9-]", id)
					}
				}
			}
		}
	}
}

// The id names the attempt, not the moment: an answer that comes late is still recognized.
func TestAnAttemptKeepsItsVersionID(t *testing.T) {
	const want = "remediation-2-"
	id := attemptID(sceneARN, v1, opened, 2)
	if again := attemptID(sceneARN, v1, opened.In(time.FixedZone("", 8*3600)), 2); id != again || !strings.HasPrefix(id, want) {
		t.Errorf("got %s and %s, want one that begins with %s", id, again, want)
	}
}

// After giving up, recovery and a roll back the same version is to be replaced again. An id of the first series would be
// ignored with success, and each attempt of the second would be lost.
func TestAnEpisodeThatBeginsAnewRepeatsNoVersionID(t *testing.T) {
	s := plainScene()
	given := Record{Phase: PhaseNeedsHuman, Attempts: 3, Opened: opened, Due: past, Replaces: versionHash(sceneARN, v1)}
	s.record(given)
	used := map[string]bool{}
	for n := 1; n <= 3; n++ {
		used[attemptID(sceneARN, v1, given.Opened, n)] = true
	}
	s.success() // v2 became current
	recovered := s.decide()
	if recovered.Action != Close {
		t.Fatalf("got %s, want the episode closed", recovered.Action)
	}
	s.record(recovered.Record)
	s.state.Current = v1 // and was rolled back
	for _, trigger := range []Trigger{{Kind: OnTimer}, {Kind: OnFailure, FailedAt: failedAt}} {
		d := Decide(trigger, s.state, s.policy, s.budget, now.Add(settle+time.Minute))
		id := attemptID(sceneARN, v1, d.Record.Opened, d.Record.Attempts)
		if d.Action != Rotate || used[id] {
			t.Errorf("%s: got %s with %s, want an attempt with an id that was never used", trigger.Kind, d.Action, id)
		}
	}
}

// A mark that leaves something out takes a new version for the old one: the series would never end.
func TestAMarkNamesOneVersionOfOneSecret(t *testing.T) {
	mark := versionHash(sceneARN, v1)
	for name, other := range map[string]VersionHash{
		"another secret":           versionHash(sceneARN+"1", v1),
		"another id":               versionHash(sceneARN, Version{ID: "v3", CreateTime: v1.CreateTime}),
		"the id used again":        versionHash(sceneARN, Version{ID: v1.ID, CreateTime: v1.CreateTime.Add(time.Second)}),
		"no version at all":        versionHash(sceneARN, Version{}),
		"the name with the id":     versionHash(sceneARN+"v", Version{ID: "1", CreateTime: v1.CreateTime}),
		"the id with a digit more": versionHash(sceneARN, Version{ID: "v11", CreateTime: v1.CreateTime}),
	} {
		if other == mark {
			t.Errorf("%s has the same mark %s", name, mark[:])
		}
	}
	if again := versionHash(sceneARN, Version{ID: v1.ID, CreateTime: v1.CreateTime.Local()}); again != mark || !mark.valid() {
		t.Errorf("got %s and %s for one version, want one mark in hexadecimal", mark[:], again[:])
	}
}

// A due time that is early makes two attempts of one; one that is late by more than a second keeps people waiting.
func TestDueTimesAreRoundedUp(t *testing.T) {
	for _, row := range []struct {
		name string
		now  time.Time
		wait time.Duration
		want time.Time
	}{
		{"a whole second stays", second, time.Minute, second.Add(time.Minute)},
		{"a part of one becomes the next", now, time.Minute, second.Add(61 * time.Second)},
		{"the smallest part as well", second.Add(1), time.Minute, second.Add(61 * time.Second)},
		{"a part in the wait too", second, time.Minute + 1, second.Add(61 * time.Second)},
		{"another zone is the same moment", now.In(time.FixedZone("", 8*3600)), time.Minute, second.Add(61 * time.Second)},
	} {
		if got := dueAfter(row.now, row.wait); !got.Equal(row.want) || got.Location() != time.UTC {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
}
