package alicloud

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// A target that is not seen is put again; one that is seen where none is, is a failure that nobody hears of.
func TestEachTargetIsReadAsItIs(t *testing.T) {
	rows := []struct {
		name, lists string
		want        []Target
	}{
		{"none", `"FcParameters":{"FCParameter":[]},"MnsParameters":{}`, nil},
		{
			"a function", `"FcParameters":{"FCParameter":[{"ServiceName":"svc","FunctionName":"fn","Arn":"acs:fc:x","Id":"1","Region":"cn-hangzhou"}]}`,
			[]Target{{Kind: FunctionTarget, ID: "1", ARN: "acs:fc:x", Region: region, Service: "svc", Function: "fn"}},
		},
		{"a function as other answers spell it", `"FcParameters":{"FcParameter":[{"FunctionName":"fn","Id":1}]}`, []Target{{Kind: FunctionTarget, ID: "1", Function: "fn"}}},
		{
			"a queue and a topic", `"MnsParameters":{"MnsParameter":[{"Region":"cn-hangzhou","Queue":"q","Arn":"acs:mns:q","Id":"1","Topic":""},{"Topic":"t","Id":"2"}]}`,
			[]Target{{Kind: QueueTarget, ID: "1", ARN: "acs:mns:q", Region: region, Queue: "q"}, {Kind: TopicTarget, ID: "2", Topic: "t"}},
		},
		{
			"a callback", `"WebhookParameters":{"WebhookParameter":[{"Url":"https://a.example/","Method":"POST","Protocol":"http","Id":"1"}]}`,
			[]Target{{Kind: URLTarget, ID: "1", URL: "https://a.example/", Method: "POST", Protocol: "http"}},
		},
		{
			"a callback in other letters", `"WebhookParameters":{"WebhookParameter":{"Url":"https://a.example/X","Method":"post","Protocol":"HTTP","Id":3}}`,
			[]Target{{Kind: URLTarget, ID: "3", URL: "https://a.example/X", Method: "POST", Protocol: "http"}},
		},
		{"lists that are empty texts", `"FcParameters":"","MnsParameters":{"MnsParameter":""}`, nil},
		{
			"a Logstore", `"SlsParameters":{"SlsParameter":[{"Project":"p","LogStore":"s","Arn":"acs:log:x","Region":"cn-hangzhou","Id":"1"}]}`,
			[]Target{{Kind: LogTarget, ID: "1", ARN: "acs:log:x", Region: region, Project: "p", Logstore: "s"}},
		},
		{
			"a contact group, its level as a number", `"ContactParameters":{"ContactParameter":[{"Level":4,"Id":"1","ContactGroupName":"ops"}]}`,
			[]Target{{Kind: ContactTarget, ID: "1", ContactGroup: "ops", Level: "4"}},
		},
		{
			"a call of another service", `"OpenApiParameters":{"OpenApiParameters":[{"Action":"PutLogs","Arn":"acs:openapi:x","Id":"1","Product":"log","Region":"cn-hangzhou"}]}`,
			[]Target{{Kind: OpenAPITarget, ID: "1", ARN: "acs:openapi:x", Region: region}},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := newCloudMonitor(t, answering(t, 200, `{"Code":"200","RequestId":"r",`+row.lists+`}`)).EventTargets(t.Context(), ruleName)
			if diff := cmp.Diff(row.want, got); err != nil || diff != "" {
				t.Errorf("error %v, targets (-want +got):\n%s", err, diff)
			}
		})
	}
	_, err := newCloudMonitor(t, answering(t, 200, `{"Code":"200","RequestId":"r","FcParameters":{"FCParameter":7}}`)).EventTargets(t.Context(), ruleName)
	checkClass(t, err, remediation.Transient)
}

// CloudMonitor can take a part of the targets and answer with HTTP status 200 and Success. Taken for a success, it
// is a rule that calls nobody.
func TestATargetThatIsRefusedIsAnError(t *testing.T) {
	function, queue, group := eachTarget()[0], eachTarget()[1], eachTarget()[5]
	rows := []struct {
		name, said string
		class      remediation.Class
		want       []Target
	}{
		{"a function by its ID", `"Success":true,"FailedParameterCount":"1","FailedFcParameters":{"FcParameter":[{"ServiceName":"","FunctionName":"fn","Id":"1"}]}`, remediation.Refused, []Target{function}},
		{"a function by another ID", `"Success":true,"FailedParameterCount":"1","FailedFcParameters":{"FcParameter":[{"FunctionName":"fn","Id":7}]}`, remediation.Refused, []Target{{Kind: FunctionTarget, ID: "7", Function: "fn"}}},
		{"named without a count", `"Success":true,"FailedMnsParameters":{"MnsParameter":[{"Queue":"queue-1","Id":2}]}`, remediation.Refused, []Target{queue}},
		{"counted and not named", `"Success":true,"FailedParameterCount":"1"`, remediation.Refused, nil},
		{"counted as a number", `"Success":true,"FailedParameterCount":2,"FailedFcParameters":{"FcParameter":[]}`, remediation.Refused, nil},
		{"with what the call as such was refused for", `"Success":false,"Code":"AccessForbidden","FailedContactParameters":{"ContactParameter":[{"Id":6,"Level":"4"}]}`, remediation.Account, []Target{group}},
		{"with a refusal that has no code", `"Success":"false","FailedParameterCount":"1","FailedFcParameters":{"FcParameter":[{"Id":1}]}`, remediation.Refused, []Target{function}},
		{"with the code of a success", `"Success":false,"Code":"200","FailedParameterCount":"1","FailedFcParameters":{"FcParameter":[{"Id":1}]}`, remediation.Refused, []Target{function}},
		{"with the code of a success, counted alone", `"Success":false,"Code":"200","FailedParameterCount":1`, remediation.Refused, nil},
		{"throttled beside it", `"Success":false,"Code":"Throttling.User","FailedParameterCount":1`, remediation.Throttled, nil},
		{"counted, in a form that cannot be read", `"Success":true,"FailedParameterCount":"1","FailedFcParameters":7`, remediation.Refused, nil},
		{"in a form that cannot be read", `"Success":true,"FailedFcParameters":7`, remediation.Transient, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := newCloudMonitor(t, answering(t, 200, `{"RequestId":"r",`+row.said+`}`)).PutEventTargets(t.Context(), ruleName, eachTarget())
			checkClass(t, err, row.class)
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
		})
	}
	for _, said := range []string{`"FailedParameterCount":0`, `"FailedParameterCount":""`, `"FailedParameterCount":null,"FailedFcParameters":{}`, `"Data":"6"`} {
		refused, err := newCloudMonitor(t, answering(t, 200, `{"Success":true,"Code":"200","RequestId":"r",`+said+`}`)).PutEventTargets(t.Context(), ruleName, eachTarget())
		if err != nil || refused != nil {
			t.Errorf("%s: got %v, %v, want all of them taken", said, refused, err)
		}
	}
}
