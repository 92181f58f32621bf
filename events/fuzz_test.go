package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// Anybody who may invoke the function chooses these bytes. A panic would lose the event; an accepted rotation without
// its secret or time would have those who act on it guess.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	inRoutes, _ := filepath.Glob("testdata/routes/*.json")
	if err != nil || len(files) == 0 || len(inRoutes) == 0 {
		f.Fatalf("found %d fixtures and %d of routes, error %v: want seeds", len(files), len(inRoutes), err)
	}
	for _, file := range slices.Concat(files, inRoutes) {
		payload, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		sent := bytes.Clone(payload)
		decoded := Decode(payload)
		if decoded.Request != nil {
			decoded.Request.Decode()
		}
		if !bytes.Equal(payload, sent) {
			t.Error("the payload was written to: it is kept as it was sent")
		}
		if decoded.Request != nil {
			if len(decoded.Items) > 0 {
				t.Errorf("a request was read as %+v: its sender is not checked yet", decoded.Items)
			}
			return
		}
		items := decoded.Items
		if len(items) == 0 || len(items) > maxEvents+1 {
			t.Fatalf("got %d items, want 1 to %d: none would be lost in silence, more would never be done", len(items), maxEvents+1)
		}
		for _, item := range items {
			checkItem(t, item, len(items))
		}
		isText := bytes.HasPrefix(trim(payload), []byte(`"`))              // of a form, which only a payload may be
		if utf8.Valid(payload) && len(payload) < MaxPayload/8 && !isText { // what else cannot travel as JSON, or not in one payload
			checkInEnvelope(t, payload, items)
		}
	})
}

// The body of a request is what a stranger wrote, once a token leaked. It must be decoded as the same bytes in any other
// envelope are, and nothing may be decoded before Decode is called.
func FuzzRequest(f *testing.F) {
	files, err := filepath.Glob("testdata/routes/http-*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("found %d requests, error %v: want seeds", len(files), err)
	}
	for _, file := range files {
		payload, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		r := Decode(payload).Request
		seed := seenOf(r)
		f.Add(r.Method, r.Header["content-type"], seed.Body, false, r.Query["data"], r.Query["alert"])
		f.Add(r.Method, r.Header["content-type"], []byte(inBase64(string(seed.Body))), true, r.Query["data"], r.Query["alert"])
	}
	f.Fuzz(func(t *testing.T, method, contentType string, body []byte, inBase64 bool, data, alert string) {
		query := map[string]string{}
		for key, value := range map[string]string{"data": data, "alert": alert} {
			if value != "" {
				query[key] = value
			}
		}
		payload, err := json.Marshal(map[string]any{
			"rawPath": "/", "body": string(body), "isBase64Encoded": inBase64, "queryParameters": query,
			"headers": map[string]string{"Content-Type": contentType}, "requestContext": map[string]any{"http": map[string]any{"method": method}},
		})
		if err != nil {
			t.Fatal(err)
		}
		decoded := Decode(payload)
		if decoded.Request == nil || len(decoded.Items) > 0 {
			t.Fatalf("read as %+v, want a request and nothing else", decoded)
		}
		items := decoded.Request.Decode()
		if len(items) == 0 || len(items) > maxEvents+1 {
			t.Fatalf("got %d items, want 1 to %d", len(items), maxEvents+1)
		}
		for _, item := range items {
			if checkItem(t, item, len(items)); item.Event.Kind == Timer {
				t.Error("a tick came over HTTP, where anybody with the token could start sweeps")
			}
		}
	})
}

// checkInEnvelope compares what a payload is read as with what it is read as in an envelope: the same, but that a tick
// comes alone, and that there may be an envelope too many then.
func checkInEnvelope(t *testing.T, payload []byte, direct []Item) {
	items := itemsOf(t, []byte(`{"TopicName":"t","Message":`+quote(t, string(payload))+`}`))
	if len(items) != len(direct) {
		t.Fatalf("%d items directly, %d in an envelope: the difference is lost", len(direct), len(items))
	}
	for i, item := range items {
		var reject *RejectError
		errors.As(item.Err, &reject)
		switch {
		case direct[i].Event.Kind == Timer && item.Err != nil:
		case direct[i].Err == nil && reject != nil && reject.Got == "an envelope too many":
		case item.Event != direct[i].Event || (item.Err == nil) != (direct[i].Err == nil):
			t.Errorf("read as %+v directly, as %+v in an envelope: want the same", direct[i], item)
		}
	}
}

func checkItem(t *testing.T, item Item, of int) {
	if item.Err != nil {
		checkRejection(t, item.Err)
		if item.Event != (Event{}) {
			t.Errorf("a rejected event still says %+v: somebody would act on it", item.Event)
		}
		return
	}
	checkEvent(t, item.Event)
	if item.Event.Kind == Timer && of > 1 {
		t.Errorf("a tick came with %d other events, want it alone", of-1)
	}
}

// The history is somebody else's text as well. A panic would end the tick for all secrets; an accepted failure without its
// secret or time would have those who act on it guess.
func FuzzFromHistory(f *testing.F) {
	for file, want := range accepted {
		if want.Kind == Timer {
			continue
		}
		item := itemOf(f, file, want)
		for _, content := range []string{item.Content, wholeOf(f, file, want)} {
			f.Add(item.Product, item.Name, item.Level, item.Status, item.ResourceID, item.RegionID, content, want.Time.UnixMilli())
		}
	}
	f.Fuzz(func(t *testing.T, product, name, level, status, resource, region, content string, ms int64) {
		read, err := FromHistory(HistoryItem{
			Product: product, Name: name, Level: level, Status: status, ResourceID: resource, RegionID: region,
			Content: content, Time: time.UnixMilli(ms),
		})
		if err != nil {
			checkRejection(t, err)
		} else if len(read) == 0 {
			t.Errorf("read nothing, without an error: the item would be lost in silence")
		}
		for _, e := range read {
			checkEvent(t, e)
		}
	})
}

func checkRejection(t *testing.T, err error) {
	var reject *RejectError
	if !errors.As(err, &reject) {
		t.Errorf("got error %T, want *RejectError: no caller could name what is wrong", err)
	}
	if text := err.Error(); len(text) >= 300 || strings.ContainsAny(text, "\n\r<>") && !strings.Contains(text, arnForm) {
		t.Errorf("got an error of %d bytes, %q: want one short line", len(text), text)
	}
}

func checkEvent(t *testing.T, e Event) {
	if !slices.Contains(Kinds, e.Kind) {
		t.Errorf("got kind %q, want one of %v", e.Kind, Kinds)
	}
	if e.Kind != Failure && e.Kind != Success {
		return
	}
	if e.Region == "" || e.Account == "" || e.SecretName == "" {
		t.Errorf("accepted %+v, which does not say which secret it is about", e)
	}
	if want := "acs:kms:" + e.Region + ":" + e.Account + ":secret/" + e.SecretName; e.ARN != want {
		t.Errorf("got ARN %q, want %q: the parts would lead to another secret", e.ARN, want)
	}
	if e.Kind == Failure && e.Time.IsZero() {
		t.Errorf("accepted %+v, a failure without a time: it could never be rotated since", e)
	}
	if code := e.Cause.ShortCode(); len(code) > maxShortCode {
		t.Errorf("got a short code of %d bytes, want at most %d", len(code), maxShortCode)
	}
}
