package alicloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// rulesOf is a success of DescribeEventRuleList with this total and these rows.
func rulesOf(total, rows string) string {
	return fmt.Sprintf(`{"Code":"200","Success":true,"RequestId":"r","Total":%s,"EventRules":{"EventRule":[%s]}}`, total, rows)
}

// A rule that is read wrong is changed for nothing, or left as it is while it lets nothing through.
func TestARuleIsReadAsItIs(t *testing.T) {
	const pattern = `"Product":"kms","NameList":{"NameList":["Secret:RotateSecret:Failure"]},"LevelList":{"LevelList":["CRITICAL"]},"EventTypeList":{"EventTypeList":["Exception"]}`
	whole := Rule{
		Name: "a", Description: "d", EventType: "SYSTEM", State: "DISABLED", Product: "kms", Names: []string{"Secret:RotateSecret:Failure"},
		Levels: []string{"CRITICAL"}, EventTypes: []string{"Exception"}, Silence: 24 * time.Hour, SilenceKnown: true,
	}
	rows := []struct {
		name, members, pattern string
		change                 func(*Rule) // from whole
	}{
		{"as documented", `"GroupId":"","SilenceTime":86400`, pattern, func(*Rule) {}},
		{"a silence in text", `"SilenceTime":"86400"`, pattern, func(*Rule) {}},
		{"a silence of 0", `"SilenceTime":0`, pattern, func(r *Rule) { r.Silence = 0 }},
		{"no silence", `"GroupId":"0"`, pattern, func(r *Rule) { r.Silence, r.SilenceKnown = 0, false }},
		{"a silence that is null", `"SilenceTime":null`, pattern, func(r *Rule) { r.Silence, r.SilenceKnown = 0, false }},
		{"a silence that is no number", `"SilenceTime":"long"`, pattern, func(r *Rule) { r.Silence, r.SilenceKnown = 0, false }},
		{"an application group", `"SilenceTime":86400,"GroupId":7378`, pattern, func(r *Rule) { r.Filter = "application group 7378" }},
		{"an SQL filter", `"SilenceTime":86400`, pattern + `,"SQLFilter":"a: 1"`, func(r *Rule) { r.Filter = "SQL filter a: 1" }},
		{"lists that are not wrapped", `"SilenceTime":86400`, `"Product":"kms","NameList":["Secret:RotateSecret:Failure"],"LevelList":["CRITICAL"],"EventTypeList":{"EventTypeList":"Exception"}`, func(*Rule) {}},
		{"lists that are empty texts", `"SilenceTime":86400`, `"Product":"kms","NameList":"","LevelList":null,"KeywordFilter":""`, func(r *Rule) { r.Names, r.Levels, r.EventTypes = nil, nil, nil }},
		{"a custom filter", `"SilenceTime":86400`, pattern + `,"CustomFilters":"web"`, func(r *Rule) { r.Filter = "custom filter web" }},
		{"keywords", `"SilenceTime":86400`, pattern + `,"KeywordFilter":{"Relation":"NOT","Keywords":{"Keywords":["web","db"]}}`, func(r *Rule) { r.Filter = "keywords NOT web, db" }},
		{"empty keywords", `"SilenceTime":86400`, pattern + `,"KeywordFilter":{"Relation":"","Keywords":{"Keywords":[]}}`, func(*Rule) {}},
		{"statuses", `"SilenceTime":86400`, pattern + `,"StatusList":{"StatusList":["Failed"]},"SQLFilter":"x"`, func(r *Rule) { r.Filter = "status Failed; SQL filter x" }},
		{"two patterns", `"SilenceTime":86400`, pattern + `},{"Product":"ECS"`, func(r *Rule) { r.Filter = "the first of 2 patterns" }},
	}
	for _, row := range rows {
		for form, around := range map[string]string{
			"a list of its own name": `{"EventPattern":[{%s}]}`, "a list": `[{%s}]`, "one of its own name": `{"EventPattern":{%s}}`, "itself": `{%s}`,
		} {
			if strings.Contains(row.pattern, "},{") && !strings.Contains(around, "[") {
				continue // two patterns need a list
			}
			t.Run(row.name+", "+form, func(t *testing.T) {
				body := rulesOf("1", `{"Name":"a","Description":"d","EventType":"SYSTEM","State":"DISABLED",`+row.members+`,"EventPattern":`+fmt.Sprintf(around, row.pattern)+`}`)
				want := whole
				row.change(&want)
				got, err := newCloudMonitor(t, answering(t, 200, body)).EventRules(t.Context(), "a")
				if diff := cmp.Diff([]Rule{want}, got); err != nil || diff != "" {
					t.Errorf("error %v, rules (-want +got):\n%s", err, diff)
				}
			})
		}
	}
}

