package alicloud

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

var (
	historyFrom = time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.UTC)
	historyTo   = historyFrom.Add(time.Hour)
)

func newCloudMonitor(t *testing.T, address string) *CloudMonitor {
	t.Helper()
	return newClient(t, address).CloudMonitor(region, canaries)
}

// failures reads one page of what the tests ask for.
func failures(t *testing.T, m *CloudMonitor) (remediation.HistoryPage, error) {
	t.Helper()
	return m.RotationEvents(t.Context(), standin.EventFailure, historyFrom, historyTo, 1)
}

// historyOf is a success of CloudMonitor with these rows.
func historyOf(rows ...string) string {
	return `{"RequestId":"r","Code":"200","Message":"success","Success":"true","SystemEvents":{"SystemEvent":[` + strings.Join(rows, ",") + `]}}`
}

// failureRow is a failure of this secret, with its Time as it is written.
func failureRow(secret, time, content string) string {
	return fmt.Sprintf(`{"Product":"KMS","Name":%q,"Level":"CRITICAL","Status":"Failed","RegionId":%q,"ResourceId":"acs:kms:%s:1:secret/%s","Time":%s,"Content":%q}`,
		standin.EventFailure, region, region, secret, time, content)
}

// A history that is asked for the wrong hour, or for seconds, answers that nothing failed.
func TestTheHistoryIsAskedInMilliseconds(t *testing.T) {
	server := newRecorder(t)
	_, _ = newCloudMonitor(t, server.address).RotationEvents(t.Context(), standin.EventFailure, historyFrom, historyTo, 7)
	want := []map[string]string{{
		"Action": "DescribeSystemEventAttribute", "Version": "2019-01-01", "RegionId": region, "Product": "KMS",
		"Name": "Secret:RotateSecret:Failure", "StartTime": "1767323045678", "EndTime": "1767326645678",
		"PageNumber": "7", "PageSize": "100",
	}}
	if diff := cmp.Diff(want, sentParams(server)); diff != "" {
		t.Errorf("calls (-want +got): the SDK must ask nobody else where CloudMonitor is\n%s", diff)
	}
}

// The SDK's own table knows seven regions, and asks a server of its own about the others, with the token in the address.
func TestCloudMonitorIsWhereItsDocumentSays(t *testing.T) {
	for _, region := range []string{"cn-hangzhou", "cn-shanghai", "us-east-1"} {
		if got, want := newClient(t, "").CloudMonitor(region, canaries).target, (endpoint{"https", "metrics." + region + ".aliyuncs.com"}); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	_, err := newClient(t, "").CloudMonitor("evil.com/", canaries).RotationEvents(t.Context(), "x", historyFrom, historyTo, 1)
	checkClass(t, err, remediation.Refused)
	_, err = newClient(t, "").CloudMonitor(region, Credentials{}).RotationEvents(t.Context(), "x", historyFrom, historyTo, 1)
	checkClass(t, err, remediation.Expired)
	if _, err := New(Options{CloudMonitorEndpoint: "http://metrics.example.com"}); err == nil {
		t.Error("plain http to a name was taken: the token would travel in clear")
	}
}

// Failures whose event never came are found here or nowhere, whatever the documents leave open.
func TestTheHistoryHoldsWhatWasDelivered(t *testing.T) {
	for _, content := range standin.HistoryContents {
		for _, order := range standin.HistoryOrders {
			for _, quoted := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %s, quoted times %v", content, order, quoted), func(t *testing.T) {
					service := standinOf(standin.Behavior{
						FailedRaisesEvent: true, HistoryContent: content, HistoryOrder: order, HistoryQuotesTime: quoted,
					})
					checkHistory(t, service)
				})
			}
		}
	}
}

func checkHistory(t *testing.T, service *standin.KMS) {
	t.Helper()
	address, stop, err := standin.Serve(service)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	want := map[string]events.Event{}
	for i := range 130 {
		name := fmt.Sprintf("acs/ecs/web-%d", i)
		service.Put(standin.Secret{Name: name})
		if err := service.ScheduledFailure(name, standin.Failure{Code: "Kms:<&>", Message: strings.Repeat(`"`, 100)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, raised := range service.Events() {
		item := events.Decode(raised.Payload).Items[0]
		if item.Err != nil {
			t.Fatal(item.Err)
		}
		want[raised.Secret] = item.Event
	}
	got := map[string]events.Event{}
	m, now := newCloudMonitor(t, address), time.Now()
	for page, more := 1, true; more && page < 10; page++ {
		history, err := m.RotationEvents(t.Context(), standin.EventFailure, now.Add(-time.Hour), now.Add(time.Hour), page)
		if err != nil || history.Unreadable > 0 || history.More != (page == 1) {
			t.Fatalf("page %d: %d unreadable, more %v, %v", page, history.Unreadable, history.More, err)
		}
		for _, e := range history.Events {
			got[e.SecretName] = e
		}
		more = history.More
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	none, err := m.RotationEvents(t.Context(), standin.EventSuccess, now.Add(-time.Hour), now.Add(time.Hour), 1)
	if err != nil || len(none.Events) > 0 || none.More {
		t.Errorf("successes: %v, %v, want none", none, err)
	}
}

// One row that nobody foresaw must not hide the failures that stand beside it, and is told.
func TestARowThatCannotBeReadIsCounted(t *testing.T) {
	when := time.UnixMilli(1767323045678).UTC()
	failed := func(secret string) events.Event {
		return events.Event{
			Kind: events.Failure, Name: standin.EventFailure, Level: "CRITICAL", Product: "KMS", Region: region, Account: "1",
			ARN: "acs:kms:cn-hangzhou:1:secret/" + secret, SecretName: secret, Time: when, TimeFromEventTime: true,
		}
	}
	got, err := failures(t, newCloudMonitor(t, answering(t, 200, historyOf(
		failureRow("number", "1767323045678", ""),
		failureRow("quoted", `"1767323045678"`, "{}"),
		failureRow("no-time", "null", ""),
		failureRow("odd-time", `"yesterday"`, ""),
		failureRow("fraction", "1767323045678.5", ""),
		failureRow("odd-content", "1767323045678", "oops"),
		failureRow("half-odd", "1767323045678", `[7,{"name":"Secret:RotateSecret:Failure","product":"KMS","level":"CRITICAL","regionId":"cn-hangzhou","resourceId":"acs:kms:cn-hangzhou:1:secret/half-odd"}]`),
		`7`, `null`, `{"Name":7}`,
		failureRow("last", "1767323045678", ""),
	))))
	want := remediation.HistoryPage{
		Events:     []events.Event{failed("number"), failed("quoted"), failed("half-odd"), failed("last")},
		Unreadable: 8,
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, page (-want +got):\n%s", err, diff)
	}
}

// The last page is known by being short: nothing else says so.
func TestOnlyAFullPageMayBeFollowedByAnother(t *testing.T) {
	for rows, want := range map[int]bool{0: false, 99: false, 100: true} {
		all := make([]string, rows)
		for i := range all {
			// far more than a documented event has, and not yet what CloudMonitor bounds a page by
			all[i] = failureRow("a", "1767323045678", `{"failureInfo":{"errorCode":"X","errorMessage":"`+strings.Repeat("m", 11_000)+`"}}`)
		}
		got, err := failures(t, newCloudMonitor(t, answering(t, 200, historyOf(all...))))
		if err != nil || got.More != want || len(got.Events) != rows || got.Unreadable != 0 {
			t.Errorf("%d rows: %d events, %d unreadable, more %v, %v, want more %v", rows, len(got.Events), got.Unreadable, got.More, err, want)
		}
	}
}
