package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/internal/version"
)

// folder holds what these tests build, and binary is the function as `make build` builds it.
var folder, binary string

func TestMain(m *testing.M) {
	if kind := os.Getenv(stdoutVariable); kind != "" {
		runWithoutStdout(kind)
	}
	os.Exit(runWithBinary(m))
}

func runWithBinary(m *testing.M) (code int) {
	var err error
	if folder, err = os.MkdirTemp("", "function"); err != nil {
		fmt.Fprintln(os.Stderr, "making a folder for the function:", err)
		return 1
	}
	defer os.RemoveAll(folder)
	binary = filepath.Join(folder, "main")
	if err := build(binary, "CGO_ENABLED=0", "-trimpath", "-buildvcs=false", "-tags", "nethttpomithttp2", "-ldflags", "-s -w"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func build(path, setting string, flags ...string) error {
	command := exec.Command("go", append(append([]string{"build", "-o", path}, flags...), ".")...)
	command.Env = append(os.Environ(), setting)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building the function: %w\n%s", err, out)
	}
	return nil
}

// raceDetector says whether these tests run with it.
var raceDetector = func() bool {
	info, _ := debug.ReadBuildInfo()
	return info != nil && slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "-race" && s.Value == "true" })
}()

// watched is the function with the race detector, where these tests have it themselves: for those in which several things
// happen at once. It takes many times the time and memory.
var watched = sync.OnceValues(func() (path string, err error) {
	if !raceDetector {
		return binary, nil
	}
	path = filepath.Join(folder, "watched")
	return path, build(path, "CGO_ENABLED=1", "-race")
})

// underWatch is the command for a test of that kind.
func underWatch(t testing.TB) []string {
	t.Helper()
	path, err := watched()
	if err != nil {
		t.Fatal(err)
	}
	return []string{path}
}

// function is the built binary, as the platform runs it, with a stand-in KMS.
type function struct {
	*fcruntime.Platform
	t     testing.TB
	cloud *cloud
}

