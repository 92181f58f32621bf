package alertrules

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// allTargets is one of each kind.
var allTargets = []string{
	"--function", "heal", "--service", "svc", "--queue", "q", "--topic", "t", "--log", "p/l",
	"--url", "https://hook.example/in", "--contact-group", "ops", "--notification-level", "critical",
}

type commands struct {
	AlertRules Command `cmd:""`
}

func command(t *testing.T, args ...string) clitest.Said {
	t.Helper()
	return clitest.Run(t, &commands{}, clitest.Healthy, args...)
}

// account is a stand-in that the commands take for the real account, and an operator's.
func account(t *testing.T, secrets ...standin.Secret) *standin.KMS {
	t.Helper()
	return accountIn(t, standin.Behavior{}, secrets...)
}

func accountIn(t *testing.T, behavior standin.Behavior, secrets ...standin.Secret) *standin.KMS {
	t.Helper()
	t.Setenv("HTTP_CALLBACK_TOKEN", "url-canary")
	k := clitest.Account(t, behavior).KMS
	for _, s := range secrets {
		k.Put(s)
	}
	return k
}

func apply(t *testing.T, args ...string) clitest.Said {
	t.Helper()
	return command(t, append([]string{"--real", "alert-rules", "apply", "--yes"}, args...)...)
}

func writes(k *standin.KMS) int { return len(clitest.Written(k)) }

func destinationsOf(k *standin.KMS, rule string) []string {
	var all []string
	for _, t := range k.Targets(rule) {
		all = append(all, t.ID+"="+strings.Join([]string{t.Region, t.Service, t.Function, t.Queue, t.Topic, t.Project, t.LogStore, t.URL, t.Method, t.ContactGroup, t.Level}, "|"))
	}
	return all
}

// The operator follows the vendor's page by this command: each word of both rules and of each target counts.
func TestApplyMakesBothRulesOfThePageWithAllTargets(t *testing.T) {
	k := account(t)
	got := apply(t, append([]string{"--function-region", "cn-beijing"}, allTargets...)...)
	got.Want(t, clitest.Done, "read back: all as wanted")
	if diff := cmp.Diff(clitest.StoredRules(), k.Rules()); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	want := []string{
		"61=|||||||||ops|2",
		"11=cn-beijing|svc|heal||||||||",
		"21=cn-beijing|||q|||||||",
		"31=cn-beijing||||t||||||",
		"51=cn-beijing|||||p|l||||",
		"41=|||||||https://hook.example/in?token=url-canary|POST||",
	}
	for _, rule := range []string{failedRule, successRule} {
		if diff := cmp.Diff(want, destinationsOf(k, rule)); diff != "" {
			t.Errorf("targets of %s (-want +got):\n%s", rule, diff)
		}
	}
}

// A pipeline wants no write, and no question, when all is as wanted.
func TestASecondApplyWritesNothing(t *testing.T) {
	for name, behavior := range map[string]standin.Behavior{
		"plain":                        {},
		"products come in lower case":  {RuleProductsInLowerCase: true},
		"disabled rules are listed":    {DisabledRulesListed: true},
		"a pattern comes as an object": {RulePatternIsObject: true},
		"custom-event rules are too":   {CustomRulesListed: true},
		"what is not there is refused": {DeletingNothingFails: true},
	} {
		clitest.VirtualRow(t, name, func(t *testing.T) {
			k := accountIn(t, behavior)
			apply(t, allTargets...).Want(t, clitest.Done)
			before := writes(k)
			got := command(t, append([]string{"--real", "alert-rules", "apply"}, allTargets...)...)
			if got != (clitest.Said{Status: clitest.Done, Stdout: "nothing to change\n"}) || writes(k) != before {
				t.Errorf("%+v and %d writes, want \"nothing to change\" and none", got, writes(k)-before)
			}
		})
	}
}

