package events

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Anybody who may invoke the function chooses these bytes. A panic would lose the event; an accepted rotation without
// its secret or time would have those who act on it guess.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("found %d fixtures, error %v: want seeds", len(files), err)
	}
	for _, file := range files {
		payload, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		e, err := Decode(payload)
		if err != nil {
			checkRejection(t, err)
			return
		}
		checkEvent(t, e)
	})
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
		t.Errorf("got error %T, want *RejectError: nobody would know what to do with it", err)
	}
	if text := err.Error(); len(text) >= 300 || strings.ContainsAny(text, "\n\r") {
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
		t.Errorf("accepted %+v, a failure without a time: it would never be moot", e)
	}
	if code := e.Cause.ShortCode(); len(code) > maxShortCode {
		t.Errorf("got a short code of %d bytes, want at most %d", len(code), maxShortCode)
	}
}
