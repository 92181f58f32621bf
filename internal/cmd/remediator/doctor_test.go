package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// patient is an account in which all is well, until a test makes something else of it.
type patient struct {
	*clocked

	deployment string // the text of s.yaml; "" for none
	args       []string
}

const healthySecret = "acs/ecs/web-1"

// goodDeployment is an s.yaml with all that the doctor looks for.
const goodDeployment = `edition: 3.0.0
vars:
  region: ${env('DEPLOY_REGION', 'cn-hangzhou')}
resources:
  rotation_remediator:
    component: fc3
    props:
      region: ${vars.region}
      functionName: rotation-remediator
      role: ${env('FUNCTION_ROLE', 'rotation-remediator')}
      environmentVariables:
        REMEDIATION_MODE: ${env('REMEDIATION_MODE', 'observe')}
        SECRET_DENY: ${env('SECRET_DENY', '')}
        SWEEP_INTERVAL: 5m
      concurrencyConfig:
        reservedConcurrency: 1
      asyncInvokeConfig:
        destinationConfig:
          onFailure:
            destination: acs:mns:${vars.region}::/queues/failures/messages
      logConfig:
        project: p
        logstore: l
      triggers:
        - triggerName: sweep
          triggerType: timer
          triggerConfig:
            cronExpression: '0 */5 * * * *'
            enable: true
`

// healthy is in a folder of its own with that s.yaml, which acts.
func healthy(t *testing.T, world standin.Behavior, allow ...string) *patient {
	t.Helper()
	for _, name := range []string{"SECRET_TYPES", "SECRET_ALLOW", "SECRET_DENY", "OVERDUE_AFTER", "REGIONS", "SWEEP_INTERVAL", "DEPLOY_REGION"} {
		t.Setenv(name, "")
	}
	t.Setenv("REMEDIATION_MODE", "act")
	p := &patient{clocked: clockedAccount(t, world, allow...), deployment: goodDeployment}
	p.Put(secretOf(healthySecret))
	for _, rule := range storedBoth() {
		p.PutRule(rule)
		p.PutTarget(rule.Name, standin.EventTarget{Kind: standin.MessageTarget, ID: "t", Topic: "rotation-remediator-events", Region: standinRegion})
	}
	return p
}

func secretOf(name string) standin.Secret {
	return standin.Secret{Name: name, RotationInterval: 7 * 24 * time.Hour, NextRotationDate: time.Now().Add(24 * time.Hour)}
}

// diagnosed is what -o json prints.
type diagnosed struct {
	said

	Checks   []diagnosis
	Platform []answer
}

