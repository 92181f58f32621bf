package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	callbackSecret  = "canary-callback-token-0123456789"
	callbackSetting = "HTTP_CALLBACK_TOKEN=" + callbackSecret
)

// httpRequest is what an HTTP trigger delivers; fields that a test sets win.
func httpRequest(t testing.TB, body string, change func(request map[string]any)) []byte {
	t.Helper()
	request := map[string]any{
		"version": "v1", "rawPath": "/", "body": body, "isBase64Encoded": false,
		"headers": map[string]string{"Content-Type": "application/json"}, "queryParameters": map[string]string{"token": callbackSecret},
		"requestContext": map[string]any{
			"accountId": account, "domainName": "example.fcapp.run", "requestId": "1",
			"http": map[string]string{"method": "POST", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "x"},
		},
	}
	if change != nil {
		change(request)
	}
	return wrapped(t, request)
}

func withQuery(query map[string]string) func(map[string]any) {
	return func(request map[string]any) { request["queryParameters"] = query }
}

func withMethod(method string) func(map[string]any) {
	return func(request map[string]any) {
		request["requestContext"].(map[string]any)["http"].(map[string]string)["method"] = method
	}
}

func combined(changes ...func(map[string]any)) func(map[string]any) {
	return func(request map[string]any) {
		for _, change := range changes {
			change(request)
		}
	}
}

// answeredOverHTTP is what the runtime would send, and what the log holds.
type answeredOverHTTP struct {
	response
	report report.Report
	log    string
}

// call delivers a request once. Nothing that it says may hold the token.
func (f *function) call(request []byte) answeredOverHTTP {
	f.t.Helper()
	before, _ := f.Output()
	r, err := f.Invoke(f.t.Context(), request)
	if err != nil || r.Failed() {
		f.t.Errorf("the invocation failed: %v, %v", err, r.Error)
		return answeredOverHTTP{}
	}
	after, _ := f.Output()
	var a answeredOverHTTP
	if err := json.Unmarshal(r.Payload, &a.response); err != nil {
		f.t.Errorf("want a response, got %s", r.Payload)
	}
	_ = json.Unmarshal([]byte(a.Body), &a.report) // a refusal has none
	a.log = string(after[len(before):])
	f.cloud.sent.add(callbackSecret)
	f.cloud.sent.search(f.t, "the response", r.Payload)
	return a
}

