package doctor

import (
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// seenOf returns what was seen of the one question that holds these words.
func seenOf(t *testing.T, got examined, question string) string {
	t.Helper()
	found := ""
	for _, a := range got.Platform {
		if strings.Contains(a.Question, question) {
			if found != "" || (a.Seen == "") == (a.How == "") {
				t.Fatalf("%q is answered twice, or neither or both ways: %+v", question, a)
			}
			found = a.Seen + "|"
		}
	}
	if found == "" {
		t.Fatalf("no question is about %q", question)
	}
	return strings.TrimSuffix(found, "|")
}

// Each answer is what somebody will rely on: it has to be that of this account, and none where nothing was seen.
func TestWhatNoDocumentSaysIsReportedAsItWasSeen(t *testing.T) {
	functionTarget := func(service string) func(*testing.T, *patient) {
		return func(_ *testing.T, p *patient) {
			p.PutTarget(failedRule, standin.EventTarget{Kind: standin.FunctionTarget, ID: "1", Function: "f", Service: service, Region: cli.StandinRegion, ARN: "acs:fc:x:functions/f"})
		}
	}
	failures := func(_ *testing.T, p *patient) {
		p.FailedAgo(healthySecret, 3*time.Hour)
		p.FailedAgo(healthySecret, 2*time.Hour)
	}
	// failedAfter is a secret whose rotation failed long after the one before it had worked.
	failedAfter := func(_ *testing.T, p *patient) {
		p.Ago(10*24*time.Hour, func() error { p.Put(secretOf(healthySecret)); return nil })
		p.WorkedAgo(healthySecret, 9*24*time.Hour)
		p.FailedAgo(healthySecret, time.Hour)
	}
	rotated := func(back time.Duration) func(*testing.T, *patient) {
		return func(_ *testing.T, p *patient) {
			p.Ago(back, func() error { return p.Rotate(healthySecret, "remediation-1-abc") })
		}
	}
	nothing := func(*testing.T, *patient) {}
	for _, row := range []struct {
		name, question string
		behavior       standin.Behavior
		change         func(*testing.T, *patient)
		want           string // begins what was seen; "" = not seen yet
	}{
		{"a rule without silence", "silence of 0", standin.Behavior{}, nothing, "kept: the rule secrets_rotation_failed"},
		{"rules that are silent", "silence of 0", standin.Behavior{}, func(_ *testing.T, p *patient) {
			for _, r := range clitest.StoredRules() {
				r.Silence = 24 * time.Hour
				p.PutRule(r)
			}
		}, "changed: the rule secrets_rotation_failed was made with 0 and has 24h"},
		{"silent by somebody else's will", "silence of 0", standin.Behavior{}, func(_ *testing.T, p *patient) {
			for _, r := range clitest.StoredRules() {
				r.Silence, r.Description = 24*time.Hour, ""
				p.PutRule(r)
			}
		}, ""},
		{"a target without a service", "without a service", standin.Behavior{}, functionTarget(""), `taken: the rule secrets_rotation_failed has function f, with the ARN "acs:fc:x:functions/f"`},
		{"a target with one", "without a service", standin.Behavior{}, functionTarget("s"), ""},
		{"the catalogue", "catalogue", standin.Behavior{}, nothing, "Secret:RotateSecret:Failure is type Exception, level CRITICAL, status Failed; "},
		{"no event", "have an id", standin.Behavior{}, nothing, ""},
		{"events with an id", "have an id", standin.Behavior{HistoryGivesID: true}, failures, "yes, as that of Secret:RotateSecret:Failure"},
		{"events without one", "have an id", standin.Behavior{}, failures, "no"},
		{"content alone", "content of an event", standin.Behavior{}, failures, "the content alone"},
		{"whole events", "content of an event", standin.Behavior{HistoryContent: standin.WholeEvents}, failures, "whole events"},
		{"one event", "which order", standin.Behavior{}, func(_ *testing.T, p *patient) { p.FailedAgo(healthySecret, time.Hour) }, ""},
		{"the newest first", "which order", standin.Behavior{}, failures, "newest first"},
		{"the oldest first", "which order", standin.Behavior{HistoryOrder: standin.OldestFirst}, failures, "oldest first"},
		{"rotated by call, with an event", "by call", standin.Behavior{SucceededRaisesEvent: true}, rotated(time.Hour), "yes: that of acs/ecs/web-1"},
		{"rotated by call, without one", "by call", standin.Behavior{}, func(_ *testing.T, p *patient) {
			p.Ago(2*time.Hour, func() error { p.Put(secretOf("acs/ecs/z")); return nil })
			p.Ago(time.Hour, func() error { return p.Rotate("acs/ecs/z", "remediation-1-abc") })
		}, "no: the function rotated acs/ecs/z"},
		{"rotated by call, and another time by schedule", "by call", standin.Behavior{}, func(t *testing.T, p *patient) {
			p.WorkedAgo(healthySecret, 5*time.Hour)
			rotated(time.Hour)(t, p)
		}, "no: the function rotated acs/ecs/web-1"},
		{"rotated by call a moment ago", "by call", standin.Behavior{}, rotated(time.Minute), ""},
		{"rotated by schedule", "by call", standin.Behavior{}, func(_ *testing.T, p *patient) { p.WorkedAgo(healthySecret, time.Hour) }, ""},
		{"Invalid, with a date", "next rotation date", standin.Behavior{}, failures, "yes: acs/ecs/web-1 has"},
		{"Invalid, without one", "next rotation date", standin.Behavior{InvalidHidesSchedule: true}, failures, "no: acs/ecs/web-1"},
		{"no schedule is Invalid", "next rotation date", standin.Behavior{}, nothing, ""},
		{"Invalid, then a success", "Enabled again", standin.Behavior{SuccessClearsInvalid: true}, func(t *testing.T, p *patient) {
			failures(t, p)
			p.WorkedAgo(healthySecret, time.Hour)
		}, "after a failure with Invalid, the success of acs/ecs/web-1"},
		{"no success since", "Enabled again", standin.Behavior{}, failures, ""},
		{"a failure that moves the date", "date of the last rotation", standin.Behavior{FailedMovesLastRotationDate: true}, failedAfter, "yes: acs/ecs/web-1"},
		{"a failure that does not", "date of the last rotation", standin.Behavior{}, failedAfter, "no: acs/ecs/web-1"},
		{"no failure", "date of the last rotation", standin.Behavior{}, func(_ *testing.T, p *patient) { p.WorkedAgo(healthySecret, time.Hour) }, ""},
	} {
		clitest.VirtualRow(t, row.name, func(t *testing.T) {
			p := healthy(t, row.behavior)
			row.change(t, p)
			got := seenOf(t, p.examine(t), row.question)
			if (row.want == "") != (got == "") || !strings.HasPrefix(got, row.want) {
				t.Errorf("seen %q, want it to begin with %q", got, row.want)
			}
		})
	}
}
