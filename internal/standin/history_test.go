package standin

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// ask lists events as a client of CloudMonitor does.
func ask(c *client, pairs ...string) answer {
	c.t.Helper()
	return c.monitor("DescribeSystemEventAttribute", append([]string{"Product", "KMS"}, pairs...)...)
}

func rowsOf(a answer) []map[string]any {
	list, _ := a.body["SystemEvents"].(map[string]any)
	all, _ := list["SystemEvent"].([]any)
	var rows []map[string]any
	for _, row := range all {
		rows = append(rows, row.(map[string]any))
	}
	return rows
}

// timesOf returns the seconds after start at which the listed events came.
func timesOf(a answer) []int {
	var times []int
	for _, row := range rowsOf(a) {
		times = append(times, int(row["Time"].(float64)-float64(start.UnixMilli()))/1000)
	}
	return times
}

// record puts one failure into the history for each second after start.
func record(t *testing.T, k *KMS, seconds ...int) {
	t.Helper()
	for _, s := range seconds {
		e := Event{Time: start.Add(time.Duration(s) * time.Second), Name: EventFailure, Payload: []byte(`{"product":"KMS","level":"CRITICAL"}`)}
		if err := k.Record(e); err != nil {
			t.Fatal(err)
		}
	}
}

// A client that reads only one of the documented shapes would find nothing in the other, and lose failures.
func TestRaisedEventsAreInTheHistoryInEachShape(t *testing.T) {
	const arn = "acs:kms:cn-hangzhou:1000000000000001:secret/" + secretName
	const content = `{"eventId":"event-1","secretName":"acs/ecs/web-1","secretType":"ECS","RotationEntityArn":"` + arn + `",` +
		`"rotationStatus":"Invalid","rotationSubType":"Password","failureInfo":{"errorCode":"Kms:ErrorCode","errorMessage":"errorMessage"},` +
		`"failureTime":"2026-01-02T03:04:05Z"}`
	ms := strconv.FormatInt(start.UnixMilli(), 10)
	whole := string(mustMarshal([]map[string]string{{
		"product": "KMS", "content": content, "groupId": "", "time": ms, "resourceId": arn, "level": "CRITICAL",
		"status": "Failed", "instanceName": "", "name": EventFailure, "regionId": "cn-hangzhou",
	}}))
	tests := []struct {
		name     string
		behavior Behavior
		want     string
	}{
		{"the content alone", Behavior{}, `"Content":` + strconv.Quote(content) + `,"Time":` + ms},
		{"the content as an object", Behavior{HistoryContent: ContentObject}, `"Content":` + content + `,"Time":` + ms},
		{"whole events", Behavior{HistoryContent: WholeEvents}, `"Content":` + string(mustMarshal(whole)) + `,"Time":` + ms},
		{"a time as text", Behavior{HistoryQuotesTime: true}, `"Content":` + strconv.Quote(content) + `,"Time":"` + ms + `"`},
		{"with an id", Behavior{HistoryGivesID: true}, `"Id":"history-1","Content":` + strconv.Quote(content) + `,"Time":` + ms},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.behavior.FailedRaisesEvent = true
			k, c, _ := serveKMS(t, Options{Behavior: tt.behavior})
			k.Put(anECSSecret(FailFirst(1, Failure{})))
			c.rotate("v2")
			k.DrainEvents() // what was delivered is remembered as well
			want := `{"RequestId":"00000000-0000-4000-8000-000000000002","Code":"200","Message":"success","Success":"true",
				"SystemEvents":{"SystemEvent":[{"Product":"KMS","Name":"Secret:RotateSecret:Failure","Level":"CRITICAL","Status":"Failed",
				"ResourceId":"` + arn + `","RegionId":"cn-hangzhou","InstanceName":"","GroupId":"",` + tt.want + `}]}}`
			got := ask(c, "Name", EventFailure)
			if diff := cmp.Diff(decoded(t, []byte(want)), decoded(t, []byte(got.text))); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// A test that asks for one kind of event and gets another would prove nothing about either.
func TestTheHistoryIsFilteredAsAsked(t *testing.T) {
	ms := func(seconds int) string {
		return strconv.FormatInt(start.Add(time.Duration(seconds)*time.Second).UnixMilli(), 10)
	}
	tests := []struct {
		name  string
		pairs []string
		want  []int
	}{
		{"nothing else asked", nil, []int{6, 5, 4, 3}},
		{"another product", []string{"Product", "ECS"}, []int{1}},
		{"the product in lower case", []string{"Product", "kms", "Name", EventSuccess}, []int{6}},
		{"any product", []string{"Product", ""}, []int{6, 5, 4, 3, 1}},
		{"one name", []string{"Name", EventFailure}, []int{5, 4, 3}},
		{"one level", []string{"Level", "info"}, []int{6}},
		{"one status", []string{"Status", "normal"}, []int{6}},
		{"one type", []string{"EventType", "StatusNotification"}, []int{6}},
		{"a type that is not in the catalogue", []string{"EventType", "Maintenance"}, nil},
		{"a word of the content", []string{"SearchKeywords", "web-1"}, []int{6}},
		{"both of two words", []string{"SearchKeywords", "web-1 and web-2"}, nil},
		{"either of two words", []string{"SearchKeywords", "web-2 or web-1"}, []int{6}},
		{"from a moment on, itself included", []string{"StartTime", ms(4)}, []int{6, 5, 4}},
		{"up to a moment, itself included", []string{"EndTime", ms(4)}, []int{4, 3}},
		{"in between", []string{"StartTime", ms(4), "EndTime", ms(5)}, []int{5, 4}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{})
			record(t, k, 4, 3, 5)
			others := []Event{
				{Time: start.Add(6 * time.Second), Name: EventSuccess, Payload: []byte(`{"product":"KMS","level":"INFO","status":"Normal","content":{"secretName":"web-1"}}`)},
				{Time: start.Add(1 * time.Second), Name: EventFailure, Payload: []byte(`{"product":"ECS","level":"WARN"}`)},
			}
			for _, e := range others {
				if err := k.Record(e); err != nil {
					t.Fatal(err)
				}
			}
			if got := ask(c, tt.pairs...); !slices.Equal(timesOf(got), tt.want) {
				t.Errorf("listed events of the seconds %v, want %v: %s", timesOf(got), tt.want, got.text)
			}
		})
	}
}

