package doctor

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/episodes"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/example"
	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/deployment"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// patient is an account in which all is well, until a test makes something else of it.
type patient struct {
	*clitest.Clocked

	sYAML string // the text of s.yaml; "" for none
	args  []string
}

const healthySecret = "acs/ecs/web-1"

// repository is where s.yaml is.
const repository = "../../../../.."

// deployed is s.yaml of this repository, without the endpoint of the test.
func deployed(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, deployment.File))
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("${env('KMS_ENDPOINT', '')}", "''", "${env('CLOUDMONITOR_ENDPOINT', '')}", "''").Replace(string(text))
}

// healthy is in a folder of its own with that s.yaml, which acts.
func healthy(t *testing.T, behavior standin.Behavior, allow ...string) *patient {
	t.Helper()
	for _, setting := range config.Table {
		t.Setenv(setting.Name, "")
	}
	t.Setenv("DEPLOY_REGION", "")
	t.Setenv("TRIGGERS", "")
	t.Setenv("REMEDIATION_MODE", "act")
	p := &patient{Clocked: clitest.Account(t, behavior, allow...), sYAML: deployed(t)}
	p.Put(secretOf(healthySecret))
	for _, rule := range clitest.StoredRules() {
		p.PutRule(rule)
		p.PutTarget(rule.Name, standin.EventTarget{Kind: standin.MessageTarget, ID: "t", Topic: "rotation-remediator-events", Region: cli.StandinRegion})
	}
	return p
}

func secretOf(name string) standin.Secret {
	return standin.Secret{Name: name, RotationInterval: 7 * 24 * time.Hour, NextRotationDate: time.Now().Add(24 * time.Hour)}
}

// examined is what -o json prints.
type examined struct {
	clitest.Said

	Checks   []Check
	Platform []answer
}

