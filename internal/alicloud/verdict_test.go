package alicloud

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

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

// What the other side writes can hold what was sent; none of it may reach a log.
func TestARefusalOfTheHistoryTellsItsCodeAlone(t *testing.T) {
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
		failure(t, err) // looks for canaries
	}
}

// Whatever goes wrong on the way, the history is not read, and the call is made once: the tick has others to make.
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
