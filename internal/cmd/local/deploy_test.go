package main

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	failure    = "events/testdata/rotate-failure-ecs.json"
	unreadable = "events/testdata/rejected-not-json.json"
)

// outcome is that of the one result in what an invocation printed.
func outcome(t *testing.T, stdout string) string {
	t.Helper()
	var report struct {
		Results []struct{ Outcome string }
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || len(report.Results) != 1 {
		t.Fatalf("stdout is no report with one result (%v):\n%s", err, stdout)
	}
	return report.Results[0].Outcome
}

// Whoever scripts it goes by the status, and reads the result from stdout, where nothing else may stand.
func TestAnInvocationPrintsItsResultAndFailsWhereTheFunctionDoes(t *testing.T) {
	folder, props := withFunction(t, "")
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
			got := local(t, props, slices.Concat([]string{"--folder", folder, "invoke"}, row.args)...)
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
	for _, row := range []struct{ name, change, stdout, stderr string }{
		{"a name that is out of scope", `{"environmentVariables": {"SECRET_DENY": "**"}}`, `"outcome": "skipped"`, ""},
		{"act mode", `{"environmentVariables": {"REMEDIATION_MODE": "act"}}`, `"outcome": "rotated"`, ""},
		{"a setting that is refused", `{"environmentVariables": {"MAX_ATTEMPTS": "none"}}`, "", "the function ended before it answered; its log says why"},
		{"props that are refused", `{"cpu": 0.12}`, "", "cpu is 0.12"},
		{"another region than the event's", `{"region": "cn-beijing"}`, `"outcome": "skipped"`, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			folder, props := withFunction(t, row.change)
			got := local(t, props, "--folder", folder, "invoke", "-f", failure)
			if (got.status == statusDone) != (row.stderr == "") || !strings.Contains(got.stdout, row.stdout) || !strings.Contains(got.stderr, row.stderr) {
				t.Errorf("status %d, stdout %q, want %q; stderr %q, want %q", got.status, got.stdout, row.stdout, got.stderr, row.stderr)
			}
		})
	}
}

// This is the path by which a newcomer learns to trust it: observe, act, remove.
func TestADeploymentIsReplacedRemembersAndIsRemoved(t *testing.T) {
	folder, observing := withFunction(t, "")
	acting := strings.Replace(observing, `"observe"`, `"act"`, 1)
	for _, step := range []struct {
		name, props string
		args        []string
		status      int
		outcome     string // empty where there is none
		stderr      string // a part of it
	}{
		{"nothing can be invoked yet", observing, []string{"invoke", "--deployed", "-f", failure}, statusFailed, "", "nothing is deployed here"},
		{"nor told of", observing, []string{"info"}, statusFailed, "", "nothing is deployed here"},
		{"the first deployment observes", observing, []string{"deploy"}, statusDone, "would-rotate", "REMEDIATION_MODE=observe"},
		{"a second look finds it as it was", observing, []string{"invoke", "--deployed", "-f", failure}, statusDone, "would-rotate", ""},
		{"one that is refused leaves it alone", strings.Replace(acting, "0.1,", "0.12,", 1), []string{"deploy"}, statusFailed, "", "cpu is 0.12"},
		{"so it goes on", observing, []string{"invoke", "--deployed", "-f", failure}, statusDone, "would-rotate", ""},
		{"the next one acts", acting, []string{"deploy"}, statusDone, "rotated", "REMEDIATION_MODE=act"},
		{"and remembers", acting, []string{"invoke", "--deployed", "-f", failure}, statusDone, "already-rotated", ""},
		{"its end is said", acting, []string{"remove"}, statusDone, "", "removed"},
		{"once", acting, []string{"remove"}, statusDone, "", "nothing was deployed"},
		{"then nothing can be invoked", acting, []string{"invoke", "--deployed", "-f", failure}, statusFailed, "", "nothing is deployed here"},
	} {
		got := local(t, step.props, slices.Concat([]string{"--folder", folder}, step.args)...)
		if got.status != step.status || !strings.Contains(got.stderr, step.stderr) {
			t.Fatalf("%s: status %d, want %d; stderr %q, want %q", step.name, got.status, step.status, got.stderr, step.stderr)
		}
		if step.outcome != "" && outcome(t, got.stdout) != step.outcome {
			t.Fatalf("%s: %s, want %s", step.name, got.stdout, step.outcome)
		}
	}
}

