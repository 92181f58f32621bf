package standin

import (
	"encoding/json"
	"testing"
	"time"

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

// The test command reports of each link what the service does there.
func TestADryRunIsTakenAndRememberedAsTheBehaviorSays(t *testing.T) {
	tests := []struct {
		name       string
		behavior   Behavior
		pairs      []string
		code       string
		remembered int
	}{
		{"without a rule", Behavior{}, nil, "200", 1},
		{"where it is forgotten", Behavior{DryRunsForgotten: true}, nil, "200", 0},
		{"without a product", Behavior{}, []string{"Product", ""}, "ParameterInvalid", 0},
		{"without a name", Behavior{}, []string{"EventName", ""}, "ParameterInvalid", 0},
		{"without content", Behavior{}, []string{"EventContent", ""}, "ParameterInvalid", 0},
		{"with content that is no object", Behavior{}, []string{"EventContent", `[]`}, "ParameterInvalid", 0},
		{"with content that has no product", Behavior{}, []string{"EventContent", `{"resourceId":"a","regionId":"b"}`}, "ParameterInvalid", 0},
		{"with content that has no resource", Behavior{}, []string{"EventContent", `{"product":"KMS","regionId":"b"}`}, "ParameterInvalid", 0},
		{"with content that has no region", Behavior{}, []string{"EventContent", `{"product":"KMS","resourceId":"a"}`}, "ParameterInvalid", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{Behavior: tt.behavior})
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

// A decoder that is tested with fields which the real event lacks fails on the first real event.
func TestEventsHaveTheFieldsOfTheDocumentedSamples(t *testing.T) {
	const arn = "acs:kms:cn-hangzhou:1000000000000001:secret/" + secretName
	tests := []struct {
		name    string
		outcome func(int) *Failure
		want    string
	}{
		{"failure", FailFirst(1, Failure{}), `{
			"product": "KMS", "eventTime": "20260102T110405.600+0800", "level": "CRITICAL",
			"name": "Secret:RotateSecret:Failure", "regionId": "cn-hangzhou", "resourceId": "` + arn + `", "status": "Failed",
			"content": {"eventId": "event-1", "secretName": "acs/ecs/web-1", "secretType": "ECS", "RotationEntityArn": "` + arn + `",
				"rotationStatus": "Invalid", "rotationSubType": "Password",
				"failureInfo": {"errorCode": "Kms:ErrorCode", "errorMessage": "errorMessage"},
				"failureTime": "2026-01-02T01:04:05Z"}, "ver": "1.0"}`},
		{"failure with a cause", FailFirst(1, Failure{"ExitCodeNonzero", "the script failed"}), `{
			"product": "KMS", "eventTime": "20260102T110405.600+0800", "level": "CRITICAL",
			"name": "Secret:RotateSecret:Failure", "regionId": "cn-hangzhou", "resourceId": "` + arn + `", "status": "Failed",
			"content": {"eventId": "event-1", "secretName": "acs/ecs/web-1", "secretType": "ECS", "RotationEntityArn": "` + arn + `",
				"rotationStatus": "Invalid", "rotationSubType": "Password",
				"failureInfo": {"errorCode": "ExitCodeNonzero", "errorMessage": "the script failed"},
				"failureTime": "2026-01-02T01:04:05Z"}, "ver": "1.0"}`},
		{"success", nil, `{
			"product": "KMS", "instanceName": "acs/ecs/web-1", "level": "INFO",
			"name": "Secret:RotateSecret:Success", "regionId": "cn-hangzhou", "resourceId": "` + arn + `", "status": "Normal",
			"content": {"eventId": "event-1", "secretName": "acs/ecs/web-1", "secretType": "ECS", "RotationEntityArn": "` + arn + `",
				"rotationStatus": "Enabled", "secretSubType": "Password", "successTime": "2026-01-02T01:04:05Z"}, "ver": "1.0"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// KMS's clock is behind; CloudMonitor's is not.
			k, c, _ := serveKMS(t, Options{
				ClockSkew: -2 * time.Hour,
				Behavior:  Behavior{FailedRaisesEvent: true, SucceededRaisesEvent: true},
			})
			k.Put(anECSSecret(tt.outcome))
			c.rotate("v2")
			events := k.Events()
			if len(events) != 1 {
				t.Fatalf("%d events, want 1", len(events))
			}
			if diff := cmp.Diff(decoded(t, []byte(tt.want)), decoded(t, events[0].Payload)); diff != "" {
				t.Errorf("payload (-want +got):\n%s", diff)
			}
		})
	}
}

func decoded(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
