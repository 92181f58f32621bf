package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/internal/version"
)

// Who waits wants to know for what; who does not wait wants no noise.
func TestWhatTakesLongIsTold(t *testing.T) {
	for took, want := range map[time.Duration]string{
		900 * time.Millisecond: "",
		5 * time.Second:        "… reading it (1s)\n",
		25 * time.Second:       "… reading it (1s)\n… reading it (11s)\n… reading it (21s)\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			var stderr strings.Builder
			c := &console{err: &stderr}
			done := c.progress("reading it")
			time.Sleep(took) // of the bubble's clock
			done()
			if diff := cmp.Diff(want, stderr.String()); diff != "" {
				t.Errorf("after %s (-want +got):\n%s", took, diff)
			}
		})
	}
}

// A list may lag behind what was written; a person must not be sent after a difference that goes by itself.
func TestWhatWasWrittenIsReadBackUntilItIsThere(t *testing.T) {
	differs := []change{{Rule: failedRule, Field: "state"}}
	broken := errors.New("broken")
	for _, row := range []struct {
		name    string
		answers []func() ([]change, error)
		want    []change
		err     error
		looks   int
	}{
		{"there at once", answers(nil), nil, nil, 1},
		{"there at the third look", answers(differs, differs, nil), nil, nil, 3},
		{"never there", answers(differs, differs, differs, differs), differs, nil, 4},
		{"a read that fails ends it", []func() ([]change, error){func() ([]change, error) { return nil, broken }}, nil, broken, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			looks := 0
			got, err := readBack(t.Context(), func(context.Context) ([]change, error) {
				looks++
				return row.answers[looks-1]()
			})
			if diff := cmp.Diff(row.want, got); diff != "" || !errors.Is(err, row.err) || looks != row.looks {
				t.Errorf("%s: %v after %d looks, want %v after %d (-want +got):\n%s", row.name, err, looks, row.err, row.looks, diff)
			}
		})
	}
}

func answers(all ...[]change) []func() ([]change, error) {
	var calls []func() ([]change, error)
	for _, changes := range all {
		calls = append(calls, func() ([]change, error) { return changes, nil })
	}
	return calls
}

// Ctrl-C has to end the command, also while it waits for a list.
func TestAnInterruptEndsTheReadBack(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := readBack(ctx, func(context.Context) ([]change, error) { return []change{{}}, nil }); err == nil {
		t.Error("no error: what was not read back is taken for compared")
	}
}

// An event is in the history when it is there, not at the first look.
func TestTheTestWaitsForTheHistory(t *testing.T) {
	virtually(t, func(t *testing.T) {
		var k *standin.KMS
		var late []standin.Event
		k = standin.New(standin.Options{Behavior: standin.Behavior{DryRunsForgotten: true}, OnCall: func(c standin.Call, p standin.Phase) {
			switch {
			case p == standin.BeforeCommit:
			case c.Action == "SendDryRunSystemEvent":
				late = k.DrainEvents()
			case c.Action == "DescribeSystemEventAttribute" && len(late) > 0:
				_ = k.Record(late[0]) // after the answer to this look was made
				late = nil
			}
		}})
		serveAccount(t, k)
		k.Put(standin.Secret{Name: "acs/ecs/web-1"})
		apply(t, "--topic", "t")
		k.DrainEvents()
		got, value := testRules(t, "--wait", "5s")
		if got.status != statusDone || statesOf(value)["history"] != linkHolds || !strings.Contains(got.stderr, "… waiting for event") {
			t.Errorf("status %d, %v, %q; want it seen at the second look, and a word while it waits", got.status, value.Links, got.stderr)
		}
	})
}

// A bug report begins with the version.
func TestTheVersionIsTold(t *testing.T) {
	if got := remediator(t, "--version"); got != (said{statusDone, version.Version + "\n", ""}) {
		t.Errorf("%+v, want the version and nothing else", got)
	}
}

// The example is what a newcomer sees first: each command has something to show, and apply something to mend.
func TestTheExampleHasSomethingForEachCommand(t *testing.T) {
	for _, row := range []struct {
		args   string
		status int
		shown  []string
	}{
		{"alert-rules show", statusPerson, []string{"silence: 24h0m0s → 0s", "secrets_rotation_success: missing"}},
		{"alert-rules apply --yes --topic t --contact-group operators --reports", statusDone, []string{"silence: 24h0m0s → 0s", "+ target topic t", "+ event RotationRemediation"}},
		{"alert-rules test --yes --secret acs/ecs/web-4 --wait 0s", statusPerson, []string{"accepted  holds", "history   holds"}},
		{"alert-rules remove --yes", statusDone, []string{"removed: secrets_rotation_failed"}},
		{"events", statusDone, []string{"InstanceNotRunning", "InstanceReleased", "Secret:RotateSecret:Success"}},
	} {
		got := remediator(t, strings.Fields(row.args)...)
		for _, shown := range row.shown {
			if got.status != row.status || !strings.Contains(got.stdout, shown) {
				t.Errorf("%s: status %d, want %d, and %q in\n%s%s", row.args, got.status, row.status, shown, got.stdout, got.stderr)
			}
		}
	}
}
