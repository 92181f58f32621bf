package events

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// One member that only a whole event has is enough: read as content, what contradicts the CloudEvent would pass.
func TestEveryMarkOfAWholeEventIsCompared(t *testing.T) {
	event := string(fixture(t, "failure-real-name.json"))
	for _, tt := range []struct{ mark, value, want string }{
		{"name", "Secret:RotateSecret:Success", "Secret:RotateSecret:Failure, as type says"},
		{"resourceId", "acs:kms:cn-hangzhou:1234567890123456:secret/b", `"` + wantSecret + `", as subject says`},
		{"regionId", "cn-beijing", `"cn-hangzhou", as aliyunregionid says`},
		{"level", "INFO", "CRITICAL with Secret:RotateSecret:Failure"},
		{"status", "Normal", "Failed with Secret:RotateSecret:Failure"},
	} {
		t.Run(tt.mark, func(t *testing.T) {
			data := `{"failureTime":"2026-01-02T03:04:05Z",` + quote(t, tt.mark) + `:` + quote(t, tt.value) + `}`
			want := bad("data."+tt.mark, quoted(tt.value), tt.want)
			if diff := cmp.Diff(want, itemsOf(t, []byte(inBridge(t, event, data)))); diff != "" {
				t.Errorf("the items differ (-want +got):\n%s", diff)
			}
		})
	}
}

// A type that no document lists would have the failure ignored, and lost without a sign.
func TestAFailureOfKMSInACloudEventOfUnknownTypeIsRejected(t *testing.T) {
	rejected := func(kind string) []Item {
		return bad("type", quoted(kind), "a type such as "+failureType+", as data says")
	}
	ignored := func(kind string) []Item { return good(Event{Kind: Foreign, Name: kind}) }
	for _, tt := range []struct {
		name, kind, source, data string
		want                     func(string) []Item
	}{
		{"content of KMS by its source", "custom:Event", "acs.kms", `{"failureTime":"2026-01-02T03:04:05Z"}`, rejected},
		{"content of KMS by its type", "kms:CloudMonitor:Unknown", "x", `{"failureTime":"2026-01-02T03:04:05Z"}`, rejected},
		{"content inside of data", "kms:CloudMonitor:Unknown", "x", `{"content":{"failureTime":"2026-01-02T03:04:05Z"}}`, rejected},
		{"content that names a secret", "custom:Event", "x", `{"secretName":"a","failureTime":"2026-01-02T03:04:05Z"}`, rejected},
		{"a failure of another source", "custom:Event", "acs.ecs", `{"failureTime":"2026-01-02T03:04:05Z"}`, ignored},
		{"a record of an API call", "kms:ActionTrail:ApiCall", "acs.kms", `{"secretName":"a","failureTime":"2026-01-02T03:04:05Z"}`, ignored},
		{"KMS without a failure", "kms:CloudMonitor:Unknown", "acs.kms", `{"secretName":"a"}`, ignored},
	} {
		t.Run(tt.name, func(t *testing.T) {
			payload := `{"specversion":"1.0","type":` + quote(t, tt.kind) + `,"source":` + quote(t, tt.source) + `,"data":` + tt.data + `}`
			if diff := cmp.Diff(tt.want(tt.kind), Decode([]byte(payload)).Items); diff != "" {
				t.Errorf("the items differ (-want +got):\n%s", diff)
			}
		})
	}
}
