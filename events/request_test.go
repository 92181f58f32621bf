package events

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// seen is what a request says, once it may be decoded.
type seen struct {
	Method        string
	Header, Query map[string]string
	Body          []byte
}

func seenOf(r *Request) seen {
	body, _ := bodyOf(r.parts)
	return seen{r.Method, r.Header, r.Query, body}
}

// request shapes what an HTTP trigger delivers; more replaces the body and what follows it.
func request(more string) string {
	return `{"version":"v1","rawPath":"/","requestContext":{"accountId":"1","http":{"method":"POST","path":"/"}}` + more + `}`
}

func compact(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The callback sees of a request what is read here, and nothing else: a token or a body that is read otherwise is a door
// that is open, or one that lets no one through.
func TestARequestIsReadAsTheClientSentIt(t *testing.T) {
	none := map[string]string{}
	for _, tt := range []struct {
		name, payload string
		want          seen
	}{
		{"the documented form", string(fixture(t, "routes/http-post-json.json")), seen{
			Method: "POST",
			Header: map[string]string{"content-type": "application/json", "authorization": "Bearer example-token-of-24-characters"},
			Query:  none,
			Body:   compact(t, fixture(t, "failure-real-name.json")),
		}},
		{"a body in base64", request(`,"body":"eyJhIjoxfQ==","isBase64Encoded":true`), seen{"POST", none, none, []byte(`{"a":1}`)}},
		{"text that looks like base64 stays text", request(`,"body":"eyJhIjoxfQ==","isBase64Encoded":false`), seen{"POST", none, none, []byte("eyJhIjoxfQ==")}},
		{"no word of base64", request(`,"body":"eyJhIjoxfQ=="`), seen{"POST", none, none, []byte("eyJhIjoxfQ==")}},
		{"no body", request(""), seen{"POST", none, none, nil}},
		{"a path without context is a request too", `{"rawPath":"/","requestContext":{"http":{"method":"GET"}},"headers":null}`, seen{"GET", none, none, nil}},
		{"a context without a path as well", `{"requestContext":{"http":{"method":"GET"}}}`, seen{"GET", none, none, nil}},
		{"values of other types are left out", request(`,"headers":{"A":["x"],"B":"y"},"queryParameters":{"a":1,"b":"y"}`),
			seen{"POST", map[string]string{"b": "y"}, map[string]string{"b": "y"}, nil}},
		{"the case of a parameter counts", request(`,"queryParameters":{"a":"1","A":"2"}`), seen{"POST", none, map[string]string{"a": "1", "A": "2"}, nil}},
		{"128 KiB in base64 are read", request(`,"isBase64Encoded":true,"body":"` + base64.StdEncoding.EncodeToString(make([]byte, MaxPayload)) + `"`),
			seen{"POST", none, none, make([]byte, MaxPayload)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Decode([]byte(tt.payload))
			if got.Request == nil || len(got.Items) > 0 || got.Request.err != nil {
				t.Fatalf("read as %+v, want a request and nothing else", got)
			}
			if diff := cmp.Diff(tt.want, seenOf(got.Request)); diff != "" {
				t.Errorf("the request differs (-want +got):\n%s", diff)
			}
		})
	}
}

// README names the token with which a person tries the samples out.
func TestEachSampleOfARequestCarriesTheTokenOfREADME(t *testing.T) {
	files, err := filepath.Glob("testdata/routes/http-*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d samples: %v", len(files), err)
	}
	page, err := os.ReadFile("README.md")
	if err != nil || !strings.Contains(string(page), "HTTP_CALLBACK_TOKEN=example-token-of-24-characters ") {
		t.Errorf("README.md names no token: %v", err)
	}
	for _, file := range files {
		payload, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r := Decode(payload).Request
		if r == nil || r.Header["authorization"] != "Bearer example-token-of-24-characters" && r.Query["token"] != "example-token-of-24-characters" {
			t.Errorf("%s: no token", file)
		}
	}
}

