package deployment

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/policy"
)

// canary is a value that must not be seen in any output.
const canary = "canary-canary-canary-canary"

// goodProps are those of s.yaml as it is first deployed. change is merged into them; null takes a key away.
const goodProps = `{
	"region": "cn-hangzhou", "functionName": "rotation-remediator", "runtime": "go1", "handler": "main", "code": "./target",
	"cpu": 0.1, "memorySize": 128, "diskSize": 512, "timeout": 60, "internetAccess": true, "role": "rotation-remediator",
	"environmentVariables": {"REMEDIATION_MODE": "observe", "SWEEP_INTERVAL": "5m", "SECRET_ALLOW": "**"},
	"concurrencyConfig": {"reservedConcurrency": 1},
	"asyncInvokeConfig": {"maxAsyncRetryAttempts": 3, "maxAsyncEventAgeInSeconds": 86400, "asyncTask": false,
		"destinationConfig": {"onFailure": {"destination": "acs:mns:cn-hangzhou::/queues/rotation-remediator-failures/messages"}}},
	"logConfig": {"project": "rotation-remediator", "logstore": "rotation-remediator", "enableRequestMetrics": true, "enableInstanceMetrics": true, "logBeginRule": "None"},
	"triggers": [{"triggerName": "sweep", "triggerType": "timer", "triggerConfig": {"cronExpression": "0 */5 * * * *", "enable": true}}]
}`

