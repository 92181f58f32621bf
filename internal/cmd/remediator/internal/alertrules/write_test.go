package alertrules

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// A list may lag behind what was written; a person must not be sent after a difference that goes by itself.
func TestWhatWasWrittenIsReadBackUntilItIsThere(t *testing.T) {
	differs := plan{rules: []rulePlan{{changes: []change{{Rule: failedRule, Field: "state"}}}}}
	var asWanted plan
	broken := errors.New("broken")
	for _, row := range []struct {
		name    string
		answers []plan
		err     error // of a read
		want    string
		reads   int
	}{
		{"there at once", []plan{asWanted}, nil, "", 1},
		{"there at the third read", []plan{differs, differs, asWanted}, nil, "", 3},
		{"never there", []plan{differs, differs, differs, differs}, nil, "is not so when read back: " + failedRule, 4},
		{"a read that fails ends it", []plan{asWanted}, broken, "all was written, and not read back: broken", 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			reads := 0
			_, err := readBack(t.Context(), func(context.Context) (plan, error) {
				reads++
				return row.answers[reads-1], row.err
			})
			if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) || reads != row.reads {
				t.Errorf("%s: %v after %d reads, want %q after %d", row.name, err, reads, row.want, row.reads)
			}
		})
	}
	ctx, stop := context.WithCancel(t.Context())
	stop() // Ctrl-C has to end the command, also while it waits for a list
	if _, err := readBack(ctx, func(context.Context) (plan, error) { return differs, nil }); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("%v: what was not read back is taken for compared", err)
	}
}

// An event is in the history when it is there, not at the first read.
func TestTheTestWaitsForTheHistory(t *testing.T) {
	clitest.Virtually(t, func(t *testing.T) {
		var k *standin.KMS
		var late []standin.Event
		k = standin.New(standin.Options{Behavior: standin.Behavior{DryRunsForgotten: true}, OnCall: func(c standin.Call, p standin.Phase) {
			switch {
			case p == standin.BeforeCommit:
			case c.Action == "SendDryRunSystemEvent":
				late = k.DrainEvents()
			case c.Action == "DescribeSystemEventAttribute" && len(late) > 0:
				_ = k.Record(late[0]) // after the answer to this read was made
				late = nil
			}
		}})
		clitest.Serve(t, k)
		k.Put(standin.Secret{Name: "acs/ecs/web-1"})
		apply(t, "--topic", "t")
		k.DrainEvents()
		got, value := testRules(t, "--wait", "5s")
		if got.Status != clitest.Done || !strings.Contains(statesOf(value), "history holds") || !strings.Contains(got.Stderr, "… waiting for event") {
			t.Errorf("status %d, %v, %q; want it seen at the second read, and a word while it waits", got.Status, value.Links, got.Stderr)
		}
	})
}

// A rule that somebody makes while the question waits was not in the plan, and --adopt was not given for it.
func TestWhatChangesAfterTheConsentStopsTheWrite(t *testing.T) {
	theirs := standin.EventRule{Name: failedRule, EventType: "SYSTEM", State: "ENABLED", Description: "of another team", Patterns: []standin.EventPattern{{Product: "KMS"}}}
	for _, row := range []struct {
		name    string
		applied bool // before
		args    []string
		change  func(*standin.KMS)
	}{
		{"a rule of somebody else appears before apply", false, []string{"apply", "--yes", "--topic", "t"}, func(k *standin.KMS) { k.PutRule(theirs) }},
		{"a target appears before apply", true, []string{"apply", "--yes", "--topic", "other"}, func(k *standin.KMS) {
			k.PutTarget(failedRule, standin.EventTarget{Kind: standin.ContactTarget, ID: "9", ContactGroup: "x", Level: "4"})
		}},
		{"a target appears before test", true, []string{"test", "--yes", "--secret", "acs/ecs/web-1"}, func(k *standin.KMS) {
			k.PutTarget(failedRule, standin.EventTarget{Kind: standin.ContactTarget, ID: "9", ContactGroup: "x", Level: "4"})
		}},
		{"a rule of somebody else replaces ours before test", true, []string{"test", "--yes", "--secret", "acs/ecs/web-1"}, func(k *standin.KMS) { k.PutRule(theirs) }},
		{"an older version becomes current before test, so that the event would be a failure", true, []string{"test", "--yes", "--secret", "acs/ecs/web-1"}, func(k *standin.KMS) {
			k.Put(standin.Secret{Name: "acs/ecs/web-1", Versions: []standin.Version{{ID: "v0", CreateTime: time.Now().Add(-24 * time.Hour), Stages: []string{"ACSCurrent"}}}})
		}},
		{"a rule of somebody else replaces ours before remove", true, []string{"remove", "--yes"}, func(k *standin.KMS) { k.PutRule(theirs) }},
		{"a target appears before remove", true, []string{"remove", "--yes"}, func(k *standin.KMS) {
			k.PutTarget(failedRule, standin.EventTarget{Kind: standin.ContactTarget, ID: "9", ContactGroup: "x", Level: "4"})
		}},
	} {
		clitest.VirtualRow(t, row.name, func(t *testing.T) {
			k := account(t, standin.Secret{Name: "acs/ecs/web-1"})
			if row.applied {
				apply(t, "--topic", "t")
			}
			before := writes(k)
			var stderr strings.Builder
			planShown := &onFirstWrite{do: func() { row.change(k) }}
			status := clitest.RunTo(t.Context(), &commands{}, nil, append([]string{"--real", "alert-rules"}, row.args...), planShown, &stderr)
			if status != clitest.Failed || !strings.Contains(stderr.String(), "changed while the question waited") || writes(k) != before {
				t.Errorf("status %d, %q, %d writes; want none", status, stderr.String(), writes(k)-before)
			}
		})
	}
}

// onFirstWrite does something when the plan is printed, which is before the question.
type onFirstWrite struct {
	once sync.Once
	do   func()
}

func (w *onFirstWrite) Write(p []byte) (int, error) {
	w.once.Do(w.do)
	return len(p), nil
}
