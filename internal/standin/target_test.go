package standin

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const ruleName = "secrets_rotation_failed"

// serveRule starts a stand-in with one rule.
func serveRule(t *testing.T, behavior Behavior) (*KMS, *client) {
	t.Helper()
	k, c, _ := serveKMS(t, Options{Behavior: behavior})
	k.PutRule(EventRule{Name: ruleName, State: ruleEnabled})
	return k, c
}

// putTargets is a call that puts targets to that rule.
func putTargets(c *client, pairs ...string) answer {
	c.t.Helper()
	return c.monitor("PutEventRuleTargets", append([]string{"RuleName", ruleName}, pairs...)...)
}

// oneOfEach has a target of every kind, two of the message service.
var oneOfEach = []string{
	"ContactParameters.1.Id", "1", "ContactParameters.1.ContactGroupName", "ops", "ContactParameters.1.Level", "4",
	"FcParameters.1.Id", "2", "FcParameters.1.Region", "cn-hangzhou", "FcParameters.1.ServiceName", "s", "FcParameters.1.FunctionName", "f",
	"MnsParameters.1.Id", "3", "MnsParameters.1.Region", "cn-hangzhou", "MnsParameters.1.Queue", "q",
	"MnsParameters.2.Id", "4", "MnsParameters.2.Region", "cn-hangzhou", "MnsParameters.2.Topic", "t",
	"SlsParameters.1.Id", "5", "SlsParameters.1.Region", "cn-hangzhou", "SlsParameters.1.Project", "p", "SlsParameters.1.LogStore", "l",
	"WebhookParameters.1.Id", "6", "WebhookParameters.1.Url", "https://x.example/", "WebhookParameters.1.Method", "POST", "WebhookParameters.1.Protocol", "http",
	"OpenApiParameters.1.Id", "7", "OpenApiParameters.1.Product", "Ess", "OpenApiParameters.1.Action", "A", "OpenApiParameters.1.Arn", "arn:x",
}

// The keys are odd, FCParameter among them: a client that guesses one would see no target and put it again for ever.
func TestTargetsAreShownInTheDocumentedShape(t *testing.T) {
	k, c := serveRule(t, Behavior{})
	put := putTargets(c, oneOfEach...)
	const stored = `{"RequestId":"00000000-0000-4000-8000-000000000001","Code":"200","Message":"success","Success":true,"FailedParameterCount":"0",
		"FailedContactParameters":{"ContactParameter":[]},"FailedFcParameters":{"FcParameter":[]},"FailedMnsParameters":{"MnsParameter":[]}}`
	if diff := cmp.Diff(decoded(t, []byte(stored)), any(put.body)); diff != "" {
		t.Errorf("storing them (-want +got):\n%s", diff)
	}
	const arn = `"Arn":"acs:`
	const place = `:cn-hangzhou:1000000000000001:`
	const want = `{"RequestId":"00000000-0000-4000-8000-000000000002","Code":"200","Message":"success",
		"ContactParameters":{"ContactParameter":[{"Id":"1","ContactGroupName":"ops","Level":"4"}]},
		"FcParameters":{"FCParameter":[{` + arn + `fc` + place + `services/s/functions/f","Id":"2","Region":"cn-hangzhou","ServiceName":"s","FunctionName":"f"}]},
		"MnsParameters":{"MnsParameter":[{` + arn + `mns:cn-hangzhou::/queues/q/messages","Id":"3","Region":"cn-hangzhou","Queue":"q"},
			{` + arn + `mns:cn-hangzhou::/topics/t/messages","Id":"4","Region":"cn-hangzhou","Topic":"t"}]},
		"SlsParameters":{"SlsParameter":[{` + arn + `log` + place + `project/p/logstore/l","Id":"5","Region":"cn-hangzhou","Project":"p","LogStore":"l"}]},
		"WebhookParameters":{"WebhookParameter":[{"Id":"6","Url":"https://x.example/","Method":"POST","Protocol":"http"}]},
		"OpenApiParameters":{"OpenApiParameters":[{"Arn":"arn:x","Id":"7","Product":"Ess","Action":"A"}]}}`
	got := c.monitor("DescribeEventRuleTargetList", "RuleName", ruleName)
	if diff := cmp.Diff(decoded(t, []byte(want)), any(got.body)); diff != "" {
		t.Errorf("reading them (-want +got):\n%s", diff)
	}
	var kinds []TargetKind
	for _, target := range k.Targets(ruleName) {
		kinds = append(kinds, target.Kind)
	}
	if kinds = slices.Compact(kinds); !slices.Equal(kinds, TargetKinds) {
		t.Errorf("stored targets of the kinds %v, want %v", kinds, TargetKinds)
	}
}

