package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// samples are the payloads that the decoder is tested with.
var samples, _ = filepath.Abs(filepath.Join("..", "..", "..", "events", "testdata"))

// scratch is where the function is built, until the tests end.
var scratch string

// builtFunction is a folder in which replay finds the function. It is compiled as other tests
// compile it, so that they share the cache.
var builtFunction = sync.OnceValues(func() (folder string, err error) {
	if scratch, err = os.MkdirTemp("", "remediator"); err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", filepath.Join(scratch, "target", "main"), "github.com/rotation-remediator/rotation-remediator/function")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	return scratch, build.Run()
})

// besideTheFunction lets a test go on where replay finds the function.
func besideTheFunction(t *testing.T) {
	t.Helper()
	folder, err := builtFunction()
	if err != nil {
		t.Fatalf("building the function: %v", err)
	}
	t.Chdir(folder)
}

func outcomes(t *testing.T, got said) (mode string, all []remediation.Outcome) {
	t.Helper()
	var report struct {
		Mode    string
		Results []struct{ Outcome remediation.Outcome }
	}
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil {
		t.Fatalf("%v: status %d, stdout %q, stderr %q; want the result and nothing else", err, got.status, got.stdout, got.stderr)
	}
	for _, one := range report.Results {
		all = append(all, one.Outcome)
	}
	return report.Mode, all
}

// written are the calls that changed something.
func written(k *standin.KMS) []string {
	var actions []string
	for _, call := range k.Calls() {
		if !strings.HasPrefix(call.Action, "Describe") && !strings.HasPrefix(call.Action, "List") {
			actions = append(actions, call.Action)
		}
	}
	return actions
}

// brokenSecret is an account in which a rotation failed a minute ago, with the function's rights beside the operator's.
func brokenSecret(t *testing.T, world standin.Behavior) *clocked {
	t.Helper()
	c := clockedAccount(t, world, slices.Concat(policy.Operator.Actions(), policy.Function.Actions())...)
	c.ago(time.Hour, func() error { c.Put(standin.Secret{Name: "acs/ecs/a"}); return nil })
	c.failed("acs/ecs/a", time.Minute)
	serveProcesses(t, c.KMS)
	t.Setenv("FC_ACCOUNT_ID", "1000000000000001")
	t.Setenv("VERIFY_WAIT", "0")
	return c
}

// Whoever tries an event again wants to see what would happen, and nothing more than that.
func TestAReplayShowsWhatTheFunctionWouldDo(t *testing.T) {
	besideTheFunction(t)
	for name, world := range shapes() {
		t.Run(name, func(t *testing.T) {
			c := brokenSecret(t, world)
			id := listEvents(t)[0].ID
			for _, args := range [][]string{{"--event", id}, {"--latest", "--secret", "acs/ecs/a"}} {
				got := remediator(t, append([]string{"--real", "replay"}, args...)...)
				mode, all := outcomes(t, got)
				if got.status != statusDone || mode != "observe" || !slices.Equal(all, []remediation.Outcome{remediation.WouldRotate}) || len(written(c.KMS)) > 0 {
					t.Errorf("%v: status %d, mode %s, outcomes %v, wrote %v; want would-rotate and nothing written", args, got.status, mode, all, written(c.KMS))
				}
				holdsNoSecret(t, got)
			}
		})
	}
	for _, file := range []string{"rotate-failure-ecs.json", "routes/kept-failure.json", "routes/kept-failure-of-queue-message.json", "routes/topic-stream-base64.json", "routes/queue-text-base64.json"} {
		t.Run(file, func(t *testing.T) {
			got := remediator(t, "-o", "json", "replay", filepath.Join(samples, file))
			if mode, all := outcomes(t, got); got.status != statusDone || mode != "observe" || !slices.Equal(all, []remediation.Outcome{remediation.WouldRotate}) {
				t.Errorf("status %d, mode %s, outcomes %v, %s; want would-rotate", got.status, mode, all, got.stderr)
			}
		})
	}
}