// startFunction fills in the options and settings that a test does not care about; env wins over them. When the test is
// over, all that the function said is searched for what it must not say.
func startFunction(t testing.TB, c *cloud, o fcruntime.Options, env ...string) *function {
	t.Helper()
	url, stop, err := standin.Serve(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	c.sent.add(url)
	if o.Command == nil {
		o.Command = []string{binary}
	}
	if o.AccountID == "" {
		o.AccountID = account
	}
	o.Region, o.FunctionName = region, "rotation-remediator"
	o.Env = append([]string{
		"REMEDIATION_MODE=act", "VERIFY_WAIT=0", "KMS_ENDPOINT=" + url, "CLOUDMONITOR_ENDPOINT=" + url, "CANARY=" + canaryEnv,
	}, env...)
	if o.Credentials == (fcruntime.Credentials{}) {
		o.Credentials = platformCredentials(canaryCredentials)
	}
	platform, err := fcruntime.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	f := &function{Platform: platform, t: t, cloud: c}
	t.Cleanup(f.close)
	return f
}

func (f *function) close() {
	if err := f.Close(); err != nil {
		f.t.Error(err)
	}
	stdout, stderr := f.Output()
	f.cloud.sent.search(f.t, "stdout", stdout)
	f.cloud.sent.search(f.t, "stderr", stderr)
	if rest := runtimeError.ReplaceAll(stderr, nil); len(rest) > 0 {
		f.t.Errorf("the function wrote to stderr:\n%s", rest)
	}
}

// invoke delivers a payload, and wants an answer.
func (f *function) invoke(payload []byte) answer {
	f.t.Helper()
	r, err := f.Invoke(f.t.Context(), payload)
	if err != nil || r.Exited || r.TimedOut {
		_, stderr := f.Output()
		f.t.Errorf("no answer: %v, exited %t, timed out %t\n%s", err, r.Exited, r.TimedOut, stderr)
		return answer{}
	}
	return f.read(r)
}

func (f *function) read(r fcruntime.Result) answer {
	f.t.Helper()
	f.cloud.sent.search(f.t, "the answer", r.Payload)
	text, errorType := r.Payload, ""
	if r.Error != nil {
		text, errorType = []byte(r.Error.Message), r.Error.Type
		if errorType == "" || len(r.Error.StackTrace) > 0 {
			f.t.Errorf("an error of type %q with %d lines of a stack", errorType, len(r.Error.StackTrace))
		}
	}
	stdout, _ := f.Output()
	return readAnswer(f.t, r.RequestID, errorType, text, stdout)
}

// answer is what one invocation came to, of the built binary or of the handler.
type answer struct {
	requestID string
	errorType string // "" of an invocation that succeeded
	text      []byte // the return value, or errorMessage
	report    report.Report
}

func (a answer) failed() bool { return a.errorType != "" }

// result is the only one of an invocation by an event.
func (a answer) result() report.Result {
	if len(a.report.Results) != 1 {
		return report.Result{}
	}
	return a.report.Results[0]
}

// readAnswer holds what is promised of every answer: one JSON object in one line, whose facts are in the log as well,
// one line per result. log is all that was logged so far, by all invocations.
func readAnswer(t testing.TB, requestID, errorType string, text, log []byte) answer {
	t.Helper()
	a := answer{requestID: requestID, errorType: errorType, text: text}
	if err := json.Unmarshal(text, &a.report); err != nil || bytes.ContainsAny(text, "\r\n") || len(a.report.Results) == 0 && a.report.Trigger != report.OnTimer {
		t.Errorf("want one line of JSON with a result, got %v in:\n%s", err, text)
		return a
	}
	if a.report.Version != version.Version {
		t.Errorf("the result names version %q, want %q", a.report.Version, version.Version)
	}
	if a.report.RequestID != requestID {
		t.Errorf("the result names request %q, want %q", a.report.RequestID, requestID)
	}
	lines := resultLines(t, requestID, log)
	if len(lines) > len(a.report.Results) && slices.ContainsFunc(a.report.Notes, func(note string) bool { return strings.Contains(note, "only counted") }) {
		lines = lines[:len(a.report.Results)] // the log has those too that the report has no room for
	}
	if diff := cmp.Diff(wantedLog(a), lines); diff != "" {
		t.Errorf("log and result have different facts (-result +log):\n%s", diff)
	}
	return a
}

// wantedLog is what the log has to say of an answer, but for the time.
func wantedLog(a answer) []map[string]any {
	var parsed struct {
		Version, Mode, Trigger string

		Results []map[string]any
	}
	_ = json.Unmarshal(a.text, &parsed) // was read once already
	for _, facts := range parsed.Results {
		level := "INFO"
		bad := slices.Contains([]any{"rejected", "undecided", "needs-human"}, facts["outcome"])
		if a.failed() && (bad || parsed.Trigger == string(report.OnTimer)) || facts["outcome"] == "needs-human" || facts["outcome"] == "overdue" {
			level = "ERROR"
		}
		facts["level"], facts["message"] = level, "rotation handled"
		facts["requestId"], facts["version"], facts["mode"], facts["trigger"] = a.requestID, parsed.Version, parsed.Mode, parsed.Trigger
	}
	return parsed.Results
}

// resultLines leaves out what the log says of the invocation as a whole.
func resultLines(t testing.TB, requestID string, log []byte) []map[string]any {
	t.Helper()
	return slices.DeleteFunc(logOf(t, requestID, log), func(facts map[string]any) bool { return facts["message"] != "rotation handled" })
}

// The runtime SDK prints by itself a line before and one after each invocation, and to stderr the error of one that
// failed.
var (
	runtimeLine  = regexp.MustCompile(`^FC Invoke (Start|End) RequestId: [-0-9a-f]+(, Error: Unhandled function error)?\n$`)
	runtimeError = regexp.MustCompile(`(?m)^[-0-9/:. a-f]+ \[ERROR\] \{\n "errorMessage": ".*",\n "errorType": "[a-z-]+"\n\}\n`)
)

// logOf returns the lines of one request. Any other output would be an entry of the log that cannot be read.
func logOf(t testing.TB, requestID string, log []byte) []map[string]any {
	t.Helper()
	lines := []map[string]any{}
	for line := range bytes.Lines(log) {
		var facts map[string]any
		if runtimeLine.Match(line) {
			continue
		}
		if err := json.Unmarshal(line, &facts); err != nil {
			t.Errorf("printed, and no log line: %s", line)
			continue
		}
		if facts["requestId"] != requestID {
			continue
		}
		text, _ := facts["time"].(string)
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			t.Errorf("a log line without a time: %s", line)
		}
		delete(facts, "time")
		lines = append(lines, facts)
	}
	return lines
}
