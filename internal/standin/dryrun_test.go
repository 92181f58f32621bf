package standin

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const dryContent = `{"product":"KMS","resourceId":"acs:kms:cn-hangzhou:1000000000000001:secret/` + secretName + `","level":"CRITICAL",` +
	`"name":"Secret:RotateSecret:Failure","regionId":"cn-hangzhou","status":"Failed","content":{"secretName":"` + secretName + `"}}`

// dryRun is a call that sends a dry run of a failure; pairs come last and win.
func dryRun(c *client, pairs ...string) answer {
	c.t.Helper()
	return c.monitor("SendDryRunSystemEvent", append([]string{"Product", "KMS", "EventName", EventFailure, "EventContent", dryContent}, pairs...)...)
}

// The test event proves the whole chain only if it goes the way of a real one.
func TestADryRunIsRaisedLikeARealEvent(t *testing.T) {
	k, c, _ := serveKMS(t, Options{})
	got := dryRun(c)
	const want = `{"RequestId":"00000000-0000-4000-8000-000000000001","Code":"200","Message":"success","Success":"true"}`
	if diff := cmp.Diff(decoded(t, []byte(want)), any(got.body)); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	raised := []Event{{Time: start, Name: EventFailure, Secret: secretName, Payload: []byte(dryContent)}}
	if diff := cmp.Diff(raised, k.DrainEvents()); diff != "" {
		t.Errorf("raised (-want +got):\n%s", diff)
	}
	if rows := rowsOf(ask(c, "Name", EventFailure)); len(rows) != 1 || rows[0]["Content"] != `{"secretName":"`+secretName+`"}` {
		t.Errorf("the history has %v, want the dry run", rows)
	}
}

// What the test command reports of each link differs from world to world.
func TestADryRunIsTakenAndRememberedAsTheWorldSays(t *testing.T) {
	rule := EventRule{Name: "r", State: ruleEnabled, Patterns: []EventPattern{{Product: "kms", Names: []string{EventFailure}}}}
	disabled, of := rule, rule
	disabled.State = ruleDisabled
	of.Patterns = []EventPattern{{Product: "KMS", Names: []string{EventSuccess}}}
	tests := []struct {
		name       string
		world      Behavior
		rule       *EventRule
		pairs      []string
		code       string
		remembered int
	}{
		{"without a rule", Behavior{}, nil, nil, "200", 1},
		{"where it is forgotten", Behavior{DryRunsForgotten: true}, nil, nil, "200", 0},
		{"where it needs a rule, and has one", Behavior{DryRunNeedsRule: true}, &rule, nil, "200", 1},
		{"where it needs a rule, and has none", Behavior{DryRunNeedsRule: true}, nil, nil, "ResourceNotFound", 0},
		{"where it needs a rule, and that is disabled", Behavior{DryRunNeedsRule: true}, &disabled, nil, "ResourceNotFound", 0},
		{"where it needs a rule, and that is of another event", Behavior{DryRunNeedsRule: true}, &of, nil, "ResourceNotFound", 0},
		{"without a product", Behavior{}, nil, []string{"Product", ""}, "ParameterInvalid", 0},
		{"without a name", Behavior{}, nil, []string{"EventName", ""}, "ParameterInvalid", 0},
		{"without content", Behavior{}, nil, []string{"EventContent", ""}, "ParameterInvalid", 0},
		{"with content that is no object", Behavior{}, nil, []string{"EventContent", `[]`}, "ParameterInvalid", 0},
		{"with content that has no product", Behavior{}, nil, []string{"EventContent", `{"resourceId":"a","regionId":"b"}`}, "ParameterInvalid", 0},
		{"with content that has no resource", Behavior{}, nil, []string{"EventContent", `{"product":"KMS","regionId":"b"}`}, "ParameterInvalid", 0},
		{"with content that has no region", Behavior{}, nil, []string{"EventContent", `{"product":"KMS","resourceId":"a"}`}, "ParameterInvalid", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{Behavior: tt.world})
			if tt.rule != nil {
				k.PutRule(*tt.rule)
			}
			if got := dryRun(c, tt.pairs...); got.code() != tt.code {
				t.Errorf("answered %d %s, want code %s", got.status, got.text, tt.code)
			}
			if raised := len(k.Events()) == 1; raised != (tt.code == "200") {
				t.Errorf("%d events raised after code %s", len(k.Events()), tt.code)
			}
			if n := len(rowsOf(ask(c))); n != tt.remembered {
				t.Errorf("%d events in the history, want %d", n, tt.remembered)
			}
		})
	}
}

// The doctor compares the spelling of names with this catalogue.
func TestTheCatalogueHasTheEventsOfKMS(t *testing.T) {
	_, c, _ := serveKMS(t, Options{})
	got := c.monitor("DescribeSystemEventMetaList")
	const want = `{"RequestId":"00000000-0000-4000-8000-000000000001","Code":200,"Message":"success","Success":true,"Data":{"Resource":[
		{"Product":"ECS","EventType":"StatusNotification","Name":"Instance:StateChange","NameDesc":"实例状态改变通知",
			"NameDesc.En":"Instance state change","Level":"INFO","Status":"Normal","StatusDesc":"正常"},
		{"Product":"KMS","EventType":"Exception","Name":"Secret:RotateSecret:Failure","NameDesc":"托管凭据轮转失败",
			"NameDesc.En":"Managed secret rotation failed","Level":"CRITICAL","Status":"Failed","StatusDesc":"失败"},
		{"Product":"KMS","EventType":"StatusNotification","Name":"Secret:RotateSecret:Success","NameDesc":"托管凭据轮转成功",
			"NameDesc.En":"Managed secret rotation succeeded","Level":"INFO","Status":"Normal","StatusDesc":"正常"}]}}`
	if diff := cmp.Diff(decoded(t, []byte(want)), any(got.body)); diff != "" {
		t.Errorf("catalogue (-want +got):\n%s", diff)
	}
}
