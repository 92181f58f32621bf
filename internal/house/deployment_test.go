package house

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

type deployment struct {
	Edition   string
	Resources map[string]struct {
		Component string
		Props     props
	}
}

type props struct {
	Runtime, Handler, Code, Role string
	Timeout                      int

	EnvironmentVariables map[string]yaml.Node `yaml:"environmentVariables"`
	ConcurrencyConfig    map[string]int       `yaml:"concurrencyConfig"`
	Triggers             []struct {
		Type   string `yaml:"triggerType"`
		Config struct {
			Cron   string `yaml:"cronExpression"`
			Enable bool
		} `yaml:"triggerConfig"`
	}
	AsyncInvokeConfig struct {
		Attempts          *int  `yaml:"maxAsyncRetryAttempts"`
		Age               *int  `yaml:"maxAsyncEventAgeInSeconds"`
		Task              *bool `yaml:"asyncTask"`
		DestinationConfig struct {
			OnFailure struct{ Destination string } `yaml:"onFailure"`
		} `yaml:"destinationConfig"`
	} `yaml:"asyncInvokeConfig"`
}

// deployed returns what s.yaml says of the one function.
func deployed(t *testing.T) props {
	t.Helper()
	var d deployment
	if err := yaml.Unmarshal([]byte(read(t, "s.yaml")), &d); err != nil {
		t.Fatalf("reading s.yaml: %v", err)
	}
	if d.Edition != "3.0.0" || len(d.Resources) != 1 {
		t.Fatalf("s.yaml has edition %q and %d resources, want 3.0.0 and one function", d.Edition, len(d.Resources))
	}
	for _, resource := range d.Resources {
		return resource.Props
	}
	return props{}
}

// A second instance would rotate a secret twice, another handler would not start, and what is not said here is left to
// defaults about which documents disagree.
func TestTheDeploymentSaysWhatTheFunctionReliesOn(t *testing.T) {
	p := deployed(t)
	got := []any{p.Runtime, p.Handler, p.Code, p.Timeout, p.ConcurrencyConfig}
	want := []any{"go1", "main", "./target", 60, map[string]int{"reservedConcurrency": 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("props (-want +s.yaml):\n%s", diff)
	}
	async := p.AsyncInvokeConfig
	if async.Attempts == nil || async.Age == nil || async.Task == nil || *async.Task {
		t.Errorf("asyncInvokeConfig leaves something to the platform, or makes tasks: %+v", async)
	}
	if async.DestinationConfig.OnFailure.Destination == "" {
		t.Error("no destination for events that failed for good: they would be lost")
	}
	if p.Role == "" {
		t.Error("no role of its own: the function would have no credentials, or too many")
	}
}

// A variable that the function does not read is ignored in silence, and one that is missing here cannot be set by whoever
// deploys; one that is not text fails the deployment.
func TestTheDeploymentSetsWhatTheFunctionReads(t *testing.T) {
	variables := deployed(t).EnvironmentVariables
	read := settings()
	if diff := cmp.Diff(slices.Sorted(maps.Keys(read)), slices.Sorted(maps.Keys(variables))); diff != "" {
		t.Errorf("variables (-function +s.yaml):\n%s", diff)
	}
	for name, value := range variables {
		if value.Tag != "!!str" {
			t.Errorf("%s is %s in s.yaml, want text", name, value.Tag)
		}
	}
}

// Whoever deploys sets a setting under the name that README gives it, and gets the default that README names. Serverless
// Devs cannot read a default with braces in it; nothing stands for it then, which the function takes as not set.
func TestTheDeploymentHandsOnEverySettingWithItsDefault(t *testing.T) {
	read := settings()
	read["REMEDIATION_MODE"] = "observe" // the function has no default, and a first deployment has to observe
	for name, value := range deployed(t).EnvironmentVariables {
		usual := read[name]
		if strings.Contains(usual, "{") {
			usual = ""
		}
		want := fmt.Sprintf("${env('%s', '%s')}", name, usual)
		if name == "SWEEP_INTERVAL" {
			want = usual // it changes together with the trigger only
		}
		if value.Value != want {
			t.Errorf("%s is %s in s.yaml, want %s", name, value.Value, want)
		}
	}
}

var (
	environment = regexp.MustCompile(`env\(([^)]*)\)`)
	withDefault = regexp.MustCompile(`^'([A-Z_]+)', '[^']*'$`)
)

// A variable without a default fails every command of Serverless Devs, even one that only shows what it would do.
func TestTheDeploymentNeedsNoVariable(t *testing.T) {
	text := read(t, "s.yaml")
	used := environment.FindAllStringSubmatch(text, -1)
	if len(used) == 0 {
		t.Fatal("found no env() in s.yaml: nothing is checked")
	}
	deploy := section(t, "Deploy")
	for _, call := range used {
		parts := withDefault.FindStringSubmatch(call[1])
		if parts == nil {
			t.Errorf("env(%s) has no default", call[1])
			continue
		}
		if !strings.Contains(deploy, "`"+parts[1]+"`") {
			t.Errorf("README does not say that a deployment takes %s", parts[1])
		}
	}
}

// The function cannot see how often its trigger ticks. If the two differ, each tick takes a wrong share of the quota.
func TestTheTimerTicksAsOftenAsTheFunctionBelieves(t *testing.T) {
	p := deployed(t)
	value := p.EnvironmentVariables["SWEEP_INTERVAL"].Value
	interval, err := time.ParseDuration(value)
	if err != nil {
		t.Fatalf("SWEEP_INTERVAL in s.yaml: %v", err)
	}
	want := fmt.Sprintf("0 */%d * * * *", int(interval/time.Minute))
	if len(p.Triggers) != 1 || p.Triggers[0].Type != "timer" || !p.Triggers[0].Config.Enable || p.Triggers[0].Config.Cron != want {
		t.Errorf("triggers are %+v, want one timer that is on, with %q for SWEEP_INTERVAL=%s", p.Triggers, want, value)
	}
}