// The address is open to everybody who knows it or guesses it. Without the token nobody may learn anything, let alone have
// a password rotated; with it the answer says whether to try again.
func TestACallbackIsClosedWithoutTheToken(t *testing.T) {
	big := strings.Repeat(" ", events.MaxPayload) + "{}"
	for _, row := range []struct {
		name    string
		setting string
		body    string // the failure if ""
		change  func(map[string]any)
		before  func(*function)
		status  int
		outcome remediation.Outcome // "" for a refusal, which makes no call
	}{
		{"no token is set", "X=y", "", nil, nil, http.StatusForbidden, ""},
		{"no token is set, and an empty one is sent", "HTTP_CALLBACK_TOKEN=", "", withQuery(map[string]string{"token": ""}), nil, http.StatusForbidden, ""},
		{"none is sent", callbackSetting, "", withQuery(nil), nil, http.StatusForbidden, ""},
		{"a wrong one is sent", callbackSetting, "", withQuery(map[string]string{"token": callbackSecret + "x"}), nil, http.StatusForbidden, ""},
		{"the beginning of it is sent", callbackSetting, "", withQuery(map[string]string{"token": callbackSecret[:30]}), nil, http.StatusForbidden, ""},
		{"PUT, even with the token", callbackSetting, "", withMethod("PUT"), nil, http.StatusMethodNotAllowed, ""},
		{"HEAD, even with the token", callbackSetting, "", withMethod("HEAD"), nil, http.StatusMethodNotAllowed, ""},
		{"a method in lower case, even with the token", callbackSetting, "", withMethod("post"), nil, http.StatusMethodNotAllowed, ""},
		{"PUT, without a token", callbackSetting, "", combined(withMethod("PUT"), withQuery(nil)), nil, http.StatusForbidden, ""},
		{"GET, without a token", callbackSetting, "", combined(withMethod("GET"), withQuery(map[string]string{"data": "{}"})), nil, http.StatusForbidden, ""},
		{"GET, and no token is set", "X=y", "", withMethod("GET"), nil, http.StatusForbidden, ""},
		{"no method, without a token", callbackSetting, "", combined(withMethod(""), withQuery(nil)), nil, http.StatusForbidden, ""},
		{"headers that cannot be read, without a token", callbackSetting, "", func(r map[string]any) { r["headers"], r["queryParameters"] = 7, nil }, nil, http.StatusForbidden, ""},
		{"another scheme in the header", callbackSetting, "", func(r map[string]any) {
			r["queryParameters"], r["headers"] = nil, map[string]string{"authorization": "Basic " + callbackSecret}
		}, nil, http.StatusForbidden, ""},
		{"a wrong token in the header, the right one in the address", callbackSetting, "", func(r map[string]any) {
			r["headers"] = map[string]string{"authorization": "Bearer x"}
		}, nil, http.StatusForbidden, ""},
		{"a body that is too long", callbackSetting, big, nil, nil, http.StatusRequestEntityTooLarge, ""},
		{"a body that is too long, without a token", callbackSetting, big, withQuery(nil), nil, http.StatusForbidden, ""},
		{"a body that is no event", callbackSetting, "hello", nil, nil, http.StatusBadRequest, remediation.Rejected},
		{"a tick", callbackSetting, `{"triggerTime":"2026-01-02T03:00:00Z","triggerName":"sweep","payload":""}`, nil, nil, http.StatusBadRequest, remediation.Rejected},
		{"the token in the address", callbackSetting, "", nil, nil, http.StatusOK, remediation.Rotated},
		{"the token in a header", callbackSetting, "", func(r map[string]any) {
			r["queryParameters"], r["headers"] = nil, map[string]string{"authorization": "Bearer " + callbackSecret}
		}, nil, http.StatusOK, remediation.Rotated},
		{"the token in a header, its scheme in lower case", callbackSetting, "", func(r map[string]any) {
			r["queryParameters"], r["headers"] = nil, map[string]string{"Authorization": "bearer  " + callbackSecret}
		}, nil, http.StatusOK, remediation.Rotated},
		{"a body in base64", callbackSetting, "", func(r map[string]any) {
			r["body"], r["isBase64Encoded"] = base64.StdEncoding.EncodeToString([]byte(r["body"].(string))), true
		}, nil, http.StatusOK, remediation.Rotated},
		{"a secret out of scope", callbackSetting + "\x00SECRET_DENY=**", "", nil, nil, http.StatusOK, remediation.Skipped},
		{"KMS does not answer", callbackSetting, "", nil, refusing("DescribeSecret", http.StatusServiceUnavailable, "InternalFailure"), http.StatusServiceUnavailable, remediation.Undecided},
		{"a person is needed and nothing could be recorded", callbackSetting, "", nil, refusing("DescribeSecret", http.StatusForbidden, "Forbidden.NoPermission"), http.StatusInternalServerError, remediation.NeedsHuman},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, standin.Options{}, standin.Secret{})
			f := startFunction(t, c, fcruntime.Options{}, strings.Split(row.setting, "\x00")...)
			if row.before != nil {
				row.before(f)
			}
			body := row.body
			if body == "" {
				body = string(c.failure)
			}
			a := f.call(httpRequest(t, body, row.change))
			if a.StatusCode != row.status || a.Headers["Content-Type"] != "application/json" || !json.Valid([]byte(a.Body)) {
				t.Errorf("got %d %v %s, want %d and JSON", a.StatusCode, a.Headers, a.Body, row.status)
			}
			if allow := a.Headers["Allow"]; (allow == "GET, POST") != (row.status == http.StatusMethodNotAllowed) {
				t.Errorf("Allow is %q with %d", allow, a.StatusCode)
			}
			if row.outcome == "" {
				checkRefused(t, c, a)
				return
			}
			if len(a.report.Results) != 1 || a.report.Results[0].Outcome != row.outcome {
				t.Errorf("got %s, want %s", a.Body, row.outcome)
			}
		})
	}
}

// checkRefused wants no call, no result, and one log line that says why, to those who may read the log.
func checkRefused(t *testing.T, c *cloud, a answeredOverHTTP) {
	t.Helper()
	if n := len(c.Calls()); n > 0 || len(a.report.Results) > 0 {
		t.Errorf("%d calls for a request that was turned away: %s", n, a.Body)
	}
	lines := slices.DeleteFunc(strings.SplitAfter(a.log, "\n"), func(line string) bool { return line == "" || runtimeLine.MatchString(line) })
	if len(lines) != 1 || !strings.Contains(lines[0], `"message":"callback refused"`) || !strings.Contains(lines[0], `"level":"INFO"`) {
		t.Errorf("want one line that says why, got %q", lines)
	}
}