// An answer of another shape must not be taken for an account without rules: they would be made anew.
func TestRulesThatCannotBeReadAreNone(t *testing.T) {
	for _, body := range []string{
		rulesOf("1", `7`), rulesOf("1", `{"Name":"a","EventPattern":7}`), rulesOf("1", `{"Name":"a","EventPattern":{"EventPattern":["x"]}}`),
		rulesOf("1", `{"Name":"a","EventPattern":{"Product":"KMS","NameList":7}}`), rulesOf("1", `{"Name":"a","EventPattern":{"KeywordFilter":7}}`),
		`{"Code":"200","Success":true,"RequestId":"r","EventRules":7}`, `{"Code":"200","Success":true,"RequestId":"r","EventRules":{"EventRule":7}}`,
		`{"Code":"200","Success":true,"RequestId":"r","EventRules":{"Rules":[]}}`,
	} {
		_, err := newCloudMonitor(t, answering(t, 200, body)).EventRules(t.Context(), "")
		checkClass(t, err, remediation.Transient)
	}
}

// listing serves rules as an account that has them, by page, whose IsEnable works as one document describes it.
func listing(t *testing.T, total func(int) string, states ...string) *recorder {
	t.Helper()
	server := newRecorder(t)
	server.answer = func(params url.Values) string {
		var rows []string
		for i, state := range states {
			if disabled := state == "DISABLED"; disabled == (params.Get("IsEnable") == "false") {
				rows = append(rows, fmt.Sprintf(`{"Name":"r%d","State":%q}`, i, state))
			}
		}
		page, _ := strconv.Atoi(params.Get("PageNumber"))
		size, _ := strconv.Atoi(params.Get("PageSize"))
		from, to := min((page-1)*size, len(rows)), min(page*size, len(rows))
		return rulesOf(total(len(rows)), strings.Join(rows[from:to], ","))
	}
	return server
}

// A rule beyond the first page, or one that somebody switched off, is otherwise made anew over the one that is there.
func TestEveryRuleIsListedOnce(t *testing.T) {
	many := func(n int, state string) []string { return strings.Fields(strings.Repeat(state+" ", n)) }
	rows := []struct {
		name   string
		total  func(int) string
		states []string
		calls  int
	}{
		{"none", strconv.Itoa, nil, 2},
		{"one page of each", strconv.Itoa, append(many(9, "ENABLED"), many(10, "DISABLED")...), 2},
		{"two pages of one", strconv.Itoa, append(many(11, "ENABLED"), "DISABLED"), 3},
		{"a total in text", func(n int) string { return strconv.Quote(strconv.Itoa(n)) }, many(21, "ENABLED"), 4},
		{"no total", func(int) string { return "null" }, many(11, "DISABLED"), 3},
		{"a total of 0 beside rules", func(int) string { return "0" }, many(11, "ENABLED"), 3},
		{"a total that is too high", func(n int) string { return strconv.Itoa(n + 5) }, many(3, "ENABLED"), 3},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			server := listing(t, row.total, row.states...)
			got, err := newCloudMonitor(t, server.address).EventRules(t.Context(), "r")
			names := map[string]string{}
			for _, rule := range got {
				names[rule.Name] = rule.State
			}
			want := map[string]string{}
			for i, state := range row.states {
				want[fmt.Sprintf("r%d", i)] = state
			}
			if diff := cmp.Diff(want, names); err != nil || diff != "" || len(got) != len(want) || len(server.calls()) != row.calls {
				t.Errorf("error %v, %d rules in %d calls, want %d in %d (-want +got):\n%s", err, len(got), len(server.calls()), len(want), row.calls, diff)
			}
		})
	}
}