// A client that stops at the first page, or does not notice a short one, is wrong only with more events than that.
func TestTheHistoryIsListedByPage(t *testing.T) {
	for order, want := range map[HistoryOrder][][]int{
		NewestFirst: {{12, 11, 10, 9, 8, 7, 6, 5, 4, 3}, {2, 1}, nil},
		OldestFirst: {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {11, 12}, nil},
	} {
		t.Run(string(order), func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{Behavior: Behavior{HistoryOrder: order}})
			record(t, k, 1, 2, 3, 4, 5, 6, 12, 11, 10, 9, 8, 7)
			var got [][]int
			for page := range 3 {
				got = append(got, timesOf(ask(c, "PageNumber", fmt.Sprint(page+1))))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("pages of ten (-want +got):\n%s", diff)
			}
			if got := timesOf(ask(c, "PageNumber", "2", "PageSize", "5")); !slices.Equal(got, want[0][5:]) {
				t.Errorf("the second page of five has %v, want %v", got, want[0][5:])
			}
		})
	}
}

// The daily tick asks for as many days as events are kept; what is older is gone at the real service too.
func TestTheHistoryForgetsAfterNinetyDays(t *testing.T) {
	k, c, clock := serveKMS(t, Options{})
	record(t, k, 0, 1)
	clock.advance(events.HistoryKept)
	if got := timesOf(ask(c)); !slices.Equal(got, []int{1, 0}) {
		t.Errorf("after 90 days: events of the seconds %v, want 1 and 0", got)
	}
	clock.advance(time.Second)
	if got := timesOf(ask(c)); !slices.Equal(got, []int{1}) {
		t.Errorf("a second later: events of the seconds %v, want 1", got)
	}
}