func (p *patient) examine(t *testing.T) diagnosed {
	t.Helper()
	t.Chdir(t.TempDir())
	if p.deployment != "" {
		if err := os.WriteFile(deploymentFile, []byte(p.deployment), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := diagnosed{said: remediator(t, slices.Concat([]string{"--real", "-o", "json", "doctor"}, p.args)...)}
	if err := json.Unmarshal([]byte(got.stdout), &got); err != nil {
		t.Fatalf("%v: status %d, %s%s", err, got.status, got.stdout, got.stderr)
	}
	holdsNoSecret(t, got.said)
	for _, call := range p.Calls() {
		if !strings.HasPrefix(call.Action, "Describe") && !strings.HasPrefix(call.Action, "List") {
			t.Errorf("called %s: a doctor only looks", call.Action)
		}
	}
	return got
}

// in returns what was said in a state, as "check: what".
func (d diagnosed) in(s state) []string {
	var lines []string
	for _, found := range d.Checks {
		if found.State == s {
			lines = append(lines, found.Check+": "+found.What)
		}
	}
	return lines
}

// A doctor that cries wolf is not called again.
func TestAHealthyAccountHasNoFinding(t *testing.T) {
	got := healthy(t, standin.Behavior{}).examine(t)
	if got.status != statusDone || len(got.in(stateFinding)) > 0 || len(got.in(stateUnknown)) > 0 {
		t.Errorf("status %d, findings %q, unknown %q; want 0 and none\n%s", got.status, got.in(stateFinding), got.in(stateUnknown), got.stderr)
	}
	var unchecked []string
	for _, found := range got.Checks {
		if found.State == stateNotChecked {
			unchecked = append(unchecked, found.Check)
			if !strings.Contains(found.Remedy, "internal/policy/function.json") {
				t.Errorf("%s is not checked, and the remedy %q does not name the policy that grants it", found.Check, found.Remedy)
			}
		}
	}
	if diff := cmp.Diff([]string{"cms:PutCustomEvent", "kms:RotateSecret", "kms:TagResource", "kms:UntagResource"}, unchecked); diff != "" {
		t.Errorf("only the writes cannot be checked (-want +got):\n%s", diff)
	}
	if len(got.Platform) != len(questions) {
		t.Errorf("answered %d of %d questions", len(got.Platform), len(questions))
	}
}

// change replaces a part of s.yaml.
func (p *patient) change(t *testing.T, old, with string) {
	t.Helper()
	if strings.Count(p.deployment, old) != 1 {
		t.Fatalf("s.yaml holds %q %d times, want once", old, strings.Count(p.deployment, old))
	}
	p.deployment = strings.Replace(p.deployment, old, with, 1)
}

// Each thing that can be wrong is found, alone, with what to do about it.
func TestEachKindOfFindingIsFoundAlone(t *testing.T) {
	target := func(kind standin.TargetKind, id, name string) standin.EventTarget {
		return standin.EventTarget{Kind: kind, ID: id, Function: name, ContactGroup: "ops", Region: standinRegion, URL: "https://user.example/token"}
	}
	rule := func(change func(*standin.EventRule)) func(*testing.T, *patient) {
		return func(_ *testing.T, p *patient) {
			r := storedBoth()[0]
			change(&r)
			p.PutRule(r)
		}
	}
	yaml := func(old, with string) func(*testing.T, *patient) {
		return func(t *testing.T, p *patient) { p.change(t, old, with) }
	}
	put := func(name string, change func(*standin.Secret)) func(*testing.T, *patient) {
		return func(_ *testing.T, p *patient) {
			s := secretOf(name)
			change(&s)
			p.Put(s)
		}
	}
	env := func(name, value string) func(*testing.T, *patient) {
		return func(t *testing.T, _ *patient) { t.Setenv(name, value) }
	}
	for _, row := range []struct {
		name   string
		change func(*testing.T, *patient)
		want   string // begins the one finding
	}{
		{"it observes", env("REMEDIATION_MODE", "observe"), "s.yaml mode: with the environment of this shell it observes"},
		{"a mode that is none", env("REMEDIATION_MODE", "ACT"), `s.yaml mode: REMEDIATION_MODE is "ACT"`},
		{"two at a time", yaml("reservedConcurrency: 1", "reservedConcurrency: 2"), "s.yaml concurrency: reserved concurrency is 2"},
		{"no limit at all", yaml("reservedConcurrency: 1", "other: 1"), "s.yaml concurrency: no reserved concurrency"},
		{"a timer with another interval", yaml("'0 */5 * * * *'", "'0 */10 * * * *'"), `s.yaml timer: the timer goes off by "0 */10 * * * *"`},
		{"a timer that is off", yaml("enable: true\n", "enable: false\n"), "s.yaml timer: the timer trigger is not enabled"},
		{"no timer", yaml("triggerType: timer", "triggerType: http"), "s.yaml timer: no timer trigger"},
		{"nowhere for failures", yaml("onFailure:", "onSuccess:"), "s.yaml failures: no failure destination"},
		{"no role", yaml("role: $", "invocationRole: $"), "s.yaml role: no role"},
		{"no log", yaml("logConfig:", "otherConfig:"), "s.yaml log: no log"},
		{"text that is no YAML", func(_ *testing.T, p *patient) { p.deployment = "a: [" }, "s.yaml: reading s.yaml: it is not YAML"},
		{"no function of ours", yaml("        REMEDIATION_MODE:", "        OTHER:"), "s.yaml: reading s.yaml: no function"},
		{"two functions in s.yaml", func(_ *testing.T, p *patient) {
			_, one, _ := strings.Cut(p.deployment, "resources:\n")
			p.deployment += strings.Replace(one, "rotation_remediator", "another", 1)
		}, "functions: s.yaml deploys 2 functions"},
		{"an overdue limit that is none", env("OVERDUE_AFTER", "soon"), `scope: OVERDUE_AFTER is "soon"`},
		{"a pattern that is none", env("SECRET_DENY", "acs/[ecs"), `scope: SECRET_DENY has the pattern "acs/[ecs"`},
		{"a region that is not the function's", env("DEPLOY_REGION", "cn-beijing"), "regions: cn-hangzhou is looked at here"},

		{"a rule that is off", rule(func(r *standin.EventRule) { r.State = "DISABLED" }), "alert rule: secrets_rotation_failed: it is disabled"},
		{"a rule for another event", rule(func(r *standin.EventRule) { r.Patterns[0].Names = []string{"Other"} }), "alert rule: no rule is for " + failureEvent},
		{"a rule for another level", rule(func(r *standin.EventRule) { r.Patterns[0].Levels = []string{"WARN"} }), "alert rule: secrets_rotation_failed: it takes level WARN"},
		{"a rule that is narrowed", rule(func(r *standin.EventRule) { r.Patterns[0].SQLFilter = "x" }), "alert rule: secrets_rotation_failed: it is narrowed"},
		{"a rule that is silent", rule(func(r *standin.EventRule) { r.Silence = 24 * time.Hour }), "alert rule: secrets_rotation_failed: its silence is 24h"},
		{"a rule that only tells people", func(_ *testing.T, p *patient) { p.PutTarget(failedRule, target(standin.ContactTarget, "t", "")) }, "alert rule: secrets_rotation_failed: no target processes"},
		{"two functions", func(_ *testing.T, p *patient) {
			p.PutTarget(failedRule, target(standin.FunctionTarget, "1", "one"))
			p.PutTarget(failedRule, target(standin.FunctionTarget, "2", "two"))
		}, "functions: failures go to several functions: function one"},

		{"given up", func(_ *testing.T, p *patient) {
			s := recorded(healthySecret, remediation.PhaseNeedsHuman)
			s.NextRotationDate = time.Now().Add(time.Hour)
			p.Put(s)
		}, "record: acs/ecs/web-1: open since 2026-01-02T03:04:05Z, attempts made: 2; given up; last cause InstanceNotRunning"},
		{"a record that is none", put(healthySecret, func(s *standin.Secret) { s.Tags = map[string]string{remediation.RecordTag: "hello"} }), "record: acs/ecs/web-1: the tag"},
		{"a record that nobody looks at", func(_ *testing.T, p *patient) { p.Put(recorded(healthySecret, remediation.PhaseOpen)) }, "record: acs/ecs/web-1: open, and was due"},

		{"an Invalid schedule", put("acs/ecs/x", func(s *standin.Secret) { s.AutomaticRotation = scheduleInvalid }), "schedule: acs/ecs/x: the schedule is Invalid"},
		{"a Disabled schedule", put("acs/ecs/x", func(s *standin.Secret) { s.AutomaticRotation = scheduleDisabled }), "schedule: acs/ecs/x: the schedule is Disabled"},
		{"overdue", put("acs/ecs/x", overdueBy(25*time.Hour)), "overdue: acs/ecs/x: a rotation was due at"},
		{"a switch that is misspelt", put("acs/ecs/x", func(s *standin.Secret) {
			s.AutomaticRotation, s.Tags = scheduleInvalid, map[string]string{remediation.SwitchTag: "offf"}
		}), `switch: acs/ecs/x is switched off: its tag rotation-remediation is "offf", and every value but on means off`},
	} {
		virtualRow(t, row.name, func(t *testing.T) {
			p := healthy(t, standin.Behavior{})
			row.change(t, p)
			got := p.examine(t)
			found := got.in(stateFinding)
			if len(found) != 1 || !strings.HasPrefix(found[0], row.want) || got.status != statusPerson {
				t.Errorf("status %d, findings %q; want %d and one that begins with %q", got.status, found, statusPerson, row.want)
			}
			for _, one := range got.Checks {
				if one.State == stateFinding && one.Remedy == "" {
					t.Errorf("%q has no remedy", one.What)
				}
			}
			if strings.Contains(got.stdout, "token") {
				t.Error("the address of a callback is shown: it may hold a token")
			}
		})
	}
}

// overdueBy makes a secret one whose version was there long before it was due.
func overdueBy(late time.Duration) func(*standin.Secret) {
	return func(s *standin.Secret) {
		s.NextRotationDate = time.Now().Add(-late)
		s.Versions = []standin.Version{{ID: "v1", CreateTime: time.Now().Add(-10 * 24 * time.Hour), Stages: []string{"ACSCurrent"}}}
	}
}

// Each of these looks like something to mend and is not: somebody would be sent for nothing.
func TestWhatIsAsItShouldBeIsNoFinding(t *testing.T) {
	for name, change := range map[string]func(*testing.T, *patient){
		"a rule that was made in the console": func(_ *testing.T, p *patient) {
			r := storedBoth()[0]
			r.Name, r.Description = "by-hand", ""
			r.Patterns[0].Product, r.Patterns[0].Names = "kms", append(r.Patterns[0].Names, successEvent)
			r.Patterns[0].Levels, r.Patterns[0].EventTypes = []string{"*"}, []string{"*"}
			p.PutRule(r)
			p.PutTarget(r.Name, standin.EventTarget{Kind: standin.FunctionTarget, ID: "1", Function: "f", Service: "s", Region: standinRegion})
		},
		"a rule for all events": func(_ *testing.T, p *patient) {
			r := storedBoth()[0]
			r.Patterns[0].Names, r.Patterns[0].Levels, r.Patterns[0].EventTypes = nil, nil, nil
			p.PutRule(r)
		},
		"a rule about something else": func(_ *testing.T, p *patient) {
			p.PutRule(standin.EventRule{Name: "other", State: "DISABLED", Patterns: []standin.EventPattern{{Product: "ECS"}}})
		},
		"overdue by less than the limit": func(_ *testing.T, p *patient) { p.overdue("acs/ecs/x", 23*time.Hour, nil) },
		"overdue where nobody looks": func(t *testing.T, p *patient) {
			t.Setenv("OVERDUE_AFTER", "0")
			p.overdue("acs/ecs/x", 99*time.Hour, nil)
		},
		"overdue, and an event came since": func(_ *testing.T, p *patient) {
			p.overdue("acs/ecs/x", 48*time.Hour, nil)
			if err := p.Record(failureOf("acs/ecs/x", time.Now().Add(-40*time.Hour))); err != nil {
				panic(err)
			}
		},
		"overdue, and rotated since": func(_ *testing.T, p *patient) {
			p.overdue("acs/ecs/x", 48*time.Hour, func(s *standin.Secret) { s.Versions[0].CreateTime = time.Now().Add(-40 * time.Hour) })
		},
		"overdue, and its record is in hand": func(_ *testing.T, p *patient) {
			p.overdue("acs/ecs/x", 48*time.Hour, nil)
			r := remediation.Record{Phase: remediation.PhaseOpen, Attempts: 1, Opened: time.Now().Add(-time.Hour), Due: time.Now().Add(time.Hour)}
			copy(r.Replaces[:], "0123456789abcdef")
			p.Tag("acs/ecs/x", remediation.RecordTag, r.String())
		},
		"planned for deletion": func(_ *testing.T, p *patient) {
			p.overdue("acs/ecs/x", 48*time.Hour, func(s *standin.Secret) { s.PlannedDeleteTime = time.Now().Add(time.Hour) })
		},
		"switched off": func(_ *testing.T, p *patient) {
			p.overdue("acs/ecs/x", 48*time.Hour, func(s *standin.Secret) { s.Tags = map[string]string{remediation.SwitchTag: "off"} })
		},
		"of a type out of scope": func(_ *testing.T, p *patient) {
			p.overdue("rds", 48*time.Hour, func(s *standin.Secret) { s.Type = "Rds" })
		},
		"of a name out of scope": func(t *testing.T, p *patient) {
			t.Setenv("SECRET_DENY", "acs/ecs/x*")
			p.overdue("acs/ecs/x", 48*time.Hour, nil)
		},
		"of a name that s.yaml leaves out": func(t *testing.T, p *patient) {
			p.change(t, "${env('SECRET_DENY', '')}", "'acs/ecs/x*'")
			p.overdue("acs/ecs/x", 48*time.Hour, nil)
		},
		"of a name that the environment leaves out, whatever s.yaml says": func(t *testing.T, p *patient) {
			p.change(t, "${env('SECRET_DENY', '')}", "'other'")
			t.Setenv("SECRET_DENY", "acs/ecs/x*")
			p.overdue("acs/ecs/x", 48*time.Hour, nil)
		},
		"a record that is settling": func(_ *testing.T, p *patient) {
			r := remediation.Record{Phase: remediation.PhaseDone, Attempts: 1, Opened: time.Now().Add(-time.Hour), Due: time.Now().Add(time.Hour)}
			copy(r.Replaces[:], "0123456789abcdef")
			p.Tag(healthySecret, remediation.RecordTag, r.String())
		},
		"an hourly timer": func(t *testing.T, p *patient) {
			p.change(t, "SWEEP_INTERVAL: ", "SWEEP_INTERVAL: 1h # ")
			p.change(t, "'0 */5 * * * *'", "'0 0 * * * *'")
		},
	} {
		virtualRow(t, name, func(t *testing.T) {
			p := healthy(t, standin.Behavior{})
			change(t, p)
			if got := p.examine(t); len(got.in(stateFinding)) > 0 || got.status != statusDone {
				t.Errorf("status %d, findings %q, want none", got.status, got.in(stateFinding))
			}
		})
	}
}

func (p *patient) overdue(name string, late time.Duration, change func(*standin.Secret)) {
	s := secretOf(name)
	overdueBy(late)(&s)
	if change != nil {
		change(&s)
	}
	p.Put(s)
}

func failureOf(secret string, at time.Time) standin.Event {
	return standin.Event{Time: at, Name: failureEvent, Secret: secret, Payload: fmt.Appendf(nil,
		`{"product":"KMS","level":"CRITICAL","name":%q,"regionId":"cn-hangzhou","resourceId":"acs:kms:cn-hangzhou:1000000000000001:secret/%s","status":"Failed",`+
			`"content":{"secretName":%[2]q,"secretType":"ECS","rotationStatus":"Invalid","failureInfo":{"errorCode":"X"},"failureTime":%[3]q}}`,
		failureEvent, secret, at.UTC().Format(time.RFC3339))}
}

// What cannot be seen from here must not look as if all were well, and is nobody's fault.
func TestWhatIsNotLookedAtIsSaid(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*testing.T, *patient)
		want   string
	}{
		{"no s.yaml", func(_ *testing.T, p *patient) { p.deployment = "" }, "s.yaml: no s.yaml in this folder"},
		{"more secrets than the limit", func(_ *testing.T, p *patient) {
			p.args = []string{"--limit", "1"}
			p.Put(secretOf("acs/ecs/web-2"))
			p.Put(secretOf("acs/ecs/web-3"))
		}, "secrets: 2 in scope were not looked at"},
		{"another region of the function", func(t *testing.T, _ *patient) { t.Setenv("REGIONS", "cn-hangzhou,cn-beijing") }, "regions: cn-beijing is the function's as well"},
		{"no secret", func(_ *testing.T, p *patient) { p.Delete(healthySecret) }, "kms:DescribeSecret: no secret in scope"},
	} {
		virtualRow(t, row.name, func(t *testing.T) {
			p := healthy(t, standin.Behavior{})
			row.change(t, p)
			got := p.examine(t)
			has := func(line string) bool { return strings.HasPrefix(line, row.want) }
			if got.status != statusDone || !slices.ContainsFunc(got.in(stateNotChecked), has) {
				t.Errorf("status %d, not checked %q; want 0 and %q", got.status, got.in(stateNotChecked), row.want)
			}
		})
	}
}

