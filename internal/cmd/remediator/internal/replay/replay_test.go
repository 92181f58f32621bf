package replay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/eventlog"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/example"
	"github.com/rotation-remediator/rotation-remediator/internal/localrun"
	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// samples are the payloads that the decoder is tested with.
var samples, _ = filepath.Abs("../../../../../events/testdata")

func TestMain(m *testing.M) { clitest.Main(m) }

type commands struct {
	Replay Command `cmd:""`
}

func command(t *testing.T, args ...string) clitest.Said {
	t.Helper()
	return clitest.Run(t, &commands{}, example.KMS, args...)
}

// newest returns the newest event of the account, as events lists it.
func newest(t *testing.T) eventlog.Event {
	t.Helper()
	line := cli.Line{Real: true, CallTimeout: time.Second, Console: &cli.Console{Err: io.Discard}}
	account, err := line.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer account.Close()
	found, err := eventlog.Read(t.Context(), account, eventlog.Query{Names: []string{events.FailureName}, From: time.Now().Add(-time.Hour), To: time.Now()})
	if err != nil || len(found) == 0 {
		t.Fatalf("%d events, %v", len(found), err)
	}
	return found[0]
}

// statusOf is the exit status of an error.
func statusOf(err error) int {
	switch {
	case err == nil:
		return clitest.Done
	case errors.Is(err, cli.ErrPerson):
		return clitest.Person
	}
	return clitest.Failed
}

func outcomes(t *testing.T, got clitest.Said) (mode string, all []remediation.Outcome) {
	t.Helper()
	var report struct {
		Mode    string
		Results []struct{ Outcome remediation.Outcome }
	}
	if err := json.Unmarshal([]byte(got.Stdout), &report); err != nil {
		t.Fatalf("%v: status %d, stdout %q, stderr %q; want the result and nothing else", err, got.Status, got.Stdout, got.Stderr)
	}
	for _, one := range report.Results {
		all = append(all, one.Outcome)
	}
	return report.Mode, all
}

// brokenSecret is an account in which a rotation failed a minute ago, with the function's rights beside the operator's.
func brokenSecret(t *testing.T, behavior standin.Behavior) *clitest.Clocked {
	t.Helper()
	c := clitest.Account(t, behavior, slices.Concat(policy.Operator.Actions(), policy.Function.Actions())...)
	c.Ago(time.Hour, func() error { c.Put(standin.Secret{Name: "acs/ecs/a"}); return nil })
	c.FailedAgo("acs/ecs/a", time.Minute)
	clitest.ServeProcesses(t, c.KMS)
	t.Setenv("FC_ACCOUNT_ID", "1000000000000001")
	t.Setenv("VERIFY_WAIT", "0")
	return c
}

// A person who tries an event again wants to see what would happen, and nothing more.
func TestAReplayShowsWhatTheFunctionWouldDo(t *testing.T) {
	clitest.BesideTheFunction(t)
	for name, behavior := range clitest.Histories() {
		t.Run(name, func(t *testing.T) {
			c := brokenSecret(t, behavior)
			id := newest(t).EventID()
			for _, args := range [][]string{{"--event", id}, {"--latest", "--secret", "acs/ecs/a"}} {
				got := command(t, append([]string{"--real", "replay"}, args...)...)
				mode, all := outcomes(t, got)
				if got.Status != clitest.Done || mode != "observe" || !slices.Equal(all, []remediation.Outcome{remediation.WouldRotate}) || len(clitest.Written(c.KMS)) > 0 {
					t.Errorf("%v: status %d, mode %s, outcomes %v, wrote %v; want would-rotate and nothing written", args, got.Status, mode, all, clitest.Written(c.KMS))
				}
				clitest.HoldsNoSecret(t, got)
			}
		})
	}
	for _, file := range []string{"rotate-failure-ecs.json", "routes/kept-failure.json", "routes/kept-failure-of-queue-message.json", "routes/topic-stream-base64.json", "routes/queue-text-base64.json"} {
		t.Run(file, func(t *testing.T) {
			got := command(t, "-o", "json", "replay", filepath.Join(samples, file))
			if mode, all := outcomes(t, got); got.Status != clitest.Done || mode != "observe" || !slices.Equal(all, []remediation.Outcome{remediation.WouldRotate}) {
				t.Errorf("status %d, mode %s, outcomes %v, %s; want would-rotate", got.Status, mode, all, got.Stderr)
			}
		})
	}
}