// A rule that was changed by hand is repaired, and the difference is shown before it is.
func TestADifferenceIsShownAndRepaired(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*standin.EventRule)
		shown  string
	}{
		{"disabled", func(r *standin.EventRule) { r.State = "DISABLED" }, "  state: DISABLED → ENABLED"},
		{"silent", func(r *standin.EventRule) { r.Silence = 24 * time.Hour }, "  silence: 24h0m0s → 0s"},
		{"narrower", func(r *standin.EventRule) { r.Patterns[0].SQLFilter = "web" }, "  filter: SQL filter web → none"},
		{"of a group", func(r *standin.EventRule) { r.GroupID = "7" }, "  filter: application group 7 → none"},
		{"another level", func(r *standin.EventRule) { r.Patterns[0].Levels = []string{"WARN"} }, "  levels: WARN → CRITICAL"},
	} {
		clitest.VirtualRow(t, row.name, func(t *testing.T) {
			k := account(t)
			apply(t, "--topic", "t")
			changed := clitest.StoredRules()[0]
			changed.Description += ", see the wiki"
			row.change(&changed)
			k.PutRule(changed)
			got := apply(t, "--topic", "t")
			want := clitest.StoredRules()
			want[0].Description = changed.Description
			if diff := cmp.Diff(want, k.Rules()); diff != "" || got.Status != clitest.Done || !strings.Contains(got.Stdout, row.shown+"\n") {
				t.Errorf("status %d, shown\n%srules (-want +got):\n%s", got.Status, got.Stdout, diff)
			}
		})
	}
}

// Somebody else's rule of the same name may wake somebody else's people.
func TestAForeignRuleIsTakenOverOnlyWithAdopt(t *testing.T) {
	k := account(t)
	foreign := clitest.StoredRules()[0]
	foreign.Description = "ours since 2020"
	k.PutRule(foreign)
	k.PutTarget(failedRule, standin.EventTarget{Kind: standin.ContactTarget, ID: "1", ContactGroup: "night", Level: "4"})
	got := apply(t, "--topic", "t")
	if got.Status != clitest.Failed || !strings.Contains(got.Stderr, "--adopt") || writes(k) != 0 {
		t.Fatalf("status %d, %d writes, %q; want a refusal that names --adopt", got.Status, writes(k), got.Stderr)
	}
	got = apply(t, "--topic", "t", "--adopt")
	for _, line := range []string{"  made by: somebody else → rotation-remediator\n", "  - target contact group night at level info (1)\n"} {
		if !strings.Contains(got.Stdout, line) {
			t.Errorf("the plan lacks %q:\n%s", line, got.Stdout)
		}
	}
	if diff := cmp.Diff(clitest.StoredRules(), k.Rules()); diff != "" || got.Status != clitest.Done {
		t.Errorf("status %d: %s\nrules (-want +got):\n%s", got.Status, got.Stderr, diff)
	}
	if diff := cmp.Diff([]string{"31=cn-hangzhou||||t||||||"}, destinationsOf(k, failedRule)); diff != "" {
		t.Errorf("the target that is not wanted stays live (-want +got):\n%s", diff)
	}
}

// Between the old target and the new one, an event must find one of them.
func TestAtNoMomentIsARuleWithoutATarget(t *testing.T) {
	for name, change := range map[string][]string{"another name": {"--topic", "new"}, "another kind": {"--function", "heal"}, "five for five": {"--queue", "1", "--queue", "2", "--queue", "3", "--queue", "4", "--queue", "5"}} {
		clitest.VirtualRow(t, name, func(t *testing.T) {
			var k *standin.KMS
			lowest := 99
			k = standin.New(standin.Options{OnCall: func(c standin.Call, p standin.Phase) {
				if p == standin.AfterCommit && len(k.Targets(failedRule)) > 0 {
					lowest = min(lowest, len(k.Targets(failedRule)))
				} else if p == standin.AfterCommit && lowest < 99 {
					lowest = 0
				}
			}})
			clitest.Serve(t, k)
			apply(t, "--topic", "a", "--topic", "b", "--topic", "c", "--topic", "d", "--topic", "e")
			lowest = 99
			got := apply(t, change...)
			if got.Status != clitest.Done || lowest < 1 {
				t.Errorf("status %d, %d targets at one moment: an event would have been lost\n%s", got.Status, lowest, got.Stderr)
			}
			if n := len(k.Targets(failedRule)); n != len(change)/2 {
				t.Errorf("%d targets in the end, want %d: an old one is live", n, len(change)/2)
			}
		})
	}
}

