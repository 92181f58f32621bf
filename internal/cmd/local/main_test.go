package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const (
	repository = "../../.."
	failure    = "events/testdata/rotate-failure-ecs.json"
	unreadable = "events/testdata/rejected-not-json.json"
	// canary is a value that must not be seen in any output.
	canary = "canary-canary-canary-canary"
)

func TestMain(m *testing.M) {
	status := m.Run()
	if scratch != "" {
		_ = os.RemoveAll(scratch)
	}
	os.Exit(status)
}

// scratch holds the function that was built, if a test needed it.
var scratch string

// built is the function as it is deployed, built once.
var built = sync.OnceValues(func() (folder string, err error) {
	if scratch, err = os.MkdirTemp("", "built"); err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-o", filepath.Join(scratch, "main"), "./function")
	build.Dir = repository
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	return scratch, build.Run()
})

type output struct {
	status         int
	stdout, stderr string
}

func local(t *testing.T, stdin string, args ...string) output {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := run(context.WithoutCancel(t.Context()), args, streams{strings.NewReader(stdin), &stdout, &stderr})
	return output{status, stdout.String(), stderr.String()}
}

// props are those of s.yaml with pairs of texts replaced, and the built function as their code.
func props(t *testing.T, pairs ...string) string {
	t.Helper()
	code, err := built()
	if err != nil {
		t.Fatalf("building the function: %v", err)
	}
	text := `{
		"region": "cn-hangzhou", "functionName": "rotation-remediator", "runtime": "go1", "handler": "main", "code": "` + code + `",
		"cpu": 0.1, "memorySize": 128, "diskSize": 512, "timeout": 60, "internetAccess": true, "role": "rotation-remediator",
		"environmentVariables": {"REMEDIATION_MODE": "observe", "SWEEP_INTERVAL": "5m", "HTTP_CALLBACK_TOKEN": "` + canary + `"},
		"concurrencyConfig": {"reservedConcurrency": 1},
		"asyncInvokeConfig": {"maxAsyncRetryAttempts": 3, "maxAsyncEventAgeInSeconds": 86400, "asyncTask": false,
			"destinationConfig": {"onFailure": {"destination": "acs:mns:cn-hangzhou::/queues/rotation-remediator-failures/messages"}}},
		"logConfig": {"project": "rotation-remediator", "logstore": "rotation-remediator", "enableRequestMetrics": true, "enableInstanceMetrics": true, "logBeginRule": "None"},
		"triggers": [{"triggerName": "sweep", "triggerType": "timer", "triggerConfig": {"cronExpression": "0 */5 * * * *", "enable": true}}]
	}`
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the props do not have %q", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

// A person reads from the last line that their account is as it was.
func TestARehearsalSaysWhatWouldBeDeployedAndThatNothingWas(t *testing.T) {
	got := local(t, props(t), "--folder", repository, "deploy")
	if got.status != statusDone || !strings.HasSuffix(got.stderr, "\nrehearsal: nothing was deployed\n") {
		t.Fatalf("status %d:\n%s", got.status, got.stderr)
	}
	for _, want := range []string{"rotation-remediator would be deployed in cn-hangzhou", "trigger    sweep (timer) 0 */5 * * * *",
		"setting    REMEDIATION_MODE=observe", "setting    HTTP_CALLBACK_TOKEN=(set, not shown)"} {
		if !strings.Contains(got.stderr, want) {
			t.Errorf("it does not say %q:\n%s", want, got.stderr)
		}
	}
	if strings.Contains(got.stdout+got.stderr, canary) {
		t.Error("it shows the token")
	}
}

// A fault of the deployment has to fail the rehearsal, or the rehearsal is for nothing.
func TestARehearsalFailsOnWhatWouldFailLater(t *testing.T) {
	for _, row := range []struct{ name, old, new, want string }{
		{"a setting out of range", `"SWEEP_INTERVAL": "5m"`, `"MAX_ATTEMPTS": "0"`, "MAX_ATTEMPTS"},
		{"verifying beyond the timeout", `"SWEEP_INTERVAL": "5m"`, `"VERIFY_WAIT": "5m"`, "VERIFY_WAIT is 5m0s"},
		{"a misspelt key", `"timeout"`, `"timeoutz": 1, "timeout"`, "unknown key timeoutz"},
		{"no executable", `"code": "`, `"code": "/no-such-folder`, "props.code"},
		{"props that are none", `{`, `[{`, "reading the props"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := local(t, props(t, row.old, row.new), "deploy")
			if got.status != statusFailed || !strings.Contains(got.stderr, row.want) || strings.Contains(got.stderr, "nothing was deployed") {
				t.Errorf("status %d, want a failure with %q:\n%s", got.status, row.want, got.stderr)
			}
			if row.name != "no executable" && local(t, props(t, row.old, row.new), "plan").status != statusFailed {
				t.Error("plan does not fail")
			}
		})
	}
}

