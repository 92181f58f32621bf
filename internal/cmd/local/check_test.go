package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// canary is a value that must not be seen in any output.
const canary = "canary-canary-canary-canary"

// goodProps are those of s.yaml as it is first deployed. change is merged into them; null takes a key away.
func goodProps(t *testing.T, change string) string {
	t.Helper()
	all := map[string]any{}
	for _, text := range []string{`{
		"region": "cn-hangzhou", "functionName": "remediator-of-a-test", "runtime": "go1", "handler": "main", "code": "./target",
		"cpu": 0.1, "memorySize": 128, "diskSize": 512, "timeout": 60, "internetAccess": true, "role": "rotation-remediator",
		"environmentVariables": {"REMEDIATION_MODE": "observe", "SWEEP_INTERVAL": "5m", "SECRET_ALLOW": "**"},
		"concurrencyConfig": {"reservedConcurrency": 1},
		"asyncInvokeConfig": {"maxAsyncRetryAttempts": 3, "maxAsyncEventAgeInSeconds": 86400, "asyncTask": false,
			"destinationConfig": {"onFailure": {"destination": "acs:mns:cn-hangzhou::/queues/failures/messages"}}},
		"logConfig": {"project": "p", "logstore": "l", "enableRequestMetrics": true, "enableInstanceMetrics": true, "logBeginRule": "None"},
		"triggers": [{"triggerName": "sweep", "triggerType": "timer", "triggerConfig": {"cronExpression": "0 */5 * * * *", "enable": true}}]
	}`, change} {
		var part map[string]any
		if err := json.Unmarshal([]byte(text), &part); err != nil {
			t.Fatalf("reading %s: %v", text, err)
		}
		merge(all, part)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func merge(into, part map[string]any) {
	for key, value := range part {
		below, isObject := value.(map[string]any)
		there, both := into[key].(map[string]any)
		switch {
		case value == nil:
			delete(into, key)
		case isObject && both:
			there = maps.Clone(there)
			merge(there, below)
			into[key] = there
		default:
			into[key] = value
		}
	}
}

// project is a folder as s.yaml's, with an executable in it.
func project(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "target"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "target", "main"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return folder
}

// What passes here fails on the platform after minutes, or never, while the function does something else than was meant.
func TestACheckSaysWhatIsWrongAndWhatWouldBeRight(t *testing.T) {
	folder := project(t)
	for _, row := range []struct {
		name, change string
		want         []string
	}{
		{"as it is", `{}`, nil},
		{"another runtime", `{"runtime": "custom"}`, []string{`runtime is "custom": want go1`}},
		{"another handler", `{"handler": "index.handler"}`, []string{`handler is "index.handler": want main`, `code is "./target": want a folder with the executable index.handler`}},
		{"a folder without the executable", `{"code": "."}`, []string{`code is ".": want a folder with the executable main in it (make build)`}},
		{"the role that the component would make", `{"role": "auto"}`, []string{`role is "auto": want a role of the function's own`}},
		{"no role", `{"role": null}`, []string{`role is ""`}},
		{"two instances", `{"concurrencyConfig": {"reservedConcurrency": 2}}`, []string{`concurrencyConfig.reservedConcurrency is 2: want 1`}},
		{"a processor between two steps", `{"cpu": 0.12}`, []string{`cpu is 0.12: want a multiple of 0.05`}},
		{"a larger processor with its memory", `{"cpu": 0.35, "memorySize": 512}`, nil},
		{"memory between two steps", `{"memorySize": 130}`, []string{`memorySize is 130: want a multiple of 64`}},
		{"more than 4 GB for a vCPU", `{"memorySize": 448}`, []string{`cpu is 0.1 and memorySize 448: want 1 to 4 GB`}},
		{"less than 1 GB for a vCPU", `{"cpu": 0.15}`, []string{`cpu is 0.15 and memorySize 128: want 1 to 4 GB`}},
		{"no time", `{"timeout": null}`, []string{`timeout is 0: want seconds`}},
		{"a number as a variable", `{"environmentVariables": {"MAX_ATTEMPTS": 5}}`, []string{`environmentVariables.MAX_ATTEMPTS is no text: want quotes around it`}},
		{"a variable of the platform", `{"environmentVariables": {"FC_REGION": "x"}}`, []string{`environmentVariables.FC_REGION: want a name that does not begin with FC_`}},
		{"a name with a dash", `{"environmentVariables": {"A-B": "x"}}`, []string{`environmentVariables has the name "A-B": want letters`}},
		{"too many bytes of variables", `{"environmentVariables": {"SECRET_DENY": "` + strings.Repeat("x", 4096) + `"}}`, []string{`environmentVariables are 4160 bytes long: want at most 4096`}},
		{"no retries said", `{"asyncInvokeConfig": {"maxAsyncRetryAttempts": null}}`, []string{`asyncInvokeConfig.maxAsyncRetryAttempts is missing`}},
		{"an age that some documents refuse", `{"asyncInvokeConfig": {"maxAsyncEventAgeInSeconds": 700000}}`, []string{`asyncInvokeConfig.maxAsyncEventAgeInSeconds: want it said, and at most 604800`}},
		{"tasks", `{"asyncInvokeConfig": {"asyncTask": true}}`, []string{`asyncInvokeConfig.asyncTask is true: want false`}},
		{"nowhere for what failed", `{"asyncInvokeConfig": {"destinationConfig": null}}`, []string{`asyncInvokeConfig.destinationConfig.onFailure.destination is ""`}},
		{"logs as the component likes", `{"logConfig": null}`, []string{`logConfig: want project, logstore`, `logConfig.logBeginRule is ""`}},
		{"logs as auto", `{"logConfig": "auto"}`, []string{`logConfig: want project, logstore`, `logConfig.logBeginRule is ""`}},
		{"lines that are joined", `{"logConfig": {"logBeginRule": "DefaultRegex"}}`, []string{`logConfig.logBeginRule is "DefaultRegex": want None`}},
		{"a timer at another pace than the function believes", `{"environmentVariables": {"SWEEP_INTERVAL": "10m"}}`, []string{`triggers: the cronExpression of sweep is "0 */5 * * * *": want "0 */10 * * * *"`}},
		{"an hourly function on another timer", `{"environmentVariables": {"SWEEP_INTERVAL": "1h"}}`, []string{`want "0 0 * * * *"`}},
		{"an interval left to its default", `{"environmentVariables": {"SWEEP_INTERVAL": null}}`, nil},
		{"an interval that no cron expression says", `{"environmentVariables": {"SWEEP_INTERVAL": "90s"}}`, []string{`environmentVariables.SWEEP_INTERVAL: want whole minutes that divide the hour`}},
		{"no timer", `{"triggers": null}`, []string{`triggers: want one timer`}},
		{"a timer that is off", `{"triggers": [{"triggerName": "sweep", "triggerType": "timer", "triggerConfig": {"cronExpression": "0 */5 * * * *"}}]}`, []string{`triggers: want one timer, and enable: true`}},
		{"a callback that lets nobody in", `{"triggers": [{"triggerName": "sweep", "triggerType": "timer", "triggerConfig": {"cronExpression": "0 */5 * * * *", "enable": true}}, {"triggerName": "callback", "triggerType": "http", "triggerConfig": {}}]}`,
			[]string{`triggers: callback is an http trigger, and environmentVariables.HTTP_CALLBACK_TOKEN is empty`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := local(t, goodProps(t, row.change), "--folder", folder, "check")
			lines := strings.Split(strings.TrimSpace(strings.TrimPrefix(got.stderr, "local: ")), "\n")
			if row.want == nil {
				row.want = []string{""}
			}
			if len(lines) != len(row.want) || (got.status != statusDone) != (row.want[0] != "") {
				t.Fatalf("status %d, found\n%s\nwant %d findings", got.status, got.stderr, len(row.want))
			}
			for i, want := range row.want {
				if !strings.Contains(lines[i], want) {
					t.Errorf("finding %q, want %q", lines[i], want)
				}
			}
		})
	}
}

// A terminal, or the log of a pipeline, is read by more people than may have the token.
func TestNoFindingShowsAValue(t *testing.T) {
	props := goodProps(t, `{"environmentVariables": {"FC_X": "`+canary+`", "A-B": "`+canary+`", "SWEEP_INTERVAL": "`+canary+`", "N": ["`+canary+`"], "HTTP_CALLBACK_TOKEN": "`+canary+`"}}`)
	got := local(t, props, "--folder", project(t), "check")
	if got.status != statusFailed || strings.Contains(got.stdout+got.stderr, canary) {
		t.Errorf("status %d, want a refusal that shows no value:\n%s%s", got.status, got.stdout, got.stderr)
	}
}

// Props that cannot be read must not pass for props without a fault.
func TestPropsThatCannotBeReadAreRefused(t *testing.T) {
	for _, text := range []string{"", "[]", `{"timeout": "60"}`, `{"environmentVariables": "` + canary + `"}`} {
		got := local(t, text, "check")
		if got.status != statusFailed || !strings.HasPrefix(got.stderr, "local: reading the props from stdin, as JSON: ") || strings.Contains(got.stderr, canary) {
			t.Errorf("%q: status %d, stderr %q; want a refusal", text, got.status, got.stderr)
		}
	}
}

// Whatever the function may be told as its interval has a cron expression that ticks on the hour.
func TestACronExpressionTicksOnTheHour(t *testing.T) {
	got := map[string]string{}
	for _, interval := range []string{"1m", "5m", "30m", "1h"} {
		got[interval] = cron(parsed(t, interval))
	}
	want := map[string]string{"1m": "0 */1 * * * *", "5m": "0 */5 * * * *", "30m": "0 */30 * * * *", "1h": "0 0 * * * *"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cron expressions (-want +got):\n%s", diff)
	}
}
