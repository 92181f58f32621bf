package events

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	wantText     = "the event, as text"
	wantSecret   = "acs:kms:cn-hangzhou:1234567890123456:secret/acs/ecs/web-1"
	wantEnvelope = "the whole CloudEvent: set the trigger's eventSchema to CloudEvents, not RawData"
	wantKnown    = "a form that is known: a member holds an event about a rotation"
	wantInvoked  = "an event: this comes as a payload of its own"
)

func good(all ...Event) []Item {
	items := make([]Item, len(all))
	for i, e := range all {
		items[i].Event = e
	}
	return items
}

func bad(field, got, want string) []Item {
	return []Item{{Err: &RejectError{Field: field, Got: got, Want: want}}}
}

// fromEventTime is a failure without a time of KMS.
func fromEventTime(e *Event) { e.Time, e.TimeFromEventTime = sentTime, true }

// The same two, as an event subscription pushes them: the id is that of its trace.
var (
	pushedFailure = but(realFailure, func(e *Event) { e.ID = "a81c44d0-trace" })
	pushedSuccess = but(realSuccess, func(e *Event) { e.ID = "a81c44d0-trace" })

	pushedWithoutContent = but(pushedFailure, func(e *Event) {
		withoutContent(e)
		e.ID = pushedFailure.ID
		fromEventTime(e)
	})
	pushedForeign = Event{Kind: Foreign, ID: "a81c44d0-trace", Name: FailureName, Level: "CRITICAL", Product: "KMS"}
)