// A script goes by the status, and reads the result from stdout, where nothing else may be.
func TestAnInvocationPrintsItsResultAndFailsWhereTheFunctionDoes(t *testing.T) {
	for _, row := range []struct {
		name   string
		args   []string
		status int
		stdout string // a part of it
		stderr string
	}{
		{"a failed rotation, from a file", []string{"-f", failure}, statusDone, `"outcome": "would-rotate"`, `"message":"rotation handled"`},
		{"another event, as text", []string{"-e", `{"product": "ECS", "name": "Instance:StateChange"}`}, statusDone, `"outcome": "ignored"`, `"message":"rotation handled"`},
		{"one that cannot be read", []string{"--event-file", unreadable}, statusFailed, `"errorType": "rejected"`, "local: the invocation failed\n"},
		{"no event", nil, statusFailed, "", "local: no event: want it after -e"},
		{"no such file", []string{"-f", "no-such-file"}, statusFailed, "", "local: reading the event: "},
		{"both", []string{"-e", "x", "-f", "y"}, statusUsage, "", "local: "},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := local(t, props(t), slices.Concat([]string{"--folder", repository, "invoke"}, row.args)...)
			if got.status != row.status || !strings.Contains(got.stdout, row.stdout) || !strings.Contains(got.stderr, row.stderr) {
				t.Errorf("status %d, want %d; stdout %q, want %q; stderr %q, want %q", got.status, row.status, got.stdout, row.stdout, got.stderr, row.stderr)
			}
			if (row.stdout != "") != json.Valid([]byte(got.stdout)) {
				t.Errorf("stdout is %q, want one JSON value where the function answered, and nothing else", got.stdout)
			}
		})
	}
}

// The settings under test are those of s.yaml: one that the function refuses must not look like one that it obeys.
func TestTheFunctionRunsAsThePropsSay(t *testing.T) {
	for _, row := range []struct{ name, old, new, stdout, stderr string }{
		{"a name that is out of scope", `"SWEEP_INTERVAL": "5m"`, `"SECRET_DENY": "**"`, `"outcome": "skipped"`, ""},
		{"act mode", `"observe"`, `"act"`, `"outcome": "rotated"`, ""},
		{"a setting that is refused", `"SWEEP_INTERVAL": "5m"`, `"MAX_ATTEMPTS": "none"`, "", "would stop the start: MAX_ATTEMPTS"},
		{"props that are refused", `0.1,`, `0.12,`, "", "props.cpu is 0.12"},
		{"another region than the event's", `"region": "cn-hangzhou"`, `"region": "cn-beijing"`, `"outcome": "skipped"`, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := local(t, props(t, row.old, row.new), "--folder", repository, "invoke", "-f", failure)
			if (got.status == statusDone) != (row.stderr == "") || !strings.Contains(got.stdout, row.stdout) || !strings.Contains(got.stderr, row.stderr) {
				t.Errorf("status %d, stdout %q, want %q; stderr %q, want %q", got.status, got.stdout, row.stdout, got.stderr, row.stderr)
			}
		})
	}
}

// tool is an `s` whose preview prints a file.
func tool(t *testing.T, preview string) string {
	t.Helper()
	folder := t.TempDir()
	printed, path := filepath.Join(folder, "printed"), filepath.Join(folder, "s")
	if err := os.WriteFile(printed, []byte(preview), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\ncat '"+printed+"'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// Serverless Devs deploys what it renders; a check of anything else would be of no use.
func TestTheCheckComparesItsReadingWithServerlessDevs(t *testing.T) {
	for _, row := range []struct{ name, preview, want string }{
		{"another rendering", `a warning {"resources": {"rotation_remediator": {"props": {"region": "cn-beijing"}}}}`, "differently"},
		{"no rendering", "format is incorrect", "preview failed"},
	} {
		t.Setenv("S", tool(t, row.preview))
		t.Setenv("FC3_SCHEMA", "")
		got := local(t, "", "--folder", repository, "check")
		if got.status != statusFailed || !strings.Contains(got.stderr, row.want) {
			t.Errorf("%s: status %d, want a failure with %q:\n%s", row.name, got.status, row.want, got.stderr)
		}
	}
}

func TestTheCheckFailsOnAFault(t *testing.T) {
	t.Setenv("S", "")
	t.Setenv("FC3_SCHEMA", "")
	t.Setenv("PATH", "")
	if got := local(t, "", "--folder", repository, "check"); got.status != statusDone || !strings.Contains(got.stderr, "note: Serverless Devs is not installed") {
		t.Errorf("status %d:\n%s", got.status, got.stderr)
	}
	t.Setenv("MAX_ATTEMPTS", "0")
	if got := local(t, "", "--folder", repository, "check"); got.status != statusFailed || !strings.Contains(got.stderr, "fault: props.environmentVariables would stop the start: MAX_ATTEMPTS") {
		t.Errorf("status %d:\n%s", got.status, got.stderr)
	}
	t.Setenv("TRIGGERS", "kafka")
	if got := local(t, "", "--folder", repository, "check"); got.status != statusFailed || !strings.Contains(got.stderr, "no such file") {
		t.Errorf("status %d:\n%s", got.status, got.stderr)
	}
}

func TestWrongUseIsSaid(t *testing.T) {
	if got := local(t, "", "remove"); got.status != statusUsage || !strings.Contains(got.stderr, "--help lists the commands") {
		t.Errorf("%+v", got)
	}
	if got := local(t, "", "--help"); got.status != statusDone || !strings.Contains(got.stdout, "Nothing is deployed.") {
		t.Errorf("%+v", got)
	}
}
