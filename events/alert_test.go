package events

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// No document lists every spelling. One that was taken for something else would be ignored, and the failure lost.
func TestAFailureIsReadInEverySpelling(t *testing.T) {
	event := string(fixture(t, "failure-real-name.json"))
	for _, spelling := range []string{
		"Secret:RotateSecret:Failure", "Secret[RotateSecret:Failure]", "secret_rotate_secret_failure", "RotateSecret.Failure",
		"Secret[RotateSecret:Failure]:v2", "kms:CloudMonitor:Secret[RotateSecret:Failure]", "kms:CloudMonitor:Secret:RotateSecret:Failure",
		"kms:Secret[RotateSecret:Failure]", "acs.kms:Secret:RotateSecret:Failure", "cms:Event:Secret:RotateSecret:Failure",
	} {
		renamed := replaceOnce(t, event, `"Secret:RotateSecret:Failure"`, quote(t, spelling))
		bridged := func(data string) string {
			return replaceOnce(t, inBridge(t, event, data), "kms:CloudMonitor:Secret[RotateSecret:Failure]", spelling)
		}
		named := but(realFailure, func(e *Event) { e.Name = spelling })
		for _, tt := range []struct {
			name, payload string
			want          Event
		}{
			{"the name of an event", renamed, named},
			{"the name in a CloudEvent of another type", replaceOnce(t, inBridge(t, event, renamed), "kms:CloudMonitor:Secret[RotateSecret:Failure]", "cms:SystemEvent"), named},
			{"the type around a whole event", bridged(event), realFailure},
			{"the type around content alone", bridged(memberOf(t, event, "content")), realFailure},
		} {
			t.Run(spelling+" as "+tt.name, func(t *testing.T) {
				if diff := cmp.Diff(good(tt.want), itemsOf(t, []byte(tt.payload))); diff != "" {
					t.Errorf("the event differs (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// An error would have the platform send what is none of ours again and again.
func TestWhatIsSpeltOnlyAlmostLikeARotationStaysForeign(t *testing.T) {
	for _, name := range []string{"Secret:RotateSecret", "RotateSecret2:Failure", "Failure:RotateSecret", "Key:RotateKey:Failure", "kms:ActionTrail:ApiCall"} {
		for _, payload := range []string{
			`{"name":` + quote(t, name) + `}`, `{"specversion":"1.0","type":` + quote(t, name) + `,"data":{"name":` + quote(t, name) + `}}`,
		} {
			if diff := cmp.Diff(good(Event{Kind: Foreign, Name: name}), itemsOf(t, []byte(payload))); diff != "" {
				t.Errorf("%s: the items differ (-want +got):\n%s", payload, diff)
			}
		}
	}
}

// A prefix is all that differs: taken for another product's, the failure would be ignored, and lost. Without the whole
// word, another product's failure would be taken for one of KMS.
func TestAProductWithItsPrefixIsKMS(t *testing.T) {
	event := string(fixture(t, "failure-real-name.json"))
	for product, want := range map[string]Kind{
		"KMS": Failure, "acs.kms": Failure, "acs_kms": Failure, "acs:kms": Failure, "ACS_KMS": Failure,
		"acs.oos": Foreign, "acs": Foreign, "acs.kms2": Foreign, "xacs.kms": Foreign, "OOS": Foreign,
	} {
		got, err := decodeOne(t, []byte(replaceOnce(t, event, `"KMS"`, quote(t, product))))
		if got.Kind != want || err != nil {
			t.Errorf("product %q: got kind %q with error %v, want %q", product, got.Kind, err, want)
		}
	}
}

// replaceOnce fails where there is nothing to replace: the row would test what its neighbour tests.
func replaceOnce(t *testing.T, s, old, by string) string {
	t.Helper()
	if !strings.Contains(s, old) {
		t.Fatalf("found no %s in %s", old, s)
	}
	return strings.Replace(s, old, by, 1)
}