// A value that only a deployment elsewhere knows is neither right nor wrong.
func TestAVariableThatCannotBeFilledInIsUnknown(t *testing.T) {
	p := healthy(t, standin.Behavior{})
	p.change(t, "role: ${env('FUNCTION_ROLE', 'rotation-remediator')}", "role: ${file('./role')}")
	got := p.examine(t)
	if unknown := got.in(stateUnknown); len(unknown) != 1 || !strings.HasPrefix(unknown[0], "s.yaml role: role ${file(") || got.status != statusFailed {
		t.Errorf("status %d, unknown %q; want the role", got.status, unknown)
	}
}

// A permission that is missing is named with the policy that grants it; nothing else may be hidden by it.
func TestEachReadThatIsRefusedIsAFindingOfItsOwn(t *testing.T) {
	checked := 0
	for _, action := range policy.Operator.Actions() {
		_, name, _ := strings.Cut(action, ":")
		if !reads(name) || name == "DescribeCustomEventAttribute" {
			continue
		}
		checked++
		virtualRow(t, name, func(t *testing.T) {
			p := healthy(t, standin.Behavior{}, slices.DeleteFunc(policy.Operator.Actions(), func(a string) bool { return a == action })...)
			got := p.examine(t)
			found := got.in(stateFinding)
			if len(found) != 1 || !strings.Contains(found[0], name+": account, HTTP 403") || got.status != statusPerson {
				t.Fatalf("status %d, findings %q; want one that names %s", got.status, found, name)
			}
			for _, one := range got.Checks {
				if one.State == stateFinding && !strings.Contains(one.Remedy, action+" is granted by internal/policy/operator.json") {
					t.Errorf("the remedy is %q, want the policy that grants %s", one.Remedy, action)
				}
			}
		})
	}
	if checked < 5 {
		t.Errorf("checked %d reads: nothing is shown", checked)
	}
}

