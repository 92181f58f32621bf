package alicloud

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// A row that nobody foresaw is the one that a person looks for: it is shown, and the others of its page beside it.
func TestEachRowOfTheHistoryIsShown(t *testing.T) {
	m := newCloudMonitor(t, answering(t, 200, historyOf(
		`{"Id":"e1","Product":"KMS","Name":"n","Level":"CRITICAL","Status":"Failed","ResourceId":"acs","RegionId":"cn-hangzhou","InstanceName":"web-1","GroupId":"1,2","Content":"{}","Time":1767323045678}`,
		`{"Id":7,"Name":"n","InstanceName":null,"Time":"1767323045678"}`,
		`{"Name":7}`,
		`{"Time":"yesterday"}`,
	)))
	got, more, err := m.SystemEvents(t.Context(), EventQuery{From: historyFrom, To: historyTo}, 1)
	when := time.UnixMilli(1767323045678).UTC()
	want := []SystemEvent{
		{ID: "e1", InstanceName: "web-1", HistoryItem: events.HistoryItem{
			Product: "KMS", Name: "n", Level: "CRITICAL", Status: "Failed", ResourceID: "acs", RegionID: region, Content: "{}", Time: when,
		}},
		{ID: "7", HistoryItem: events.HistoryItem{Name: "n", Time: when}},
		{HistoryItem: events.HistoryItem{Content: `{"Name":7}`}},
		{HistoryItem: events.HistoryItem{Content: `{"Time":"yesterday"}`}},
	}
	if diff := cmp.Diff(want, got); err != nil || more || diff != "" {
		t.Errorf("error %v, more %v, events (-want +got):\n%s", err, more, diff)
	}
	full := strings.TrimSuffix(strings.Repeat(`{"Name":"n"},`, eventsPerPage), ",")
	got, more, err = newCloudMonitor(t, answering(t, 200, historyOf(full))).SystemEvents(t.Context(), EventQuery{}, 1)
	if err != nil || !more || len(got) != eventsPerPage {
		t.Errorf("got %d events, more %v, %v: a full page may be followed by another", len(got), more, err)
	}
}

// The catalogue says how an event is spelled: that of another product would be taken for KMS's.
func TestTheCatalogueIsThatOfKMS(t *testing.T) {
	body := `{"Code":"200","Success":"true","RequestId":"r","Data":{"Resource":[
		{"Product":"ECS","Name":"Instance:StateChange","NameDesc":"d","NameDesc.En":"d","EventType":"StatusNotification","Level":"INFO","Status":"Normal","StatusDesc":"s"},
		{"Product":"kms","Name":"Secret:RotateSecret:Failure","NameDesc.En":"d","EventType":"Exception","Level":"CRITICAL","Status":"Failed"}]}}`
	got, err := newCloudMonitor(t, answering(t, 200, body)).SystemEventMeta(t.Context())
	want := []EventMeta{{Product: "kms", Name: "Secret:RotateSecret:Failure", EventType: "Exception", Level: "CRITICAL", Status: "Failed"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v, catalogue (-want +got):\n%s", err, diff)
	}
}
