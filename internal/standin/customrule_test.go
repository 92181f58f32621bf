package standin

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// putCustomRule is a call that puts a rule for the custom event e; pairs come last and win.
func putCustomRule(c *client, pairs ...string) answer {
	c.t.Helper()
	return c.monitor("PutCustomEventRule", append([]string{
		"RuleId", "1", "RuleName", "reports", "EventName", "e", "GroupId", "0", "Level", "WARN", "Threshold", "1",
		"ContactGroups", "ops,dev",
	}, pairs...)...)
}

// The rule tells people of what needs them: one that the real service would refuse must not pass here.
func TestARuleForCustomEventsIsTakenOnlyAsDocumented(t *testing.T) {
	tests := []struct {
		name  string
		pairs []string
		code  string
	}{
		{"with what is required", nil, "200"},
		{"with all there is", []string{"Period", "60", "EffectiveInterval", "00:00-23:59", "EmailSubject", "s", "Webhook", "https://x.example/"}, "200"},
		{"for an event that nobody reported", []string{"EventName", "never"}, "ResourceNotFound"},
		{"without an id", []string{"RuleId", ""}, "ParameterInvalid"},
		{"without a name", []string{"RuleName", ""}, "ParameterInvalid"},
		{"without an event", []string{"EventName", ""}, "ParameterInvalid"},
		{"without a group", []string{"GroupId", ""}, "ParameterInvalid"},
		{"without a level", []string{"Level", ""}, "ParameterInvalid"},
		{"with the level of a contact", []string{"Level", "4"}, "ParameterInvalid"},
		{"without a threshold", []string{"Threshold", ""}, "ParameterInvalid"},
		{"without contacts", []string{"ContactGroups", ""}, "ParameterInvalid"},
		{"with a contact that has no name", []string{"ContactGroups", "ops,"}, "ParameterInvalid"},
		{"with a period that is no whole minute", []string{"Period", "90"}, "ParameterInvalid"},
		{"with a period that is no number", []string{"Period", "1m"}, "ParameterInvalid"},
		{"with an interval that is none", []string{"EffectiveInterval", "00:00-24:00"}, "ParameterInvalid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{})
			k.ReportCustomEvent(CustomEvent{Name: "e", Content: "c"})
			if got := putCustomRule(c, tt.pairs...); got.code() != tt.code {
				t.Errorf("answered %d %s, want code %s", got.status, got.text, tt.code)
			}
			if stored := len(k.CustomRules()) == 1; stored != (tt.code == "200") {
				t.Errorf("%d rules after code %s", len(k.CustomRules()), tt.code)
			}
		})
	}
}

// Applying twice must leave one rule, as the second call wants it.
func TestARuleForCustomEventsIsOverwrittenByItsID(t *testing.T) {
	k, c, _ := serveKMS(t, Options{})
	k.ReportCustomEvent(CustomEvent{Name: "e", Content: "c"})
	putCustomRule(c, "Period", "60", "EmailSubject", "old")
	got := putCustomRule(c, "RuleName", "renamed")
	if got.body["Success"] != true {
		t.Errorf("answered %s, want Success true", got.text)
	}
	want := []CustomRule{{
		ID: "1", Name: "renamed", EventName: "e", GroupID: "0", Level: "WARN", Threshold: 1, Period: 5 * time.Minute,
		ContactGroups: []string{"ops", "dev"},
	}}
	if diff := cmp.Diff(want, k.CustomRules()); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}
