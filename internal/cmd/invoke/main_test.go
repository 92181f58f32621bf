package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain builds the function, as other tests do, so that they share the cache, and goes where the command is run.
func TestMain(m *testing.M) {
	os.Exit(inFolderOfItsOwn(m))
}

func inFolderOfItsOwn(m *testing.M) int {
	folder, err := os.MkdirTemp("", "invoke")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", filepath.Join(folder, binary), "github.com/rotation-remediator/rotation-remediator/function")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	samples, _ := filepath.Abs("../../../events")
	if err := build.Run(); err != nil {
		panic(err)
	}
	if err := os.Symlink(samples, filepath.Join(folder, "events")); err != nil {
		panic(err)
	}
	if err := os.Chdir(folder); err != nil {
		panic(err)
	}
	return m.Run()
}

// A newcomer goes by the exit status, and by what it says when the result is another one.
func TestTheStatusIsThatOfTheSampleOrOfTheInvocation(t *testing.T) {
	write := func(name, text string) string {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	tick, request := "events/testdata/timer-tick.json", "events/testdata/routes/http-post-json.json"
	for _, row := range []struct {
		name  string
		set   map[string]string
		shown string // on stdout
		notes string
		err   string
	}{
		{"the sample", nil, "\nresult   rotated: ", "", ""},
		{"observed", map[string]string{"REMEDIATION_MODE": "observe"}, "\nresult   would-rotate: ", "", ""},
		{"several regions", map[string]string{"REGIONS": "cn-beijing, cn-hangzhou"}, "\nresult   rotated: ", "REGIONS is cn-hangzhou here", ""},
		{"one region, another", map[string]string{"REGIONS": "cn-beijing"}, "\nresult   skipped: ", "", "the sample is not rotated"},
		{"an endpoint of somebody's own", map[string]string{"KMS_ENDPOINT": "https://kms.example.com"}, "\nresult   rotated: ", "KMS_ENDPOINT is not used: the stand-in takes its place", ""},
		{"out of scope", map[string]string{"SECRET_ALLOW": "acs/ecs/*"}, "\nresult   skipped: ", "", "the sample is not rotated: see the result above and the settings in the environment"},
		{"a setting that is none", map[string]string{"MAX_ATTEMPTS": "0"}, "", "", "MAX_ATTEMPTS"},
		{"an endpoint that is none, which is not used", map[string]string{"KMS_ENDPOINT": "nonsense"}, "\nresult   rotated: ", "KMS_ENDPOINT is not used", ""},
		{"a mode that is none", map[string]string{"REMEDIATION_MODE": "heal"}, "", "", "REMEDIATION_MODE"},

		{"a tick", map[string]string{"EVENT": tick}, "event    a tick of the timer\n", "", ""},
		{"a tick in several regions", map[string]string{"EVENT": tick, "REGIONS": "cn-beijing,cn-hangzhou"}, "event    a tick of the timer\n", "REGIONS is cn-hangzhou here", ""},
		{"an event out of scope", map[string]string{"EVENT": "events/testdata/rotate-failure-ecs.json", "SECRET_ALLOW": "acs/ecs/*"}, "\nresult   skipped: ", "", ""},
		{"a rejected event", map[string]string{"EVENT": "events/testdata/rejected-null.json"}, "\nresult   rejected: ", "", "the invocation failed with errorType rejected"},
		{"no JSON", map[string]string{"EVENT": write("broken.json", `{"a":1,}`)}, "event    cannot be read\ncalls    none\nresult   rejected: payload is not JSON: a comma before } at byte 8, ", "", "rejected"},
		{"a request with the token of the samples", map[string]string{"EVENT": request, "HTTP_CALLBACK_TOKEN": "example-token-of-24-characters"}, "\nresult   rotated: ", "", ""},
		{"a request without the setting", map[string]string{"EVENT": request}, "HTTP status 403: HTTP_CALLBACK_TOKEN is not set", "", ""},
		{"a request with another token", map[string]string{"EVENT": request, "HTTP_CALLBACK_TOKEN": "another-token-of-24-characters"}, "HTTP status 403: the token is missing or wrong\n", "", ""},
		{"a quote, a blank and a shell's characters in the name", map[string]string{"EVENT": write(`it's a "$(touch x)" file;.json`, `{"triggerName":"t","triggerTime":"2026-01-02T03:05:00Z"}`)}, "event    a tick of the timer\n", "", ""},
		{"no file", map[string]string{"EVENT": "gone.json"}, "", "", "reading the file gone.json: no such file"},
		{"the account without an event", map[string]string{"REAL": "1"}, "", "", "REAL=1 wants EVENT=file"},
		{"the account without credentials", map[string]string{"REAL": "1", "EVENT": "events/testdata/rotate-failure-ecs.json"}, "", "", "no credentials"},
		{"the account, acting, of nobody", map[string]string{"REAL": "1", "EVENT": "events/testdata/rotate-failure-ecs.json", "REMEDIATION_MODE": "act"}, "", "", "no account"},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, name := range []string{"EVENT", "REAL", "REMEDIATION_MODE", "REGIONS", "KMS_ENDPOINT", "HTTP_CALLBACK_TOKEN", "FC_REGION", "FC_ACCOUNT_ID", "ALIBABA_CLOUD_ACCESS_KEY_ID"} {
				t.Setenv(name, row.set[name])
			}
			for name, value := range row.set {
				t.Setenv(name, value)
			}
			var out, notes strings.Builder
			err := run(t.Context(), &out, &notes)
			said := ""
			if err != nil {
				said = err.Error()
			}
			if !strings.Contains(out.String(), row.shown) || (row.shown == "") != (out.Len() == 0) {
				t.Errorf("stdout\n%s\nwant %q", out.String(), row.shown)
			}
			if !strings.Contains(notes.String(), row.notes) || (row.notes == "") != (notes.Len() == 0) {
				t.Errorf("stderr %q, want %q", notes.String(), row.notes)
			}
			if !strings.Contains(said, row.err) || (row.err == "") != (said == "") || strings.Contains(said, "\n") {
				t.Errorf("error %q, want one line with %q", said, row.err)
			}
		})
	}
}

// README promises eight lines for a person, and the whole result below.
func TestASuccessfulSampleIsEightLinesAndItsResult(t *testing.T) {
	for _, name := range []string{"EVENT", "REAL", "REMEDIATION_MODE"} {
		t.Setenv(name, "")
	}
	var out, notes strings.Builder
	if err := run(t.Context(), &out, &notes); err != nil {
		t.Fatal(err)
	}
	head, result, _ := strings.Cut(out.String(), "\n\n")
	if lines := strings.Split(head, "\n"); len(lines) != 8 || !strings.HasPrefix(result, "{\n  \"requestId\"") {
		t.Errorf("%d lines, want 8 and the result below\n%s", len(lines), out.String())
	}
}
