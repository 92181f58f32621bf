package alicloud

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const ruleName = "secrets_rotation_failed"

// monitorCall is one call to CloudMonitor, with what it has to send and a success as it is documented.
type monitorCall struct {
	action  string
	call    func(context.Context, *CloudMonitor) error
	sent    map[string]string
	success string
}

// monitorCalls holds each call that the package makes to CloudMonitor.
var monitorCalls = []monitorCall{
	{
		action: "DescribeEventRuleList",
		call: func(ctx context.Context, m *CloudMonitor) error {
			_, err := m.EventRules(ctx, "secrets_")
			return err
		},
		sent:    map[string]string{"NamePrefix": "secrets_", "PageNumber": "1", "PageSize": "10"},
		success: `{"Code":"200","Success":true,"RequestId":"r","Total":0,"EventRules":{"EventRule":[]}}`,
	},
	{
		action: "PutEventRule",
		call:   func(ctx context.Context, m *CloudMonitor) error { return m.PutEventRule(ctx, failureRule()) },
		sent: map[string]string{
			"RuleName": ruleName, "Description": "d é&=", "EventType": "SYSTEM", "State": "ENABLED", "SilenceTime": "0",
			"EventPattern.1.Product": "KMS", "EventPattern.1.NameList.1": "Secret:RotateSecret:Failure",
			"EventPattern.1.LevelList.1": "CRITICAL", "EventPattern.1.EventTypeList.1": "Exception", "EventPattern.1.EventTypeList.2": "*",
		},
		success: `{"Code":"200","Message":"success","Data":"1","Success":true,"RequestId":"r"}`,
	},
	{
		action:  "DeleteEventRules",
		call:    func(ctx context.Context, m *CloudMonitor) error { return m.DeleteEventRules(ctx, "a", "b c") },
		sent:    map[string]string{"RuleNames.1": "a", "RuleNames.2": "b c"},
		success: `{"Code":"200","Success":true,"RequestId":"r"}`,
	},
	{
		action: "PutEventRuleTargets",
		call: func(ctx context.Context, m *CloudMonitor) error {
			_, err := m.PutEventTargets(ctx, ruleName, eachTarget())
			return err
		},
		sent: map[string]string{
			"RuleName":          ruleName,
			"FcParameters.1.Id": "1", "FcParameters.1.Region": region, "FcParameters.1.ServiceName": "svc", "FcParameters.1.FunctionName": "fn",
			"MnsParameters.1.Id": "2", "MnsParameters.1.Region": region, "MnsParameters.1.Queue": "queue-1",
			"MnsParameters.2.Id": "3", "MnsParameters.2.Region": region, "MnsParameters.2.Topic": "topic-1",
			"WebhookParameters.1.Id": "4", "WebhookParameters.1.Url": "https://a.example/?k=v&w=%41", "WebhookParameters.1.Method": "POST", "WebhookParameters.1.Protocol": "http",
			"SlsParameters.1.Id": "5", "SlsParameters.1.Region": region, "SlsParameters.1.Project": "p", "SlsParameters.1.LogStore": "s",
			"ContactParameters.1.Id": "6", "ContactParameters.1.ContactGroupName": "on call", "ContactParameters.1.Level": "4",
		},
		success: `{"Code":"200","Success":true,"RequestId":"r","FailedParameterCount":"0"}`,
	},
	{
		action: "DescribeEventRuleTargetList",
		call: func(ctx context.Context, m *CloudMonitor) error {
			_, err := m.EventTargets(ctx, ruleName)
			return err
		},
		sent:    map[string]string{"RuleName": ruleName},
		success: `{"Code":"200","RequestId":"r"}`,
	},
	{
		action:  "DeleteEventRuleTargets",
		call:    func(ctx context.Context, m *CloudMonitor) error { return m.DeleteEventTargets(ctx, ruleName, "1", "2") },
		sent:    map[string]string{"RuleName": ruleName, "Ids.1": "1", "Ids.2": "2"},
		success: `{"Code":"200","Success":true,"RequestId":"r"}`,
	},
	{
		action: "PutCustomEvent",
		call: func(ctx context.Context, m *CloudMonitor) error {
			return m.PutCustomEvents(ctx, []CustomEvent{
				{Name: "RotationRemediation", Content: "outcome:rotated,secret:acs/ecs/web 1", Time: historyFrom},
				{Name: "RotationRemediation", Content: "outcome:rejected"},
			})
		},
		sent: map[string]string{
			"EventInfo.1.EventName": "RotationRemediation", "EventInfo.1.Content": "outcome:rotated,secret:acs/ecs/web 1", "EventInfo.1.Time": "1767323045678",
			"EventInfo.2.EventName": "RotationRemediation", "EventInfo.2.Content": "outcome:rejected",
		},
		success: `{"Code":"200","Message":"success","RequestId":"r"}`,
	},
	{
		action: "DescribeCustomEventAttribute",
		call: func(ctx context.Context, m *CloudMonitor) error {
			_, err := m.CustomEvents(ctx, "RotationRemediation", "a and b", historyFrom, historyTo)
			return err
		},
		sent: map[string]string{
			"Name": "RotationRemediation", "SearchKeywords": "a and b", "StartTime": "1767323045678", "EndTime": "1767326645678",
			"PageNumber": "1", "PageSize": "100",
		},
		success: `{"Code":"200","Success":"true","RequestId":"r","CustomEvents":{"CustomEvent":[]}}`,
	},
	{
		action: "PutCustomEventRule",
		call: func(ctx context.Context, m *CloudMonitor) error {
			return m.PutCustomEventRule(ctx, CustomEventRule{
				ID: "rotation-reports", Name: "reports", EventName: "RotationRemediation", Level: "WARN",
				ContactGroups: []string{"ops", "on call"}, Threshold: 1, Period: time.Minute,
			})
		},
		sent: map[string]string{
			"RuleId": "rotation-reports", "RuleName": "reports", "EventName": "RotationRemediation", "Level": "WARN", "GroupId": "0",
			"ContactGroups": "ops,on call", "Threshold": "1", "Period": "60",
		},
		success: `{"Code":"200","Success":true,"RequestId":"r"}`,
	},
	{
		action: "SendDryRunSystemEvent",
		call: func(ctx context.Context, m *CloudMonitor) error {
			return m.SendDryRunEvent(ctx, "KMS", "Secret:RotateSecret:Failure", `{"product":"KMS"}`)
		},
		sent:    map[string]string{"Product": "KMS", "EventName": "Secret:RotateSecret:Failure", "EventContent": `{"product":"KMS"}`},
		success: `{"Code":"200","Success":"true","RequestId":"r"}`,
	},
	{
		action: "DescribeSystemEventAttribute",
		call: func(ctx context.Context, m *CloudMonitor) error {
			_, _, err := m.SystemEvents(ctx, EventQuery{Name: "n", Level: "CRITICAL", Keywords: "web-1", From: historyFrom, To: historyTo}, 3)
			return err
		},
		sent: map[string]string{
			"Product": "KMS", "Name": "n", "Level": "CRITICAL", "SearchKeywords": "web-1", "StartTime": "1767323045678", "EndTime": "1767326645678",
			"PageNumber": "3", "PageSize": "100",
		},
		success: historyOf(),
	},
	{
		action: "DescribeSystemEventMetaList",
		call: func(ctx context.Context, m *CloudMonitor) error {
			_, err := m.SystemEventMeta(ctx)
			return err
		},
		sent:    map[string]string{},
		success: `{"Code":200,"Success":true,"RequestId":"r","Data":{"Resource":[]}}`,
	},
}