// A request of which one half was read could be let in by a check of the other half.
func TestARequestThatCannotBeReadIsStillARequest(t *testing.T) {
	tooLong := strings.Repeat("x", MaxPayload+1)
	for _, tt := range []struct {
		name, payload string
		want          RejectError
		tooLarge      bool
	}{
		{"no method", `{"rawPath":"/"}`, RejectError{"requestContext.http.method", "missing", "a method such as POST"}, false},
		{"a context of another type", `{"rawPath":"/","requestContext":7}`, RejectError{"requestContext", "a number", wantObject}, false},
		{"a protocol of another type", `{"requestContext":{"http":[]}}`, RejectError{"requestContext.http", "an array", wantObject}, false},
		{"a method of another type", `{"requestContext":{"http":{"method":7}}}`, RejectError{"requestContext.http.method", "a number", wantString}, false},
		{"a method twice", `{"requestContext":{"http":{"method":"GET","Method":"POST"}}}`, RejectError{"requestContext.http", `an object with "method" twice`, wantOnce}, false},
		{"a key twice", request(`,"body":"a","Body":"b"`), RejectError{"payload", `an object with "body" twice`, wantOnce}, false},
		{"a header twice", request(`,"headers":{"X-Token":"a","x-token":"b"}`), RejectError{"headers", `an object with "x-token" twice`, wantOnce}, false},
		{"headers of another type", request(`,"headers":["a"]`), RejectError{"headers", "an array", wantObject}, false},
		{"parameters of another type", request(`,"queryParameters":"a=b"`), RejectError{"queryParameters", "a string", wantObject}, false},
		{"a body of another type", request(`,"body":{"name":"Secret:RotateSecret:Failure"}`), RejectError{"body", "an object", wantString}, false},
		{"a body that is no base64", request(`,"body":"{","isBase64Encoded":true`), RejectError{"body", "not base64", "base64, as isBase64Encoded says"}, false},
		{"an encoding of another type", request(`,"body":"e30=","isBase64Encoded":"true"`), RejectError{"isBase64Encoded", "a string", "true or false"}, false},
		{"a body of 128 KiB and one byte", request(`,"body":"` + tooLong + `"`), RejectError{"body", "too long", "at most 131072 bytes"}, true},
		{"the same in base64", request(`,"isBase64Encoded":true,"body":"` + inBase64(tooLong) + `"`), RejectError{"body", "too long", "at most 131072 bytes"}, true},
		{"a body that is not even unquoted", request(`,"isBase64Encoded":true,"body":"` + strings.Repeat("!", 20<<20) + `"`), RejectError{"body", "too long", "at most 131072 bytes"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Decode([]byte(tt.payload)).Request
			if got == nil {
				t.Fatal("it is taken for an event")
			}
			items := got.Decode()
			if diff := cmp.Diff([]Item{{Err: &tt.want}}, items); diff != "" || errors.Is(items[0].Err, ErrTooLarge) != tt.tooLarge {
				t.Errorf("rejected for another reason (-want +got):\n%s", diff)
			}
			if len(got.Header)+len(got.Query) > 0 {
				t.Errorf("the sender is checked by %v and %v, which cannot be read or are there twice", got.Header, got.Query)
			}
		})
	}
}

// A request that is not recognized is rejected as an event, and that is reported to people: by a sender who needs no token.
func TestARequestIsRecognizedByItsMarksWhateverElseIsWrong(t *testing.T) {
	whole := request(`,"body":"{}"`)
	for _, tt := range []struct{ name, payload, reason string }{
		{"a header that is no UTF-8", request(`,"headers":{"X":"` + "\xff" + `"}`), "payload is not UTF-8, want " + wantObject},
		{"a path that is no UTF-8", strings.Replace(whole, `"/"`, "\"/\xfe\"", 1), "payload is not UTF-8, want " + wantObject},
		{"a text that is cut off", whole[:len(whole)-6], "payload is not JSON: the text ends too early, at byte 107, want " + wantObject},
		{"a text that is cut off behind its mark", `{"rawPath":"/","headers":{"a`, "payload is not JSON: the text ends too early, at byte 28, want " + wantObject},
		{"only the other mark, cut off behind it", `{"requestContext":{"http":{"method":"POST"}},"x`, "payload is not JSON: the text ends too early, at byte 47, want " + wantObject},
		{"text behind it", whole + "}", "payload is not JSON: text behind the end of the value at byte 114, want " + wantObject},
		{"nested too deep", request(`,"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40)), "payload is nested too deep, want at most 32 levels"},
		{"nested deeper than a decoder counts", request(`,"x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000)), "payload is nested too deep, want " + wantObject},
		{"a line break in a header", request(`,"headers":{"X":"` + "\n" + `"}`), "payload is not JSON: a control character or line break inside a string at byte 118, want " + wantObject},
		{"a mark of another type", `{"rawPath":7,"name":"Secret:RotateSecret:Failure"}`, "requestContext.http.method is missing, want a method such as POST"},
		{"a mark in another case", `{"RAWPATH":"/"}`, "requestContext.http.method is missing, want a method such as POST"},
		{"a mark twice", `{"rawPath":"/","rawpath":"/"}`, `payload is an object with "rawpath" twice, want ` + wantOnce},
		{"a byte order mark", "\xef\xbb\xbf" + `{"rawPath":"/"}`, "requestContext.http.method is missing, want a method such as POST"},
		{"longer than an event may be", request(`,"headers":{"x":"` + strings.Repeat("x", MaxPayload) + `"}`), "headers is 131080 bytes long, want at most 131072"},
		{"as text in text", quote(t, whole), "body.name is missing, want " + wantForms},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Decode([]byte(tt.payload))
			if got.Request == nil || len(got.Items) > 0 {
				t.Fatalf("read as %+v, want a request and nothing else", got)
			}
			if items := got.Request.Decode(); len(items) != 1 || text(items[0].Err) != tt.reason {
				t.Errorf("decoded as %+v, want it rejected: %s", items, tt.reason)
			}
		})
	}
}