// Credentials that are no good refuse everything, and so does a policy that is missing: a person has to know which it is.
func TestCredentialsThatDoNotWorkAreToldFromAMissingPolicy(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*testing.T)
		allow  []string
		want   state
	}{
		{"another token", func(t *testing.T) { t.Setenv("ALIBABA_CLOUD_SECURITY_TOKEN", "another") }, nil, stateFinding},
		{"another key", func(t *testing.T) { t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "another") }, nil, stateFinding},
		{"no policy", func(*testing.T) {}, []string{"none"}, stateOK},
	} {
		virtualRow(t, row.name, func(t *testing.T) {
			p := healthy(t, standin.Behavior{}, row.allow...)
			row.change(t)
			got := p.examine(t)
			is := func(line string) bool { return strings.HasPrefix(line, "credentials: ") }
			if got.status != statusPerson || !slices.ContainsFunc(got.in(row.want), is) {
				t.Errorf("status %d, findings %q; want the credentials as %s", got.status, got.in(stateFinding), row.want)
			}
		})
	}
}

// A look at a healthy fleet costs one read a secret: the quota is the function's as well.
func TestAHealthySecretCostsOneRead(t *testing.T) {
	virtually(t, func(t *testing.T) {
		p := healthy(t, standin.Behavior{})
		for n := range 12 {
			p.Put(secretOf(fmt.Sprintf("acs/ecs/fleet-%d", n)))
		}
		p.examine(t)
		calls := map[string]int{}
		for _, call := range p.Calls() {
			calls[call.Action]++
		}
		if calls["DescribeSecret"] != 13 || calls["ListSecretVersionIds"] != 1 {
			t.Errorf("described %d and asked for versions %d times, want 13 and 1, which shows that it may", calls["DescribeSecret"], calls["ListSecretVersionIds"])
		}
	})
}