func failureRule() Rule {
	return Rule{
		Name: ruleName, Description: "d é&=", EventType: "SYSTEM", State: "ENABLED", Product: "KMS",
		Names: []string{"Secret:RotateSecret:Failure"}, Levels: []string{"CRITICAL"}, EventTypes: []string{"Exception", "*"},
	}
}

// eachTarget has one of every kind that can be put.
func eachTarget() []Target {
	return []Target{
		{Kind: FunctionTarget, ID: "1", Region: region, Service: "svc", Function: "fn"},
		{Kind: QueueTarget, ID: "2", Region: region, Queue: "queue-1"},
		{Kind: TopicTarget, ID: "3", Region: region, Topic: "topic-1"},
		{Kind: URLTarget, ID: "4", URL: "https://a.example/?k=v&w=%41", Method: "POST", Protocol: "http"},
		{Kind: LogTarget, ID: "5", Region: region, Project: "p", Logstore: "s"},
		{Kind: ContactTarget, ID: "6", ContactGroup: "on call", Level: "4"},
	}
}

// A parameter that is missing or misspelled is passed over in silence: a rule would then let through something else.
func TestEachCallToCloudMonitorSendsWhatItWasAsked(t *testing.T) {
	for _, row := range monitorCalls {
		t.Run(row.action, func(t *testing.T) {
			server := newRecorder(t)
			server.answer = func(url.Values) string { return row.success }
			if err := row.call(t.Context(), newCloudMonitor(t, server.address)); err != nil {
				t.Errorf("got %v for a success as documented", err)
			}
			want := map[string]string{"Action": row.action, "Version": "2019-01-01", "RegionId": region}
			maps.Copy(want, row.sent)
			if diff := cmp.Diff(want, sentParams(server)[0]); diff != "" {
				t.Errorf("parameters (-want +got):\n%s", diff)
			}
		})
	}
}

