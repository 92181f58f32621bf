package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// vendorAccount is that of the fixtures in events/testdata/routes, whose rotation failed on 2026-01-02.
const vendorAccount = "1234567890123456"

// form is a failed rotation in one of the forms in which it reaches the function.
type form struct {
	name     string
	payload  []byte
	overHTTP bool
}

// allForms are the fixtures of events that are decoded as a failure of the secret, HTTP requests with the token added.
func allForms(t *testing.T) []form {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "events", "testdata", "routes", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []form
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if strings.Contains(name, "rejected") || strings.HasPrefix(name, "foreign") || strings.HasSuffix(name, "success") {
			continue
		}
		payload, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		one := form{name: name, payload: payload, overHTTP: strings.HasPrefix(name, "http-")}
		if one.overHTTP {
			one.payload = withHeader(t, payload, "Authorization", "Bearer "+callbackSecret)
		}
		all = append(all, one)
	}
	if len(all) < 40 {
		t.Fatalf("found %d forms: those of events have moved", len(all))
	}
	return all
}

func withHeader(t *testing.T, request []byte, name, value string) []byte {
	t.Helper()
	var parts map[string]any
	if err := json.Unmarshal(request, &parts); err != nil {
		t.Fatal(err)
	}
	headers, _ := parts["headers"].(map[string]any)
	if headers == nil {
		headers = map[string]any{}
	}
	headers[name], parts["headers"] = value, headers
	return wrapped(t, parts)
}

func wrapped(t testing.TB, v any) []byte {
	t.Helper()
	payload, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// startForForms starts the binary in the account of the fixtures, with a secret that is older than their failure.
func startForForms(t *testing.T) (*cloud, *function) {
	t.Helper()
	created := time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)
	c := newCloud(t, standin.Options{Account: vendorAccount}, standin.Secret{Versions: []standin.Version{{ID: "v1", CreateTime: created, Stages: []string{"ACSCurrent"}}}})
	return c, startFunction(t, c, fcruntime.Options{AccountID: vendorAccount}, callbackSetting)
}

// outcomes delivers an event in a form.
func (f *function) outcomes(one form) []remediation.Outcome {
	f.t.Helper()
	var said report.Report
	if one.overHTTP {
		said = f.call(one.payload).report
	} else {
		said = f.invoke(one.payload).report
	}
	var all []remediation.Outcome
	for _, result := range said.Results {
		all = append(all, result.Outcome)
	}
	return all
}

// After a form that is not understood nothing seems to have failed, and one that is taken for another failure rotates twice.
func TestEachFormHealsTheSecretAndItsCopyInAnotherFormDoesNot(t *testing.T) {
	all := allForms(t)
	for n, one := range all {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			c, f := startForForms(t)
			first := f.outcomes(one)
			if len(first) == 0 || first[0] != remediation.Rotated || c.current() == "v1" {
				t.Errorf("got %v, and version %s is current; want it rotated", first, c.current())
			}
			other := all[(n+1)%len(all)]
			if second := f.outcomes(other); len(second) == 0 || second[0] != remediation.AlreadyRotated || c.rotateCalls() != 1 {
				t.Errorf("the copy as %s: %v, %d calls of RotateSecret; want already-rotated, and 1", other.name, second, c.rotateCalls())
			}
		})
	}
}

// One failure comes by a rule, a subscription and the history, and as an alert that is over: each names one episode.
func TestOneFailureInEveryFormRotatesOnce(t *testing.T) {
	t.Parallel()
	resolved, err := os.ReadFile(filepath.Join("..", "events", "testdata", "routes", "foreign-subscription-resolved.json"))
	if err != nil {
		t.Fatal(err)
	}
	c, f := startForForms(t)
	if got := f.outcomes(form{payload: resolved}); len(got) != 1 || got[0] != remediation.Ignored {
		t.Errorf("an alert that is over: %v, want ignored", got)
	}
	for _, one := range allForms(t) {
		f.outcomes(one)
	}
	f.tick(mid())
	if n := c.rotateCalls(); n != 1 {
		t.Errorf("%d calls of RotateSecret, want 1", n)
	}
}

// The address of an HTTP trigger is open to everybody: however a request is wrapped, its event is for the token only.
func TestNothingOverHTTPIsDecodedWithoutTheToken(t *testing.T) {
	t.Parallel()
	c, f := startForForms(t)
	for _, one := range allForms(t) {
		if !one.overHTTP {
			continue
		}
		request := withHeader(t, one.payload, "Authorization", "Bearer wrong")
		if a := f.call(request); a.StatusCode != http.StatusForbidden || len(a.report.Results) > 0 {
			t.Errorf("%s: %d %s, want 403", one.name, a.StatusCode, a.Body)
		}
		text := string(request)
		for name, payload := range map[string][]byte{
			"in an array":        wrapped(t, []json.RawMessage{request}),
			"as a JSON text":     wrapped(t, text),
			"as base64":          []byte(base64.StdEncoding.EncodeToString(request)),
			"in an MNS message":  wrapped(t, map[string]any{"TopicName": "t", "Message": text}),
			"in a kept failure":  wrapped(t, map[string]any{"requestContext": map[string]any{"functionArn": "acs:fc:cn-hangzhou:1:functions/f"}, "requestPayload": text}),
			"in a queue message": wrapped(t, map[string]any{"type": "mns:Queue:SendMessage", "specversion": "1.0", "data": map[string]any{"messageBody": text}}),
			"in another request": withHeader(t, wrapped(t, map[string]any{"rawPath": "/", "body": text}), "Authorization", "Bearer wrong"),
		} {
			r, err := f.Invoke(t.Context(), payload)
			closed := r.Error != nil && r.Error.Type == string(remediation.Rejected) || bytes.Contains(r.Payload, []byte(`"statusCode":403`))
			if err != nil || !closed {
				t.Errorf("%s, %s: %v, %s; want it rejected, or 403", one.name, name, err, r.Payload)
			}
		}
	}
	if n := len(c.Calls()); n > 0 {
		t.Errorf("%d calls for requests without the token", n)
	}
}
