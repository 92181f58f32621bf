package deployment

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

const repository = "../.."

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// own is our s.yaml with one text of it replaced, beside our triggers.
func own(t *testing.T, old, changed string) string {
	t.Helper()
	folder := t.TempDir()
	text, err := os.ReadFile(filepath.Join(repository, File))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("s.yaml does not have %q: nothing is tried here", old)
	}
	path := filepath.Join(folder, File)
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), old, changed, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	triggers := filepath.Join("internal", "component", "triggers")
	if err := os.CopyFS(filepath.Join(folder, triggers), os.DirFS(filepath.Join(repository, triggers))); err != nil {
		t.Fatal(err)
	}
	return path
}

func function(t *testing.T, path string, getenv func(string) string) *Function {
	t.Helper()
	d, err := Read(path, getenv)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Functions) != 1 {
		t.Fatalf("%d functions, want one", len(d.Functions))
	}
	return d.Functions[0]
}

// As it is cloned it observes, and nothing is wrong with it, with each of the triggers that it knows.
func TestOurDeploymentHasNoFault(t *testing.T) {
	for _, triggers := range []string{"", "eventbridge", "http", "mns-queue", "mns-topic", "mns-queue,eventbridge", "http,mns-topic,mns-queue,eventbridge"} {
		d, err := Read(filepath.Join(repository, File), environment("TRIGGERS", triggers, "HTTP_CALLBACK_TOKEN", "a-token-of-24-characters"))
		if err != nil {
			t.Fatalf("TRIGGERS=%s: %v", triggers, err)
		}
		if faults := Faults(d.Findings()); len(faults) > 0 {
			t.Errorf("TRIGGERS=%s: %v", triggers, faults)
		}
		if mode := d.Functions[0].Environment["REMEDIATION_MODE"]; mode != "observe" {
			t.Errorf("its mode is %q, want observe", mode)
		}
	}
}

func TestVariablesAreFilledInFromTheEnvironmentOrTheirDefault(t *testing.T) {
	path := filepath.Join(repository, File)
	f := function(t, path, environment("DEPLOY_REGION", "cn-beijing", "MAX_ATTEMPTS", "7", "FAILURE_QUEUE", "q", "TRIGGERS", "mns-topic"))
	got := []string{f.Region, f.Environment["MAX_ATTEMPTS"], f.Environment["RETRY_BACKOFF"], f.FailureQueue(), f.Triggers[1].SourceARN}
	want := []string{"cn-beijing", "7", "10m", "acs:mns:cn-beijing::/queues/q/messages", "acs:mns:cn-beijing:${config('AccountID')}:/topics/rotation-events"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("region, two settings, queue, topic (-want +got):\n%s", diff)
	}
}

// TRIGGERS chooses, so that no tracked file has to be edited.
func TestTriggersAreChosenByTheirNames(t *testing.T) {
	path := filepath.Join(repository, File)
	for value, want := range map[string][]string{
		"": {"sweep"}, "eventbridge": {"sweep", "eventbridge"}, "http,mns-topic": {"sweep", "callback", "topic"}, "mns-queue,": {"sweep", "queue"},
	} {
		var names []string
		for _, trigger := range function(t, path, environment("TRIGGERS", value)).Triggers {
			names = append(names, trigger.Name)
		}
		if !slices.Equal(names, want) {
			t.Errorf("TRIGGERS=%q: %v, want %v", value, names, want)
		}
	}
}

// Each of these deploys something else than was meant, or nothing, and fc3 says little or nothing about it.
func TestAFileThatDeploysSomethingElseIsFound(t *testing.T) {
	for _, row := range []struct{ name, old, new, triggers, want string }{
		{"an access from a variable", "name: rotation-remediator\n", "name: x\naccess: ${env('ACCESS', 'default')}\n", "", "access has a variable, which Serverless Devs takes literally"},
		{"an access below a resource", "    props:\n", "    access: other\n    props:\n", "", "resources.rotation_remediator.access is ignored"},
		{"a misspelt key", "      timeout:", "      timeoutz:", "", "props has the unknown key timeoutz"},
		{"a setting out of range", "env('MAX_ATTEMPTS', '5')", "env('MAX_ATTEMPTS', '0')", "", "would stop the start: MAX_ATTEMPTS"},
		{"a trigger that is there twice", "", "", "http,http", "trigger callback is there twice"},
		{"an EventBridge trigger before another", "", "", "eventbridge,http", "trigger eventbridge is before another one"},
		{"another edition", "edition: 3.0.0", "edition: 2.0.0", "", `edition is "2.0.0": want 3.0.0`},
	} {
		t.Run(row.name, func(t *testing.T) {
			d, err := Read(own(t, row.old, row.new), environment("TRIGGERS", row.triggers))
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, f := range d.Findings() {
				all = append(all, f.String())
			}
			if !strings.Contains(strings.Join(all, "\n"), row.want) {
				t.Errorf("found %q, want %q", all, row.want)
			}
		})
	}
}