// routed holds what each file of testdata/routes is read as.
var routed = map[string][]Item{
	"topic-json-plain.json":    good(realFailure),
	"topic-json-base64.json":   good(realFailure),
	"topic-stream-base64.json": good(realFailure),

	"queue-text.json":             good(realFailure),
	"queue-text-base64.json":      good(realFailure),
	"queue-object.json":           good(realFailure),
	"queue-data-alone.json":       good(realFailure),
	"queue-array-of-objects.json": good(realFailure, realSuccess),
	"queue-array-of-texts.json":   good(realFailure, realSuccess),
	"queue-array-of-events.json":  good(realFailure, realSuccess),
	"queue-body-of-several.json":  good(realFailure, realSuccess),

	"queue-message-of-other-type.json":    good(realFailure),
	"queue-type-without-specversion.json": good(realFailure),

	"bridge-whole-event.json":                      good(realFailure),
	"bridge-type-without-brackets.json":            good(realFailure),
	"bridge-type-in-other-spelling.json":           good(realFailure),
	"bridge-name-in-data-decides.json":             good(realFailure),
	"bridge-account-masked.json":                   good(realFailure),
	"bridge-account-missing.json":                  good(realFailure),
	"bridge-whole-event-of-content-alone.json":     good(but(realFailure, func(e *Event) { e.Level, e.Product = "", "" })),
	"bridge-content-beside-level.json":             good(but(realFailure, func(e *Event) { e.Product = "" })),
	"bridge-whole-event-as-text.json":              good(realFailure),
	"bridge-whole-event-without-time.json":         good(but(realFailure, fromEventTime)),
	"bridge-whole-event-says-least.json":           good(realFailure),
	"bridge-whole-event-subject-of-no-secret.json": good(realFailure),
	"bridge-whole-event-without-content.json":      good(but(realFailure, func(e *Event) { withoutContent(e); fromEventTime(e) })),
	"bridge-whole-event-with-its-own-time.json":    good(but(realFailure, fromEventTime)),
	"bridge-words-in-lower-case.json":              good(but(realFailure, func(e *Event) { e.Name = "secret:rotatesecret:failure" })),
	"bridge-content-alone.json":                    good(realFailure),
	"bridge-content-alone-success.json":            good(realSuccess),
	"bridge-content-without-time.json":             good(but(realFailure, fromEventTime)),
	"bridge-content-with-publish-time-alone.json": good(but(realFailure, func(e *Event) {
		e.Time, e.TimeFromEventTime = time.Date(2026, time.January, 2, 3, 4, 7, 179e6, time.UTC), true
	})),
	"bridge-content-with-unreadable-time.json": good(realFailure),
	"bridge-content-without-id.json":           good(but(realFailure, func(e *Event) { e.ID = "45ef4dew-4f43-5a2b-b2b5-c3d4e5f60001" })),
	"bridge-data-missing.json": good(but(realFailure, func(e *Event) {
		withoutContent(e)
		e.ID = "45ef4dew-4f43-5a2b-b2b5-c3d4e5f60001"
		fromEventTime(e)
	})),
	"bridge-array-of-texts.json": good(realFailure, realSuccess),

	"subscription.json":                          good(pushedFailure),
	"subscription-success.json":                  good(pushedSuccess),
	"subscription-members-as-text.json":          good(pushedFailure),
	"subscription-raw-content-empty.json":        good(pushedFailure),
	"subscription-map-empty.json":                good(pushedFailure),
	"subscription-raw-content-alone.json":        good(pushedFailure),
	"subscription-raw-content-cut-off.json":      good(pushedFailure),
	"subscription-contents-differ-in-words.json": good(pushedFailure),
	"subscription-without-meta.json":             good(pushedFailure),
	"subscription-without-event-name.json":       good(pushedFailure),
	"subscription-account-masked.json":           good(pushedFailure),
	"subscription-without-content.json":          good(pushedWithoutContent),
	"subscription-time-of-alert.json":            good(pushedWithoutContent),
	"subscription-time-of-push.json":             good(pushedWithoutContent),
	"array-of-subscriptions.json":                good(pushedFailure, pushedSuccess),
	"queue-subscription.json":                    good(pushedFailure),
	"topic-json-subscription.json":               good(pushedFailure),
	"failure-destination-subscription.json":      good(pushedFailure),

	"topic-stream-with-attributes.json":                 good(realFailure),
	"topic-stream-with-attributes-base64.json":          good(realFailure),
	"topic-stream-with-attributes-of-subscription.json": good(pushedFailure),

	"bridge-http-event-of-object.json":       good(realFailure),
	"bridge-http-event-of-text.json":         good(realFailure),
	"bridge-http-event-of-subscription.json": good(pushedFailure),

	"text-of-an-event.json": good(realFailure),
	"text-of-an-array.json": good(realFailure, pushedSuccess),

	"kept-failure.json":                          good(realFailure),
	"kept-failure-of-queue-message.json":         good(realFailure),
	"kept-failure-of-kept-failure-in-queue.json": good(realFailure),

	"failure-destination-wrapped.json": good(realFailure),

	"foreign-subscription-resolved.json":        good(pushedForeign),
	"foreign-subscription-other-source.json":    good(pushedForeign),
	"foreign-subscription-other-product.json":   good(but(pushedForeign, func(e *Event) { e.Product = "OOS" })),
	"foreign-subscription-other-event.json":     good(but(pushedForeign, func(e *Event) { e.Name = "Key:Delete:Success" })),
	"foreign-wrapper-that-names-the-event.json": good(Event{Kind: Foreign, Name: "my-rule"}),
	"foreign-wrapper-of-other-product.json":     good(Event{Kind: Foreign, Name: "my-forwarder"}),
	"foreign-api-record-of-a-dry-run.json":      good(Event{Kind: Foreign, ID: "h1", Name: "cms:ActionTrail:ApiCall"}),
	"foreign-api-record-by-its-type.json":       good(Event{Kind: Foreign, ID: "h1", Name: "cms:ActionTrail:ApiCall"}),
	"foreign-api-record-with-a-name.json":       good(Event{Kind: Foreign, Name: "SendDryRunSystemEvent"}),

	"foreign-action-trail.json":       good(Event{Kind: Foreign, ID: "45ef4dew-4f43-5a2b-b2b5-c3d4e5f60001", Name: "kms:ActionTrail:ApiCall"}),
	"foreign-other-secret-event.json": good(Event{Kind: Foreign, ID: "45ef4dew-4f43-5a2b-b2b5-c3d4e5f60001", Name: "kms:CloudMonitor:Secret[DeleteSecret:Success]"}),
	"foreign-beside-failure.json": good(
		Event{Kind: Foreign, ID: "45ef4dew-4f43-5a2b-b2b5-c3d4e5f60001", Name: "ecs:CloudMonitor:Instance[StateChange]"}, realFailure),
	"foreign-action-trail-of-alert-rule.json":   good(Event{Kind: Foreign, ID: "45ef4dew-4f43-5a2b-b2b5-c3d4e5f60001", Name: "cms:ActionTrail:ApiCall"}),
	"foreign-other-product-names-rotation.json": good(Event{Kind: Foreign, Name: "Secret:RotateSecret:Failure", Level: "CRITICAL", Product: "OOS"}),
	"foreign-odd-data.json":                     slices.Repeat(good(Event{Kind: Foreign, ID: "45ef4dew-4f43-5a2b-b2b5-c3d4e5f60001", Name: "ecs:CloudMonitor:Instance[StateChange]"}), 6),

	"rejected-beside-failures.json": slices.Concat(
		good(realFailure),
		bad("payload[1].Message.content.failureTime", `"yesterday"`, wantTime),
		bad("payload[2]", "a number", wantObject),
		good(realSuccess)),

	"rejected-message-empty-array.json":                bad("Message", "an empty array", "at least one event"),
	"rejected-array-does-not-end.json":                 bad("payload", "not JSON: the text ends too early, at byte 3", wantArray),
	"rejected-array-in-array.json":                     bad("payload[0]", "an array", wantObject),
	"rejected-text-of-array-in-array.json":             bad("payload[0]", "an array", wantObject),
	"rejected-element-with-key-twice.json":             bad("payload[0]", `an object with "level" twice`, wantOnce),
	"rejected-tick-in-array.json":                      bad("payload[0]", "a timer tick", wantInvoked),
	"rejected-tick-in-kept-failure.json":               bad("requestPayload", "a timer tick", wantInvoked),
	"rejected-unknown-envelope.json":                   bad("name", "missing", wantForms),
	"rejected-five-envelopes.json":                     bad("requestPayload.requestPayload.requestPayload.requestPayload", "an envelope too many", "at most 4 in each other"),
	"rejected-content-alone.json":                      bad("payload", "content without its event", wantEnvelope),
	"rejected-content-alone-in-message.json":           bad("Message", "content without its event", wantEnvelope),
	"rejected-message-missing.json":                    bad("Message", "missing", wantText),
	"rejected-message-twice.json":                      bad("payload", `an object with "message" twice`, wantOnce),
	"rejected-message-of-words.json":                   bad("Message", "not JSON: an unexpected letter or digit at byte 1", wantObject),
	"rejected-message-text-in-text.json":               bad("Message", "a string", wantObject),
	"rejected-queue-body-of-words.json":                bad("data.messageBody", "not JSON: an unexpected letter or digit at byte 1", wantObject),
	"rejected-queue-body-missing.json":                 bad("data.messageBody", "missing", wantText),
	"rejected-queue-body-twice.json":                   bad("data", `an object with "messagebody" twice`, wantOnce),
	"rejected-queue-data-twice.json":                   bad("payload", `an object with "data" twice`, wantOnce),
	"rejected-queue-data-number.json":                  bad("data", "a number", wantObject),
	"rejected-bridge-type-missing.json":                bad("type", "missing", "the type of a CloudEvent, such as kms:CloudMonitor:Secret[RotateSecret:Failure]"),
	"rejected-bridge-type-twice.json":                  bad("payload", `an object with "type" twice`, wantOnce),
	"rejected-bridge-key-twice.json":                   bad("payload", `an object with "subject" twice`, wantOnce),
	"rejected-bridge-data-array.json":                  bad("data", "an array", wantObject),
	"rejected-bridge-other-name.json":                  bad("data.name", `"Secret:RotateSecret:Success"`, "Secret:RotateSecret:Failure, as type says"),
	"rejected-bridge-other-product.json":               bad("data.product", `"OOS"`, "KMS, as type says"),
	"rejected-bridge-other-secret.json":                bad("data.resourceId", `"acs:kms:cn-hangzhou:1234567890123456:secret/acs/ecs/web-1"`, `"`+wantSecret+`2", as subject says`),
	"rejected-bridge-other-region.json":                bad("data.regionId", `"cn-hangzhou"`, `"cn-beijing", as aliyunregionid says`),
	"rejected-bridge-data-twice.json":                  bad("payload", `an object with "data" twice`, wantOnce),
	"rejected-bridge-secret-in-other-case.json":        bad("data.resourceId", `"acs:kms:cn-hangzhou:1234567890123456:secret/acs/ecs/web-1"`, `"acs:kms:cn-hangzhou:1234567890123456:secret/acs/ecs/WEB-1", as subject says`),
	"rejected-bridge-subject-number.json":              bad("subject", "a number", wantString),
	"rejected-bridge-region-number.json":               bad("aliyunregionid", "a number", wantString),
	"rejected-bridge-name-number.json":                 bad("data.name", "a number", wantString),
	"rejected-bridge-level-info.json":                  bad("data.level", `"INFO"`, "CRITICAL with Secret:RotateSecret:Failure"),
	"rejected-bridge-content-other-region.json":        bad("aliyunregionid", `"cn-beijing"`, "cn-hangzhou, the region of subject"),
	"rejected-bridge-content-without-subject.json":     bad("subject", "missing", wantARN),
	"rejected-bridge-content-without-region.json":      bad("aliyunregionid", "missing", "cn-hangzhou, the region of subject"),
	"rejected-bridge-content-of-success.json":          bad("data.successTime", "there without failureTime", "failureTime with Secret:RotateSecret:Failure"),
	"rejected-bridge-content-key-twice.json":           bad("data", `an object with "failuretime" twice`, wantOnce),
	"rejected-bridge-content-without-any-time.json":    bad("data.failureTime", "missing", "a time, here or in eventTime, with Secret:RotateSecret:Failure"),
	"rejected-bridge-content-of-other-type.json":       bad("type", `"cms:SystemEvent"`, "a type such as kms:CloudMonitor:Secret[RotateSecret:Failure], as data says"),
	"rejected-bridge-data-array-of-other-type.json":    bad("type", `"cms:SystemEvent"`, "a type such as kms:CloudMonitor:Secret[RotateSecret:Failure], as data says"),
	"rejected-bridge-other-product-of-other-type.json": bad("data.product", `"OOS"`, "KMS, as type says"),
	"rejected-bridge-other-account.json":               bad("aliyunaccountid", `"9999999999999999"`, "1234567890123456, the account of resourceId"),
	"rejected-bridge-content-other-account.json":       bad("aliyunaccountid", `"9999999999999999"`, "1234567890123456, the account of subject"),
	"rejected-bridge-other-user.json":                  bad("data.userId", `"9999999999999999"`, "1234567890123456, the account of resourceId"),
	"rejected-bridge-unnamed-other-secret.json":        bad("data.resourceId", `"acs:kms:cn-hangzhou:1234567890123456:secret/b"`, `"`+wantSecret+`", as subject says`),
	"rejected-kept-without-payload.json":               bad("requestPayload", "missing", wantText),
	"rejected-kept-payload-twice.json":                 bad("payload", `an object with "requestpayload" twice`, wantOnce),

	"rejected-subscription-without-a-name.json":            bad("alert.eventName", "missing", wantEvent),
	"rejected-subscription-alert-of-words.json":            bad("name", "missing", wantForms),
	"rejected-subscription-contents-differ-in-secret.json": bad("alert.eventRawContent.secretName", `"acs/ecs/web-2"`, `"acs/ecs/web-1", as eventContentMap says`),
	"rejected-subscription-contents-differ-in-time.json":   bad("alert.eventRawContent.failureTime", `"2026-01-02T03:04:06Z"`, `"2026-01-02T03:04:05Z", as eventContentMap says`),
	"rejected-subscription-raw-content-of-success.json":    bad("alert.eventRawContent.successTime", "there without failureTime", "failureTime with Secret:RotateSecret:Failure"),
	"rejected-subscription-other-secret.json":              bad("alert.meta.sysEventMeta.resourceId", `"`+wantSecret+`"`, `"`+wantSecret+`2", as arn says`),
	"rejected-subscription-other-name.json":                bad("alert.meta.sysEventMeta.name", `"Secret:RotateSecret:Success"`, `"Secret:RotateSecret:Failure", as eventName says`),
	"rejected-subscription-other-product-of-meta.json":     bad("alert.meta.sysEventMeta.product", `"OOS"`, `"KMS", as product of the alert says`),
	"rejected-subscription-other-region.json":              bad("alert.meta.sysEventMeta.regionId", `"cn-beijing"`, wantRegion),
	"rejected-subscription-other-level.json":               bad("alert.meta.sysEventMeta.level", `"INFO"`, "CRITICAL with Secret:RotateSecret:Failure"),
	"rejected-subscription-other-severity.json":            bad("alert.severity", `"INFO"`, "CRITICAL with Secret:RotateSecret:Failure"),
	"rejected-subscription-other-severity-on-top.json":     bad("severity", `"WARN"`, "CRITICAL with Secret:RotateSecret:Failure"),
	"rejected-subscription-status-normal.json":             bad("alert.meta.sysEventMeta.status", `"Normal"`, "Failed with Secret:RotateSecret:Failure"),
	"rejected-subscription-other-user-on-top.json":         bad("userId", `"9999999999999999"`, "1234567890123456, the account of resourceId"),
	"rejected-subscription-other-user-of-alert.json":       bad("alert.userId", `"9999999999999999"`, "1234567890123456, the account of resourceId"),
	"rejected-subscription-other-user-of-meta.json":        bad("alert.meta.sysEventMeta.userId", `"9999999999999999"`, "1234567890123456, the account of resourceId"),
	"rejected-subscription-name-in-chinese.json":           bad("alert.eventName", `"托管凭据轮转失败"`, "Secret:RotateSecret:Failure, as failureTime says"),

	"rejected-stream-body-alone.json":              bad("name", "missing", wantForms),
	"rejected-stream-body-of-words.json":           bad("body", "not JSON: an unexpected letter or digit at byte 1", wantObject),
	"rejected-bridge-http-event-without-body.json": bad("data.body", "missing", wantText),
	"rejected-bridge-http-event-of-words.json":     bad("data.body", "not JSON: an unexpected letter or digit at byte 1", wantObject),
	"rejected-text-in-text.json":                   bad("payload", "a string", wantObject),

	"rejected-name-in-chinese.json":                     bad("name", `"托管凭据轮转失败"`, "Secret:RotateSecret:Failure, as failureTime says"),
	"rejected-cloud-event-with-a-name.json":             bad("name", `"forwarded"`, wantKnown),
	"rejected-topic-message-with-a-name.json":           bad("name", `"forwarded"`, wantKnown),
	"rejected-wrapper-with-a-name.json":                 bad("name", `"my-forwarder"`, wantKnown),
	"rejected-wrapper-with-a-name-of-text.json":         bad("name", `"my-forwarder"`, wantKnown),
	"rejected-wrapper-with-a-name-of-subscription.json": bad("name", `"my-forwarder"`, wantKnown),
	"rejected-bridge-other-type-wraps-event.json":       bad("type", `"custom:Forwarded"`, "a type such as kms:CloudMonitor:Secret[RotateSecret:Failure], as data says"),
	"rejected-bridge-content-of-kms-in-other-type.json": bad("type", `"custom:Forwarded"`, "a type such as kms:CloudMonitor:Secret[RotateSecret:Failure], as data says"),

	"http-post-json.json":                        good(realFailure),
	"http-post-json-subscription.json":           good(pushedFailure),
	"http-post-json-called-form.json":            good(realFailure),
	"http-post-form.json":                        good(pushedFailure),
	"http-post-form-base64.json":                 good(pushedFailure),
	"http-get-data.json":                         good(pushedFailure),
	"http-get-data-of-event.json":                good(realFailure),
	"http-get-data-escaped.json":                 good(realFailure),
	"http-get-members.json":                      good(pushedFailure),
	"http-get-members-escaped.json":              good(pushedFailure),
	"http-rejected-form-field-twice.json":        bad("body", `an object with "severity" twice`, wantOnce),
	"http-rejected-form-badly-escaped.json":      bad("body", "a form that is badly escaped", "percent-encoding"),
	"http-rejected-form-without-alert.json":      bad("body.name", "missing", wantForms),
	"http-rejected-parameter-twice.json":         bad("queryParameters.data", "an array", wantString),
	"http-rejected-parameter-twice-joined.json":  bad("queryParameters.data", "not JSON: text behind the end of the value at byte 602", wantObject),
	"http-rejected-data-beside-members.json":     bad("queryParameters.data", "there beside members of an event", "one of both"),
	"http-rejected-get-without-data.json":        bad("queryParameters.name", "missing", wantForms),
	"http-rejected-tick.json":                    bad("body", "a timer tick", wantInvoked),
	"http-rejected-request-in-body.json":         bad("body", "an HTTP request", wantInvoked),
	"http-rejected-named-like-an-event.json":     bad("body", "empty", wantObject),
	"rejected-http-request-in-kept-failure.json": bad("requestPayload", "an HTTP request", wantInvoked),
}