// A refusal that is taken for a success is a rule that nobody has, or a report that nobody gets. It can come with
// HTTP status 200, and the SDK calls that a success.
func TestNoCallTakesARefusalForASuccess(t *testing.T) {
	answers := []struct {
		name   string
		status int
		body   string
		want   remediation.Class
	}{
		{"refused with status 200", 200, `{"Code":"AccessForbidden","Message":"Canary/Security+Token==","Success":false,"RequestId":"r"}`, remediation.Account},
		{"refused in text with status 200", 200, `{"Code":"ParameterInvalid","Success":"false","RequestId":"r"}`, remediation.Refused},
		{"refused with a number as code", 200, `{"Code":403,"Success":false,"RequestId":"r"}`, remediation.Refused},
		{"refused with a code alone", 200, `{"Code":"ResourceNotFound","RequestId":"r"}`, remediation.Refused},
		{"throttled with status 200", 200, `{"Code":"Throttling.User","RequestId":"r"}`, remediation.Throttled},
		{"refused with the code of a success", 200, `{"Code":"200","Success":false,"RequestId":"r"}`, remediation.Transient},
		{"neither code nor success", 200, `{"RequestId":"r"}`, remediation.Transient},
		{"an empty success", 200, ``, remediation.Transient},
		{"a page of HTML", 200, `<html>Canary/Security+Token==</html>`, remediation.Transient},
		{"throttled", 400, `{"Code":"Throttling.User","RequestId":"r"}`, remediation.Throttled},
		{"too many requests", 429, ``, remediation.Throttled},
		{"no permission", 403, `{"Code":"NoPermission","Message":"Canary/Security+Token==","RequestId":"r"}`, remediation.Account},
		{"an expired token", 400, `{"Code":"InvalidSecurityToken.Expired","RequestId":"r"}`, remediation.Expired},
		{"an error of the other side", 503, `{"Code":"ServiceUnavailable","Success":true}`, remediation.Transient},
		{"a redirect", 302, ``, remediation.Transient},
	}
	for _, row := range monitorCalls {
		for _, answer := range answers {
			t.Run(row.action+", "+answer.name, func(t *testing.T) {
				requests := 0
				address := serve(t, func(w http.ResponseWriter, r *http.Request) {
					requests++
					w.WriteHeader(answer.status)
					_, _ = w.Write([]byte(answer.body))
				})
				err := row.call(t.Context(), newCloudMonitor(t, address))
				got := failure(t, err)
				if got.Class != answer.want || got.Action != row.action || requests != 1 {
					t.Errorf("got %v after %d requests, want class %s after one", got, requests, answer.want)
				}
			})
		}
	}
}
