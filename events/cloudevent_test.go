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