// A read that fails for the moment is no finding, and no all-clear either: one line says to run it again.
func TestAReadThatFailsIsUnknownAndFailsTheRun(t *testing.T) {
	kinds := map[string]standin.Fault{
		"throttled":            {Kind: standin.Refuse, Status: http.StatusTooManyRequests, Code: "Throttling.User"},
		"no answer":            {Kind: standin.HangBefore},
		"answer lost":          {Kind: standin.ResetAfter},
		"half of an answer":    {Kind: standin.Truncated},
		"a gateway's own page": {Kind: standin.HTML},
	}
	actions := []string{"ListTagResources", "ListSecrets", "DescribeSecret", "DescribeSystemEventAttribute", "DescribeEventRuleList"}
	for i, kind := range slices.Sorted(maps.Keys(kinds)) {
		fault := kinds[kind]
		fault.Action = actions[i]
		virtualRow(t, fault.Action+" "+kind, func(t *testing.T) {
			p := healthy(t, standin.Behavior{})
			p.Inject(fault)
			got := p.examine(t)
			unknown := got.in(stateUnknown)
			if got.status != statusFailed || len(unknown) == 0 || !strings.Contains(strings.Join(unknown, "\n"), fault.Action+": ") || len(got.in(stateFinding)) > 0 {
				t.Errorf("status %d, unknown %q, findings %q; want %d and the action", got.status, unknown, got.in(stateFinding), statusFailed)
			}
			if line := finalLine(got.stderr); !strings.HasPrefix(line, "remediator: ") || !strings.Contains(line, "run doctor again") {
				t.Errorf("the last line is %q", line)
			}
		})
	}
}