// An envelope whose fixture no test reads would be believed to be tested.
func TestEveryRouteFixtureHasItsRow(t *testing.T) {
	files, err := filepath.Glob("testdata/routes/*.json")
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = filepath.Base(file)
	}
	if diff := cmp.Diff(names, slices.Sorted(maps.Keys(routed))); diff != "" {
		t.Errorf("files (-) and rows (+) differ, so some envelope is not tested:\n%s", diff)
	}
}

// An envelope that is read wrongly loses the failure in it, or takes it for that of another secret.
func TestEveryEnvelopeIsReadOrRefusedForItsReason(t *testing.T) {
	for file, want := range routed {
		t.Run(file, func(t *testing.T) {
			if diff := cmp.Diff(want, itemsOf(t, fixture(t, "routes/"+file))); diff != "" {
				t.Errorf("the items differ (-want +got):\n%s", diff)
			}
		})
	}
}

// Another route must not lead to another decision. All fields of an Event travel on every one of them: where only content
// does, the CloudEvent names the secret and the region, and its type gives name, level and product. Status, eventTime and
// instanceName are lost there, and are in no Event of these four.
func TestTheVendorsSamplesReadTheSameOnEveryRoute(t *testing.T) {
	for _, sample := range []string{"rotate-failure-ecs.json", "rotate-success-ecs.json", "rotate-failure-rds.json", "rotate-success-rds.json"} {
		payload := fixture(t, sample)
		want := good(accepted[sample])
		for _, r := range []struct {
			name string
			wrap func(t *testing.T, event string) string
		}{
			{"directly", func(t *testing.T, event string) string { return event }},
			{"an MNS topic as JSON", inTopic},
			{"an MNS topic as JSON in base64", func(t *testing.T, event string) string { return inTopic(t, inBase64(event)) }},
			{"an MNS topic as STREAM in base64", func(t *testing.T, event string) string { return inBase64(event) }},
			{"an MNS queue", inQueue},
			{"an MNS queue in base64", func(t *testing.T, event string) string { return inQueue(t, inBase64(event)) }},
			{"an MNS queue as a stream", func(t *testing.T, event string) string { return "[" + inQueue(t, event) + "]" }},
			{"an MNS queue as a stream of text", func(t *testing.T, event string) string { return "[" + quote(t, inQueue(t, event)) + "]" }},
			{"an MNS queue as RawData", func(t *testing.T, event string) string { return `{"messageBody":` + quote(t, event) + `}` }},
			{"EventBridge with the whole event", func(t *testing.T, event string) string { return inBridge(t, event, event) }},
			{"EventBridge with content alone", func(t *testing.T, event string) string { return inBridge(t, event, memberOf(t, event, "content")) }},
			{"EventBridge as RawData with the whole event", func(t *testing.T, event string) string { return event }},
			{"a failure destination", inRecord},
			{"a failure destination of a queue message", func(t *testing.T, event string) string { return inRecord(t, inQueue(t, event)) }},
			{"an MNS topic as STREAM with attributes", inStream},
			{"an event subscription", inSubscription},
			{"an event subscription in an MNS topic", func(t *testing.T, event string) string { return inTopic(t, inSubscription(t, event)) }},
			{"an event subscription in an MNS queue", func(t *testing.T, event string) string { return inQueue(t, inSubscription(t, event)) }},
			{"an event subscription in an MNS topic with attributes", func(t *testing.T, event string) string { return inStream(t, inSubscription(t, event)) }},
			{"an event subscription in a failure destination", func(t *testing.T, event string) string { return inRecord(t, inSubscription(t, event)) }},
			{"an HTTP source of EventBridge", func(t *testing.T, event string) string {
				return `{"specversion":"1.0","type":"eventbridge:Events:HTTPEvent","id":"1","data":{"httpMethod":"POST","body":` + event + `}}`
			}},
			{"a text of the event", func(t *testing.T, event string) string { return quote(t, event) }},
			{"POST of JSON", func(t *testing.T, event string) string { return request(`,"body":` + quote(t, event)) }},
			{"POST of a subscription", func(t *testing.T, event string) string {
				return request(`,"body":` + quote(t, inSubscription(t, event)))
			}},
			{"POST of a form", func(t *testing.T, event string) string {
				form := url.Values{"alert": {memberOf(t, inSubscription(t, event), "alert")}, "time": {"1534399175689"}}
				return request(`,"headers":{"Content-Type":"application/x-www-form-urlencoded"},"body":` + quote(t, form.Encode()))
			}},
			{"GET of data", func(t *testing.T, event string) string {
				return strings.Replace(request(`,"queryParameters":{"data":`+quote(t, event)+`}`), "POST", "GET", 1)
			}},
			{"GET of members", func(t *testing.T, event string) string {
				return strings.Replace(request(`,"queryParameters":{"alert":`+quote(t, memberOf(t, inSubscription(t, event), "alert"))+`}`), "POST", "GET", 1)
			}},
			{"a queue of a failure destination", func(t *testing.T, event string) string { return inQueue(t, inRecord(t, event)) }},
		} {
			t.Run(sample+" through "+r.name, func(t *testing.T) {
				if diff := cmp.Diff(want, itemsOf(t, []byte(r.wrap(t, string(payload))))); diff != "" {
					t.Errorf("the event differs (-direct +got):\n%s", diff)
				}
			})
		}
	}
}

