package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// A person who interrupts has to know whether a live password may be changing.
func TestAnInterruptWhileActingSaysWhetherARotationWasRequested(t *testing.T) {
	clitest.BesideTheFunction(t)
	for _, row := range []struct {
		at   string // the call during which the person interrupts
		said string
	}{
		{"ListSecretVersionIds", "no rotation was requested: no attempt is claimed"},
		{"RotateSecret", "attempt 1 of acs/ecs/a is claimed, so a rotation may have been requested"},
	} {
		t.Run(row.at, func(t *testing.T) {
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			k := standin.New(standin.Options{
				Allow:    slices.Concat(policy.Operator.Actions(), policy.Function.Actions()),
				Behavior: standin.Behavior{Work: time.Hour},
				OnCall: func(c standin.Call, p standin.Phase) {
					if c.Action == row.at && p == standin.BeforeCommit {
						interrupt()
					}
				},
			})
			k.Put(standin.Secret{Name: "acs/ecs/a", Versions: []standin.Version{{ID: "v1", CreateTime: time.Now().Add(-time.Hour), Stages: []string{"ACSCurrent"}}}})
			if err := k.ScheduledFailure("acs/ecs/a", standin.Failure{Code: "X"}); err != nil {
				t.Fatal(err)
			}
			k.Inject(standin.Fault{Action: row.at, Kind: standin.HangBefore}) // the function gets no further
			clitest.ServeProcesses(t, k)
			t.Setenv("FC_ACCOUNT_ID", "1000000000000001")
			var stdout, stderr bytes.Buffer
			status := clitest.RunTo(ctx, &commands{}, nil, strings.Fields("--real replay --latest --secret acs/ecs/a --mode act --yes"), &stdout, &stderr)
			if status != clitest.Failed || !strings.Contains(clitest.FinalLine(stderr.String()), row.said) {
				t.Errorf("status %d, %q; want %q in the last line", status, stderr.String(), row.said)
			}
		})
	}
}

// A claim that was there before says nothing about this delivery, and one that cannot be read says nothing at all.
func TestOnlyANewClaimMeansThatARotationMayHaveBeenRequested(t *testing.T) {
	record := func(phase remediation.Phase, attempts int, opened int64) string {
		r := remediation.Record{Phase: phase, Attempts: attempts, Opened: time.Unix(opened, 0).UTC(), Due: time.Unix(9000, 0).UTC()}
		copy(r.Replaces[:], "0123456789abcdef")
		return r.String()
	}
	const none, claimed, unknown = "no rotation was requested", "is claimed", "is not known"
	for _, row := range []struct {
		name          string
		before, after records
		want          string
	}{
		{"no record", records{"a": ""}, records{"a": ""}, none},
		{"a new claim", records{"a": ""}, records{"a": record("open", 1, 100)}, claimed},
		{"the next claim", records{"a": record("open", 1, 100)}, records{"a": record("open", 2, 100)}, claimed},
		{"a claim of a new episode", records{"a": record("needs-human", 5, 100)}, records{"a": record("open", 1, 200)}, claimed},
		{"the same record", records{"a": record("open", 2, 100)}, records{"a": record("open", 2, 100)}, none},
		{"queued, not claimed", records{"a": ""}, records{"a": record("open", 0, 100)}, none},
		{"given up without another attempt", records{"a": record("open", 5, 100)}, records{"a": record("needs-human", 5, 100)}, none},
		{"a second secret is claimed", records{"a": "", "b": ""}, records{"a": "", "b": record("open", 1, 100)}, claimed},
		{"nothing was named, as by a tick", records{}, records{}, unknown},
		{"it cannot be read any more", records{"a": ""}, records{}, unknown},
	} {
		if got := claims(row.before, row.after); !strings.Contains(got, row.want) {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}

// A person who tries the commands sees one account: the record of status, the id of events, in the result of replay.
func TestAReplayOnTheStandInMeetsTheRecordThatStatusShows(t *testing.T) {
	clitest.BesideTheFunction(t)
	for _, row := range []struct {
		args    []string
		status  int
		outcome remediation.Outcome
		attempt int
	}{
		{[]string{"--latest", "--secret", "acs/ecs/web-1"}, clitest.Done, remediation.Waiting, 2},
		{[]string{"--event", "event-6"}, clitest.Done, remediation.Waiting, 2},
		{[]string{"--latest", "--secret", "acs/ecs/web-3"}, clitest.Person, remediation.NeedsHuman, 5},
	} {
		got := command(t, append([]string{"replay"}, row.args...)...)
		var r report.Report
		if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil || len(r.Results) != 1 {
			t.Fatalf("%v: %v, %q%s", row.args, err, got.Stdout, got.Stderr)
		}
		one := r.Results[0]
		if got.Status != row.status || one.Outcome != row.outcome || one.Attempt != row.attempt || one.Event == nil || !strings.HasPrefix(one.Event.ID, "event-") {
			t.Errorf("%v: status %d, %+v; want %d, %s, attempt %d and the id of events", row.args, got.Status, one, row.status, row.outcome, row.attempt)
		}
	}
}

// A person who replays the wrong file reads which and why in the last line.
func TestAFileThatIsNoPayloadIsNamed(t *testing.T) {
	clitest.BesideTheFunction(t)
	folder := t.TempDir()
	for _, row := range []struct{ name, content, want string }{
		{"events.ndjson", "{\"a\":1}\n{\"a\":2}\n", "several values, as in NDJSON"},
		{"trailing.json", `{"a":1,}`, "a comma before } at byte 8"},
		{"page.html", "<html>", "payload is HTML or XML"},
		{"large.json", strings.Repeat("x", 2<<20), "has 2 MB: want at most 1 MB"},
	} {
		path := filepath.Join(folder, row.name)
		if err := os.WriteFile(path, []byte(row.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := command(t, "replay", path); got.Status != clitest.Failed || !strings.Contains(clitest.FinalLine(got.Stderr), row.want) {
			t.Errorf("%s: status %d, %q; want %q", row.name, got.Status, got.Stderr, row.want)
		}
	}
}