// Of what is there twice, or is broken, one half would be checked and the other one acted on.
func TestASenderIsCheckedByWhatIsThereOnce(t *testing.T) {
	for _, tt := range []struct {
		name, payload string
		header, query map[string]string
	}{
		{"a header twice", request(`,"headers":{"Authorization":"a","authorization":"b","x":"y"}`), map[string]string{"x": "y"}, map[string]string{}},
		{"a parameter twice", request(`,"queryParameters":{"token":"a","token":"b","x":"y"}`), map[string]string{}, map[string]string{"x": "y"}},
		{"a list for a parameter", request(`,"queryParameters":{"token":["a"]}`), map[string]string{}, map[string]string{}},
		{"a header beside one that is no UTF-8", request(`,"headers":{"Authorization":"a","x":"` + "\xff" + `"}`), map[string]string{"authorization": "a", "x": "\xff"}, map[string]string{}},
		{"headers that are cut off", `{"rawPath":"/","headers":{"authorization":"a`, map[string]string{}, map[string]string{}},
		{"headers twice", request(`,"headers":{"authorization":"a"},"Headers":{"authorization":"b"}`), map[string]string{}, map[string]string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Decode([]byte(tt.payload)).Request
			if got == nil {
				t.Fatal("it is taken for an event")
			}
			if diff := cmp.Diff([]map[string]string{tt.header, tt.query}, []map[string]string{got.Header, got.Query}); diff != "" {
				t.Errorf("headers and parameters (-want +got):\n%s", diff)
			}
		})
	}
}