// What was answered once must not hide what was not answered another time, or elsewhere: it would look like all is well.
func TestAnAnswerDoesNotHideWhatFailedAfterIt(t *testing.T) {
	virtualRow(t, "the second name of the history", func(t *testing.T) {
		p := healthy(t, standin.Behavior{})
		p.Inject(standin.Fault{Action: "DescribeSystemEventAttribute", Skip: 1, Kind: standin.HangBefore})
		got := p.examine(t)
		if len(got.in(stateUnknown)) != 1 || got.status != statusFailed {
			t.Errorf("status %d, unknown %q; want the history", got.status, got.in(stateUnknown))
		}
	})
	for name, secret := range map[string]string{"the first secret": "acs/ecs/a", "the last secret": "acs/ecs/z"} {
		virtualRow(t, name, func(t *testing.T) {
			p := healthy(t, standin.Behavior{})
			p.Put(secretOf(secret))
			p.Inject(standin.Fault{Action: "DescribeSecret", Secret: secret, Kind: standin.Refuse, Status: http.StatusForbidden, Code: "Forbidden.NoPermission"})
			got := p.examine(t)
			if found := got.in(stateFinding); len(found) != 1 || !strings.HasPrefix(found[0], "secret: "+secret+": reading the secret: DescribeSecret: ") || got.status != statusPerson {
				t.Errorf("status %d, findings %q; want the one secret", got.status, found)
			}
		})
	}
	virtualRow(t, "another region", func(t *testing.T) {
		p := healthy(t, standin.Behavior{})
		refusing := standin.New(standin.Options{Region: "cn-beijing", Allow: slices.DeleteFunc(policy.Operator.Actions(), func(a string) bool { return a == "kms:ListSecrets" })})
		serveAccount(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("RegionId") == "cn-beijing" {
				refusing.ServeHTTP(w, r)
				return
			}
			p.ServeHTTP(w, r)
		}))
		t.Setenv("REGIONS", "cn-hangzhou,cn-beijing")
		p.args = []string{"--region", "cn-hangzhou", "--region", "cn-beijing"}
		got := p.examine(t)
		is := func(found diagnosis) bool {
			return found.Check == "kms:ListSecrets" && found.State == stateFinding && found.Region == "cn-beijing"
		}
		if !slices.ContainsFunc(got.Checks, is) || got.status != statusPerson {
			t.Errorf("status %d, findings %q; want kms:ListSecrets of cn-beijing", got.status, got.in(stateFinding))
		}
	})
}