// A rotation of a live password is asked for once, by a person.
func TestAReplayThatActsAsksFirst(t *testing.T) {
	clitest.BesideTheFunction(t)
	c := brokenSecret(t, standin.Behavior{})
	act := []string{"--real", "replay", "--latest", "--secret", "acs/ecs/a", "--mode", "act"}
	got := command(t, act...)
	if got.Status != clitest.Usage || got.Stdout != "" || len(clitest.Written(c.KMS)) > 0 || !strings.Contains(got.Stderr, "acts on account 1000000000000001 in cn-hangzhou: it may write the record and request a rotation of: acs/ecs/a") {
		t.Fatalf("status %d, stdout %q, stderr %q, wrote %v; want the plan and nothing written", got.Status, got.Stdout, got.Stderr, clitest.Written(c.KMS))
	}
	got = command(t, append(act, "--yes")...)
	if _, all := outcomes(t, got); got.Status != clitest.Done || !slices.Equal(all, []remediation.Outcome{remediation.Rotated}) || !slices.Contains(clitest.Written(c.KMS), "RotateSecret") {
		t.Errorf("status %d, outcomes %v, wrote %v, %s; want rotated", got.Status, all, clitest.Written(c.KMS), got.Stderr)
	}
	clitest.HoldsNoSecret(t, got)
	t.Setenv("FC_ACCOUNT_ID", "")
	command(t, append(act, "--yes")...).Want(t, clitest.Failed, "FC_ACCOUNT_ID")
}

// The calls name a secret without its account: with the credentials of another account than FC_ACCOUNT_ID says, the secret of
// the same name there would be rotated.
func TestAReplayActsOnNoOtherAccount(t *testing.T) {
	clitest.BesideTheFunction(t)
	c := brokenSecret(t, standin.Behavior{})
	t.Setenv("FC_ACCOUNT_ID", "2000000000000002")
	file := filepath.Join(t.TempDir(), "event.json")
	event := fmt.Appendf(nil, `{"product":"KMS","level":"CRITICAL","name":"Secret:RotateSecret:Failure","status":"Failed","regionId":"cn-hangzhou",
		"resourceId":"acs:kms:cn-hangzhou:2000000000000002:secret/acs/ecs/%s","content":{"failureTime":%q}}`, "%s", time.Now().UTC().Format(time.RFC3339))
	for _, payload := range []string{fmt.Sprintf(string(event), "a"), "[" + fmt.Sprintf(string(event), "gone") + "," + fmt.Sprintf(string(event), "a") + "]"} {
		if err := os.WriteFile(file, []byte(payload), 0o600); err != nil {
			t.Fatal(err)
		}
		command(t, "--real", "replay", "--mode", "act", "--yes", file).Want(t, clitest.Failed,
			"FC_ACCOUNT_ID is 2000000000000002, and the secret acs/ecs/a belongs to 1000000000000001; nothing was delivered")
	}
	if wrote := clitest.Written(c.KMS); len(wrote) > 0 {
		t.Errorf("wrote %v in an account that the event does not name", wrote)
	}
}

