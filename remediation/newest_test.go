package remediation

import (
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// Some times have fractions and KMS's have none: a success that only seems later would hide a failure for good.
func TestInAnEqualSecondTheFailureCounts(t *testing.T) {
	second := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	failure := events.Event{Kind: events.Failure, SecretName: "s", Time: second}
	success := events.Event{Kind: events.Success, SecretName: "s", Time: second.Add(300 * time.Millisecond)}
	later := events.Event{Kind: events.Success, SecretName: "s", Time: second.Add(time.Second)}
	for _, row := range []struct {
		name  string
		added []events.Event
		want  events.Kind
	}{
		{"the failure first", []events.Event{failure, success}, events.Failure},
		{"the failure last", []events.Event{success, failure}, events.Failure},
		{"a success a second later", []events.Event{failure, later}, events.Success},
		{"which came first", []events.Event{later, failure}, events.Success},
	} {
		h := newestEvents{}
		for _, event := range row.added {
			h.add(event)
		}
		if got := h["s"].Kind; got != row.want {
			t.Errorf("%s: the newest is a %s, want %s", row.name, got, row.want)
		}
	}
}
