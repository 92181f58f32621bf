package alicloud

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A report that is read back with another time, or not at all, is taken for a function that did not report.
func TestEachCustomEventIsReadAsItIs(t *testing.T) {
	server := newRecorder(t)
	server.answer = func(params url.Values) string {
		row := `{"Id":"1","Name":"n","GroupId":"0","Content":"outcome:rotated","Time":"1767323045678"}`
		rows := strings.Repeat(row+",", eventsPerPage-1) + row
		if params.Get("PageNumber") == "2" {
			rows = `{"Id":2,"Content":"a","Time":1767323045678},{"Time":"20260102T110405.678+0800"},{"Time":"yesterday"},{}`
		}
		return `{"Code":"200","Success":"true","RequestId":"r","CustomEvents":{"CustomEvent":[` + rows + `]}}`
	}
	got, err := newCloudMonitor(t, server.address).CustomEvents(t.Context(), "n", "", historyFrom, historyTo)
	if err != nil || len(got) != eventsPerPage+4 || len(server.calls()) != 2 {
		t.Fatalf("got %d events in %d calls, %v, want both pages", len(got), len(server.calls()), err)
	}
	when := time.UnixMilli(1767323045678).UTC()
	want := []CustomEvent{{ID: "1", Name: "n", Content: "outcome:rotated", Time: when}, {ID: "2", Content: "a", Time: when}, {Time: when}, {}, {}}
	if diff := cmp.Diff(want, got[eventsPerPage-1:]); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// A batch that is split by number alone has to fit: 50 reports with the longest name that a secret can have.
func TestFiftyReportsFitInOneCall(t *testing.T) {
	server := newRecorder(t)
	server.answer = func(url.Values) string { return `{"Code":"200","RequestId":"r"}` }
	all := make([]CustomEvent, MaxCustomEvents)
	for i := range all {
		all[i] = CustomEvent{Name: "RotationRemediation", Content: strings.Repeat("acs:kms:%41/é ", 80), Time: historyFrom}
	}
	if err := newCloudMonitor(t, server.address).PutCustomEvents(t.Context(), all); err != nil || len(server.calls()) != 1 {
		t.Fatalf("got %v after %d calls, want one that succeeds", err, len(server.calls()))
	}
	if got := server.calls()[0].Get("EventInfo.50.Content"); got != all[49].Content {
		t.Errorf("the last event came as %q", got)
	}
}