func (p *patient) examine(t *testing.T) examined {
	t.Helper()
	triggers, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.Symlink(filepath.Join(triggers, "internal"), "internal"); err != nil {
		t.Fatal(err)
	}
	if p.sYAML != "" {
		if err := os.WriteFile(deployment.File, []byte(p.sYAML), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := examined{Said: command(t, slices.Concat([]string{"--real", "-o", "json", "doctor"}, p.args)...)}
	if err := json.Unmarshal([]byte(got.Stdout), &got); err != nil {
		t.Fatalf("%v: status %d, %s%s", err, got.Status, got.Stdout, got.Stderr)
	}
	clitest.HoldsNoSecret(t, got.Said)
	for _, call := range p.Calls() {
		if !strings.HasPrefix(call.Action, "Describe") && !strings.HasPrefix(call.Action, "List") {
			t.Errorf("called %s: a doctor only reads", call.Action)
		}
	}
	return got
}

// in returns what was said in a state, as "check: what".
func (d examined) in(s State) []string {
	var lines []string
	for _, found := range d.Checks {
		if found.State == s {
			lines = append(lines, found.Check+": "+found.What)
		}
	}
	return lines
}

type commands struct {
	Doctor Command `cmd:""`
}

func command(t *testing.T, args ...string) clitest.Said {
	t.Helper()
	return clitest.Run(t, &commands{}, example.KMS, args...)
}

const failedRule = "secrets_rotation_failed"

// A doctor that cries wolf is not called again.
func TestAHealthyAccountHasNoFinding(t *testing.T) {
	for name, behavior := range map[string]standin.Behavior{
		"a rule's pattern in a list": {},
		"a rule's pattern as object": {RulePatternIsObject: true},
		"disabled rules are listed":  {DisabledRulesListed: true},
		"products in lower case":     {RuleProductsInLowerCase: true},
	} {
		clitest.VirtualRow(t, name, func(t *testing.T) { checkHealthy(t, behavior) })
	}
}

func checkHealthy(t *testing.T, behavior standin.Behavior) {
	t.Helper()
	got := healthy(t, behavior).examine(t)
	if got.Status != clitest.Done || len(got.in(Finding)) > 0 || len(got.in(Unknown)) > 0 {
		t.Errorf("status %d, findings %q, unknown %q; want 0 and none\n%s", got.Status, got.in(Finding), got.in(Unknown), got.Stderr)
	}
	var unchecked []string
	for _, found := range got.Checks {
		if found.State == NotChecked {
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
	if strings.Count(p.sYAML, old) != 1 {
		t.Fatalf("s.yaml holds %q %d times, want once", old, strings.Count(p.sYAML, old))
	}
	p.sYAML = strings.Replace(p.sYAML, old, with, 1)
}

// The changes that rows of tables are made of.

func rule(change func(*standin.EventRule)) func(*testing.T, *patient) {
	return func(_ *testing.T, p *patient) {
		r := clitest.StoredRules()[0]
		change(&r)
		p.PutRule(r)
	}
}

func yaml(old, with string) func(*testing.T, *patient) {
	return func(t *testing.T, p *patient) { p.change(t, old, with) }
}

func env(name, value string) func(*testing.T, *patient) {
	return func(t *testing.T, _ *patient) { t.Setenv(name, value) }
}

func put(name string, changes ...func(*standin.Secret)) func(*testing.T, *patient) {
	return func(_ *testing.T, p *patient) {
		s := secretOf(name)
		for _, change := range changes {
			change(&s)
		}
		p.Put(s)
	}
}

// all makes several changes.
func all(changes ...func(*testing.T, *patient)) func(*testing.T, *patient) {
	return func(t *testing.T, p *patient) {
		for _, change := range changes {
			change(t, p)
		}
	}
}

// recorded is the healthy secret with this record.
func recorded(phase remediation.Phase, opened, due time.Duration) func(*standin.Secret) {
	return func(s *standin.Secret) {
		r := remediation.Record{Phase: phase, Attempts: 1, Opened: time.Now().Add(opened), Due: time.Now().Add(due)}
		copy(r.Replaces[:], "0123456789abcdef")
		s.Tags = map[string]string{remediation.RecordTag: r.String()}
	}
}

func tagged(key, value string) func(*standin.Secret) {
	return func(s *standin.Secret) { s.Tags = map[string]string{key: value} }
}

func scheduled(state string) func(*standin.Secret) {
	return func(s *standin.Secret) { s.AutomaticRotation = state }
}

// Each thing that can be wrong is found, alone, with what to do about it.
func TestEachKindOfFindingIsFoundAlone(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*testing.T, *patient)
		want   string // begins the one finding
	}{
		{"it observes", env("REMEDIATION_MODE", "observe"), "mode: with the environment of this shell it observes"},
		{"a mode that is none", env("REMEDIATION_MODE", "ACT"), `s.yaml: props.environmentVariables would stop the start: REMEDIATION_MODE="ACT"`},
		{"two invocations at a time", yaml("reservedConcurrency: 1", "reservedConcurrency: 2"), "s.yaml: props.concurrencyConfig.reservedConcurrency is 2"},
		{"ten invocations in an instance", yaml("      runtime: go1", "      instanceConcurrency: 10\n      runtime: go1"), "s.yaml: props.instanceConcurrency is above 1"},
		{"a timer with another interval", yaml("'0 */5 * * * *'", "'0 */10 * * * *'"), "s.yaml: trigger sweep has the cronExpression"},
		{"a timer that is off", yaml("enable: true\n", "enable: false\n"), "s.yaml: props.triggers have 1 timers, or one that is off"},
		{"no role", yaml("role: ${env('FUNCTION_ROLE', 'rotation-remediator')}", "role: ''"), `s.yaml: props.role is ""`},
		{"a log that joins lines", yaml("logBeginRule: None", "logBeginRule: DefaultRegex"), "s.yaml: props.logConfig.logBeginRule"},
		{"text that is no YAML", func(_ *testing.T, p *patient) { p.sYAML = "a: [" }, "s.yaml: reading s.yaml: it is not YAML"},
		{"no function of ours", yaml("        REMEDIATION_MODE:", "        OTHER:"), "s.yaml: reading s.yaml: no function"},
		{"two functions in s.yaml", func(_ *testing.T, p *patient) {
			_, one, _ := strings.Cut(p.sYAML, "resources:\n")
			p.sYAML += strings.Replace(one, "rotation_remediator", "another", 1)
		}, "functions: s.yaml deploys 2 functions"},
		{"an overdue limit that is none", env("OVERDUE_AFTER", "soon"), `s.yaml: props.environmentVariables would stop the start: OVERDUE_AFTER="soon"`},
		{"a pattern that is none", env("SECRET_DENY", "acs/[ecs"), `s.yaml: props.environmentVariables would stop the start: SECRET_DENY="acs/[ecs"`},
		{"a pattern that keeps nothing away", env("SECRET_DENY", "**-prod"), `s.yaml: props.environmentVariables would stop the start: SECRET_DENY="**-prod"`},
		{"a pattern of this shell alone", all(yaml("${env('SECRET_DENY', '')}", "''"), env("SECRET_DENY", "**-prod")), `settings: SECRET_DENY="**-prod"`},
		{"a region that is not the function's", env("DEPLOY_REGION", "cn-beijing"), "regions: cn-hangzhou is examined here"},
		{"no name of a secret in scope", env("SECRET_ALLOW", "web-*"), "scope: SECRET_ALLOW and SECRET_DENY leave out each of the 1 secrets of this region"},
		{"no route, and no history", all(env("SWEEP_HISTORY", "false"), noRules), "routes: none is connected, and SWEEP_HISTORY is false"},

		{"a rule that is off", rule(func(r *standin.EventRule) { r.State = "DISABLED" }), "alert rule: secrets_rotation_failed: it is disabled"},
		{"a rule for another level", rule(func(r *standin.EventRule) { r.Patterns[0].Levels = []string{"WARN"} }), "alert rule: secrets_rotation_failed: it takes level WARN"},
		{"a rule that is narrowed", rule(func(r *standin.EventRule) { r.Patterns[0].SQLFilter = "x" }), "alert rule: secrets_rotation_failed: it is narrowed"},
		{"a rule that is silent", rule(func(r *standin.EventRule) { r.Silence = 24 * time.Hour }), "alert rule: secrets_rotation_failed: its silence is 24h"},
		{"a rule that only tells people", func(_ *testing.T, p *patient) {
			p.PutTarget(failedRule, standin.EventTarget{Kind: standin.ContactTarget, ID: "t", ContactGroup: "ops", URL: "https://user.example/token"})
		}, "alert rule: secrets_rotation_failed: no target processes"},
		{"two functions", func(_ *testing.T, p *patient) {
			p.PutTarget(failedRule, standin.EventTarget{Kind: standin.FunctionTarget, ID: "1", Function: "one", Region: cli.StandinRegion})
			p.PutTarget(failedRule, standin.EventTarget{Kind: standin.FunctionTarget, ID: "2", Function: "two", Region: cli.StandinRegion})
		}, "functions: failures go to several functions: function"},

		{"given up", func(_ *testing.T, p *patient) {
			s := clitest.Recorded(healthySecret, remediation.PhaseNeedsHuman)
			s.NextRotationDate = time.Now().Add(time.Hour)
			p.Put(s)
		}, "record: acs/ecs/web-1 (i-bp1a2b3c4d5e6f7g8h9i): open since 2026-01-02T03:04:05Z, attempts made: 2; given up; last cause InstanceNotRunning"},
		{"a record that is none", put(healthySecret, tagged(remediation.RecordTag, "hello")), "record: acs/ecs/web-1 (i-bp1a2b3c4d5e6f7g8h9i): the tag"},
		{"a record that was due long ago", func(_ *testing.T, p *patient) { p.Put(clitest.Recorded(healthySecret, remediation.PhaseOpen)) }, "record: acs/ecs/web-1 (i-bp1a2b3c4d5e6f7g8h9i): open, and was due"},
		{"a record that is due in seventy years", func(t *testing.T, p *patient) {
			put(healthySecret, recorded(remediation.PhaseOpen, -time.Hour, time.Until(time.Now().AddDate(70, 0, 0))))(t, p)
		}, "record: acs/ecs/web-1 (i-bp1a2b3c4d5e6f7g8h9i): open, due at 2096-03-04T05:06:07Z, more than a day ahead"},

		{"an Invalid schedule", put("acs/ecs/x", scheduled(episodes.Invalid)), "schedule: acs/ecs/x (i-bp1a2b3c4d5e6f7g8h9i): the schedule is Invalid"},
		{"a Disabled schedule", put("acs/ecs/x", scheduled(episodes.Disabled)), "schedule: acs/ecs/x (i-bp1a2b3c4d5e6f7g8h9i): the schedule is Disabled"},
		{"overdue", put("acs/ecs/x", overdueBy(25*time.Hour)), "overdue: acs/ecs/x (i-bp1a2b3c4d5e6f7g8h9i): a rotation was due at"},
		{"a switch that is misspelt", put("acs/ecs/x", scheduled(episodes.Invalid), tagged(remediation.SwitchTag, "offf")), `switch: acs/ecs/x (i-bp1a2b3c4d5e6f7g8h9i) is switched off: its tag rotation-remediation is "offf", and every value but on means off`},
	} {
		clitest.VirtualRow(t, row.name, func(t *testing.T) {
			p := healthy(t, standin.Behavior{})
			row.change(t, p)
			got := p.examine(t)
			found := got.in(Finding)
			if len(found) != 1 || !strings.HasPrefix(found[0], row.want) || got.Status != clitest.Person {
				t.Errorf("status %d, findings %q; want %d and one that begins with %q", got.Status, found, clitest.Person, row.want)
			}
			for _, one := range got.Checks {
				if one.State == Finding && one.Remedy == "" {
					t.Errorf("%q has no remedy", one.What)
				}
			}
			if strings.Contains(got.Stdout, "token") {
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

// Each of these resembles a fault and is none: somebody would be sent for nothing.
func TestWhatIsAsItShouldBeIsNoFinding(t *testing.T) {
	for name, change := range map[string]func(*testing.T, *patient){
		"a rule that was made in the console": func(_ *testing.T, p *patient) {
			r := clitest.StoredRules()[0]
			r.Name, r.Description = "by-hand", ""
			r.Patterns[0].Product, r.Patterns[0].Names = "kms", append(r.Patterns[0].Names, events.SuccessName)
			r.Patterns[0].Levels, r.Patterns[0].EventTypes = []string{"*"}, []string{"*"}
			p.PutRule(r)
			p.PutTarget(r.Name, standin.EventTarget{Kind: standin.FunctionTarget, ID: "1", Function: "f", Service: "s", Region: cli.StandinRegion})
		},
		"a rule for all events": rule(func(r *standin.EventRule) {
			r.Patterns[0].Names, r.Patterns[0].Levels, r.Patterns[0].EventTypes = nil, nil, nil
		}),
		"a rule of others that only mails": func(_ *testing.T, p *patient) { // with rules of their own
			p.PutRule(standin.EventRule{Name: "security-team", EventType: "SYSTEM", State: "ENABLED", Patterns: []standin.EventPattern{{Product: "KMS", Levels: []string{"CRITICAL"}}}})
			p.PutTarget("security-team", standin.EventTarget{Kind: standin.ContactTarget, ID: "1", ContactGroup: "security", Level: "4"})
		},
		"no rule at all":           noRules,
		"two routes":               env("TRIGGERS", "eventbridge"),
		"a rule for another event": rule(func(r *standin.EventRule) { r.Patterns[0].Names = []string{"Other"} }),
		"a rule about something else": func(_ *testing.T, p *patient) {
			p.PutRule(standin.EventRule{Name: "other", State: "DISABLED", Patterns: []standin.EventPattern{{Product: "ECS"}}})
		},
		"overdue by less than the limit":  put("acs/ecs/x", overdueBy(23*time.Hour)),
		"overdue, with OVERDUE_AFTER off": all(env("OVERDUE_AFTER", "0"), put("acs/ecs/x", overdueBy(99*time.Hour))),
		"overdue, and rotated since": put("acs/ecs/x", overdueBy(48*time.Hour), func(s *standin.Secret) {
			s.Versions[0].CreateTime = time.Now().Add(-40 * time.Hour)
		}),
		"overdue, and its record is in hand": put("acs/ecs/x", overdueBy(48*time.Hour), recorded(remediation.PhaseOpen, -time.Hour, time.Hour)),
		"planned for deletion": put("acs/ecs/x", overdueBy(48*time.Hour), func(s *standin.Secret) {
			s.PlannedDeleteTime = time.Now().Add(time.Hour)
		}),
		"of a type out of scope":           put("rds", overdueBy(48*time.Hour), func(s *standin.Secret) { s.Type = "Rds" }),
		"of a name out of scope":           all(env("SECRET_DENY", "acs/ecs/x*"), put("acs/ecs/x", overdueBy(48*time.Hour))),
		"of a name that s.yaml leaves out": all(yaml("${env('SECRET_DENY', '')}", "'acs/ecs/x*'"), put("acs/ecs/x", overdueBy(48*time.Hour))),
		"of a name that the environment leaves out, whatever s.yaml says": all(yaml("${env('SECRET_DENY', '')}", "'other'"), env("SECRET_DENY", "acs/ecs/x*"),
			put("acs/ecs/x", overdueBy(48*time.Hour))),
		"a record that is settling": put(healthySecret, recorded(remediation.PhaseDone, -time.Hour, time.Hour)),
		"an hourly timer":           all(yaml("SWEEP_INTERVAL: 5m", "SWEEP_INTERVAL: 1h"), yaml("'0 */5 * * * *'", "'0 0 * * * *'")),
	} {
		clitest.VirtualRow(t, name, func(t *testing.T) {
			p := healthy(t, standin.Behavior{})
			change(t, p)
			if got := p.examine(t); len(got.in(Finding)) > 0 || got.Status != clitest.Done {
				t.Errorf("status %d, findings %q, want none", got.Status, got.in(Finding))
			}
		})
	}
}

// noRules takes the alert rules away.
func noRules(_ *testing.T, p *patient) {
	for _, rule := range clitest.StoredRules() {
		rule.Patterns[0].Product = "ECS"
		p.PutRule(rule)
	}
}

// A check that cannot be made must not resemble one that found nothing, and is no fault; a person who switched a secret off
// has to find it again; a value that only a deployment elsewhere knows is neither right nor wrong.
func TestWhatIsNoFindingAndIsSaid(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*testing.T, *patient)
		state  State
		want   string
		status int
	}{
		{"no s.yaml", func(_ *testing.T, p *patient) { p.sYAML = "" }, NotChecked, "s.yaml: no s.yaml in this folder", clitest.Done},
		{"more secrets than the limit", all(put("acs/ecs/web-2"), put("acs/ecs/web-3"), func(_ *testing.T, p *patient) {
			p.args = []string{"--limit", "1"}
		}), NotChecked, "secrets: 2 in scope were not read", clitest.Done},
		{"another region of the function", env("REGIONS", "cn-hangzhou,cn-beijing"), NotChecked, "regions: the function is for cn-beijing too", clitest.Done},
		{"no secret", func(_ *testing.T, p *patient) { p.Delete(healthySecret) }, NotChecked, "kms:DescribeSecret: no secret in scope", clitest.Done},
		{"a secret that is switched off", put("acs/ecs/x", overdueBy(48*time.Hour), tagged(remediation.SwitchTag, "off")), OK,
			`switch: acs/ecs/x (i-bp1a2b3c4d5e6f7g8h9i) is switched off: its tag rotation-remediation is "off"`, clitest.Done},
		{"a variable that cannot be filled in", yaml("role: ${env('FUNCTION_ROLE', 'rotation-remediator')}", "role: ${config('AccountID')}"), Unknown,
			"s.yaml: props.role has a variable", clitest.Failed},
	} {
		clitest.VirtualRow(t, row.name, func(t *testing.T) {
			p := healthy(t, standin.Behavior{})
			row.change(t, p)
			got := p.examine(t)
			has := func(line string) bool { return strings.HasPrefix(line, row.want) }
			if got.Status != row.status || !slices.ContainsFunc(got.in(row.state), has) || len(got.in(Finding)) > 0 || row.state != Unknown && len(got.in(Unknown)) > 0 {
				t.Errorf("status %d, %s %q, findings %q; want %d and %q", got.Status, row.state, got.in(row.state), got.in(Finding), row.status, row.want)
			}
		})
	}
}

// A person who clones this and runs the doctor must not be sent after something in the s.yaml that comes with it.
func TestTheDeploymentOfThisRepositoryOnlyWaitsForAPersonToLetItAct(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository, deployment.File))
	if err != nil {
		t.Fatal(err)
	}
	p := healthy(t, standin.Behavior{})
	t.Setenv("REMEDIATION_MODE", "")
	p.sYAML = string(text)
	got := p.examine(t)
	if diff := cmp.Diff([]string{"mode: with the environment of this shell it observes: it reports failed rotations and retries none"}, got.in(Finding)); diff != "" || len(got.in(Unknown)) > 0 {
		t.Errorf("unknown %q, findings (-want +got):\n%s", got.in(Unknown), diff)
	}
}