func inTopic(t *testing.T, event string) string {
	return `{"TopicOwner":"1","Message":` + quote(t, event) + `,"PublishTime":1658235558094,"TopicName":"rotations","MessageId":"3405"}`
}

func inQueue(t *testing.T, event string) string {
	return `{"specversion":"1.0","type":"mns:Queue:SendMessage","source":"q","id":"1","data":{"messageId":"2","messageBody":` + quote(t, event) + `}}`
}

func inRecord(t *testing.T, event string) string {
	return `{"requestContext":{"functionArn":"acs:fc:cn-hangzhou:1:functions/f"},"requestPayload":` + quote(t, event) + `}`
}

func inStream(t *testing.T, event string) string {
	return `{"body":` + quote(t, event) + `,"attrs":{"level":"x"}}`
}

func inSubscription(t *testing.T, event string) string {
	of := func(key string) string { return memberOf(t, event, key) }
	time := `"eventTime":"20180816T135935.689+0800"`
	return `{"severity":` + of("level") + `,"alert":{"alertStatus":"TRIGGERED","source":"SYS_EVENT","eventName":` + of("name") + `,"arn":` + of("resourceId") +
		`,"product":"KMS","traceId":"eventId","eventContentMap":` + of("content") + `,"eventRawContent":"{}","meta":{"sysEventMeta":{"name":` + of("name") +
		`,"level":` + of("level") + `,"status":` + of("status") + `,"regionId":` + of("regionId") + `,"resourceId":` + of("resourceId") + `,` + time + `}}}}`
}

