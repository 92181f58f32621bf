package alicloud

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// standinOf returns a KMS of this behavior that checks signatures.
func standinOf(behavior standin.Behavior) *standin.KMS {
	cred := standin.Credentials{AccessKeyID: canaries.AccessKeyID, AccessKeySecret: canaries.AccessKeySecret, SecurityToken: canaries.SecurityToken}
	return standin.New(standin.Options{Credentials: []standin.Credentials{cred}, Behavior: behavior})
}

// newStandin returns one with a secret.
func newStandin() *standin.KMS {
	service := standinOf(standin.Behavior{})
	service.Put(standin.Secret{Name: secretName, AutomaticRotation: "Invalid", Tags: map[string]string{"team": "a b"}})
	return service
}

// serveStandin starts such a KMS, and returns it with the calls to it.
func serveStandin(t *testing.T) (*standin.KMS, *KMS) {
	t.Helper()
	service := newStandin()
	return service, newKMS(t, addressOf(t, service))
}

// addressOf serves a stand-in.
func addressOf(t *testing.T, service *standin.KMS) string {
	t.Helper()
	address, stop, err := standin.Serve(service)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return address
}

// If the signature of one call were wrong, that call would fail at the real service and nowhere before.
func TestAServiceThatChecksSignaturesAcceptsEachCall(t *testing.T) {
	service, k := serveStandin(t)
	before, err := k.CurrentVersion(t.Context(), secretName)
	if err != nil {
		t.Fatal(err)
	}
	requestID, err := k.RotateSecret(t.Context(), secretName, versionID)
	if err != nil || requestID == "" {
		t.Fatalf("got request id %q, %v", requestID, err)
	}
	if err := k.TagSecret(t.Context(), secretName, "rotation-remediation-record", `v1:open/n=1\+2@x`); err != nil {
		t.Fatal(err)
	}
	after, err := k.CurrentVersion(t.Context(), secretName)
	if err != nil || after.ID != versionID || after.ID == before.ID || time.Since(after.CreateTime) > time.Hour {
		t.Errorf("got version %v (%v) after %v, want %s created now", after, err, before, versionID)
	}
	got, err := k.DescribeSecret(t.Context(), secretName)
	want := remediation.Secret{
		ARN: "acs:kms:cn-hangzhou:1000000000000001:secret/acs/ecs/web-1", Name: secretName, Type: "ECS", AutomaticRotation: "Invalid", InstanceID: "i-bp1a2b3c4d5e6f7g8h9i", LastRotation: after.CreateTime,
		Tags: map[string]string{"team": "a b", "rotation-remediation-record": `v1:open/n=1\+2@x`},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v, secret (-want +got):\n%s", err, diff)
	}
	for _, call := range service.Calls() {
		if !call.Acted {
			t.Errorf("%s was refused: HTTP %d %s", call.Action, call.Status, call.Code)
		}
	}
}

// Characters that an address escapes are where signatures of different makers part.
func TestNamesWithOddCharactersAreSignedRight(t *testing.T) {
	service, k := serveStandin(t)
	for _, name := range []string{"acs/ecs/a+b=c.d-e@f_g", "acs/ecs/a b~*", "acs/ecs/é&x=y%41"} {
		service.Put(standin.Secret{Name: name})
		if _, err := k.DescribeSecret(t.Context(), name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// If anything fails on the way, a rotation is not called accepted, and no answer that was lost is called not sent.
func TestEachFaultHasItsClass(t *testing.T) {
	for _, kind := range standin.FaultKinds {
		synctest.Test(t, func(t *testing.T) {
			service := newStandin()
			service.Inject(standin.Fault{Kind: kind})
			dial, stop := standin.Pipe(service)
			defer stop()
			client, err := New(Options{DialContext: dial, KMSEndpoint: "http://127.0.0.1:1"})
			if err != nil {
				t.Fatal(err)
			}
			defer client.CloseIdleConnections()
			k := client.KMS(region, canaries)
			_, describeErr := k.DescribeSecret(t.Context(), secretName)
			_, currentErr := k.CurrentVersion(t.Context(), secretName)
			for _, err := range []error{describeErr, currentErr, rotate(t.Context(), k), k.TagSecret(t.Context(), secretName, "k", "v")} {
				if got := failure(t, err); got.Class != remediation.Transient {
					t.Errorf("%s: got %v, want transient", kind, got)
				}
			}
			if got := len(service.Calls()); got != 4 {
				t.Errorf("%s: %d requests for 4 calls", kind, got)
			}
		})
	}
}

// A refusal of the service is known by its code, and its text, which can hold the token, goes nowhere.
func TestARefusalKeepsItsCode(t *testing.T) {
	service, k := serveStandin(t)
	_, err := k.DescribeSecret(t.Context(), "acs/ecs/none")
	if got := failure(t, err); got.Class != remediation.Gone || got.Code != "Forbidden.ResourceNotFound" || got.RequestID == "" {
		t.Errorf("got %v, want gone with code and request id", got)
	}
	wrong := canaries
	wrong.AccessKeySecret = "another"
	checkClass(t, rotate(t.Context(), k.client.KMS(region, wrong)), remediation.Account)
	wrong = canaries
	wrong.SecurityToken = ""
	checkClass(t, rotate(t.Context(), k.client.KMS(region, wrong)), remediation.Expired)
	if got := service.Calls()[1].Code; got != "SignatureDoesNotMatch" {
		t.Errorf("the stand-in said %q", got)
	}
}