// A script goes by the status, a person by the one line.
func TestTheStatusOfAReplayIsThatOfTheInvocation(t *testing.T) {
	clitest.BesideTheFunction(t)
	for _, row := range []struct {
		name   string
		change func(*testing.T, *clitest.Clocked)
		args   []string
		want   int
		line   string
	}{
		{"rejected", nil, []string{filepath.Join(samples, "rejected-null.json")}, clitest.Failed, "the invocation failed with errorType rejected"},
		{"needs a person", func(_ *testing.T, c *clitest.Clocked) { c.Tag("acs/ecs/a", remediation.RecordTag, "hello") }, []string{"--latest", "--secret", "acs/ecs/a"}, clitest.Person, ""},
		{"ignored", nil, []string{filepath.Join(samples, "foreign-ecs-event.json")}, clitest.Done, ""},
		{"KMS refuses", func(_ *testing.T, c *clitest.Clocked) {
			c.Inject(standin.Fault{Action: "DescribeSecret", Kind: standin.Refuse, Status: 403, Code: "Forbidden.NoPermission"})
		}, []string{"--latest", "--secret", "acs/ecs/a"}, clitest.Failed, "the invocation failed with errorType needs-human"},
		{"a setting that is none", func(t *testing.T, _ *clitest.Clocked) { t.Setenv("SWEEP_INTERVAL", "7m") }, []string{"--latest", "--secret", "acs/ecs/a"}, clitest.Failed, `remediator: SWEEP_INTERVAL="7m"`},
		{"no binary", nil, []string{"--latest", "--secret", "acs/ecs/a", "--binary", "gone"}, clitest.Failed, "no function at gone: make build makes it"},
		{"a binary that is no function", nil, []string{"--latest", "--secret", "acs/ecs/a", "--binary", "/bin/true"}, clitest.Failed, "the function ended before it answered"},
		{"no failure", func(_ *testing.T, c *clitest.Clocked) { c.Put(standin.Secret{Name: "acs/ecs/b"}) }, []string{"--latest", "--secret", "acs/ecs/b"}, clitest.Failed, `no failure of "acs/ecs/b" among the 1`},
		{"no such secret", nil, []string{"--latest", "--secret", "acs/ecs/b"}, clitest.Failed, "no secret acs/ecs/b in cn-hangzhou"},
		{"no such id", nil, []string{"--event", "x"}, clitest.Failed, `no event has the id "x"`},
		{"no such file", nil, []string{"gone.json"}, clitest.Failed, "reading the file gone.json: no such file"},
		{"nothing to deliver", nil, nil, clitest.Usage, "want one of FILE, --event ID and --latest"},
		{"two things to deliver", nil, []string{"gone.json", "--event", "x"}, clitest.Usage, "want one of FILE, --event ID and --latest"},
		{"latest of what", nil, []string{"--latest"}, clitest.Usage, "want --latest and --secret together"},
		{"a mode that is none", nil, []string{"gone.json", "--mode", "heal"}, clitest.Usage, "--mode"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := brokenSecret(t, standin.Behavior{})
			if row.change != nil {
				row.change(t, c)
			}
			got := command(t, append([]string{"--real", "replay"}, row.args...)...)
			line := clitest.FinalLine(got.Stderr)
			if got.Status != row.want || !strings.Contains(line, row.line) {
				t.Errorf("status %d, last line %q; want %d and %q\n%s", got.Status, line, row.want, row.line, got.Stdout)
			}
			clitest.HoldsNoSecret(t, got)
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
		{"all rotated", results(rotated + "," + rotated), clitest.Done},
		{"the last needs a person", results(rotated + "," + person), clitest.Person},
		{"one is overdue", results(overdue + "," + rotated), clitest.Person},
		{"none at all", results(""), clitest.Done},
		{"an HTTP answer that needs a person", fmt.Sprintf(`{"statusCode":200,"body":%q}`, results(person)), clitest.Person},
		{"an HTTP answer that does not", fmt.Sprintf(`{"statusCode":200,"body":%q}`, results(rotated)), clitest.Done},
		{"an HTTP answer that refuses", `{"statusCode":403,"body":"no"}`, clitest.Failed},
		{"a word", `"pong"`, clitest.Done},
	} {
		if got := statusOf(conclude(&cli.Console{Out: io.Discard}, localrun.Result{Answer: []byte(row.result)})); got != row.want {
			t.Errorf("%s: status %d, want %d", row.name, got, row.want)
		}
	}
}

// A payload that is written to a file and invoked with must be the one that the function would have got.
func TestAPrintedPayloadIsTheOneThatWouldBeDelivered(t *testing.T) {
	for name, behavior := range clitest.Histories() {
		t.Run(name, func(t *testing.T) {
			c := brokenSecret(t, behavior)
			got := command(t, "--real", "replay", "--latest", "--secret", "acs/ecs/a", "--print")
			if got.Status != clitest.Done || got.Stderr != "" {
				t.Fatalf("status %d, %s", got.Status, got.Stderr)
			}
			want := events.Decode(c.Events()[0].Payload).Items
			if diff := cmp.Diff(want, events.Decode([]byte(got.Stdout)).Items, cmpopts.EquateErrors()); diff != "" || want[0].Err != nil {
				t.Errorf("the event (-delivered by a rule +printed):\n%s", diff)
			}
		})
	}
	got := command(t, "replay", filepath.Join(samples, "routes", "kept-failure.json"), "--print")
	file, err := os.ReadFile(filepath.Join(samples, "routes", "kept-failure.json"))
	if err != nil || got.Status != clitest.Done || strings.TrimSpace(got.Stdout) != strings.TrimSpace(string(file)) {
		t.Errorf("%v, status %d: a file is not printed as it is", err, got.Status)
	}
}

// A program that asks for JSON reads one value, whatever the file holds.
func TestAPrintedPayloadAsJSONIsOneValue(t *testing.T) {
	for text, want := range map[string]string{
		`{"name":"a"}`: `{"name":"a"}`, ` [1]`: `[1]`, "not JSON": `"not JSON"`, `{"a":1} {"b":2}`: `"{\"a\":1} {\"b\":2}"`, "": `""`,
	} {
		file := filepath.Join(t.TempDir(), "payload")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got := command(t, "-o", "json", "replay", file, "--print")
		var compact bytes.Buffer
		if err := json.Compact(&compact, []byte(got.Stdout)); err != nil || got.Status != clitest.Done || compact.String() != want {
			t.Errorf("%q: status %d, %v, %q; want %s", text, got.Status, err, got.Stdout, want)
		}
	}
}

// The history says the same in two shapes. A payload that is rebuilt from either has to read as the history itself does,
// or a replay would heal another secret, or another failure.
func TestWhatIsRebuiltReadsAsTheHistoryDoes(t *testing.T) {
	when := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	const resource = "acs:kms:cn-hangzhou:1:secret/acs/ecs/a"
	whole := func(more string) string {
		return `{"name":"` + events.FailureName + `","resourceId":"` + resource + `","regionId":"cn-hangzhou"` + more + `}`
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
		"keys that begin with capitals": `[{"Name":"` + events.FailureName + `","ResourceId":"` + resource + `","RegionId":"cn-hangzhou","Time":"1767323099678","Content":"{}"}]`,
	} {
		t.Run(name, func(t *testing.T) {
			event := eventlog.Of(alicloud.SystemEvent{HistoryItem: events.HistoryItem{
				Product: "KMS", Name: events.FailureName, Level: "CRITICAL", Status: "Failed", ResourceID: resource, RegionID: "cn-hangzhou", Time: when, Content: content,
			}})
			payload, err := delivered(event)
			if err != nil || event.Err != nil || len(event.Decoded) == 0 {
				t.Fatalf("%v, %v", err, event.Err)
			}
			var got []events.Event
			for _, item := range events.Decode(payload).Items {
				if item.Err != nil {
					t.Fatalf("%v: %s", item.Err, payload)
				}
				got = append(got, item.Event)
			}
			for i, e := range got { // which has the id that events lists, so that the log of the function shows it
				if e.ID == event.EventID() && event.Decoded[i].ID == "" {
					got[i].ID = ""
				} else if e.ID == "" {
					t.Errorf("event %d has no id", i)
				}
			}
			if diff := cmp.Diff(event.Decoded, got); diff != "" || strings.Contains(strings.ToLower(string(payload)), `"time"`) {
				t.Errorf("the events (-history +rebuilt):\n%s\n%s", diff, payload)
			}
		})
	}
}

// A question that names nothing is answered with yes.
func TestReplayNamesTheSecretOfARequestBeforeItAsks(t *testing.T) {
	clitest.Account(t, standin.Behavior{})
	clitest.BesideTheFunction(t)
	t.Setenv("FC_ACCOUNT_ID", "1000000000000001")
	file := filepath.Join(t.TempDir(), "request.json")
	event := `{\"name\":\"Secret:RotateSecret:Failure\",\"regionId\":\"cn-hangzhou\",\"resourceId\":\"acs:kms:cn-hangzhou:1000000000000001:secret/acs/ecs/web-9\",\"content\":{\"failureTime\":\"2026-01-02T03:04:05Z\"}}`
	if err := os.WriteFile(file, []byte(`{"rawPath":"/","requestContext":{"http":{"method":"POST"}},"body":"`+event+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "--real", "replay", file, "--mode", "act").Want(t, clitest.Usage, "acs/ecs/web-9")
}
