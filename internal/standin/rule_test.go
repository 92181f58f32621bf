package standin

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// failureRule is a call that puts a rule as the vendor's page recommends it; pairs come last and win.
func failureRule(c *client, pairs ...string) answer {
	c.t.Helper()
	return c.monitor("PutEventRule", append([]string{
		"RuleName", "secrets_rotation_failed", "EventType", "SYSTEM", "State", "ENABLED", "SilenceTime", "0",
		"EventPattern.1.Product", "KMS", "EventPattern.1.NameList.1", EventFailure, "EventPattern.1.LevelList.1", "CRITICAL",
		"EventPattern.1.EventTypeList.1", "Exception",
	}, pairs...)...)
}

// namesOf returns the names of the rules that an answer lists, and its Total.
func namesOf(a answer) (names []string, total any) {
	list, _ := a.body["EventRules"].(map[string]any)
	rules, _ := list["EventRule"].([]any)
	for _, rule := range rules {
		names = append(names, rule.(map[string]any)["Name"].(string))
	}
	return names, a.body["Total"]
}

// The client reads a rule back to see whether it is as wanted: a key that is not as documented hides a difference.
func TestARuleIsShownInTheDocumentedShape(t *testing.T) {
	const head = `"RequestId":"00000000-0000-4000-8000-000000000002","Code":"200","Message":"success","Success":true`
	const pattern = `"Product":"KMS","LevelList":{"LevelList":["CRITICAL"]},"EventTypeList":{"EventTypeList":["Exception"]},` +
		`"NameList":{"NameList":["Secret:RotateSecret:Failure"]}`
	const rule = `"Name":"secrets_rotation_failed","Description":"","EventType":"SYSTEM","State":"ENABLED","GroupId":""`
	list := func(silence, pattern string) string {
		return `{` + head + `,"Total":1,"EventRules":{"EventRule":[{` + rule + `,"SilenceTime":` + silence + `,"EventPattern":{"EventPattern":[{` + pattern + `}]}}]}}`
	}
	tests := []struct {
		name     string
		behavior Behavior
		sent     []string
		action   string
		want     string
	}{
		{"in the list", Behavior{}, nil, "DescribeEventRuleList", list("0", pattern)},
		{"with no silence sent", Behavior{}, []string{"SilenceTime", ""}, "DescribeEventRuleList", list("86400", pattern)},
		{"where 0 means the default", Behavior{ZeroSilenceIsADay: true}, nil, "DescribeEventRuleList", list("86400", pattern)},
		{"where the product comes back in lower case", Behavior{RuleProductsInLowerCase: true}, nil, "DescribeEventRuleList",
			list("0", strings.Replace(pattern, "KMS", "kms", 1))},
		{"where its pattern is an object", Behavior{RulePatternIsObject: true}, nil, "DescribeEventRuleList",
			`{` + head + `,"Total":1,"EventRules":{"EventRule":[{` + rule + `,"SilenceTime":0,"EventPattern":{` + pattern + `}}]}}`},
		{"with filters", Behavior{}, []string{
			"EventPattern.1.SQLFilter", "x", "EventPattern.1.CustomFilters", "y",
			"EventPattern.1.KeywordFilter.Keywords.1", "web", "EventPattern.1.KeywordFilter.Relation", "OR",
		}, "DescribeEventRuleList", list("0", pattern+`,"SQLFilter":"x","CustomFilters":"y","KeywordFilter":{"Relation":"OR","Keywords":{"Keywords":["web"]}}`)},
		{"by itself, without its silence", Behavior{}, []string{"EventPattern.1.StatusList.1", "Failed"}, "DescribeEventRuleAttribute",
			`{` + head + `,"Result":{` + rule + `,"EventPattern":{` + pattern + `,"StatusList":{"StatusList":["Failed"]}}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, c, _ := serveKMS(t, Options{Behavior: tt.behavior})
			put := failureRule(c, tt.sent...)
			const stored = `{"RequestId":"00000000-0000-4000-8000-000000000001","Code":"200","Message":"success","Success":true,"Data":"1"}`
			if diff := cmp.Diff(decoded(t, []byte(stored)), any(put.body)); diff != "" {
				t.Errorf("storing it (-want +got):\n%s", diff)
			}
			got := c.monitor(tt.action, "RuleName", "secrets_rotation_failed")
			if diff := cmp.Diff(decoded(t, []byte(tt.want)), any(got.body)); diff != "" {
				t.Errorf("reading it (-want +got):\n%s", diff)
			}
		})
	}
}

// A rule that the real service would refuse must not pass here, and what is refused must not be half stored.
func TestARuleIsTakenOnlyWithinItsLimits(t *testing.T) {
	var names []string
	for i := range maxPatternValues {
		names = append(names, fmt.Sprint("EventPattern.1.NameList.", i+1), fmt.Sprint("n", i))
	}
	tests := []struct {
		name  string
		pairs []string
		code  string
	}{
		{"as recommended", nil, "200"},
		{"any level and type", []string{"EventPattern.1.LevelList.1", "*", "EventPattern.1.EventTypeList.1", "*"}, "200"},
		{"two patterns", []string{"EventPattern.2.Product", "ECS"}, "200"},
		{"fifty names", names, "200"},
		{"one more", append(slices.Clone(names), "EventPattern.1.NameList.51", "n"), "ParameterInvalid"},
		{"no name", []string{"RuleName", ""}, "ParameterInvalid"},
		{"a second pattern without a product", []string{"EventPattern.2.NameList.1", "n"}, "ParameterInvalid"},
		{"another level", []string{"EventPattern.1.LevelList.1", "critical"}, "ParameterInvalid"},
		{"another type", []string{"EventPattern.1.EventTypeList.1", "Notification"}, "ParameterInvalid"},
		{"another relation", []string{"EventPattern.1.KeywordFilter.Relation", "AND"}, "ParameterInvalid"},
		{"another kind of rule", []string{"EventType", "system"}, "ParameterInvalid"},
		{"another state", []string{"State", "on"}, "ParameterInvalid"},
		{"a silence that is no number", []string{"SilenceTime", "1d"}, "ParameterInvalid"},
		{"a silence below nothing", []string{"SilenceTime", "-1"}, "ParameterInvalid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{})
			if got := failureRule(c, tt.pairs...); got.code() != tt.code {
				t.Errorf("answered %d %s, want code %s", got.status, got.text, tt.code)
			}
			if stored := len(k.Rules()) == 1; stored != (tt.code == "200") {
				t.Errorf("%d rules after code %s", len(k.Rules()), tt.code)
			}
		})
	}
	_, c, _ := serveKMS(t, Options{})
	if got := c.monitor("PutEventRule", "RuleName", "r"); got.code() != "ParameterInvalid" {
		t.Errorf("no pattern at all: %d %s, want ParameterInvalid", got.status, got.text)
	}
}

// A command that leaves something out counts on finding what the documents say, not what was there before.
func TestARuleIsOverwrittenByItsName(t *testing.T) {
	k, c, _ := serveKMS(t, Options{})
	k.PutRule(EventRule{Name: "secrets_rotation_failed", Description: "by hand", State: ruleDisabled, Silence: time.Hour, GroupID: "7"})
	k.PutTarget("secrets_rotation_failed", EventTarget{Kind: URLTarget, ID: "1"})
	failureRule(c)
	want := []EventRule{{
		Name: "secrets_rotation_failed", EventType: "SYSTEM", State: "ENABLED",
		Patterns: []EventPattern{{Product: "KMS", Names: []string{EventFailure}, Levels: []string{"CRITICAL"}, EventTypes: []string{"Exception"}}},
	}}
	if diff := cmp.Diff(want, k.Rules()); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if n := len(k.Targets("secrets_rotation_failed")); n != 1 {
		t.Errorf("%d targets, want the 1 that was there: they have actions of their own", n)
	}
}

// A command that searches its rules finds a disabled one, or one on the second page, only if it asks for it.
func TestRulesAreListedAsAsked(t *testing.T) {
	tests := []struct {
		name     string
		behavior Behavior
		pairs    []string
		want     []string
		total    float64
	}{
		{"the enabled ones, ten a page", Behavior{}, nil, []string{"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "b"}, 11},
		{"the second page", Behavior{}, []string{"PageNumber", "2"}, []string{"c"}, 11},
		{"by prefix", Behavior{}, []string{"NamePrefix", "b"}, []string{"b"}, 1},
		{"by group", Behavior{}, []string{"GroupId", "7"}, []string{"c"}, 1},
		{"the disabled ones", Behavior{}, []string{"IsEnable", "false"}, []string{"bad"}, 1},
		{"where all are listed", Behavior{DisabledRulesListed: true}, []string{"NamePrefix", "b"}, []string{"b", "bad"}, 2},
		{"where all are listed, whatever is asked", Behavior{DisabledRulesListed: true}, []string{"NamePrefix", "b", "IsEnable", "false"}, []string{"b", "bad"}, 2},
		{"where those for custom events are listed", Behavior{CustomRulesListed: true}, []string{"NamePrefix", "b"}, []string{"b", "by-count"}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{Behavior: tt.behavior})
			for i := range 9 {
				k.PutRule(EventRule{Name: fmt.Sprint("a", i), State: ruleEnabled})
			}
			k.PutRule(EventRule{Name: "bad", State: ruleDisabled})
			k.PutRule(EventRule{Name: "c", State: ruleEnabled, GroupID: "7"})
			k.PutRule(EventRule{Name: "b", State: ruleEnabled})
			k.ReportCustomEvent(CustomEvent{Name: "e"})
			putCustomRule(c, "RuleName", "by-count")
			names, total := namesOf(c.monitor("DescribeEventRuleList", tt.pairs...))
			if diff := cmp.Diff(tt.want, names); diff != "" || total != tt.total {
				t.Errorf("total %v, want %v; names (-want +got):\n%s", total, tt.total, diff)
			}
		})
	}
}

// A deleted rule has to be gone, and a second removal is the usual end of one that was cut off.
func TestRulesAreDeletedByName(t *testing.T) {
	many := make([]string, 0, 2*maxDeletedRules)
	for i := range maxDeletedRules {
		many = append(many, fmt.Sprint("RuleNames.", i+1), fmt.Sprint("r", i))
	}
	tests := []struct {
		name     string
		behavior Behavior
		pairs    []string
		code     string
		rules    int
		targets  int
		custom   int
	}{
		{"one, with its targets", Behavior{}, []string{"RuleNames.1", "r0"}, "200", 1, 0, 1},
		{"one, whose targets stay", Behavior{TargetsOutliveRules: true}, []string{"RuleNames.1", "r0"}, "200", 1, 1, 1},
		{"one that is not there", Behavior{}, []string{"RuleNames.1", "r0", "RuleNames.2", "gone"}, "200", 1, 0, 1},
		{"one that is not there, refused", Behavior{DeletingNothingFails: true}, []string{"RuleNames.1", "r0", "RuleNames.2", "gone"},
			"ResourceNotFound", 2, 1, 1},
		{"twenty", Behavior{}, many, "200", 0, 0, 1},
		{"one more", Behavior{}, append(slices.Clone(many), "RuleNames.21", "x"), "ParameterInvalid", 2, 1, 1},
		{"none", Behavior{}, nil, "ParameterInvalid", 2, 1, 1},
		{"one for custom events", Behavior{}, []string{"RuleNames.1", "by-count"}, "200", 2, 1, 1},
		{"one for custom events, where it is listed", Behavior{CustomRulesListed: true, DeletingNothingFails: true},
			[]string{"RuleNames.1", "by-count"}, "200", 2, 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{Behavior: tt.behavior})
			k.PutRule(EventRule{Name: "r0"})
			k.PutRule(EventRule{Name: "r1"})
			k.PutTarget("r0", EventTarget{Kind: URLTarget, ID: "1"})
			k.ReportCustomEvent(CustomEvent{Name: "e"})
			putCustomRule(c, "RuleName", "by-count")
			if got := c.monitor("DeleteEventRules", tt.pairs...); got.code() != tt.code {
				t.Errorf("answered %d %s, want code %s", got.status, got.text, tt.code)
			}
			rules, targets, custom := len(k.Rules()), len(k.Targets("r0")), len(k.CustomRules())
			if rules != tt.rules || targets != tt.targets || custom != tt.custom {
				t.Errorf("%d rules, %d targets and %d for custom events left, want %d, %d and %d", rules, targets, custom, tt.rules, tt.targets, tt.custom)
			}
		})
	}
}

// A test that changes the rule it was handed must not change the service behind it.
func TestARuleIsPutAndHandedOutAsACopy(t *testing.T) {
	k, _, _ := serveKMS(t, Options{})
	put := EventRule{Name: "r", Patterns: []EventPattern{{Product: "KMS", Names: []string{"n"}}}}
	k.PutRule(put)
	for _, r := range []EventRule{put, k.Rules()[0]} {
		r.Patterns[0].Product, r.Patterns[0].Names[0] = "changed", "changed"
		if got := k.Rules()[0].Patterns[0]; got.Product != "KMS" || got.Names[0] != "n" {
			t.Errorf("the pattern is now %+v, want it as it was put", got)
		}
	}
}
