package main

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// Every test here searches what the function says for what it must not say. These do so where the SDK would print each
// signed address by itself, and where the service repeats what was signed.
func TestNothingLeaksWhereTheSDKWouldPrintIt(t *testing.T) {
	wrong := canaryCredentials
	wrong.AccessKeySecret = otherCredentials.AccessKeySecret
	for _, row := range []struct {
		name   string
		debug  string
		before func(*function)
		calls  int // at least so many were made
	}{
		{"a rotation that works", "DEBUG=sdk", func(*function) {}, 7},
		{"a signature that the service repeats", "DEBUG=sdk", func(f *function) { f.SetCredentials(platformCredentials(wrong)) }, 1},
		{"a permission that is missing", "DEBUG=x,sdk,y", refusing("RotateSecret", http.StatusForbidden, "Forbidden.NoPermission"), 5},
		{"a connection that is reset", "DEBUG=sdk", func(f *function) {
			f.cloud.Inject(standin.Fault{Action: "RotateSecret", Kind: standin.ResetAfter})
		}, 7},
		{"a redirect", "DEBUG=sdk,y", func(f *function) {
			f.cloud.Inject(standin.Fault{Action: "TagResource", Kind: standin.Redirect, Times: 1})
		}, 8},
		{"a page for people", "DEBUG=sdk", func(f *function) {
			f.cloud.Inject(standin.Fault{Action: "DescribeSecret", Kind: standin.HTML, Times: 1})
		}, 8},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, standin.Options{}, standin.Secret{})
			f := startFunction(t, c, fcruntime.Options{}, row.debug)
			row.before(f)
			f.invoke(c.failure)
			if got := len(c.Calls()); got < row.calls {
				t.Errorf("%d calls, want %d: nothing could leak", got, row.calls)
			}
		})
	}
}

// A payload that cannot be read is the one that somebody would love to see in the log, secrets included.
func TestAPayloadThatIsRefusedIsNotRepeated(t *testing.T) {
	t.Parallel()
	c := newCloud(t, standin.Options{}, standin.Secret{})
	f := startFunction(t, c, fcruntime.Options{})
	for _, payload := range [][]byte{
		[]byte(canaryPayload),
		[]byte(`"` + canaryPayload + `"`),
		[]byte(`["` + canaryPayload + `"]`),
		[]byte(`{"` + canaryPayload + `":1}`),
		bytes.Replace(c.failure, []byte(`"CRITICAL"`), []byte(`"INFO"`), 1),
		c.failure[:len(c.failure)-1],
		nil,
	} {
		if a := f.invoke(payload); a.errorType != "rejected" {
			t.Errorf("%s: got %s (errorType %q), want it rejected", payload, a.text, a.errorType)
		}
	}
	if n := len(c.Calls()); n > 0 {
		t.Errorf("%d calls for payloads that cannot be read", n)
	}
}