func changed(t *testing.T, change string) string {
	t.Helper()
	var all, part map[string]any
	if err := json.Unmarshal([]byte(goodProps), &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(change), &part); err != nil {
		t.Fatalf("reading %s: %v", change, err)
	}
	merge(all, part)
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

// found returns the findings of props as lines.
func found(t *testing.T, props string) (faults, notes []string) {
	t.Helper()
	f, err := Props(strings.NewReader(props))
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range f.Findings() {
		if finding.Note {
			notes = append(notes, finding.String())
		} else {
			faults = append(faults, finding.String())
		}
	}
	return faults, notes
}

const callback = `{"triggerName": "callback", "triggerType": "http", "triggerConfig": {"authType": "anonymous", "methods": ["POST"], "disableURLInternet": false}}`
const sweep = `{"triggerName": "sweep", "triggerType": "timer", "triggerConfig": {"cronExpression": "0 */5 * * * *", "enable": true}}`
const topic = `{"triggerName": "topic", "triggerType": "mns_topic", "sourceArn": "acs:mns:cn-hangzhou:1:/topics/t", "invocationRole": "r", "triggerConfig": {"notifyContentFormat": "STREAM", "notifyStrategy": "BACKOFF_RETRY"}}`

const queue = `{"triggerName": "queue", "triggerType": "eventbridge", "triggerConfig": {"triggerEnable": true, "asyncInvocationType": true, "eventRuleFilterPattern": "{}",
	"eventSourceConfig": {"eventSourceType": "MNS", "eventSourceParameters": {}}, "eventSinkConfig": {"deliveryOption": {"eventSchema": "CloudEvents"}},
	"runOptions": {"mode": "event-streaming", "errorsTolerance": "ALL", "retryStrategy": {"PushRetryStrategy": "BACKOFF_RETRY"}, "deadLetterQueue": {"Arn": "acs:mns:cn-hangzhou:1:/queues/q"}}}}`

// A fault that is not found here fails on the platform after minutes, or never, while the function does something else than
// was meant.
func TestEachFaultIsNamedWithWhatWouldBeRight(t *testing.T) {
	for _, row := range []struct {
		name, change string
		want         []string
	}{
		{"as it is", `{}`, nil},
		{"a misspelt key", `{"timeoutz": 60}`, []string{"props has the unknown key timeoutz"}},
		{"a misspelt key below another", `{"asyncInvokeConfig": {"maxAsyncRetryAttemptz": 3}}`, []string{"props.asyncInvokeConfig has the unknown key maxAsyncRetryAttemptz"}},
		{"a misspelt key of a trigger", `{"triggers": [` + strings.Replace(sweep, `"enable"`, `"enabled"`, 1) + `]}`,
			[]string{"props.triggers[0].triggerConfig lacks enable", "props.triggers[0].triggerConfig has the unknown key enabled", "props.triggers have 1 timers, or one that is off"}},
		{"another runtime", `{"runtime": "custom"}`, []string{`props.runtime is "custom": want go1`}},
		{"another handler", `{"handler": "index.handler"}`, []string{`props.handler is "index.handler": want main`}},
		{"the role that the component would make", `{"role": "auto"}`, []string{`props.role is "auto": want the name or ARN of a role of its own`}},
		{"no role", `{"role": null}`, []string{`props.role is ""`}},
		{"a role that is neither name nor ARN", `{"role": "acs:ram:role/x"}`, []string{`props.role is "acs:ram:role/x", which is neither`}},
		{"a role with a blank in it", `{"role": "my role"}`, []string{`props.role is "my role", which is neither`}},
		{"a role by its ARN", `{"role": "acs:ram::1000000000000001:role/rotation-remediator"}`, nil},
		{"two instances", `{"concurrencyConfig": {"reservedConcurrency": 2}}`, []string{`props.concurrencyConfig.reservedConcurrency is 2: want 1`}},
		{"as many instances as there may be", `{"concurrencyConfig": null}`, []string{`props.concurrencyConfig.reservedConcurrency is missing: want 1`}},
		{"two invocations in one instance", `{"instanceConcurrency": 10}`, []string{`props.instanceConcurrency is above 1: want 1`}},
		{"a processor between two steps", `{"cpu": 0.12}`, []string{`props.cpu is 0.12: want a multiple of 0.05`}},
		{"a larger processor with its memory", `{"cpu": 0.35, "memorySize": 512}`, nil},
		{"memory between two steps", `{"memorySize": 130}`, []string{`props.memorySize is 130: want a multiple of 64`}},
		{"more than 4 GB for a vCPU", `{"memorySize": 448}`, []string{`props.memorySize is 448 and cpu 0.1: want 1 to 4 GB`}},
		{"less than 1 GB for a vCPU", `{"cpu": 0.15}`, []string{`props.memorySize is 128 and cpu 0.15: want 1 to 4 GB`}},
		{"no time", `{"timeout": null}`, []string{"props lacks timeout", "VERIFY_WAIT is 20s, and timeout 0s"}},
		{"a setting out of range", `{"environmentVariables": {"MAX_ATTEMPTS": "0"}}`, []string{"props.environmentVariables would stop the start: MAX_ATTEMPTS"}},
		{"two settings out of range", `{"environmentVariables": {"MAX_ATTEMPTS": "0", "ROTATIONS_PER_HOUR": "51"}}`, []string{"ROTATIONS_PER_HOUR"}},
		{"a pattern that keeps nothing away", `{"environmentVariables": {"SECRET_DENY": "**-prod"}}`, []string{"props.environmentVariables would stop the start: SECRET_DENY"}},
		{"a setting that the function does not have", `{"environmentVariables": {"MAX_ATTEMPTZ": "5"}}`, []string{"props.environmentVariables.MAX_ATTEMPTZ is one that the function does not read"}},
		{"verifying beyond the timeout", `{"environmentVariables": {"VERIFY_WAIT": "60s"}}`, []string{"props.environmentVariables.VERIFY_WAIT is 1m0s, and timeout 1m0s", "at most 55s"}},
		{"a timeout below verifying", `{"timeout": 20}`, []string{"props.environmentVariables.VERIFY_WAIT is 20s, and timeout 20s"}},
		{"an endpoint inside a VPC without one", `{"environmentVariables": {"KMS_ENDPOINT": "https://kms-vpc.{region}.aliyuncs.com"}}`, []string{"props.vpcConfig is missing"}},
		{"several regions with one endpoint", `{"environmentVariables": {"REGIONS": "cn-hangzhou,cn-beijing", "KMS_ENDPOINT": "https://kms.cn-hangzhou.aliyuncs.com"}}`, []string{"would stop the start: "}},
		{"several regions", `{"environmentVariables": {"REGIONS": "cn-hangzhou,cn-beijing"}}`, nil},
		{"a number as a variable", `{"environmentVariables": {"MAX_ATTEMPTS": 5}}`, []string{`props.environmentVariables.MAX_ATTEMPTS is a number: want string`}},
		{"a variable of the platform", `{"environmentVariables": {"FC_REGION": "x"}}`, []string{`props.environmentVariables.FC_REGION begins with FC_: want another name`}},
		{"a name with a dash", `{"environmentVariables": {"A-B": "x"}}`, []string{`props.environmentVariables has the name "A-B": want letters`}},
		{"too many bytes of variables", `{"environmentVariables": {"SECRET_DENY": "` + strings.Repeat("x,", 2048) + `x"}}`, []string{`props.environmentVariables are 4161 bytes long: want at most 4096`}},
		{"no retries written down", `{"asyncInvokeConfig": {"maxAsyncRetryAttempts": null}}`, []string{`props.asyncInvokeConfig lacks maxAsyncRetryAttempts`}},
		{"an age that some documents refuse", `{"asyncInvokeConfig": {"maxAsyncEventAgeInSeconds": 700000}}`, []string{`props.asyncInvokeConfig.maxAsyncEventAgeInSeconds is too large: want at most 604800`}},
		{"tasks", `{"asyncInvokeConfig": {"asyncTask": true}}`, []string{`props.asyncInvokeConfig.asyncTask is true: want false`}},
		{"nowhere for what failed", `{"asyncInvokeConfig": {"destinationConfig": null}}`, []string{`props.asyncInvokeConfig.destinationConfig.onFailure.destination is ""`}},
		{"logs as the component likes", `{"logConfig": null}`, []string{`props.logConfig names none: want project and logstore`, `props.logConfig.logBeginRule is ""`}},
		{"logs as auto", `{"logConfig": "auto"}`, []string{`props.logConfig names none: want project and logstore`, `props.logConfig.logBeginRule is ""`}},
		{"lines that are joined", `{"logConfig": {"logBeginRule": "DefaultRegex"}}`, []string{`props.logConfig.logBeginRule is "DefaultRegex": want None`}},
		{"a timer at another interval than the function's", `{"environmentVariables": {"SWEEP_INTERVAL": "10m"}}`, []string{`trigger sweep has the cronExpression "0 */5 * * * *": want "0 */10 * * * *"`}},
		{"an hourly function on another timer", `{"environmentVariables": {"SWEEP_INTERVAL": "1h"}}`, []string{`want "0 0 * * * *"`}},
		{"an interval left to its default", `{"environmentVariables": {"SWEEP_INTERVAL": null}}`, nil},
		{"an interval that no cron expression has", `{"environmentVariables": {"SWEEP_INTERVAL": "90s"}}`, []string{`props.environmentVariables.SWEEP_INTERVAL has no cron expression on the hour: want whole minutes`}},
		{"no timer", `{"triggers": null}`, []string{`props.triggers have 0 timers`}},
		{"a timer that is off", `{"triggers": [` + strings.Replace(sweep, `true`, `false`, 1) + `]}`, []string{`props.triggers have 1 timers, or one that is off`}},
		{"a trigger that is there twice", `{"triggers": [` + sweep + `, ` + topic + `, ` + topic + `]}`, []string{"trigger topic is there twice"}},
		{"a topic with the role that the component would make", `{"triggers": [` + sweep + `, ` + strings.Replace(topic, `"invocationRole": "r", `, ``, 1) + `]}`, []string{`trigger topic: invocationRole is "": want the name or ARN`}},
		{"a topic of no account", `{"triggers": [` + sweep + `, ` + strings.Replace(topic, `:1:`, `::`, 1) + `]}`, []string{"props.triggers[1].sourceArn has another form"}},
		{"a queue trigger without its queue", `{"triggers": [` + sweep + `, ` + queue + `]}`, []string{"trigger queue names no queue: want sourceMNSParameters"}},
		{"a callback that lets nobody in", `{"triggers": [` + sweep + `, ` + callback + `]}`, []string{`trigger callback is an http trigger: want HTTP_CALLBACK_TOKEN set`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			faults, _ := found(t, changed(t, row.change))
			all := strings.Join(faults, "\n")
			if (len(faults) == 0) != (row.want == nil) {
				t.Fatalf("found\n%s\nwant %d findings", all, len(row.want))
			}
			for _, want := range row.want {
				if !strings.Contains(all, want) {
					t.Errorf("found\n%s\nwant %q", all, want)
				}
			}
		})
	}
}

// A difference may be wanted; a person who did not want it reads it here.
func TestWhatIsOnlyUnusualIsANote(t *testing.T) {
	for _, row := range []struct{ name, change, want string }{
		{"a function that its policy does not name", `{"functionName": "other"}`, "internal/policy/deployer.json is for another function, and s.yaml has other"},
		{"a logstore that its policy does not name", `{"logConfig": {"logstore": "other"}}`, "internal/policy/platform.json is for another logstore"},
		{"a queue that its policy does not name", `{"asyncInvokeConfig": {"destinationConfig": {"onFailure": {"destination": "acs:mns:cn-hangzhou::/queues/q/messages"}}}}`, "internal/policy/platform.json is for another failure queue"},
		{"a role that its policy does not name", `{"role": "acs:ram::1:role/other"}`, "internal/policy/deployer.json is for another role"},
		{"a type that its policy does not reach", `{"environmentVariables": {"SECRET_TYPES": "ECS,Rds"}}`, "internal/policy/function.json is for ECS secrets, and SECRET_TYPES has Rds"},
		{"a role in capital letters", `{"role": "Remediator"}`, "props.role has capital letters"},
		{"a callback that answers late", `{"environmentVariables": {"HTTP_CALLBACK_TOKEN": "a-token-of-24-characters"}, "triggers": [` + sweep + `, ` + callback + `]}`, "trigger callback answers after VERIFY_WAIT=20s"},
		{"a callback with little memory", `{"environmentVariables": {"HTTP_CALLBACK_TOKEN": "a-token-of-24-characters", "VERIFY_WAIT": "2s"}, "triggers": [` + sweep + `, ` + callback + `]}`, "memorySize is 128: 256 holds them"},
		{"regions without its own", `{"environmentVariables": {"REGIONS": "cn-beijing"}}`, "props.environmentVariables.REGIONS does not have cn-hangzhou"},
	} {
		t.Run(row.name, func(t *testing.T) {
			faults, notes := found(t, changed(t, row.change))
			if len(faults) > 0 || !strings.Contains(strings.Join(notes, "\n"), row.want) {
				t.Errorf("faults %q, notes %q; want none, and %q", faults, notes, row.want)
			}
		})
	}
}

// A policy without a call is a function, or a deployment, that fails at its first use.
func TestAPolicyThatLacksACallIsAFault(t *testing.T) {
	var all findings
	checkGrants(&all, "platform.json", []string{"mns:SendMessage", "log:GetLogStoreLogs"})
	if len(all) != 2 || !strings.Contains(all[0].String(), "lacks log:PostLogStoreLogs") || !strings.Contains(all[1].String(), "grants log:GetLogStoreLogs") {
		t.Errorf("found %v, want the missing action and the needless one", all)
	}
}

// A policy that is left out of the check is found to lack a call by the person who was refused.
func TestEachPolicyIsChecked(t *testing.T) {
	for file := range policy.Needs {
		if !slices.ContainsFunc(checked, func(p policy.Policy) bool { return p.File == file }) {
			t.Errorf("%s is not checked", file)
		}
	}
}

// A terminal, or the log of a pipeline, is read by more people than may have the token.
func TestNoFindingShowsAValue(t *testing.T) {
	for _, props := range []string{
		changed(t, `{"environmentVariables": {"FC_X": "`+canary+`", "A-B": "`+canary+`", "HTTP_CALLBACK_TOKEN": "`+canary+` "}}`),
		changed(t, `{"environmentVariables": {"N": ["`+canary+`"]}}`),
		changed(t, `{"environmentVariables": "`+canary+`"}`),
		changed(t, `{"`+canary[:6]+`": "`+canary+`", "timeout": "`+canary+`"}`),
	} {
		faults, notes := found(t, props)
		if all := strings.Join(append(faults, notes...), "\n"); all == "" || strings.Contains(all, canary) {
			t.Errorf("found %s, want a refusal that shows no value", all)
		}
	}
}

// Props that cannot be read must not count as props without a fault.
func TestPropsThatCannotBeReadAreRefused(t *testing.T) {
	for _, text := range []string{"", "[]", "7", `{"a": ` + canary} {
		if f, err := Props(strings.NewReader(text)); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%q: read as %+v, %v; want a refusal", text, f, err)
		}
	}
}

// Each interval that the function accepts has a cron expression that ticks on the hour.
func TestACronExpressionTicksOnTheHour(t *testing.T) {
	for minutes, want := range map[int]string{1: "0 */1 * * * *", 5: "0 */5 * * * *", 30: "0 */30 * * * *", 60: "0 0 * * * *", 7: "", 90: ""} {
		if got, ok := Cron(time.Duration(minutes) * time.Minute); got != want || ok != (want != "") {
			t.Errorf("%d minutes: %q, want %q", minutes, got, want)
		}
	}
}

// Another folder, or one in which nothing was built, would be deployed without the function in it.
func TestTheExecutableHasToBeThere(t *testing.T) {
	folder := t.TempDir()
	f, err := Props(strings.NewReader(goodProps))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.CheckCode(folder); len(got) != 1 || !strings.Contains(got[0].String(), `props.code is "./target": want a folder with the executable main in it (make build)`) {
		t.Errorf("found %v, want that it is missing", got)
	}
	if err := os.Mkdir(filepath.Join(folder, "target"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "target", "main"), nil, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := f.CheckCode(folder); len(got) != 0 {
		t.Errorf("found %v, want nothing", got)
	}
}