// The vendor's page offers four encodings, and clients add their own variants.
func TestAnEventIsReadInEveryEncodingOfARequest(t *testing.T) {
	event := string(compact(t, fixture(t, "failure-real-name.json")))
	alert := string(compact(t, fixture(t, "routes/subscription.json")))
	fields := url.Values{"severity": {"CRITICAL"}, "userId": {"1234567890123456"}, "alert": {memberOf(t, alert, "alert")}, "strategyName": {"a+b c&d=é"}}
	sent := func(method, contentType, body, more string) string {
		return `{"rawPath":"/","requestContext":{"http":{"method":"` + method + `"}},"headers":{"Content-Type":"` + contentType + `"},"body":` + quote(t, body) + more + `}`
	}
	parameters := func(values map[string]string) string {
		text, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		return `,"queryParameters":` + string(text)
	}
	const form = "application/x-www-form-urlencoded"
	for _, tt := range []struct {
		name, payload string
		want          []Item
	}{
		{"JSON", sent("POST", "application/json", event, ""), good(realFailure)},
		{"JSON with its charset", sent("POST", "application/json; charset=utf-8", event, ""), good(realFailure)},
		{"JSON without a type", sent("POST", "", event, ""), good(realFailure)},
		{"JSON that the client calls a form", sent("POST", form, event, ""), good(realFailure)},
		{"JSON behind a byte order mark", sent("POST", "application/json", "\ufeff"+event, ""), good(realFailure)},
		{"JSON in base64", sent("POST", "application/json", inBase64(event), `,"isBase64Encoded":true`), good(realFailure)},
		{"several events", sent("POST", "application/json", "["+event+","+alert+"]", ""), good(realFailure, pushedFailure)},
		{"PUT, which the function refuses before", sent("PUT", "application/json", event, ""), good(realFailure)},
		{"a form", sent("POST", form, fields.Encode(), ""), good(pushedFailure)},
		{"a form in capitals, with its charset", sent("POST", "Application/X-WWW-Form-URLEncoded ;charset=UTF-8", fields.Encode(), ""), good(pushedFailure)},
		{"a form in base64", sent("POST", form, inBase64(fields.Encode()), `,"isBase64Encoded":true`), good(pushedFailure)},
		{"a form of data", sent("POST", form, url.Values{"data": {alert}}.Encode(), ""), good(pushedFailure)},
		{"a form with blanks as plus and as %20", sent("POST", form, strings.ReplaceAll(fields.Encode(), "+c", "%20c"), ""), good(pushedFailure)},
		{"a form that ends in a separator", sent("POST", form, fields.Encode()+"&", ""), good(pushedFailure)},
		{"a form that is called text", sent("POST", "text/plain", fields.Encode(), ""), bad("body", "not JSON: an unexpected letter or digit at byte 1", wantObject)},
		{"a form with a field twice", sent("POST", form, fields.Encode()+"&alert=%7B%7D", ""), bad("body", `an object with "alert" twice`, wantOnce)},
		{"a form with a field twice in other case", sent("POST", form, fields.Encode()+"&ALERT=%7B%7D", ""), bad("body", `an object with "alert" twice`, wantOnce)},
		{"a form of another charset", sent("POST", form+"; charset=GBK", "alert=%7B%22eventName%22%3A%22%C5%CC%22%7D", ""), bad("body.name", "missing", wantForms)},
		{"GET data", sent("GET", "", "", parameters(map[string]string{"data": alert})), good(pushedFailure)},
		{"GET data of an alert rule", sent("GET", "", "", parameters(map[string]string{"data": event, "token": "x"})), good(realFailure)},
		{"get in lower case", sent("get", "", "", parameters(map[string]string{"data": event})), good(realFailure)},
		{"GET data that is still escaped", sent("GET", "", "", parameters(map[string]string{"data": url.QueryEscape(event)})), good(realFailure)},
		{"GET data in base64", sent("GET", "", "", parameters(map[string]string{"data": inBase64(event)})), good(realFailure)},
		{"GET members", sent("GET", "", "", parameters(map[string]string{"alert": fields.Get("alert"), "severity": "CRITICAL", "strategyName": "100%"})), good(pushedFailure)},
		{"GET members that are still escaped", sent("GET", "", "", parameters(map[string]string{"alert": url.QueryEscape(fields.Get("alert")), "strategyName": "a+b"})), good(pushedFailure)},
		{"GET members with an escape that is none", sent("GET", "", "", parameters(map[string]string{"alert": url.QueryEscape(fields.Get("alert")), "strategyName": "100%"})), bad("queryParameters", "badly escaped", "percent-encoding")},
		{"GET members that contradict", sent("GET", "", "", parameters(map[string]string{"alert": fields.Get("alert"), "severity": "INFO"})), bad("queryParameters.severity", `"INFO"`, "CRITICAL with Secret:RotateSecret:Failure")},
		{"GET data twice", sent("GET", "", "", `,"queryParameters":{"data":`+quote(t, event)+`,"data":`+quote(t, alert)+`}`), bad("queryParameters", `an object with "data" twice`, wantOnce)},
		{"GET with a body only", sent("GET", "application/json", event, ""), bad("queryParameters.name", "missing", wantForms)},
		{"POST with parameters only", sent("POST", "application/json", "", parameters(map[string]string{"data": event})), bad("body", "empty", wantObject)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			payload := []byte(tt.payload)
			got := Decode(payload)
			if got.Request == nil || len(got.Items) > 0 {
				t.Fatalf("read as %+v, want a request and nothing else", got)
			}
			for range 2 { // nothing that was sent is written to
				if diff := cmp.Diff(tt.want, got.Request.Decode()); diff != "" {
					t.Errorf("the items differ (-want +got):\n%s", diff)
				}
			}
			if string(payload) != tt.payload {
				t.Error("the payload was written to")
			}
		})
	}
}

// An event that is taken for a request would be answered with a refusal, and the secret would stay as it is.
func TestWhatIsNoRequestIsLeftToDecode(t *testing.T) {
	for file := range accepted {
		if r := Decode(fixture(t, file)).Request; r != nil {
			t.Errorf("%s: read as request %+v, want none", file, r)
		}
	}
	for file := range routed {
		want := strings.HasPrefix(file, "http-")
		if got := Decode(fixture(t, "routes/"+file)); (got.Request != nil) != want || want && len(got.Items) > 0 {
			t.Errorf("%s: read as %+v, a request: %v", file, got, want)
		}
	}
	for _, payload := range []string{"", "null", "[]", "7", `"rawPath"`, "{", "\xff"} {
		if Decode([]byte(payload)).Request != nil {
			t.Errorf("%q: a request, want none", payload)
		}
	}
}