// A rotation of a live password is asked for once, by a person.
func TestAReplayThatActsAsksFirst(t *testing.T) {
	besideTheFunction(t)
	c := brokenSecret(t, standin.Behavior{})
	act := []string{"--real", "replay", "--latest", "--secret", "acs/ecs/a", "--mode", "act"}
	got := remediator(t, act...)
	if got.status != statusUsage || got.stdout != "" || len(written(c.KMS)) > 0 || !strings.Contains(got.stderr, "acts on account 1000000000000001 in cn-hangzhou: it may write the record and ask for a rotation of: acs/ecs/a") {
		t.Fatalf("status %d, stdout %q, stderr %q, wrote %v; want the plan and nothing written", got.status, got.stdout, got.stderr, written(c.KMS))
	}
	got = remediator(t, append(act, "--yes")...)
	if _, all := outcomes(t, got); got.status != statusDone || !slices.Equal(all, []remediation.Outcome{remediation.Rotated}) || !slices.Contains(written(c.KMS), "RotateSecret") {
		t.Errorf("status %d, outcomes %v, wrote %v, %s; want rotated", got.status, all, written(c.KMS), got.stderr)
	}
	holdsNoSecret(t, got)
	t.Setenv("FC_ACCOUNT_ID", "")
	if got := remediator(t, append(act, "--yes")...); got.status != statusFailed || !strings.Contains(got.stderr, "FC_ACCOUNT_ID") {
		t.Errorf("without an account: status %d, %q; an event that names its own account could not be refused for it", got.status, got.stderr)
	}
}

// A script goes by the status, a person by the one line.
func TestTheStatusOfAReplayIsThatOfTheInvocation(t *testing.T) {
	besideTheFunction(t)
	for _, row := range []struct {
		name   string
		change func(*testing.T, *clocked)
		args   []string
		want   int
		line   string
	}{
		{"rejected", nil, []string{filepath.Join(samples, "rejected-null.json")}, statusFailed, "the invocation failed with errorType rejected"},
		{"needs a person", func(_ *testing.T, c *clocked) { c.Tag("acs/ecs/a", remediation.RecordTag, "hello") }, []string{"--latest", "--secret", "acs/ecs/a"}, statusPerson, ""},
		{"ignored", nil, []string{filepath.Join(samples, "foreign-ecs-event.json")}, statusDone, ""},
		{"KMS refuses", func(_ *testing.T, c *clocked) {
			c.Inject(standin.Fault{Action: "DescribeSecret", Kind: standin.Refuse, Status: 403, Code: "Forbidden.NoPermission"})
		}, []string{"--latest", "--secret", "acs/ecs/a"}, statusFailed, "the invocation failed with errorType needs-human"},
		{"a setting that is none", func(t *testing.T, _ *clocked) { t.Setenv("SWEEP_INTERVAL", "7m") }, []string{"--latest", "--secret", "acs/ecs/a"}, statusFailed, `remediator: SWEEP_INTERVAL="7m"`},
		{"no binary", nil, []string{"--latest", "--secret", "acs/ecs/a", "--binary", "gone"}, statusFailed, "no function at gone: make build makes it"},
		{"a binary that is no function", nil, []string{"--latest", "--secret", "acs/ecs/a", "--binary", "/bin/true"}, statusFailed, "the function ended before it answered"},
		{"no such secret", nil, []string{"--latest", "--secret", "acs/ecs/b"}, statusFailed, `no failure of "acs/ecs/b" among the 1`},
		{"no such id", nil, []string{"--event", "x"}, statusFailed, `no event has the id "x"`},
		{"no such file", nil, []string{"gone.json"}, statusFailed, "reading the file gone.json: no such file"},
		{"nothing to deliver", nil, nil, statusUsage, "want one of FILE, --event ID and --latest"},
		{"two things to deliver", nil, []string{"gone.json", "--event", "x"}, statusUsage, "want one of FILE, --event ID and --latest"},
		{"latest of what", nil, []string{"--latest"}, statusUsage, "want --latest and --secret together"},
		{"a mode that is none", nil, []string{"gone.json", "--mode", "heal"}, statusUsage, "--mode"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := brokenSecret(t, standin.Behavior{})
			if row.change != nil {
				row.change(t, c)
			}
			got := remediator(t, append([]string{"--real", "replay"}, row.args...)...)
			line := finalLine(got.stderr)
			if got.status != row.want || !strings.Contains(line, row.line) {
				t.Errorf("status %d, last line %q; want %d and %q\n%s", got.status, line, row.want, row.line, got.stdout)
			}
			holdsNoSecret(t, got)
		})
	}
}

