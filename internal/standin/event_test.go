package standin

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

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
