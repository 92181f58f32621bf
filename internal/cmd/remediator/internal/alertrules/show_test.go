package alertrules

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// A script that watches the rules goes by the exit status, and a person by the words.
func TestShowSaysWhatIsNotAsRecommended(t *testing.T) {
	for _, row := range []struct {
		name     string
		behavior standin.Behavior
		there    func(*testing.T, *standin.KMS)
		status   int
		shown    string
	}{
		{"as apply leaves them", standin.Behavior{}, asApplied, clitest.Done, "secrets_rotation_failed: as recommended\n  state ENABLED, silence 0s\n  to topic t in cn-hangzhou (31)\n"},
		{"the rule of reports, where it is listed", standin.Behavior{CustomRulesListed: true}, func(t *testing.T, _ *standin.KMS) {
			apply(t, "--topic", "t", "--contact-group", "ops", "--reports")
		}, clitest.Done, ": there; to whom it goes is not shown\n"},
		{"one is missing", standin.Behavior{}, func(_ *testing.T, k *standin.KMS) {
			k.PutRule(clitest.StoredRules()[0])
			k.PutTarget(failedRule, topic)
		}, clitest.Person, "secrets_rotation_success: missing; alert-rules apply makes it\n"},
		{"one is disabled", standin.Behavior{}, edited(func(r *standin.EventRule) { r.State = "DISABLED" }), clitest.Person, "  differs: state: DISABLED → ENABLED\n"},
		{"one is disabled, and all are listed", standin.Behavior{DisabledRulesListed: true}, edited(func(r *standin.EventRule) { r.State = "DISABLED" }), clitest.Person, "  differs: state: DISABLED → ENABLED\n"},
		{"the pattern is one object", standin.Behavior{RulePatternIsObject: true}, asApplied, clitest.Done, "secrets_rotation_failed: as recommended\n"},
		{"a state with control characters", standin.Behavior{}, edited(func(r *standin.EventRule) { r.State = "EN\x1b]0;x\aABLED" }), clitest.Person, "  differs: state: EN ]0;x ABLED → ENABLED\n"},
		{"somebody else's", standin.Behavior{}, edited(func(r *standin.EventRule) { r.Description = "" }), clitest.Person, "  differs: made by: somebody else → rotation-remediator\n"},
		{"silent, since 0 is not stored", standin.Behavior{ZeroSilenceIsADay: true}, asApplied, clitest.Person, "  differs: silence: 24h0m0s → 0s\n"},
		{"without a target", standin.Behavior{}, func(_ *testing.T, k *standin.KMS) {
			k.PutRule(clitest.StoredRules()[0])
		}, clitest.Person, "  differs: target: none → one at least\n"},
		{"a name with control characters", standin.Behavior{}, func(t *testing.T, k *standin.KMS) {
			asApplied(t, k)
			k.PutTarget(failedRule, standin.EventTarget{Kind: standin.MessageTarget, ID: "1", Topic: "a\x1b[2Jb\nc", Region: cli.StandinRegion})
		}, clitest.Done, "(1)\n"},
		{"a call of another API", standin.Behavior{}, func(t *testing.T, k *standin.KMS) {
			asApplied(t, k)
			k.PutTarget(failedRule, standin.EventTarget{Kind: standin.OpenAPITarget, ID: "9", Action: "Stop"})
		}, clitest.Done, "  to call of another API (9)\n"},
	} {
		clitest.VirtualRow(t, row.name, func(t *testing.T) {
			k := accountIn(t, row.behavior)
			row.there(t, k)
			before := writes(k)
			got := command(t, "--real", "alert-rules", "show")
			if got.Status != row.status || !strings.Contains(got.Stdout, row.shown) || strings.Contains(got.Stdout, "\x1b") {
				t.Errorf("status %d, want %d, with %q in\n%s%s", got.Status, row.status, row.shown, got.Stdout, got.Stderr)
			}
			if writes(k) != before {
				t.Error("show wrote something")
			}
		})
	}
}

var topic = standin.EventTarget{Kind: standin.MessageTarget, ID: "1", Topic: "t", Region: cli.StandinRegion}

func asApplied(t *testing.T, _ *standin.KMS) { apply(t, "--topic", "t") }