// A script that replays must not take what needs a person for done, by whatever trigger the answer came.
func TestAnOutcomeThatNeedsAPersonIsNotDone(t *testing.T) {
	results := func(outcomes string) string { return `{"mode":"act","results":[` + outcomes + `]}` }
	const rotated, person, overdue = `{"outcome":"rotated"}`, `{"outcome":"needs-human"}`, `{"outcome":"overdue"}`
	for _, row := range []struct {
		name, result string
		want         int
	}{
		{"all rotated", results(rotated + "," + rotated), statusDone},
		{"the last needs a person", results(rotated + "," + person), statusPerson},
		{"one is overdue", results(overdue + "," + rotated), statusPerson},
		{"none at all", results(""), statusDone},
		{"an HTTP answer that needs a person", fmt.Sprintf(`{"statusCode":200,"body":%q}`, results(person)), statusPerson},
		{"an HTTP answer that does not", fmt.Sprintf(`{"statusCode":200,"body":%q}`, results(rotated)), statusDone},
		{"an HTTP answer that refuses", `{"statusCode":403,"body":"no"}`, statusFailed},
		{"a word", `"pong"`, statusDone},
	} {
		if got := statusOf(verdictOf([]byte(row.result)), io.Discard); got != row.want {
			t.Errorf("%s: status %d, want %d", row.name, got, row.want)
		}
	}
}

// What is written to a file and invoked with must be what the function would have got.
func TestAPrintedPayloadIsTheOneThatWouldBeDelivered(t *testing.T) {
	for name, world := range shapes() {
		t.Run(name, func(t *testing.T) {
			c := brokenSecret(t, world)
			got := remediator(t, "--real", "replay", "--latest", "--secret", "acs/ecs/a", "--print")
			if got.status != statusDone || got.stderr != "" {
				t.Fatalf("status %d, %s", got.status, got.stderr)
			}
			want := events.Decode(c.Events()[0].Payload).Items
			if diff := cmp.Diff(want, events.Decode([]byte(got.stdout)).Items, cmpopts.EquateErrors()); diff != "" || want[0].Err != nil {
				t.Errorf("the event (-delivered by a rule +printed):\n%s", diff)
			}
		})
	}
	got := remediator(t, "replay", filepath.Join(samples, "routes", "kept-failure.json"), "--print")
	file, err := os.ReadFile(filepath.Join(samples, "routes", "kept-failure.json"))
	if err != nil || got.status != statusDone || strings.TrimSpace(got.stdout) != strings.TrimSpace(string(file)) {
		t.Errorf("%v, status %d: a file is not printed as it is", err, got.status)
	}
}

// The history says the same in two shapes. A payload that is rebuilt from either has to read as the history itself does,
// or a replay would heal another secret, or another failure.
func TestWhatIsRebuiltReadsAsTheHistoryDoes(t *testing.T) {
	when := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	const resource = "acs:kms:cn-hangzhou:1:secret/acs/ecs/a"
	whole := func(more string) string {
		return `{"name":"` + failureEvent + `","resourceId":"` + resource + `","regionId":"cn-hangzhou"` + more + `}`
	}
	for name, content := range map[string]string{
		"content with a time":           `{"failureTime":"2026-01-02T03:04:05Z","failureInfo":{"errorCode":"X"}}`,
		"content without a time":        `{"secretName":"acs/ecs/a"}`,
		"no content":                    ``,
		"a whole event":                 `[` + whole(`,"time":"1767323045678","content":"{\"failureInfo\":{\"errorCode\":\"X\"}}"`) + `]`,
		"a whole event with a number":   `[` + whole(`,"time":1767323045678`) + `]`,
		"a whole event without a time":  `[` + whole(``) + `]`,
		"a whole event as it was sent":  `[` + whole(`,"eventTime":"20260102T110306.000+0800","content":{"secretName":"acs/ecs/a"}`) + `]`,
		"two whole events":              `[` + whole(`,"time":"1767323045678"`) + `,` + whole(`,"time":"1767323099678"`) + `]`,
		"keys that begin with capitals": `[{"Name":"` + failureEvent + `","ResourceId":"` + resource + `","RegionId":"cn-hangzhou","Time":"1767323099678","Content":"{}"}]`,
	} {
		t.Run(name, func(t *testing.T) {
			event := pastEventOf(alicloud.SystemEvent{HistoryItem: events.HistoryItem{
				Product: "KMS", Name: failureEvent, Level: "CRITICAL", Status: "Failed", ResourceID: resource, RegionID: "cn-hangzhou", Time: when, Content: content,
			}})
			payload, err := event.delivered()
			if err != nil || event.err != nil || len(event.said) == 0 {
				t.Fatalf("%v, %v", err, event.err)
			}
			var got []events.Event
			for _, item := range events.Decode(payload).Items {
				if item.Err != nil {
					t.Fatalf("%v: %s", item.Err, payload)
				}
				got = append(got, item.Event)
			}
			if diff := cmp.Diff(event.said, got); diff != "" || strings.Contains(strings.ToLower(string(payload)), `"time"`) {
				t.Errorf("the events (-history +rebuilt):\n%s\n%s", diff, payload)
			}
		})
	}
}
