package alicloud

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// What KMS gets decides what it does: a parameter that is missing or misspelled is a rotation of something else.
func TestEachCallSendsWhatItWasAsked(t *testing.T) {
	server := newRecorder(t)
	k := newKMS(t, server.address)
	_, _ = k.DescribeSecret(t.Context(), secretName)
	_, _ = k.CurrentVersion(t.Context(), secretName)
	_, _ = k.RotateSecret(t.Context(), secretName, versionID)
	_ = k.TagSecret(t.Context(), secretName, "key", `a=1:"<&>"`)

	common := map[string]string{
		"Version": "2016-01-20", "Format": "JSON", "RegionId": region, "SecretName": secretName,
		"AccessKeyId": canaries.AccessKeyID, "SecurityToken": canaries.SecurityToken,
		"SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0", "SignatureType": "",
	}
	want := []map[string]string{
		{"Action": "DescribeSecret", "FetchTags": "true"},
		{"Action": "ListSecretVersionIds", "PageNumber": "1", "PageSize": "100"},
		{"Action": "RotateSecret", "VersionId": versionID},
		{"Action": "TagResource", "Tags": `[{"TagKey":"key","TagValue":"a=1:\"\u003c\u0026\u003e\""}]`},
	}
	var got []map[string]string
	for i, call := range server.calls() {
		params := map[string]string{}
		for name := range call {
			params[name] = call.Get(name)
		}
		for _, name := range []string{"Signature", "SignatureNonce", "Timestamp"} {
			delete(params, name)
		}
		for name, value := range common {
			want[i][name] = value
		}
		got = append(got, params)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestASecretIsReadWithItsTags(t *testing.T) {
	body := `{"Arn":"acs:kms:cn-hangzhou:1:secret/acs/ecs/web-1","SecretName":"acs/ecs/web-1","SecretType":"ECS",
		"AutomaticRotation":"Invalid","PlannedDeleteTime":"2026-01-03T00:00:00Z","ExtendedConfig":"{}","RequestId":"r",
		"Tags":{"Tag":[{"TagKey":"a","TagValue":"1"},{"TagKey":"b","TagValue":""}]}}`
	got, err := newKMS(t, answering(t, 200, body)).DescribeSecret(t.Context(), secretName)
	if err != nil {
		t.Fatal(err)
	}
	want := remediation.Secret{
		ARN: "acs:kms:cn-hangzhou:1:secret/acs/ecs/web-1", Name: secretName, Type: "ECS", AutomaticRotation: "Invalid",
		PlannedDeleteTime: "2026-01-03T00:00:00Z", Tags: map[string]string{"a": "1", "b": ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("secret (-want +got):\n%s", diff)
	}
}

// A secret that answers for another would be judged by the wrong tags, and its record written to the wrong place.
func TestAnAnswerAboutAnotherSecretIsUnreadable(t *testing.T) {
	current := `"VersionIds":{"VersionId":[{"VersionId":"v","CreateTime":"2026-01-02T03:04:05Z","VersionStages":{"VersionStage":["ACSCurrent"]}}]}`
	for _, name := range []string{`"SecretName":"acs/ecs/web-2",`, `"SecretName":"ACS/ecs/web-1",`, `"SecretName":"",`, ``} {
		k := newKMS(t, answering(t, 200, `{`+name+`"RequestId":"r",`+current+`}`))
		_, err := k.DescribeSecret(t.Context(), secretName)
		checkClass(t, err, remediation.Transient)
		_, err = k.CurrentVersion(t.Context(), secretName)
		checkClass(t, err, remediation.Transient)
	}
}

// Tags that are lost on the way would look like a secret without a record, and start an episode anew.
func TestASecretWhoseTagsCannotBeReadIsUnreadable(t *testing.T) {
	for _, tags := range []string{`"x"`, `[]`, `{"Tag":{}}`, `{"Tag":["x"]}`, `{"Tag":[{"TagKey":"k","TagValue":1}]}`} {
		k := newKMS(t, answering(t, 200, `{"SecretName":"acs/ecs/web-1","RequestId":"r","Tags":`+tags+`}`))
		_, err := k.DescribeSecret(t.Context(), secretName)
		checkClass(t, err, remediation.Transient)
	}
}

// The proof of a rotation is the version at stage ACSCurrent; a guess here would be a false "rotated".
func TestTheCurrentVersionIsTheOneAtThatStage(t *testing.T) {
	version := func(id, created string, stages ...string) string {
		return fmt.Sprintf(`{"VersionId":%q,"CreateTime":%q,"VersionStages":{"VersionStage":[%q]}}`, id, created, strings.Join(stages, `","`))
	}
	created := "2026-01-02T03:04:05Z"
	rows := []struct {
		name, versions, want string
	}{
		{"one current among others is found", version("old", created, "ACSPrevious") + "," + version("new", created, "ACSCurrent"), "new"},
		{"a custom stage beside it does no harm", strings.ReplaceAll(version("new", created, "ACSCurrent"), `["`, `["mine","`), "new"},
		{"the other versions may have any time", version("old", "?", "ACSPrevious") + "," + version("new", created, "ACSCurrent"), "new"},
		{"none is a moment, not a state", version("old", created, "ACSPrevious"), ""},
		{"no version at all", "", ""},
		{"two cannot be", version("a", created, "ACSCurrent") + "," + version("b", created, "ACSCurrent"), ""},
		{"a version without an id proves nothing", version("", created, "ACSCurrent"), ""},
		{"two cannot be, one without an id", version("", created, "ACSCurrent") + "," + version("b", created, "ACSCurrent"), ""},
		{"a time that cannot be read proves nothing", version("new", "yesterday", "ACSCurrent"), ""},
		{"a stage in other letters is another stage", version("new", created, "acscurrent"), ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			body := fmt.Sprintf(`{"SecretName":%q,"RequestId":"r","TotalCount":2,"VersionIds":{"VersionId":[%s]}}`, secretName, row.versions)
			got, err := newKMS(t, answering(t, 200, body)).CurrentVersion(t.Context(), secretName)
			if row.want == "" {
				checkClass(t, err, remediation.Transient)
				return
			}
			want := remediation.Version{ID: row.want, CreateTime: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("error %v, version (-want +got):\n%s", err, diff)
			}
		})
	}
}

// A secret with many versions must not look as if it had none at that stage; a count that never ends must.
func TestVersionsAreReadPageByPage(t *testing.T) {
	for total, wantPages := range map[int]int{0: 1, 100: 1, 101: 2, 250: 3, 1 << 30: maxVersionPages} {
		pages := 0
		k := newKMS(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
			pages++
			stage := "ACSPrevious"
			if pages == wantPages {
				stage = "ACSCurrent"
			}
			if got := r.URL.Query().Get("PageNumber"); got != fmt.Sprint(pages) {
				t.Errorf("asked for page %s, want %d", got, pages)
			}
			_, _ = fmt.Fprintf(w, `{"SecretName":%q,"RequestId":"r","TotalCount":%d,"VersionIds":{"VersionId":[
				{"VersionId":"v%d","CreateTime":"2026-01-02T03:04:05Z","VersionStages":{"VersionStage":[%q]}}]}}`, secretName, total, pages, stage)
		}))
		got, err := k.CurrentVersion(t.Context(), secretName)
		if want := fmt.Sprint("v", wantPages); err != nil || got.ID != want || pages != wantPages {
			t.Errorf("%d versions: got %q after %d pages (%v), want %s after %d", total, got.ID, pages, err, want, wantPages)
		}
	}
}

func TestAnAcceptedRotationNamesItsRequest(t *testing.T) {
	requestID, err := newKMS(t, answering(t, 200, accepted())).RotateSecret(t.Context(), secretName, versionID)
	if err != nil || requestID != "request-1" {
		t.Errorf("got %q, %v, want request-1", requestID, err)
	}
}
