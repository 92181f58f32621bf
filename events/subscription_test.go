package events

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Two readers of an object that has a key twice see two different events, at whatever depth it is.
func TestARepeatedMemberOfASubscriptionIsRejected(t *testing.T) {
	push := string(compact(t, fixture(t, "routes/subscription.json")))
	rawTwice := quote(t, `{"secretName":"acs/ecs/web-1","SecretName":"acs/ecs/web-1"}`)
	for _, tt := range []struct{ name, old, by, field, key string }{
		{"around the alert", `"severity":"CRITICAL","strategyName"`, `"Severity":"INFO","severity":"CRITICAL","strategyName"`, "payload", "severity"},
		{"in the alert", `"alertStatus"`, `"alertstatus":"RESOLVED","alertStatus"`, "alert", "alertstatus"},
		{"a member of the alert that decides nothing", `"dedupId"`, `"DedupId":"x","dedupId"`, "alert", "dedupid"},
		{"in meta", `"sysEventMeta":{`, `"SysEventMeta":{},"sysEventMeta":{`, "alert.meta", "syseventmeta"},
		{"in what CloudMonitor knows of the event", `"instanceName"`, `"InstanceName":"x","instanceName"`, "alert.meta.sysEventMeta", "instancename"},
		{"in the content", `"secretName"`, `"SecretName":"x","secretName"`, "alert.eventContentMap", "secretname"},
		{"in the raw content", quote(t, memberOf(t, memberOf(t, push, "alert"), "eventContentMap")), rawTwice, "alert.eventRawContent", "secretname"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := bad(tt.field, `an object with "`+tt.key+`" twice`, wantOnce)
			if diff := cmp.Diff(want, Decode([]byte(replaceOnce(t, push, tt.old, tt.by))).Items); diff != "" {
				t.Errorf("the items differ (-want +got):\n%s", diff)
			}
		})
	}
}