func inBridge(t *testing.T, event, data string) string {
	name := strings.Replace(strings.Trim(memberOf(t, event, "name"), `"`), ":", "[", 1) + "]"
	return `{"specversion":"1.0","type":"kms:CloudMonitor:` + name + `","source":"acs.kms","id":"1","subject":` + memberOf(t, event, "resourceId") +
		`,"aliyunregionid":"cn-hangzhou","time":"2018-08-16T13:59:36+08:00","data":` + data + `}`
}

func inBase64(event string) string { return base64.StdEncoding.EncodeToString([]byte(event)) }

func quote(t testing.TB, s string) string {
	t.Helper()
	quoted, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(quoted)
}

func memberOf(t *testing.T, event, key string) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(event), &members); err != nil {
		t.Fatal(err)
	}
	return string(members[key])
}

// Content of which a part is missing says as little about its secret as whole content, and the remedy is the same.
func TestContentAloneIsRecognizedByAnyOfItsMarks(t *testing.T) {
	for _, content := range []string{
		`{"failureTime":"2026-01-02T03:04:05Z"}`, `{"successTime":"2026-01-02T03:04:05Z"}`, `{"secretName":"a","rotationStatus":"Invalid"}`,
	} {
		if diff := cmp.Diff(bad("payload", "content without its event", wantEnvelope), itemsOf(t, []byte(content))); diff != "" {
			t.Errorf("%s: the items differ (-want +got):\n%s", content, diff)
		}
	}
}

// The list of forms is asked in its order. Where a payload has the marks of two, a change of the order would read it as
// something else: only a queue message may, which is a CloudEvent as well.
func TestEveryFormIsRecognizedByItsOwnMark(t *testing.T) {
	direct, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	enveloped, err := filepath.Glob("testdata/routes/*.json")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, file := range slices.Concat(direct, enveloped) {
		payload, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		o, err := readObject(wholePayload, payload)
		if err != nil || strings.Contains(file, "named-like-an-event") || strings.HasSuffix(file, "-with-a-name.json") { // of two forms on purpose
			continue
		}
		var names []string
		for _, f := range forms {
			if f.is(o) {
				names = append(names, f.name)
				seen[f.name] = true
			}
		}
		if len(names) > 1 && !slices.Equal(names, []string{"an MNS queue", "a CloudEvent"}) && !slices.Equal(names, []string{"an HTTPEvent", "a CloudEvent"}) {
			t.Errorf("%s has the marks of %q, want one", file, names)
		}
	}
	for _, f := range forms {
		if !seen[f.name] {
			t.Errorf("no fixture shows %s", f.name)
		}
	}
}