// Where IsEnable is not known to the other side, both questions have the same answer.
func TestARuleThatIsListedTwiceIsOne(t *testing.T) {
	got, err := newCloudMonitor(t, answering(t, 200, rulesOf("2", `{"Name":"a"},{"Name":"b"}`))).EventRules(t.Context(), "")
	if diff := cmp.Diff([]Rule{{Name: "a"}, {Name: "b"}}, got); err != nil || diff != "" {
		t.Errorf("error %v, rules (-want +got):\n%s", err, diff)
	}
}

// A list that is cut off in silence says that a rule is not there.
func TestAListWithoutEndIsAnError(t *testing.T) {
	rows := make([]string, rulesPerPage)
	for i := range rows {
		rows[i] = `{"Name":"a"}`
	}
	server := newRecorder(t)
	server.answer = func(url.Values) string { return rulesOf("null", strings.Join(rows, ",")) }
	got, err := newCloudMonitor(t, server.address).EventRules(t.Context(), "")
	if !errors.Is(err, ErrTooMany) || got != nil || len(server.calls()) != maxRulePages {
		t.Errorf("got %d rules, %v after %d calls, want an error after %d", len(got), err, len(server.calls()), maxRulePages)
	}
	event, _ := json.Marshal(map[string]string{"Name": "n"})
	page := strings.TrimSuffix(strings.Repeat(string(event)+",", eventsPerPage), ",")
	_, err = newCloudMonitor(t, answering(t, 200, `{"Code":"200","Success":"true","CustomEvents":{"CustomEvent":[`+page+`]}}`)).CustomEvents(t.Context(), "n", "", historyFrom, historyTo)
	if !errors.Is(err, ErrTooMany) {
		t.Errorf("custom events: got %v, want ErrTooMany", err)
	}
}

// Each of these would be carried out as something else than it says, or is refused by its document.
func TestWhatCannotBeSentIsNotSent(t *testing.T) {
	narrow := failureRule()
	narrow.Filter = "SQL filter x"
	long := []CustomEvent{{Name: "n", Content: strings.Repeat("é", maxQuery/6)}}
	names := strings.Fields(strings.Repeat("n ", maxDeleted+1))
	queues := append(make([]Target, 0), eachTarget()[1:3]...)
	for range 4 {
		queues = append(queues, eachTarget()[1])
	}
	server := newRecorder(t)
	m := newCloudMonitor(t, server.address)
	put := func(targets ...Target) error {
		_, err := m.PutEventTargets(t.Context(), ruleName, targets)
		return err
	}
	for name, err := range map[string]error{
		"a filter":                  m.PutEventRule(t.Context(), narrow),
		"21 rules to delete":        m.DeleteEventRules(t.Context(), names...),
		"a rule without a name":     m.DeleteEventRules(t.Context(), "a", ""),
		"21 targets to delete":      m.DeleteEventTargets(t.Context(), ruleName, names...),
		"a target without an ID":    m.DeleteEventTargets(t.Context(), ruleName, ""),
		"6 queues and topics":       put(queues...),
		"a call of another service": put(Target{Kind: OpenAPITarget, ID: "o"}),
		"a target of no kind":       put(Target{ID: "x"}),
		"51 events":                 m.PutCustomEvents(t.Context(), make([]CustomEvent, MaxCustomEvents+1)),
		"an event beyond 128 KB":    m.PutCustomEvents(t.Context(), long),
	} {
		got := failure(t, err)
		if got.Class != remediation.Refused || got.Action == "" || got.Status != 0 {
			t.Errorf("%s: got %v, want it refused without an answer", name, got)
		}
		if tooLarge := strings.ContainsAny(name, "0123456789"); errors.Is(err, ErrTooLarge) != tooLarge {
			t.Errorf("%s: the cause is %v: what is too large may be sent in parts, and nothing else", name, got.Cause)
		}
	}
	for name, err := range map[string]error{
		"no rules":   m.DeleteEventRules(t.Context()),
		"no targets": errors.Join(put(), m.DeleteEventTargets(t.Context(), ruleName)),
		"no events":  m.PutCustomEvents(t.Context(), nil),
	} {
		if err != nil {
			t.Errorf("%s: got %v, want nothing done", name, err)
		}
	}
	if got := len(server.calls()); got != 0 {
		t.Errorf("%d requests were sent, want none", got)
	}
}