// An access by its name is what `s` takes.
func TestAnAccessByItsNameIsRight(t *testing.T) {
	d, err := Read(own(t, "name: rotation-remediator\n", "name: x\naccess: production\n"), environment())
	if err != nil {
		t.Fatal(err)
	}
	if faults := Faults(d.Findings()); len(faults) > 0 {
		t.Errorf("found %v, want nothing", faults)
	}
}

// Two functions for the same secrets would undo each other's records; two for different ones are right.
func TestTwoFunctionsAreANote(t *testing.T) {
	text, err := os.ReadFile(own(t, "", ""))
	if err != nil {
		t.Fatal(err)
	}
	_, resource, _ := strings.Cut(string(text), "  rotation_remediator:\n")
	d, err := parse([]byte(string(text)+"  second:\n"+resource), variables{getenv: environment(), folder: repository})
	if err != nil {
		t.Fatal(err)
	}
	all := d.Findings()
	if len(d.Functions) != 2 || len(Faults(all)) > 0 || !strings.Contains(all[len(all)-1].String(), "deploy 2 functions that remediate") {
		t.Errorf("%d functions, found %v", len(d.Functions), all)
	}
}

func TestAFileThatCannotBeReadIsNotAFileWithoutAFault(t *testing.T) {
	for _, row := range []struct{ name, old, new, triggers, want string }{
		{"no YAML", "edition:", canary + ": [", "", "not YAML of the expected form"},
		{"a key that is there twice", "      timeout: 60", "      timeout: 60\n      timeout: 61", "", "each key once"},
		{"no function of ours", "REMEDIATION_MODE:", "MODE:", "", "no function in it sets REMEDIATION_MODE"},
		{"a trigger that nobody knows", "", "", "http,kafka", `TRIGGERS names "kafka": no such file`},
		{"no timer", "  timer:\n", "  other:\n", "", "vars.timer is missing"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := Read(own(t, row.old, row.new), environment("TRIGGERS", row.triggers))
			if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), canary) {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
	if _, err := Read(filepath.Join(t.TempDir(), File), environment()); !errors.Is(err, ErrNoFile) {
		t.Errorf("got %v, want ErrNoFile", err)
	}
}

// A trigger's file that only our reader understands would fail each command of `s`.
func TestATriggersFileIsJSONBesidesItsComments(t *testing.T) {
	path := own(t, "", "")
	block := filepath.Join(filepath.Dir(path), "internal", "component", "triggers", "block.yaml")
	if err := os.WriteFile(block, []byte("triggerName: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path, environment("TRIGGERS", "block")); err == nil || !strings.Contains(err.Error(), "not JSON") {
		t.Errorf("got %v, want a refusal", err)
	}
	paths, err := filepath.Glob(filepath.Join(repository, "internal/component/triggers/*.yaml"))
	if err != nil || len(paths) < 4 {
		t.Fatalf("found %v, %v", paths, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		var node yaml.Node
		if err != nil || yaml.Unmarshal(text, &node) != nil {
			t.Errorf("%s is no YAML (%v)", path, err)
		}
	}
}

// The schema of component fc3 is third-party material and no part of the repository; this one stands for its form.
func TestASchemaIsMadeStrict(t *testing.T) {
	f, err := Props(strings.NewReader(`{"known": {"also": 1, "misspelt": 2}, "free": {"any": 1}}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.AgainstSchema(strings.NewReader(`{"definitions": {"Known": {"type": "object", "properties": {"also": {"type": "number"}}}},
		"type": "object", "properties": {"known": {"$ref": "#/definitions/Known"}, "free": {"type": "object", "properties": {}, "additionalProperties": true}}}`))
	if err != nil || len(got) != 1 || !strings.Contains(got[0].String(), "props.known has the unknown key misspelt") {
		t.Errorf("found %v, %v; want the misspelt key alone", got, err)
	}
}
