package standin

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// report is a call that reports one event; pairs come last and win.
func report(c *client, pairs ...string) answer {
	c.t.Helper()
	return c.monitor("PutCustomEvent", append([]string{
		"EventInfo.1.EventName", "RotationRemediation", "EventInfo.1.Content", "outcome:rotated",
	}, pairs...)...)
}

// contentsOf returns the contents of the custom events that an answer lists.
func contentsOf(a answer) (contents []string) {
	list, _ := a.body["CustomEvents"].(map[string]any)
	rows, _ := list["CustomEvent"].([]any)
	for _, row := range rows {
		contents = append(contents, row.(map[string]any)["Content"].(string))
	}
	return contents
}

// A report is read back to show that it arrived: in a shape of its own, with a time that is text.
func TestAReportedEventIsShownInTheDocumentedShape(t *testing.T) {
	k, c, _ := serveKMS(t, Options{})
	put := report(c)
	const taken = `{"RequestId":"00000000-0000-4000-8000-000000000001","Code":"200","Message":"success"}`
	if diff := cmp.Diff(decoded(t, []byte(taken)), any(put.body)); diff != "" {
		t.Errorf("reporting it, without a Success (-want +got):\n%s", diff)
	}
	want := `{"RequestId":"00000000-0000-4000-8000-000000000002","Code":"200","Message":"success","Success":"true",
		"CustomEvents":{"CustomEvent":[{"Id":"custom-event-1","Name":"RotationRemediation","GroupId":"0","Content":"outcome:rotated",
		"Time":"` + strconv.FormatInt(start.UnixMilli(), 10) + `"}]}}`
	got := c.monitor("DescribeCustomEventAttribute", "Name", "RotationRemediation")
	if diff := cmp.Diff(decoded(t, []byte(want)), any(got.body)); diff != "" {
		t.Errorf("reading it (-want +got):\n%s", diff)
	}
	stored := []CustomEvent{{ID: "custom-event-1", Name: "RotationRemediation", GroupID: "0", Content: "outcome:rotated", Time: start}}
	if diff := cmp.Diff(stored, k.CustomEvents()); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}

// A batch that is too big, or has one bad event, must not be half taken: the client would send the half again.
func TestEventsAreReportedOnlyWithinTheirLimits(t *testing.T) {
	var fifty []string
	for i := range maxCustomEvents {
		fifty = append(fifty, fmt.Sprintf("EventInfo.%d.EventName", i+1), "e", fmt.Sprintf("EventInfo.%d.Content", i+1), "c")
	}
	tests := []struct {
		name  string
		pairs []string
		code  string
		taken int
	}{
		{"fifty", fifty, "200", 50},
		{"fifty-one", append(slices.Clone(fifty), "EventInfo.51.EventName", "e", "EventInfo.51.Content", "c"), "ParameterInvalid", 0},
		{"a time with its offset", []string{"EventInfo.1.Time", "20260102T110405.600+0800"}, "200", 1},
		{"a time in milliseconds", []string{"EventInfo.1.Time", fmt.Sprint(start.UnixMilli())}, "200", 1},
		{"a time in seconds", []string{"EventInfo.1.Time", fmt.Sprint(start.Unix())}, "ParameterInvalid", 0},
		{"a time in another form", []string{"EventInfo.1.Time", "2026-01-02T03:04:05Z"}, "ParameterInvalid", 0},
		{"a second without a name", []string{"EventInfo.2.Content", "c"}, "ParameterInvalid", 0},
		{"a second without content", []string{"EventInfo.2.EventName", "e"}, "ParameterInvalid", 0},
		{"as long as a query may be", []string{"EventInfo.1.Content", strings.Repeat("a", 127<<10)}, "200", 1},
		{"longer", []string{"EventInfo.1.Content", strings.Repeat("a", 128<<10)}, "ParameterInvalid", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{})
			if got := report(c, tt.pairs...); got.code() != tt.code {
				t.Errorf("answered %d %.300s, want code %s", got.status, got.text, tt.code)
			}
			events := k.CustomEvents()
			if len(events) != tt.taken {
				t.Fatalf("%d events taken, want %d", len(events), tt.taken)
			}
			if len(events) > 0 && !events[0].Time.Equal(start) {
				t.Errorf("its time is %v, want %v", events[0].Time, start)
			}
		})
	}
	_, c, _ := serveKMS(t, Options{})
	if got := c.monitor("PutCustomEvent"); got.code() != "ParameterInvalid" {
		t.Errorf("no event at all: %d %s, want ParameterInvalid", got.status, got.text)
	}
}

