package alicloud

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const recordKey = "rotation-remediation-record"

// sentParams returns what each call sent, without what every call of a service sends.
func sentParams(server *recorder) []map[string]string {
	common := []string{
		"AccessKeyId", "SecurityToken", "Signature", "SignatureMethod", "SignatureNonce", "SignatureType", "SignatureVersion",
		"Timestamp", "Format",
	}
	var sent []map[string]string
	for _, call := range server.calls() {
		params := map[string]string{}
		for name := range call {
			params[name] = call.Get(name)
		}
		maps.DeleteFunc(params, func(name, _ string) bool { return slices.Contains(common, name) })
		sent = append(sent, params)
	}
	return sent
}

// A parameter that is misspelled is passed over in silence: the list would hold all tags of the account, or none.
func TestTheCallsOfATickSendWhatTheyWereAsked(t *testing.T) {
	server := newRecorder(t)
	k := newKMS(t, server.address)
	_ = k.UntagSecret(t.Context(), secretName, recordKey)
	_, _ = k.ListTagged(t.Context(), recordKey, "")
	_, _ = k.ListTagged(t.Context(), recordKey, "next+/=")
	want := []map[string]string{
		{"Action": "UntagResource", "Version": "2016-01-20", "RegionId": region, "SecretName": secretName, "TagKeys": `["` + recordKey + `"]`},
		{"Action": "ListTagResources", "Version": "2016-01-20", "RegionId": region, "ResourceType": "secret", "Tag.1.Key": recordKey},
		{"Action": "ListTagResources", "Version": "2016-01-20", "RegionId": region, "ResourceType": "secret", "Tag.1.Key": recordKey, "NextToken": "next+/="},
	}
	if diff := cmp.Diff(want, sentParams(server)); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// A record that stays keeps an episode alive for ever; a tag of somebody else that goes is damage.
func TestARecordIsRemovedAndNothingElse(t *testing.T) {
	service, k := serveStandin(t)
	service.Tag(secretName, recordKey, "x")
	for range 2 { // that it is not there is a success
		if err := k.UntagSecret(t.Context(), secretName, recordKey); err != nil {
			t.Fatal(err)
		}
		got, _ := service.Secret(secretName)
		if diff := cmp.Diff(map[string]string{"team": "a b"}, got.Tags); diff != "" {
			t.Errorf("tags (-want +got):\n%s", diff)
		}
	}
	checkClass(t, k.UntagSecret(t.Context(), "acs/ecs/none", recordKey), remediation.Gone)
}

// An open episode that the list leaves out is never continued. All are found, however the open questions of the documents are answered.
func TestAllRecordsOfARegionAreFound(t *testing.T) {
	for _, behavior := range []standin.Behavior{
		{}, {TagRowsNameARNs: true}, {TagRowsOfOtherKeys: true}, {TagRowsNameARNs: true, TagRowsOfOtherKeys: true},
	} {
		t.Run(fmt.Sprintf("ARNs %v, other keys %v", behavior.TagRowsNameARNs, behavior.TagRowsOfOtherKeys), func(t *testing.T) {
			service := standinOf(behavior)
			address, stop, err := standin.Serve(service)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(stop)
			want := map[string]string{}
			for i := range 201 {
				name := fmt.Sprintf("acs/ecs/web-%d", i)
				want[name] = fmt.Sprintf("open/n=%d", i)
				service.Put(standin.Secret{Name: name, Tags: map[string]string{recordKey: want[name], "team": "x"}})
			}
			k := newKMS(t, address)
			got := map[string]string{}
			for token, pages := "", 0; pages == 0 || token != ""; pages++ {
				page, err := k.ListTagged(t.Context(), recordKey, token)
				if err != nil || pages > 10 {
					t.Fatalf("page %d: %v", pages, err)
				}
				for _, tagged := range page.Tagged {
					got[tagged.Secret] = tagged.Value
				}
				token = page.Next
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
		})
	}
}

// A row that is taken for the record of a secret, and is none, is a read of a secret that nobody asked about.
func TestRowsThatAreNoRecordsAreLeftOut(t *testing.T) {
	row := func(id, resource, key string) string {
		return fmt.Sprintf(`{"ResourceId":%q,"ResourceType":%q,"TagKey":%q,"TagValue":"v"}`, id, resource, key)
	}
	tests := []struct {
		name, rows string
		want       []remediation.Tagged
	}{
		{"a name", row("acs/ecs/a", "secret", recordKey), []remediation.Tagged{{Secret: "acs/ecs/a", Value: "v"}}},
		{"an ARN", row("acs:kms:cn-hangzhou:1:secret/acs/ecs/a", "secret", recordKey), []remediation.Tagged{{Secret: "acs/ecs/a", Value: "v"}}},
		{"a name that holds the word", row("acs/secret/a", "Secret", recordKey), []remediation.Tagged{{Secret: "acs/secret/a", Value: "v"}}},
		{"a row without a type", row("a", "", recordKey), []remediation.Tagged{{Secret: "a", Value: "v"}}},
		{"another key", row("a", "secret", "team"), nil},
		{"the key in other letters", row("a", "secret", "Rotation-Remediation-Record"), nil},
		{"a key of KMS by its type", row("a", "key", recordKey), nil},
		{"a key of KMS by its ARN", row("acs:kms:cn-hangzhou:1:key/a", "secret", recordKey), nil},
		{"an ARN of another region", row("acs:kms:cn-beijing:1:secret/a", "secret", recordKey), nil},
		{"an ARN of another product", row("acs:ecs:cn-hangzhou:1:secret/a", "secret", recordKey), nil},
		{"no id", row("", "secret", recordKey), nil},
		{"no rows", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := newKMS(t, answering(t, 200, `{"RequestId":"r","NextToken":"n","TagResources":{"TagResource":[`+tt.rows+`]}}`))
			got, err := k.ListTagged(t.Context(), recordKey, "")
			if diff := cmp.Diff(remediation.TagPage{Tagged: tt.want, Next: "n"}, got); diff != "" || err != nil {
				t.Errorf("error %v, page (-want +got):\n%s", err, diff)
			}
		})
	}
}

// Taken for a region without records, an answer that cannot be read would hide all open episodes.
func TestAListThatCannotBeReadIsNotAnEmptyOne(t *testing.T) {
	for _, body := range []string{
		``, `null`, `{}`, `{"RequestId":"r","TagResources":7}`, `{"RequestId":"r","TagResources":"x"}`,
		`{"RequestId":"r","TagResources":{"TagResource":["x"]}}`, `{"RequestId":"r","TagResources":{"Resources":[]}}`,
	} {
		_, err := newKMS(t, answering(t, 200, body)).ListTagged(t.Context(), recordKey, "")
		checkClass(t, err, remediation.Transient)
	}
}