// Tests of lost events count on the loss.
func TestForgottenEventsAreGoneFromTheHistoryOnly(t *testing.T) {
	k, c, _ := serveKMS(t, Options{Behavior: Behavior{FailedRaisesEvent: true}})
	k.Put(anECSSecret(FailFirst(2, Failure{})))
	c.rotate("v2")
	c.rotate("v3")
	record(t, k, 7)
	k.Forget(func(e Event) bool { return e.Secret == secretName })
	if got := timesOf(ask(c)); !slices.Equal(got, []int{7}) || len(k.Events()) != 2 {
		t.Errorf("events of the seconds %v listed and %d to deliver, want 7 and 2", got, len(k.Events()))
	}
	if err := k.Record(Event{Name: "x", Payload: []byte("{")}); err == nil {
		t.Error("an event that is no JSON was recorded")
	}
}

// An improper request is refused, so that a client does not take a mistake for a quiet region.
func TestTheHistoryRefusesWhatItDoesNotKnow(t *testing.T) {
	seconds, ms := fmt.Sprint(start.Unix()), fmt.Sprint(start.UnixMilli())
	tests := []struct {
		name  string
		pairs []string
		code  string
	}{
		{"a start in seconds", []string{"StartTime", seconds}, "ParameterInvalid"},
		{"an end in seconds", []string{"EndTime", seconds}, "ParameterInvalid"},
		{"a start that is no number", []string{"StartTime", "2026-01-02T03:04:05Z"}, "ParameterInvalid"},
		{"an end before the start", []string{"StartTime", ms, "EndTime", "1000000000000"}, "ParameterInvalid"},
		{"a start and an end in one millisecond", []string{"StartTime", ms, "EndTime", ms}, "200"},
		{"no page", []string{"PageNumber", "0"}, "ParameterInvalid"},
		{"a page of too many", []string{"PageSize", "101"}, "ParameterInvalid"},
		{"a page of 100", []string{"PageSize", "100"}, "200"},
		{"a filter that this stand-in has not", []string{"GroupId", "7"}, "ParameterInvalid"},
		{"the version of KMS", []string{"Version", "2016-01-20"}, "InvalidApiVersion"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, c, _ := serveKMS(t, Options{})
			if got := ask(c, tt.pairs...); got.code() != tt.code {
				t.Errorf("answered %d %s, want code %q", got.status, got.text, tt.code)
			}
		})
	}
	_, c, _ := serveKMS(t, Options{})
	if got := c.call("DescribeSecret", "Version", "2019-01-01", "SecretName", secretName); got.code() != "InvalidApiVersion" {
		t.Errorf("an action of KMS with CloudMonitor's version answered %d %s, want InvalidApiVersion", got.status, got.text)
	}
}

// One address serves both services, so what holds for the calls of one has to hold for those of the other.
func TestCallsOfTheHistoryAreCallsLikeOthers(t *testing.T) {
	_, c, _ := serveKMS(t, Options{Allow: []string{"kms:DescribeSystemEventAttribute"}})
	if got := ask(c); got.status != 403 || got.code() != "AccessForbidden" {
		t.Errorf("without permission: %d %s, want 403 AccessForbidden", got.status, got.text)
	}
	k, c, _ := serveKMS(t, Options{Allow: []string{"cms:DescribeSystemEventAttribute"}})
	k.Inject(Fault{Action: "DescribeSystemEventAttribute", Kind: Refuse, Status: 503, Code: "ServiceUnavailable", Times: 1})
	statuses := []int{ask(c).status, ask(c).status}
	var recorded []string
	for _, call := range k.Calls() {
		recorded = append(recorded, fmt.Sprint(call.Action, " ", call.Acted, " ", call.Status))
	}
	want := []string{"DescribeSystemEventAttribute false 503", "DescribeSystemEventAttribute true 200"}
	if !slices.Equal(statuses, []int{503, 200}) || !slices.Equal(recorded, want) {
		t.Errorf("answered %v, recorded %v, want the fault, then success", statuses, recorded)
	}
	p := c.params("DescribeSystemEventAttribute", "Version", "2019-01-01")
	p.Set("Product", "KMS") // after signing
	if got := c.send(c.request("/?"+p.Encode(), "")); got.code() != "SignatureDoesNotMatch" {
		t.Errorf("changed after signing: %d %s, want SignatureDoesNotMatch", got.status, got.text)
	}
}