// edited is what apply leaves, with the rule of failures edited by another hand.
func edited(edit func(*standin.EventRule)) func(*testing.T, *standin.KMS) {
	return func(t *testing.T, k *standin.KMS) {
		asApplied(t, k)
		rule := clitest.StoredRules()[0]
		edit(&rule)
		k.PutRule(rule)
	}
}

// Programs read the JSON: its names and values are a contract.
func TestTheCommandsPrintOneJSONValue(t *testing.T) {
	view := func(rule, differences string) string {
		return `{"rule":"` + rule + `","found":true,"managed":true,"state":"ENABLED","silence":"0s","targets":[{"id":"31","kind":"topic","target":"topic t in cn-hangzhou"}],"differences":` + differences + `}`
	}
	missing := func(rule string) string {
		return `{"rule":"` + rule + `","found":false,"managed":false,"targets":[],"differences":[{"rule":"` + rule + `","field":"rule","now":"missing","wanted":"there"}]}`
	}
	changes := `{"rule":"secrets_rotation_failed","field":"rule","wanted":"for Secret:RotateSecret:Failure, level CRITICAL, type Exception, silence 0s"},` +
		`{"rule":"secrets_rotation_failed","field":"target","wanted":"topic t in cn-hangzhou (31)"},` +
		`{"rule":"secrets_rotation_success","field":"rule","wanted":"for Secret:RotateSecret:Success, level INFO, type StatusNotification, silence 0s"},` +
		`{"rule":"secrets_rotation_success","field":"target","wanted":"topic t in cn-hangzhou (31)"}`
	both := `[` + view(failedRule, "[]") + `,` + view(successRule, "[]") + `]`
	const listed = "no rule for reports is listed, which does not mean that there is none: "
	account(t)
	for _, step := range []struct{ args, want string }{
		{"show", `{"rules":[` + missing(failedRule) + `,` + missing(successRule) + `],"reports":[],"remarks":["` + listed + unseenReports + `"]}`},
		{"apply --yes --topic t", `{"changes":[` + changes + `],"written":true,"remarks":[],"rules":` + both + `}`},
		{"apply --topic t", `{"changes":[],"written":false,"remarks":[],"rules":` + both + `}`},
		{"show", `{"rules":` + both + `,"reports":[],"remarks":["` + listed + unseenReports + `"]}`},
		{"remove --yes", `{"removed":["secrets_rotation_failed","secrets_rotation_success"],"remarks":["` + unseenReports + `; with its name, --report-rule tries without seeing it"]}`},
		{"remove", `{"removed":[],"remarks":["` + unseenReports + `; with its name, --report-rule tries without seeing it"]}`},
	} {
		got := command(t, append([]string{"--real", "-o", "json", "alert-rules"}, strings.Fields(step.args)...)...)
		if diff := cmp.Diff(readJSON(t, step.want), readJSON(t, got.Stdout)); diff != "" {
			t.Errorf("%s (-want +got):\n%s%s", step.args, diff, got.Stderr)
		}
	}
}

func readJSON(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v: %q", err, text)
	}
	return value
}

// A line that somebody wrote into a name or a state must not read as one of ours.
func TestTextFromOutsideBeginsNoLine(t *testing.T) {
	k := account(t, standin.Secret{Name: "acs/ecs/web-1"})
	hostile := clitest.StoredRules()[0]
	hostile.State, hostile.Patterns[0].Levels = "DISABLED\nFORGED", []string{"INFO\nFORGED"}
	k.PutRule(hostile)
	k.PutRule(standin.EventRule{Name: reportPrefix + "x\nFORGED", EventType: "CUSTOM"})
	k.PutTarget(failedRule, standin.EventTarget{Kind: standin.ContactTarget, ID: "9\nFORGED", ContactGroup: "x\nFORGED", Level: "4\nFORGED"})
	for _, args := range [][]string{
		{"show"}, {"apply", "--topic", "t"}, {"test", "--secret", "acs/ecs/web-1", "--yes", "--wait", "0s"}, {"remove"}, {"remove", "--yes"},
	} {
		got := command(t, append([]string{"--real", "alert-rules"}, args...)...)
		for line := range strings.Lines(got.Stdout + got.Stderr) {
			if strings.HasPrefix(strings.TrimSpace(line), "FORGED") {
				t.Errorf("%v: a line from outside:\n%s%s", args, got.Stdout, got.Stderr)
				break
			}
		}
	}
}