// The answer over HTTP is that of an invocation, or a dashboard has to know two forms.
func TestACallbackAnswersWithTheSameReport(t *testing.T) {
	t.Parallel()
	c := newCloud(t, standin.Options{}, standin.Secret{})
	f := startFunction(t, c, fcruntime.Options{}, callbackSetting)
	over := f.call(httpRequest(t, string(c.failure), nil))
	direct := f.invoke(c.failure)
	var names [2][]string
	for i, text := range [][]byte{[]byte(over.Body), direct.text} {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(text, &fields); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		for name := range fields {
			names[i] = append(names[i], name)
		}
		slices.Sort(names[i])
	}
	if diff := cmp.Diff(names[1], names[0]); diff != "" {
		t.Errorf("fields (-returned +over HTTP):\n%s", diff)
	}
}

// Over HTTP anybody with the token could mail people at will, and claim a failure that no rotation ever makes old.
func TestACallbackNeitherMailsNorClaimsTheFuture(t *testing.T) {
	t.Parallel()
	c := newCloud(t, standin.Options{}, standin.Secret{})
	f := startFunction(t, c, fcruntime.Options{}, callbackSetting, reporting)
	f.call(httpRequest(t, "hello", nil))
	var event map[string]any
	if err := json.Unmarshal(c.failure, &event); err != nil {
		t.Fatal(err)
	}
	event["content"].(map[string]any)["failureTime"] = time.Now().Add(2 * time.Hour).UTC().Format(time.RFC3339)
	a := f.call(httpRequest(t, string(wrapped(t, event)), nil))
	if a.StatusCode != http.StatusBadRequest || a.report.Results[0].Outcome != remediation.Rejected || len(c.Calls()) > 0 {
		t.Errorf("got %d %s after %d calls, want it rejected without any", a.StatusCode, a.Body, len(c.Calls()))
	}
}

// CloudMonitor tries a callback again for a 5xx: one event that could still be decided is worth it.
func TestACallbackWithOneUndecidedEventIsWorthAnotherTry(t *testing.T) {
	t.Parallel()
	c := newCloud(t, standin.Options{}, standin.Secret{})
	f := startFunction(t, c, fcruntime.Options{}, callbackSetting)
	c.Inject(standin.Fault{Action: "DescribeSecret", Kind: standin.ResetBefore})
	bad := `{"name":"Secret:RotateSecret:Failure"}`
	for _, body := range []string{"[" + bad + "," + string(c.failure) + "]", "[" + string(c.failure) + "," + bad + "]"} {
		if a := f.call(httpRequest(t, body, nil)); a.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("got %d %s, want 503", a.StatusCode, a.Body)
		}
	}
}

// A request that is not recognized is rejected as an event, and people get mail by a sender without a token.
func TestARequestIsRecognizedWhateverElseIsWrongWithIt(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, old, changed string }{
		{"a header with bytes that are no UTF-8", `"headers":{`, `"headers":{"X-Odd":"` + "\xff\xfe" + `",`},
		{"a parameter with bytes that are no UTF-8", `"queryParameters":{`, `"queryParameters":{"odd":"` + "\xc3\x28" + `",`},
		{"a member twice", `"rawPath":"/"`, `"rawPath":"/","rawPath":"/"`},
		{"a path of another kind", `"rawPath":"/"`, `"rawPath":7`},
		{"the members of an event beside its own", `"rawPath":"/"`, `"rawPath":"/","name":"Secret:RotateSecret:Failure","product":"KMS","triggerName":"x"`},
		{"headers of another kind", `"headers":{`, `"other":7,"headers":[],"x":{`},
		{"more nested than JSON may be", `"rawPath":"/"`, `"rawPath":"/","x":` + strings.Repeat("[", 200) + strings.Repeat("]", 200)},
		{"text behind it", `"rawPath":"/"`, `"rawPath":"/"}{"x":"/"`},
		{"no path", `"rawPath":"/",`, ``},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newCloud(t, standin.Options{}, standin.Secret{})
			f := startFunction(t, c, fcruntime.Options{}, callbackSetting, reporting)
			request := httpRequest(t, string(c.failure), withQuery(map[string]string{"token": "wrong"}))
			broken := bytes.Replace(request, []byte(row.old), []byte(row.changed), 1)
			if bytes.Equal(request, broken) {
				t.Fatalf("the request has no %s", row.old)
			}
			if a := f.call(broken); a.StatusCode != http.StatusForbidden || len(c.Calls()) > 0 {
				t.Errorf("got %d %s after %d calls, want 403 and no mail", a.StatusCode, a.Body, len(c.Calls()))
			}
		})
	}
}