// A function in another region is tried with a failure of that region: one of the sample's would only be skipped.
func TestADeploymentIsTriedInItsOwnRegion(t *testing.T) {
	folder, props := withFunction(t, `{"region": "cn-beijing"}`)
	got := local(t, props, "--folder", folder, "deploy")
	if got.status != statusDone || outcome(t, got.stdout) != "would-rotate" {
		t.Errorf("status %d, want would-rotate:\n%s%s", got.status, got.stdout, got.stderr)
	}
}

// The token of the URL callback is one of the variables.
func TestADeploymentTellsNoValue(t *testing.T) {
	folder, props := withFunction(t, `{"environmentVariables": {"HTTP_CALLBACK_TOKEN": "`+canary+`"}}`)
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", canary)
	deployed := local(t, props, "--folder", folder, "deploy")
	told := local(t, props, "--folder", folder, "info")
	if deployed.status != statusDone || told.status != statusDone || !strings.Contains(told.stdout, `"HTTP_CALLBACK_TOKEN"`) {
		t.Fatalf("deployed %+v, told %+v; want both done, and the variable named", deployed, told)
	}
	pid := strconv.Itoa(background(t, folder, props).Pid)
	all := deployed.stdout + deployed.stderr + told.stdout + told.stderr
	for _, file := range []string{"cmdline", "environ"} {
		text, err := os.ReadFile(filepath.Join("/proc", pid, file))
		if err != nil {
			t.Fatal(err)
		}
		all += string(text)
	}
	if strings.Contains(all, canary) {
		t.Error("the value is printed, or is to be seen in the list of processes")
	}
}

// background is the process that runs in the background, which is a child of the test.
func background(t *testing.T, folder, props string) *os.Process {
	t.Helper()
	var i info
	if err := json.Unmarshal([]byte(local(t, props, "--folder", folder, "info").stdout), &i); err != nil {
		t.Fatal(err)
	}
	process, err := os.FindProcess(i.PID)
	if err != nil {
		t.Fatal(err)
	}
	return process
}

// What goes on running after its end was said would still answer whoever holds its socket.
func TestARemovedDeploymentEnds(t *testing.T) {
	folder, props := withFunction(t, "")
	local(t, props, "--folder", folder, "deploy")
	process := background(t, folder, props)
	local(t, props, "--folder", folder, "remove")
	late := time.AfterFunc(time.Minute, func() { _ = process.Kill() })
	defer late.Stop()
	if state, err := process.Wait(); err != nil || !state.Success() {
		t.Errorf("ended with %v (%v), want by itself and well", state, err)
	}
}

// A process that was killed leaves its folder behind; whoever deploys next must not have to clean up by hand.
func TestADeploymentThatWasKilledIsReplaced(t *testing.T) {
	folder, props := withFunction(t, "")
	local(t, props, "--folder", folder, "deploy")
	process := background(t, folder, props)
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := process.Wait(); err != nil { // then its socket is closed
		t.Fatal(err)
	}
	if got := local(t, props, "--folder", folder, "info"); got.status != statusFailed || !strings.Contains(got.stderr, "nothing is deployed here") {
		t.Errorf("told %+v; want that nothing is deployed", got)
	}
	if got := local(t, props, "--folder", folder, "deploy"); got.status != statusDone {
		t.Errorf("deployed again: %s", got.stderr)
	}
}

// One that is forgotten would hold a port and memory for ever.
func TestADeploymentEndsWhenItIsIdle(t *testing.T) {
	code, err := built()
	if err != nil {
		t.Fatalf("building the function: %v", err)
	}
	p, err := readProps(strings.NewReader(goodProps(t, "{}")))
	if err != nil {
		t.Fatal(err)
	}
	f, err := start(p, filepath.Join(code, "main"), "1")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{function: f, tidy: func() error { return nil }, idle: time.Millisecond}
	if err := serve(t.Context(), listener, s); err != nil {
		t.Error(err)
	}
	if _, err := f.invoke(t.Context(), nil); err == nil {
		t.Error("the function can still be invoked, want it ended with what served it")
	}
}
