package events

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
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
// that stands open, or one that nobody gets through.
func TestARequestIsReadAsTheClientSentIt(t *testing.T) {
	none := map[string]string{}
	for _, tt := range []struct {
		name, payload string
		want          seen
	}{
		{"the documented form", string(fixture(t, "routes/http-post-json.json")), seen{
			Method: "POST",
			Header: map[string]string{"content-type": "application/json", "x-callback-token": "a-token"},
			Query:  map[string]string{"Token": "b-token"},
			Body:   compact(t, fixture(t, "failure-real-name.json")),
		}},
		{"a body in base64", request(`,"body":"eyJhIjoxfQ==","isBase64Encoded":true`), seen{"POST", none, none, []byte(`{"a":1}`)}},
		{"text that looks like base64 stays text", request(`,"body":"eyJhIjoxfQ==","isBase64Encoded":false`), seen{"POST", none, none, []byte("eyJhIjoxfQ==")}},
		{"nobody says base64", request(`,"body":"eyJhIjoxfQ=="`), seen{"POST", none, none, []byte("eyJhIjoxfQ==")}},
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
		{"a body that is not even unfolded", request(`,"isBase64Encoded":true,"body":"` + strings.Repeat("!", 20<<20) + `"`), RejectError{"body", "too long", "at most 131072 bytes"}, true},
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

// An event that is taken for a request would be answered with a refusal, and nobody would rotate.
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
