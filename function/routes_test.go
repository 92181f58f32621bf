package main

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// These wrap an event as each message route does. The shapes are those of events/testdata/routes.

func wrapped(t testing.TB, v any) []byte {
	t.Helper()
	payload, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func topicMessage(t testing.TB, event []byte) []byte {
	return wrapped(t, map[string]any{
		"TopicOwner": account, "Message": string(event), "Subscriber": account, "PublishTime": 1767323045678,
		"SubscriptionName": "rotation-remediator", "MessageMD5": "0", "TopicName": "rotation-events", "MessageId": "0",
	})
}

func queueMessage(body string) map[string]any {
	return map[string]any{
		"id": "q-1", "source": "acs:mns", "specversion": "1.0", "type": "mns:Queue:SendMessage",
		"datacontenttype": "application/json; charset=utf-8", "time": "2026-01-02T03:04:06Z", "subject": "acs:mns:cn-hangzhou:" + account + ":queues/rotation-events",
		"data": map[string]any{"requestId": "r-1", "messageId": "m-1", "messageBody": body},
	}
}

func inEventBridge(event []byte, data any) map[string]any {
	var said struct{ ResourceID string }
	_ = json.Unmarshal(event, &said)
	return map[string]any{
		"specversion": "1.0", "id": "eb-1", "source": "acs.kms", "type": "kms:CloudMonitor:Secret[RotateSecret:Failure]",
		"subject": said.ResourceID, "aliyunregionid": region, "aliyunaccountid": account, "time": "2026-01-02T11:04:05+08:00", "data": data,
	}
}

func content(event []byte) json.RawMessage {
	var said struct{ Content json.RawMessage }
	_ = json.Unmarshal(event, &said)
	return said.Content
}

func keptFailure(t testing.TB, payload []byte) []byte {
	return wrapped(t, map[string]any{
		"timestamp":      1767323045678,
		"requestContext": map[string]any{"requestId": "1", "functionArn": "acs:fc:cn-hangzhou:" + account + ":functions/rotation-remediator", "condition": "", "approximateInvokeCount": 4},
		"requestPayload": string(payload), "responseContext": map[string]any{"statusCode": 200, "functionError": "UnhandledInvocationError"}, "responsePayload": "{}",
	})
}

var messageRoutes = []struct {
	name string
	wrap func(t testing.TB, event []byte) []byte
}{
	{"Function Compute, and an MNS topic as STREAM", func(_ testing.TB, event []byte) []byte { return event }},
	{"MNS topic as JSON", topicMessage},
	{"MNS queue, plain", func(t testing.TB, e []byte) []byte { return wrapped(t, queueMessage(string(e))) }},
	{"MNS queue, base64", func(t testing.TB, e []byte) []byte {
		return wrapped(t, queueMessage(base64.StdEncoding.EncodeToString(e)))
	}},
	{"MNS queue as an event stream", func(t testing.TB, e []byte) []byte { return wrapped(t, []any{queueMessage(string(e))}) }},
	{"MNS queue as an event stream of texts", func(t testing.TB, e []byte) []byte {
		return wrapped(t, []any{string(wrapped(t, queueMessage(string(e))))})
	}},
	{"EventBridge, the whole event", func(t testing.TB, e []byte) []byte { return wrapped(t, inEventBridge(e, json.RawMessage(e))) }},
	{"EventBridge, its content alone", func(t testing.TB, e []byte) []byte { return wrapped(t, inEventBridge(e, content(e))) }},
	{"a failure destination", keptFailure},
	{"a failure destination, of a queue message", func(t testing.TB, e []byte) []byte {
		return keptFailure(t, wrapped(t, queueMessage(string(e))))
	}},
}

// Whichever way an alert rule sends the event, the secret has to be healed by it: a form that is not understood looks, for
// whoever chose it, as if nothing ever failed.
func TestTheEventHealsTheSecretByEveryMessageRoute(t *testing.T) {
	for _, route := range messageRoutes {
		t.Run(route.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, standin.Options{}, standin.Secret{})
			f := startFunction(t, c, fcruntime.Options{})
			a := f.invoke(route.wrap(t, c.failure))
			if a.result().Outcome != remediation.Rotated || c.current() != a.result().VersionID {
				t.Errorf("got %s, and version %s is current; want it rotated", a.text, c.current())
			}
		})
	}
}

// An invocation that stops at the first bad event leaves the passwords behind it as they are; one that hides it loses it.
func TestOneBadEventAmongGoodFailsTheInvocationAfterTheGoodAreDone(t *testing.T) {
	t.Parallel()
	c := newCloud(t, standin.Options{}, standin.Secret{})
	f := startFunction(t, c, fcruntime.Options{})
	payload := wrapped(t, []any{json.RawMessage(`{"name":"Secret:RotateSecret:Failure"}`), json.RawMessage(`{"name":"Instance:Other","product":"ECS"}`), json.RawMessage(c.failure)})
	a := f.invoke(payload)
	if a.errorType != string(remediation.Rejected) {
		t.Errorf("errorType %q, want rejected", a.errorType)
	}
	var outcomes []string
	for _, r := range a.report.Results {
		outcomes = append(outcomes, string(r.Outcome))
	}
	if got := strings.Join(outcomes, ","); got != "rejected,ignored,rotated" || !strings.Contains(a.report.Results[0].Reason, "payload[0]") {
		t.Errorf("got %s, the first because %q; want rejected, which names its place, ignored, rotated", got, a.report.Results[0].Reason)
	}
	// The platform brings it again: the good one is not done twice.
	again := f.invoke(payload)
	if n := c.rotateCalls(); n != 1 || again.report.Results[2].Outcome != remediation.AlreadyRotated {
		t.Errorf("%d calls of RotateSecret after a second delivery, want 1: %s", n, again.text)
	}
}

// A panic over one event is no reason to drop the others of its payload.
func TestAPanicOverOneEventLeavesTheOthersTheirTurn(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		c := newCloud(t, standin.Options{}, standin.Secret{})
		i := newInstance(t, c)
		calls := 0
		connect := i.connect
		i.connect = func(region string, credentials alicloud.Credentials) remediation.KMS {
			return panickingKMS{KMS: connect(region, credentials), calls: &calls, at: 1, how: panicWithText}
		}
		a := i.invoke(wrapped(t, []json.RawMessage{c.failure, c.failure}))
		if a.errorType != report.Panic || len(a.report.Results) != 2 || a.report.Results[1].Outcome != remediation.Rotated {
			t.Errorf("errorType %q, %s; want panic, and the second copy rotated", a.errorType, a.text)
		}
	})
}

// Events that come together share the time to look: the platform ends the invocation after a minute, whatever it did.
func TestEventsThatComeTogetherShareTheTimeToLook(t *testing.T) {
	inVirtualTime(t, func(t *testing.T) {
		c := newCloud(t, slow, standin.Secret{})
		i := newInstance(t, c, "VERIFY_WAIT=20s")
		before := i.now()
		a := i.invoke(wrapped(t, []json.RawMessage{c.failure, c.failure, c.failure, c.failure}))
		if took := i.now().Sub(before); took.Seconds() > 21 || a.failed() {
			t.Errorf("took %s, want at most VERIFY_WAIT: %s", took, a.text)
		}
	})
}