// Where 0 is stored as a day, a person has to know what is muted; a script has to see it.
func TestASilenceThatIsNotStoredNeedsAPerson(t *testing.T) {
	clitest.Virtually(t, func(t *testing.T) {
		accountIn(t, standin.Behavior{ZeroSilenceIsADay: true})
		got := command(t, "--real", "-o", "json", "alert-rules", "apply", "--yes", "--topic", "t")
		var value applied
		if err := json.Unmarshal([]byte(got.Stdout), &value); err != nil || got.Status != clitest.Person {
			t.Fatalf("status %d, %v: %s", got.Status, err, got.Stderr)
		}
		if len(value.Remarks) != 2 || !strings.Contains(value.Remarks[0], "a silence of 24h0m0s of the 0 that was written") {
			t.Errorf("remarks %q, want one for each rule that says what became of 0", value.Remarks)
		}
		if d := value.Rules[0].Differences; len(d) != 1 || d[0].Field != "silence" {
			t.Errorf("differences %v, want the silence", d)
		}
	})
}

// A question that nobody can answer, as in a pipeline, is answered with no.
func TestWithoutATerminalAndWithoutYesNothingIsWritten(t *testing.T) {
	k := account(t, standin.Secret{Name: "s"})
	k.PutRule(clitest.StoredRules()[0])
	k.PutTarget(failedRule, standin.EventTarget{Kind: standin.MessageTarget, ID: "1", Topic: "t", Region: cli.StandinRegion})
	for _, args := range [][]string{{"apply", "--topic", "x"}, {"remove"}, {"test", "--secret", "s"}} {
		got := command(t, append([]string{"--real", "alert-rules"}, args...)...)
		if got.Status != clitest.Usage || writes(k) != 0 || strings.Count(got.Stderr, "\n") > 2 || !strings.Contains(got.Stderr, "--yes") {
			t.Errorf("%v: status %d, %d writes, %q; want %d, none, and a word on --yes", args, got.Status, writes(k), got.Stderr, clitest.Usage)
		}
	}
}

// Targets that are not named are removed. A person who only adds an archive takes the function off its events.
func TestApplyWarnsWhereNoTargetReachesTheFunction(t *testing.T) {
	account(t)
	for _, row := range []struct {
		name string
		args []string
		warn bool
	}{
		{"an archive alone", []string{"--log", "project/store"}, true},
		{"people alone", []string{"--contact-group", "operators"}, true},
		{"an archive beside a topic", []string{"--log", "project/store", "--topic", "rotation-events"}, false},
	} {
		if got := apply(t, row.args...); strings.Contains(got.Stderr, "name all of them in one command") != row.warn {
			t.Errorf("%s: stderr %q, want a warning: %t", row.name, got.Stderr, row.warn)
		}
	}
}

// A rule for reports that are never sent seems to be one that works.
func TestApplySaysWhatReportsNeed(t *testing.T) {
	account(t)
	got := apply(t, "--topic", "rotation-events", "--contact-group", "operators", "--reports")
	if !strings.Contains(got.Stderr, "REPORT_CUSTOM_EVENTS=true") {
		t.Errorf("stderr %q, want what the function has to be deployed with", got.Stderr)
	}
}

// forgetful is a CloudMonitor that says that it made a rule for reports, and made none.
type forgetful struct{ *standin.KMS }

func (f forgetful) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("Action") != "PutCustomEventRule" {
		f.KMS.ServeHTTP(w, r)
		return
	}
	fmt.Fprint(w, `{"RequestId":"1","Success":true,"Code":"200"}`)
}

// That a call is answered with success is not that its rule is there.
func TestApplyFailsWhereTheRuleForReportsIsListedAndNotThere(t *testing.T) {
	k := accountIn(t, standin.Behavior{CustomRulesListed: true})
	args := []string{"--topic", "rotation-events", "--contact-group"}
	apply(t, append(args, "a", "--reports")...)
	clitest.Serve(t, forgetful{k})
	got := apply(t, append(args, "b", "--reports")...)
	if got.Status != clitest.Failed || strings.Contains(got.Stdout, "all as wanted") || !strings.Contains(got.Stderr, "is not there when read back") {
		t.Errorf("status %d, %q, %q; want a failure that says so", got.Status, got.Stdout, got.Stderr)
	}
}

// A person who reads "remains to be seen" is careful; one who reads "all as wanted" goes to bed.
func TestApplyDoesNotClaimToHaveReadWhatIsNotListed(t *testing.T) {
	account(t)
	got := apply(t, "--topic", "rotation-events", "--contact-group", "a", "--reports")
	if got.Status != clitest.Done || strings.Contains(got.Stdout, "read back: all as wanted") || !strings.Contains(got.Stdout, "but for the rule for reports") {
		t.Errorf("status %d, %q", got.Status, got.Stdout)
	}
}
