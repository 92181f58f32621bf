package alicloud

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// One careless log line would hand the role of the function to whoever reads logs.
func TestCredentialsAreNeverPrinted(t *testing.T) {
	var logged bytes.Buffer
	k := newKMS(t, "")
	holder := struct{ Held Credentials }{canaries}
	for _, logger := range []*slog.Logger{slog.New(slog.NewTextHandler(&logged, nil)), slog.New(slog.NewJSONHandler(&logged, nil))} {
		logger.Info("line", "value", canaries, "pointer", &canaries, "holder", holder, "kms", k)
	}
	checkNoCanary(t, "the log", logged.String())
	for _, value := range []any{canaries, &canaries, holder, &holder, []Credentials{canaries}, k, *k, k.client} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			checkNoCanary(t, fmt.Sprintf("%s of %T", verb, value), fmt.Sprintf(verb, value))
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		checkNoCanary(t, "JSON", string(encoded))
	}
}

// The SDK would fall back on other credentials, or send a call that can only be refused.
func TestWithoutCredentialsNoCallIsMade(t *testing.T) {
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "another")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "another")
	server := newRecorder(t)
	for _, cred := range []Credentials{{}, {AccessKeyID: "id"}, {AccessKeySecret: "secret"}, {SecurityToken: "token"}} {
		checkClass(t, rotate(t.Context(), newClient(t, server.address).KMS(region, cred)), remediation.Expired)
	}
	if calls := server.calls(); len(calls) != 0 {
		t.Errorf("%d calls were made, want none", len(calls))
	}
}

// An access key of a person has no token; the parameter must then be left out.
func TestAPermanentKeyNeedsNoToken(t *testing.T) {
	server := newRecorder(t)
	cred := Credentials{AccessKeyID: "id", AccessKeySecret: "secret"}
	if err := rotate(t.Context(), newClient(t, server.address).KMS(region, cred)); err != nil {
		t.Fatal(err)
	}
	if call := server.calls()[0]; call.Get("AccessKeyId") != "id" || call.Has("SecurityToken") {
		t.Errorf("got key id %q and token %t, want id and none", call.Get("AccessKeyId"), call.Has("SecurityToken"))
	}
}