// A command says which target was refused: it has to know all the ways in which HTTP 200 does not mean success.
func TestRefusedTargetsAreReportedInEveryWay(t *testing.T) {
	const failed = `"FailedParameterCount":"2","FailedContactParameters":{"ContactParameter":[]},
		"FailedFcParameters":{"FcParameter":[{"Id":2,"Region":"cn-hangzhou","FunctionName":"f"}]},
		"FailedMnsParameters":{"MnsParameter":[{"Id":3,"Region":"cn-hangzhou","Queue":"q"}]}`
	const head = `{"RequestId":"00000000-0000-4000-8000-000000000001",`
	tests := []struct {
		how  TargetRefusal
		want string
		left []string
	}{
		{RefusedCounted, head + `"Code":"200","Message":"success","Success":true,` + failed + `}`, []string{"1"}},
		{RefusedFailing, head + `"Code":"400","Message":"Some targets are not valid.","Success":false,` + failed + `}`, []string{"1"}},
		{RefusedTogether, head + `"Code":"400","Message":"The targets are not valid.","Success":false}`, nil},
	}
	if len(tests) != len(TargetRefusals) {
		t.Errorf("%d ways are tested, %d exist", len(tests), len(TargetRefusals))
	}
	for _, tt := range tests {
		t.Run(string(tt.how), func(t *testing.T) {
			k, c := serveRule(t, Behavior{FunctionTargetNeedsService: true, TargetRefusal: tt.how})
			k.RefuseTargets(func(target EventTarget) bool { return target.Queue == "q" })
			got := putTargets(c,
				"ContactParameters.1.Id", "1", "ContactParameters.1.ContactGroupName", "ops", "ContactParameters.1.Level", "4",
				"FcParameters.1.Id", "2", "FcParameters.1.Region", "cn-hangzhou", "FcParameters.1.FunctionName", "f",
				"MnsParameters.1.Id", "3", "MnsParameters.1.Region", "cn-hangzhou", "MnsParameters.1.Queue", "q")
			if diff := cmp.Diff(decoded(t, []byte(tt.want)), any(got.body)); got.status != 200 || diff != "" {
				t.Errorf("status %d, want 200; answer (-want +got):\n%s", got.status, diff)
			}
			var left []string
			for _, target := range k.Targets(ruleName) {
				left = append(left, target.ID)
			}
			if !slices.Equal(left, tt.left) {
				t.Errorf("targets %v are stored, want %v", left, tt.left)
			}
			if good := putTargets(c, "MnsParameters.1.Id", "4", "MnsParameters.1.Topic", "t"); good.body["Success"] != true {
				t.Errorf("where nothing is refused: %s, want Success true", good.text)
			}
		})
	}
}

// A function of version 3.0 has no service. Whether CloudMonitor takes one is not documented, so that both are tried.
func TestAFunctionWithoutServiceIsTakenUnlessTheBehaviorSaysNo(t *testing.T) {
	k, c := serveRule(t, Behavior{})
	got := putTargets(c, "FcParameters.1.Id", "1", "FcParameters.1.Region", "cn-hangzhou", "FcParameters.1.FunctionName", "f")
	want := []EventTarget{{
		Kind: FunctionTarget, ID: "1", Region: "cn-hangzhou", Function: "f", ARN: "acs:fc:cn-hangzhou:1000000000000001:functions/f",
	}}
	if diff := cmp.Diff(want, k.Targets(ruleName)); diff != "" || got.body["FailedParameterCount"] != "0" {
		t.Errorf("answered %s, targets (-want +got):\n%s", got.text, diff)
	}
}

