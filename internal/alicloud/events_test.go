package alicloud

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
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

// One row that nobody foresaw must not hide the failures beside it, and is counted.
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

// CloudMonitor refuses with HTTP 200 as well. Taken for a quiet hour, a refusal would let records be removed while
// failures are unseen.
func TestOnlyASuccessOfCloudMonitorIsOne(t *testing.T) {
	rows := []struct {
		name, body string
		want       remediation.Class // "" for a success
	}{
		{"as documented", historyOf(), ""},
		{"success as a boolean", `{"RequestId":"r","Code":"200","Success":true}`, ""},
		{"a code that is a number", `{"RequestId":"r","Code":200,"Success":true}`, ""},
		{"no code", `{"RequestId":"r","Success":true,"SystemEvents":{}}`, ""},
		{"refused for its permission", `{"Code":"AccessForbidden","Message":"no","Success":"false"}`, remediation.Account},
		{"refused with a status as code", `{"Code":"403","Message":"The Request is not authorization.","Success":false}`, remediation.Refused},
		{"refused with a number as code", `{"Code":400,"Success":false}`, remediation.Refused},
		{"throttled", `{"Code":"Throttling.User","Success":false}`, remediation.Throttled},
		{"throttled with a status as code", `{"Code":"429","Success":false}`, remediation.Throttled},
		{"an error of the other side", `{"Code":"500","Success":"false"}`, remediation.Transient},
		{"refused without a code", `{"RequestId":"r","Success":"false"}`, remediation.Transient},
		{"refused with the code of a success", `{"RequestId":"r","Code":"200","Success":false}`, remediation.Transient},
		{"a success with the code of a refusal", `{"RequestId":"r","Code":"403","Success":true}`, remediation.Transient},
		{"neither success nor refusal", `{"RequestId":"r","Code":"200"}`, remediation.Transient},
		{"a success that is something else", `{"RequestId":"r","Code":"200","Success":1}`, remediation.Transient},
		{"a success that is an object", `{"RequestId":"r","Code":"200","Success":{}}`, remediation.Transient},
		{"nothing", ``, remediation.Transient},
		{"null", `null`, remediation.Transient},
		{"a page of HTML", `<html>`, remediation.Transient},
		{"events that are no list", `{"Code":"200","Success":true,"SystemEvents":{"SystemEvent":7}}`, remediation.Transient},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := failures(t, newCloudMonitor(t, answering(t, 200, row.body)))
			if row.want != "" {
				checkClass(t, err, row.want)
				return
			}
			if err != nil || len(got.Events) > 0 || got.More {
				t.Errorf("got %v, %v, want an empty page", got, err)
			}
		})
	}
}

// The text of the other side can hold what was sent; none of it may reach a log.
func TestARefusalOfTheHistorySaysItsCodeAlone(t *testing.T) {
	service := newStandin()
	address, stop, err := standin.Serve(service)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	wrong := canaries
	wrong.AccessKeySecret = "another"
	_, err = newClient(t, address).CloudMonitor(region, wrong).RotationEvents(t.Context(), standin.EventFailure, historyFrom, historyTo, 1)
	if got := failure(t, err); got.Class != remediation.Account || got.Code != "SignatureDoesNotMatch" || got.Action != "DescribeSystemEventAttribute" {
		t.Errorf("got %v, want the refused signature by its code", got)
	}
	token := canaries.SecurityToken
	for _, status := range []int{200, 400, 500} {
		_, err := failures(t, newCloudMonitor(t, answering(t, status, `{"Code":"`+token+`","Message":"`+token+`","RequestId":"`+token+`","Success":false}`)))
		failure(t, err) // checks for canaries
	}
}

// If anything fails on the way, the history is not read, and the call is made once: the tick has others to make.
func TestEachFaultOfTheHistoryIsTransient(t *testing.T) {
	for _, kind := range standin.FaultKinds {
		synctest.Test(t, func(t *testing.T) {
			service := newStandin()
			service.Inject(standin.Fault{Action: "DescribeSystemEventAttribute", Kind: kind})
			dial, stop := standin.Pipe(service)
			defer stop()
			client, err := New(Options{DialContext: dial, CloudMonitorEndpoint: "http://127.0.0.1:1"})
			if err != nil {
				t.Fatal(err)
			}
			defer client.CloseIdleConnections()
			begin := time.Now()
			_, err = client.CloudMonitor(region, canaries).RotationEvents(within(t, 2*time.Second), standin.EventFailure, begin, begin, 1)
			if got := failure(t, err); got.Class != remediation.Transient {
				t.Errorf("%s: got %v, want transient", kind, got)
			}
			if took := time.Since(begin); took > 2*time.Second {
				t.Errorf("%s: took %v, want the caller's 2s at most", kind, took)
			}
			if got := len(service.Calls()); got != 1 {
				t.Errorf("%s: %d requests for one call", kind, got)
			}
		})
	}
}

// A redirect that is followed would give the token to another host.
func TestARedirectOfTheHistoryIsNotFollowed(t *testing.T) {
	other := newRecorder(t)
	_, err := failures(t, newCloudMonitor(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.address, http.StatusTemporaryRedirect)
	})))
	checkClass(t, err, remediation.Transient)
	if got := len(other.calls()); got != 0 {
		t.Errorf("%d requests followed the redirect, want none", got)
	}
}

// A row that nobody foresaw is the one that a person searches for: it is shown, and the others of its page beside it.
func TestEachRowOfTheHistoryIsShown(t *testing.T) {
	m := newCloudMonitor(t, answering(t, 200, historyOf(
		`{"Id":"e1","Product":"KMS","Name":"n","Level":"CRITICAL","Status":"Failed","ResourceId":"acs","RegionId":"cn-hangzhou","InstanceName":"web-1","GroupId":"1,2","Content":"{}","Time":1767323045678}`,
		`{"Id":7,"Name":"n","InstanceName":null,"Content":{"secretName":"a"},"Time":"1767323045678"}`,
		`{"Name":7}`,
		`{"Time":"yesterday"}`,
	)))
	got, more, err := m.SystemEvents(t.Context(), EventQuery{From: historyFrom, To: historyTo}, 1)
	when := time.UnixMilli(1767323045678).UTC()
	want := []SystemEvent{
		{InstanceName: "web-1", HistoryItem: events.HistoryItem{
			ID: "e1", Product: "KMS", Name: "n", Level: "CRITICAL", Status: "Failed", ResourceID: "acs", RegionID: region, Content: "{}", Time: when,
		}},
		{HistoryItem: events.HistoryItem{ID: "7", Name: "n", Content: `{"secretName":"a"}`, Time: when}},
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