// A person reads the text: what needs them stands above what does not, with what to do below it.
func TestTheTextBeginsWithTheFindings(t *testing.T) {
	p := healthy(t, standin.Behavior{})
	off := storedBoth()[0]
	off.State = "DISABLED"
	p.PutRule(off)
	p.examine(t)
	got := remediator(t, "--real", "doctor")
	begin := "finding      alert rule: secrets_rotation_failed: it is disabled\n             → "
	if !strings.HasPrefix(got.stdout, begin) || strings.Count(got.stdout, "\nfinding") > 0 ||
		!strings.Contains(got.stdout, "\nok           credentials: the services know them\n") ||
		!strings.Contains(got.stdout, "What the platform does not tell\n") || !strings.Contains(got.stdout, "\n  not seen yet: ") {
		t.Errorf("the text is\n%s\nwant it to begin with\n%s", got.stdout, begin)
	}
}

// A line that the terminal breaks is hard to read. A remedy stays in one, since a command that is copied has to be whole.
func TestTheTextFitsATerminal(t *testing.T) {
	got := remediator(t, "doctor")
	broken := 0
	for line := range strings.Lines(got.stdout) {
		text := strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(text, strings.Repeat(" ", stateWidth)) && !strings.Contains(text, "→") {
			broken++
		}
		if utf8.RuneCountInString(text) > 120 && !strings.HasPrefix(strings.TrimSpace(text), "→ ") {
			t.Errorf("a line has %d characters: %s", utf8.RuneCountInString(text), text)
		}
	}
	if broken == 0 {
		t.Errorf("nothing is longer than a line: nothing is shown by\n%s", got.stdout)
	}
}