// A target that the real service would refuse must not pass here.
func TestATargetIsTakenOnlyWithinItsLimits(t *testing.T) {
	callback := func(protocol, method string) []string {
		return []string{"WebhookParameters.1.Id", "1", "WebhookParameters.1.Url", "http://x.example/",
			"WebhookParameters.1.Protocol", protocol, "WebhookParameters.1.Method", method}
	}
	var topics []string
	for i := range maxTargets {
		topics = append(topics, fmt.Sprintf("MnsParameters.%d.Id", i+1), fmt.Sprint(i), fmt.Sprintf("MnsParameters.%d.Topic", i+1), "t")
	}
	tests := []struct {
		name  string
		pairs []string
		code  string
	}{
		{"five of a kind", topics, "200"},
		{"six", append(slices.Clone(topics), "MnsParameters.6.Id", "6", "MnsParameters.6.Topic", "t"), "ParameterInvalid"},
		{"none", nil, "ParameterInvalid"},
		{"to no such rule", append(slices.Clone(topics), "RuleName", "other"), "ResourceNotFound"},
		{"with an id that is no number", []string{"FcParameters.1.Id", "f", "FcParameters.1.FunctionName", "f"}, "ParameterInvalid"},
		{"without an id", []string{"FcParameters.1.FunctionName", "f"}, "ParameterInvalid"},
		{"a function without a name", []string{"FcParameters.1.Id", "1"}, "ParameterInvalid"},
		{"neither queue nor topic", []string{"MnsParameters.1.Id", "1"}, "ParameterInvalid"},
		{"queue and topic", []string{"MnsParameters.1.Id", "1", "MnsParameters.1.Queue", "q", "MnsParameters.1.Topic", "t"}, "ParameterInvalid"},
		{"a log without a store", []string{"SlsParameters.1.Id", "1", "SlsParameters.1.Project", "p"}, "ParameterInvalid"},
		{"a call of nothing", []string{"OpenApiParameters.1.Id", "1"}, "ParameterInvalid"},
		{"another level", []string{"ContactParameters.1.Id", "1", "ContactParameters.1.ContactGroupName", "g", "ContactParameters.1.Level", "CRITICAL"}, "ParameterInvalid"},
		{"a callback by GET", callback("http", "GET"), "200"},
		{"a callback by a method in lower case", callback("http", "post"), "200"},
		{"another protocol", callback("https", "POST"), "ParameterInvalid"},
		{"another method", callback("http", "PUT"), "ParameterInvalid"},
		{"a callback to nowhere", append(callback("http", "GET"), "WebhookParameters.1.Url", ""), "ParameterInvalid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c := serveRule(t, Behavior{})
			if got := putTargets(c, tt.pairs...); got.code() != tt.code {
				t.Errorf("answered %d %s, want code %s", got.status, got.text, tt.code)
			}
			if stored := len(k.Targets(ruleName)) > 0; stored != (tt.code == "200") {
				t.Errorf("%d targets after code %s", len(k.Targets(ruleName)), tt.code)
			}
		})
	}
}

// Putting adds or changes; only deleting removes. A command that forgets a target leaves it live.
func TestTargetsAreChangedAndDeletedByTheirIDs(t *testing.T) {
	topics := func(k *KMS) (all []string) {
		for _, target := range k.Targets(ruleName) {
			all = append(all, target.ID+target.Topic)
		}
		return all
	}
	k, c := serveRule(t, Behavior{})
	k.PutTarget(ruleName, EventTarget{Kind: MessageTarget, ID: "1", Topic: "by-hand"})
	putTargets(c, "MnsParameters.1.Id", "2", "MnsParameters.1.Topic", "new", "MnsParameters.2.Id", "1", "MnsParameters.2.Topic", "changed")
	if got, want := topics(k), []string{"1changed", "2new"}; !slices.Equal(got, want) {
		t.Errorf("after putting: %v, want %v", got, want)
	}
	c.monitor("DeleteEventRuleTargets", "RuleName", ruleName, "Ids.1", "1", "Ids.2", "gone")
	if got, want := topics(k), []string{"2new"}; !slices.Equal(got, want) {
		t.Errorf("after deleting: %v, want %v", got, want)
	}
}

// A removal that is refused has removed nothing, so that it can be repeated.
func TestTargetsAreDeletedOnlyAsDocumented(t *testing.T) {
	many := []string{"RuleName", ruleName}
	for i := range maxDeletedTargets + 1 {
		many = append(many, fmt.Sprint("Ids.", i+1), fmt.Sprint(i))
	}
	tests := []struct {
		name     string
		behavior Behavior
		pairs    []string
		code     string
	}{
		{"twenty ids", Behavior{}, many[:2+2*maxDeletedTargets], "200"},
		{"twenty-one ids", Behavior{}, many, "ParameterInvalid"},
		{"no id", Behavior{}, many[:2], "ParameterInvalid"},
		{"no such rule", Behavior{}, []string{"RuleName", "other", "Ids.1", "1"}, "ResourceNotFound"},
		{"no such target", Behavior{}, []string{"RuleName", ruleName, "Ids.1", "gone"}, "200"},
		{"no such target, refused", Behavior{DeletingNothingFails: true}, []string{"RuleName", ruleName, "Ids.1", "1", "Ids.2", "gone"}, "ParameterInvalid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c := serveRule(t, tt.behavior)
			k.PutTarget(ruleName, EventTarget{Kind: MessageTarget, ID: "1", Topic: "t"})
			if got := c.monitor("DeleteEventRuleTargets", tt.pairs...); got.code() != tt.code {
				t.Errorf("answered %d %s, want code %s", got.status, got.text, tt.code)
			}
			if n := len(k.Targets(ruleName)); tt.code != "200" && n != 1 {
				t.Errorf("%d targets after a refusal, want 1", n)
			}
		})
	}
}