// The doctor and the test event search for one report among all.
func TestReportedEventsAreListedAsAsked(t *testing.T) {
	ms := func(seconds int) string {
		return strconv.FormatInt(start.Add(time.Duration(seconds)*time.Second).UnixMilli(), 10)
	}
	tests := []struct {
		name     string
		behavior Behavior
		pairs    []string
		want     []string
	}{
		{"all, newest first", Behavior{}, nil, []string{"rotated c", "failed b", "failed a"}},
		{"all, oldest first", Behavior{HistoryOrder: OldestFirst}, nil, []string{"failed a", "failed b", "rotated c"}},
		{"by id", Behavior{}, []string{"EventId", "custom-event-2"}, []string{"failed b"}},
		{"by name", Behavior{}, []string{"Name", "other"}, []string{"rotated c"}},
		{"by group", Behavior{}, []string{"GroupId", "7"}, []string{"failed b"}},
		{"by one word", Behavior{}, []string{"SearchKeywords", "failed"}, []string{"failed b", "failed a"}},
		{"by both of two words", Behavior{}, []string{"SearchKeywords", "failed and b"}, []string{"failed b"}},
		{"by either of two words", Behavior{}, []string{"SearchKeywords", "rotated or b"}, []string{"rotated c", "failed b"}},
		{"in between", Behavior{}, []string{"StartTime", ms(1), "EndTime", ms(1)}, []string{"failed b"}},
		{"the second page", Behavior{}, []string{"PageSize", "2", "PageNumber", "2"}, []string{"failed a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{Behavior: tt.behavior})
			k.ReportCustomEvent(CustomEvent{Name: "e", Content: "failed a"})
			k.ReportCustomEvent(CustomEvent{Name: "e", Content: "failed b", GroupID: "7", Time: start.Add(time.Second)})
			k.ReportCustomEvent(CustomEvent{Name: "other", Content: "rotated c", Time: start.Add(2 * time.Second)})
			got := c.monitor("DescribeCustomEventAttribute", tt.pairs...)
			if diff := cmp.Diff(tt.want, contentsOf(got)); diff != "" {
				t.Errorf("contents (-want +got):\n%s", diff)
			}
		})
	}
	_, c, _ := serveKMS(t, Options{})
	for _, pair := range [][2]string{{"StartTime", fmt.Sprint(start.Unix())}, {"PageSize", "101"}} {
		if got := c.monitor("DescribeCustomEventAttribute", pair[0], pair[1]); got.code() != "ParameterInvalid" {
			t.Errorf("%v: answered %d %s, want ParameterInvalid", pair, got.status, got.text)
		}
	}
}

// putCustomRule is a call that puts a rule for the custom event e; pairs come last and win.
func putCustomRule(c *client, pairs ...string) answer {
	c.t.Helper()
	return c.monitor("PutCustomEventRule", append([]string{
		"RuleId", "1", "RuleName", "reports", "EventName", "e", "GroupId", "0", "Level", "WARN", "Threshold", "1",
		"ContactGroups", "ops,dev",
	}, pairs...)...)
}

// The rule reaches people: one that the real service would refuse must not pass here.
func TestARuleForCustomEventsIsTakenOnlyAsDocumented(t *testing.T) {
	tests := []struct {
		name  string
		pairs []string
		code  string
	}{
		{"with what is required", nil, "200"},
		{"with all there is", []string{"Period", "60", "EffectiveInterval", "00:00-23:59", "EmailSubject", "s", "Webhook", "https://x.example/"}, "200"},
		{"for an event that was never reported", []string{"EventName", "never"}, "ResourceNotFound"},
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