// A paragraph must not lose a word, and a word that is wider than the terminal is not broken: it may be an ARN.
func TestAParagraphIsBrokenBetweenWords(t *testing.T) {
	long := strings.Repeat("x", 130)
	for _, row := range []struct{ name, text, want string }{
		{"one line", "a b", "head a b\n"},
		{"nothing", "", "head \n"},
		{"just fits", strings.Repeat("y", 113) + " z", "head " + strings.Repeat("y", 113) + " z\n"},
		{"one more", strings.Repeat("y", 114) + " z", "head " + strings.Repeat("y", 114) + "\n     z\n"},
		{"a wide word first", long + " z", "head " + long + "\n     z\n"},
		{"a wide word later", "a " + long, "head a\n     " + long + "\n"},
	} {
		var out strings.Builder
		paragraph(&out, "head ", row.text)
		if diff := cmp.Diff(row.want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}

// Who switched a secret off has to find it again, and is not told that it is wrong.
func TestASecretThatIsSwitchedOffIsListed(t *testing.T) {
	p := healthy(t, standin.Behavior{})
	p.overdue("acs/ecs/x", 48*time.Hour, func(s *standin.Secret) { s.Tags = map[string]string{remediation.SwitchTag: "off"} })
	got := p.examine(t)
	if want := `switch: acs/ecs/x is switched off: its tag rotation-remediation is "off"`; !slices.Contains(got.in(stateOK), want) || got.status != statusDone {
		t.Errorf("status %d, ok %q; want %q", got.status, got.in(stateOK), want)
	}
}

// An event that came since a rotation was due is the function's to deal with; one from before says nothing about it.
func TestOnlyAnEventSinceItWasDueExplainsAnOverdueSecret(t *testing.T) {
	for name, row := range map[string]struct {
		before time.Duration // of the event, to when it was due
		found  int
	}{"at once": {0, 0}, "a second later": {-time.Second, 0}, "a second before": {time.Second, 1}} {
		virtualRow(t, name, func(t *testing.T) {
			p := healthy(t, standin.Behavior{})
			p.overdue("acs/ecs/x", 48*time.Hour, nil)
			secret, _ := p.Secret("acs/ecs/x")
			if err := p.Record(failureOf("acs/ecs/x", secret.NextRotationDate.Truncate(time.Second).Add(-row.before))); err != nil {
				t.Fatal(err)
			}
			if got := p.examine(t); len(got.in(stateFinding)) != row.found {
				t.Errorf("findings %q, want %d", got.in(stateFinding), row.found)
			}
		})
	}
}

// KMS may tell the interval of an Invalid schedule and no date, or neither. A remedy with another interval would change
// how often a password is rotated.
func TestTheRemedyOfAnInvalidScheduleKeepsItsInterval(t *testing.T) {
	for _, row := range []struct {
		name  string
		world standin.Behavior
		want  string
	}{
		{"an interval without a date", standin.Behavior{}, "--RotationInterval 86400s"},
		{"neither", standin.Behavior{InvalidHidesSchedule: true}, "--RotationInterval 604800s"},
	} {
		virtualRow(t, row.name, func(t *testing.T) {
			p := healthy(t, row.world)
			p.Put(standin.Secret{Name: "acs/ecs/x", AutomaticRotation: scheduleInvalid, RotationInterval: 24 * time.Hour})
			got := p.examine(t)
			if found := got.in(stateFinding); len(found) != 1 || !strings.HasSuffix(got.Checks[0].Remedy, row.want) {
				t.Errorf("findings %q, remedy %q; want one that ends with %s", found, got.Checks[0].Remedy, row.want)
			}
			if seen := seenOf(t, got, "next rotation date"); seen != "no: acs/ecs/x has none" {
				t.Errorf("seen %q, want that there is no date", seen)
			}
		})
	}
}

// A fleet is looked at whole, over many pages of its list.
func TestAllPagesOfSecretsAreLookedAt(t *testing.T) {
	p := healthy(t, standin.Behavior{})
	p.args = []string{"--limit", "3"}
	for n := range 250 {
		p.Put(secretOf(fmt.Sprintf("acs/ecs/fleet-%d", n)))
	}
	got := p.examine(t)
	if !slices.Contains(got.in(stateOK), "secrets: looked at 3 of 251 in scope") || !slices.Contains(got.in(stateNotChecked), "secrets: 248 in scope were not looked at") {
		t.Errorf("ok %q, not checked %q; want 3 of 251", got.in(stateOK), got.in(stateNotChecked))
	}
}

// Nobody waits a minute in front of nothing; and a limit of nothing is a mistake.
func TestALongLookSaysHowFarItIs(t *testing.T) {
	virtually(t, func(t *testing.T) {
		p := healthy(t, standin.Behavior{})
		for n := range 40 {
			p.Put(secretOf(fmt.Sprintf("acs/ecs/fleet-%d", n)))
		}
		if got := p.examine(t); got.status != statusDone || !strings.Contains(got.stderr, "… cn-hangzhou: looked at ") {
			t.Errorf("status %d, stderr %q; want a word about how far it is", got.status, got.stderr)
		}
		if got := remediator(t, "--real", "doctor", "--limit", "0"); got.status != statusUsage || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("--limit 0: status %d, %q; want %d and one line", got.status, got.stderr, statusUsage)
		}
	})
}

// Whoever clones this and runs the doctor must not be sent after something in the s.yaml that comes with it.
func TestTheDeploymentOfThisRepositoryOnlyWaitsForAPersonToLetItAct(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", deploymentFile))
	if err != nil {
		t.Fatal(err)
	}
	p := healthy(t, standin.Behavior{})
	t.Setenv("REMEDIATION_MODE", "")
	p.deployment = string(text)
	got := p.examine(t)
	if diff := cmp.Diff([]string{"s.yaml mode: with the environment of this shell it observes: failed rotations are told and not tried again"}, got.in(stateFinding)); diff != "" || len(got.in(stateUnknown)) > 0 {
		t.Errorf("unknown %q, findings (-want +got):\n%s", got.in(stateUnknown), diff)
	}
}
