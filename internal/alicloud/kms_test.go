package alicloud

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// The parameters decide what KMS does: a parameter that is missing or misspelled is a rotation of something else.
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

// Tags that are lost on the way would make it a secret without a record, and start an episode anew.
func TestASecretWhoseTagsCannotBeReadIsUnreadable(t *testing.T) {
	for _, tags := range []string{`"x"`, `7`, `["x"]`, `{"Tag":7}`, `{"Tag":["x"]}`, `{"Tags":[{"TagKey":"k","TagValue":"v"}]}`} {
		k := newKMS(t, answering(t, 200, `{"SecretName":"acs/ecs/web-1","RequestId":"r","Tags":`+tags+`}`))
		_, err := k.DescribeSecret(t.Context(), secretName)
		checkClass(t, err, remediation.Transient)
	}
}

// A rotation is verified by the version at stage ACSCurrent; a guess here would be a false "rotated".
func TestTheCurrentVersionIsTheOneAtThatStage(t *testing.T) {
	version := func(id, created string, stages ...string) string {
		return fmt.Sprintf(`{"VersionId":%q,"CreateTime":%q,"VersionStages":{"VersionStage":[%q]}}`, id, created, strings.Join(stages, `","`))
	}
	created := "2026-01-02T03:04:05Z"
	rows := []struct {
		name, versions, want string
	}{
		{"one current among others is found", version("old", created, "ACSPrevious") + "," + version("new", created, "ACSCurrent"), "new"},
		{"a custom stage beside it does no harm", strings.ReplaceAll(version("new", created, "ACSCurrent"), `["`, `["custom","`), "new"},
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

// A secret with many versions must not seem to have none at that stage; a count that never ends must.
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

// A secret that the list leaves out is never observed, and is overdue for ever.
func TestAPageOfSecretsIsReadAsItIs(t *testing.T) {
	server := newRecorder(t)
	server.answer = func(url.Values) string {
		return `{"RequestId":"r","PageNumber":3,"PageSize":50,"TotalCount":102,"SecretList":{"Secret":[
			{"SecretName":"acs/ecs/a","SecretType":"ECS","CreateTime":"2026-01-02T03:04:05Z","UpdateTime":"2026-01-02T03:04:05Z"},{"SecretName":"b","PlannedDeleteTime":"2026-01-03T00:00:00Z"}]}}`
	}
	got, err := newKMS(t, server.address).ListSecrets(t.Context(), 3, 50)
	want := remediation.SecretPage{Secrets: []remediation.ListedSecret{{Name: "acs/ecs/a", Type: "ECS"}, {Name: "b"}}, Total: 102}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v, page (-want +got):\n%s", err, diff)
	}
	sent := map[string]string{"Action": "ListSecrets", "Version": "2016-01-20", "RegionId": region, "PageNumber": "3", "PageSize": "50"}
	if diff := cmp.Diff([]map[string]string{sent}, sentParams(server)); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// An answer that is no list must not be taken for a region without secrets.
func TestSecretsThatCannotBeReadAreNone(t *testing.T) {
	for _, body := range []string{``, `{}`, `{"RequestId":"r","Code":"X"}`, `{"RequestId":"r","TotalCount":"many"}`, `{"RequestId":"r"}`, `{"RequestId":"r","TotalCount":1,"SecretList":7}`, `{"RequestId":"r","TotalCount":1,"SecretList":{"Secret":["x"]}}`} {
		_, err := newKMS(t, answering(t, 200, body)).ListSecrets(t.Context(), 1, 100)
		checkClass(t, err, remediation.Transient)
	}
	_, err := newKMS(t, answering(t, 403, `{"Code":"Forbidden.NoPermission","RequestId":"r"}`)).ListSecrets(t.Context(), 1, 100)
	checkClass(t, err, remediation.Account)
}

// The schedule is worth a word, and no reason to leave a failed rotation as it is.
func TestAScheduleThatCannotBeReadIsNone(t *testing.T) {
	next, last := time.Date(2026, 1, 9, 3, 4, 5, 0, time.UTC), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	rows := map[string]remediation.Secret{
		`"NextRotationDate":"2026-01-09T03:04:05Z","LastRotationDate":"2026-01-02T03:04:05Z","RotationInterval":"604800s"`: {
			NextRotation: next, LastRotation: last, RotationInterval: 7 * 24 * time.Hour,
		},
		`"NextRotationDate":"2026-01-09T11:04:05+08:00"`: {NextRotation: next},
		`"Arn":""`: {},
		`"NextRotationDate":"","LastRotationDate":null,"RotationInterval":""`:    {},
		`"NextRotationDate":7,"LastRotationDate":"soon","RotationInterval":"7d"`: {},
		`"NextRotationDate":{},"RotationInterval":604800`:                        {},
	}
	for members, want := range rows {
		want.Name = secretName
		got, err := newKMS(t, answering(t, 200, `{"RequestId":"r","SecretName":"`+secretName+`",`+members+`}`)).DescribeSecret(t.Context(), secretName)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: error %v, secret (-want +got):\n%s", members, err, diff)
		}
	}
}

// A tag of somebody else, or a count in text, must not keep a secret from being healed. The members that decide are named instead.
func TestWhatDecidesNothingNeverBlocks(t *testing.T) {
	secret := remediation.Secret{Name: secretName, Type: "ECS", AutomaticRotation: "Invalid"}
	rows := []struct {
		name, members string
		change        func(*remediation.Secret)
		unreadable    string // the member, if it is one that decides
	}{
		{"a foreign tag with a number", `"Tags":{"Tag":[{"TagKey":"cost","TagValue":7},{"TagKey":"a","TagValue":"b"}]}`, func(s *remediation.Secret) { s.Tags = map[string]string{"cost": "7", "a": "b"} }, ""},
		{"a foreign tag with an object", `"Tags":{"Tag":[{"TagKey":"x","TagValue":{"y":1}}]}`, func(s *remediation.Secret) { s.Tags = map[string]string{"x": `{"y":1}`} }, ""},
		{"a record that is a number", `"Tags":{"Tag":[{"TagKey":"rotation-remediation-record","TagValue":1}]}`, func(s *remediation.Secret) { s.Tags = map[string]string{recordKey: "1"} }, ""},
		{"tags that are an empty text", `"Tags":""`, nil, ""},
		{"tags that are null", `"Tags":null`, nil, ""},
		{"tags that are an empty list", `"Tags":[]`, nil, ""},
		{"a list of tags that is an empty text", `"Tags":{"Tag":""}`, nil, ""},
		{"one tag without a list", `"Tags":{"Tag":{"TagKey":"a","TagValue":"b"}}`, func(s *remediation.Secret) { s.Tags = map[string]string{"a": "b"} }, ""},
		{"a schedule that is true", `"AutomaticRotation":true`, func(s *remediation.Secret) { s.AutomaticRotation = "true" }, ""},
		{"an ARN that is null, odd dates", `"Arn":null,"NextRotationDate":7,"RotationInterval":false`, nil, ""},
		{"a configuration that is a number", `"ExtendedConfig":7`, nil, ""},
		{"a type that is a number", `"SecretType":7`, nil, "SecretType"},
		{"a deletion that is a number", `"PlannedDeleteTime":7`, nil, "PlannedDeleteTime"},
		{"tags that are a text", `"Tags":"x"`, nil, "Tags"},
		{"a tag that is a text", `"Tags":{"Tag":["x"]}`, nil, "Tags"},
		{"another secret", `"SecretName":"x"`, nil, "SecretName"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			k := newKMS(t, answering(t, 200, `{"RequestId":"r","SecretName":"`+secretName+`","SecretType":"ECS","AutomaticRotation":"Invalid",`+row.members+`}`))
			got, err := k.DescribeSecret(t.Context(), secretName)
			if row.unreadable != "" {
				if failed := failure(t, err); failed.Unreadable != row.unreadable || failed.Class != remediation.Transient {
					t.Errorf("got %v, want it to name %s", failed, row.unreadable)
				}
				return
			}
			want := secret
			if row.change != nil {
				row.change(&want)
			}
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("error %v, secret (-want +got):\n%s", err, diff)
			}
		})
	}
}

// The same of the other lists: one odd row of somebody else must not end a tick.
func TestAListMayHoldWhatDecidesNothing(t *testing.T) {
	k := newKMS(t, answering(t, 200, `{"RequestId":"r","NextToken":"","TagResources":{"TagResource":[
		{"ResourceId":"a","ResourceType":"secret","TagKey":"cost","TagValue":7},{"ResourceId":8,"TagKey":9,"TagValue":null},
		{"ResourceId":"a","ResourceType":"secret","TagKey":"`+recordKey+`","TagValue":7}]}}`))
	tagged, err := k.ListTagged(t.Context(), recordKey, "")
	if diff := cmp.Diff(remediation.TagPage{Tagged: []remediation.Tagged{{Secret: "a", Value: "7"}}}, tagged); err != nil || diff != "" {
		t.Errorf("records: error %v, page (-want +got):\n%s", err, diff)
	}
	k = newKMS(t, answering(t, 200, `{"RequestId":"r","TotalCount":"2","SecretList":{"Secret":[{"SecretName":"a","SecretType":null},{"SecretName":"b","CreateTime":7}]}}`))
	listed, err := k.ListSecrets(t.Context(), 1, 100)
	if diff := cmp.Diff(remediation.SecretPage{Secrets: []remediation.ListedSecret{{Name: "a"}, {Name: "b"}}, Total: 2}, listed); err != nil || diff != "" {
		t.Errorf("secrets: error %v, page (-want +got):\n%s", err, diff)
	}
	for body, want := range map[string]string{
		`{"RequestId":"r","TotalCount":"many"}`:                      "TotalCount",
		`{"RequestId":"r"}`:                                          "TotalCount",
		`{"RequestId":"r","TotalCount":1,"SecretList":"x"}`:          "SecretList",
		`{"RequestId":"r","TotalCount":1,"SecretList":{"Secret":7}}`: "SecretList",
	} {
		_, err := newKMS(t, answering(t, 200, body)).ListSecrets(t.Context(), 1, 100)
		if got := failure(t, err); got.Unreadable != want {
			t.Errorf("%s: got %v, want it to name %s", body, got, want)
		}
	}
}

// The version decides, its list may be odd elsewhere. A second 60 is the next one: KMS's clock counts leap seconds.
func TestTheCurrentVersionIsReadDespiteOddNeighbours(t *testing.T) {
	current := `{"VersionId":"new","CreateTime":"2026-01-02T03:04:60Z","VersionStages":{"VersionStage":["ACSCurrent"]}}`
	for name, row := range map[string]struct{ rest, versions, unreadable string }{
		"a count in text":            {`"TotalCount":"1"`, current, ""},
		"no count":                   {`"PageSize":20`, current, ""},
		"a neighbour without stages": {`"TotalCount":2`, current + `,{"VersionId":7,"CreateTime":null,"VersionStages":""}`, ""},
		"one stage without a list":   {`"TotalCount":1`, strings.ReplaceAll(strings.ReplaceAll(current, "[", ""), "]", ""), ""},
		"a neighbour that is a text": {`"TotalCount":2`, current + `,"x"`, "VersionIds"},
		"stages that are a number":   {`"TotalCount":2`, current + `,{"VersionId":"old","VersionStages":7}`, "VersionStages"},
		"an odd time":                {`"TotalCount":1`, strings.Replace(current, "03:04:60", "03:60:04", 1), "CreateTime"},
		"none current":               {`"TotalCount":1`, strings.Replace(current, "ACSCurrent", "ACSPrevious", 1), "ACSCurrent"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKMS(t, answering(t, 200, fmt.Sprintf(`{"RequestId":"r","SecretName":%q,%s,"VersionIds":{"VersionId":[%s]}}`, secretName, row.rest, row.versions)))
			got, err := k.CurrentVersion(t.Context(), secretName)
			if row.unreadable != "" {
				if failed := failure(t, err); failed.Unreadable != row.unreadable {
					t.Errorf("got %v, want it to name %s", failed, row.unreadable)
				}
				return
			}
			want := remediation.Version{ID: "new", CreateTime: time.Date(2026, 1, 2, 3, 5, 0, 0, time.UTC)}
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("error %v, version (-want +got):\n%s", err, diff)
			}
		})
	}
}

// At night the question is which machine. The id was chosen elsewhere, and goes to logs and messages.
func TestASecretNamesItsInstance(t *testing.T) {
	for config, want := range map[string]string{
		`{"SecretSubType":"Password","RegionId":"cn-hangzhou","InstanceId":"i-bp1abc","CustomData":{"a":1}}`: "i-bp1abc",
		`{"SecretSubType":"SingleUser","DBInstanceId":"rm-bp1"}`:                                             "rm-bp1",
		`{"DBClusterId":"pc-bp1","DBType":"MySQL"}`:                                                          "pc-bp1",
		`{"InstanceId":"r-bp1","AccountName":"user"}`:                                                        "r-bp1",
		`{"InstanceId":"","DBInstanceId":"rm-1"}`:                                                            "rm-1",
		`{"UserName":"someone"}`:                                                                             "",
		`{"InstanceId":7}`:                                                                                   "",
		`{"InstanceId":"i-1,outcome:rotated"}`:                                                               "",
		`{"InstanceId":"<a href=x>"}`:                                                                        "",
		`{"InstanceId":"i-\u001b[2J"}`:                                                                       "",
		`{"InstanceId":"` + strings.Repeat("i", 65) + `"}`:                                                   "",
		`[]`:  "",
		`x`:   "",
		``:    "",
		`{"`:  "",
		`"x"`: "",
	} {
		encoded, _ := json.Marshal(config)
		values := []string{string(encoded)}
		if json.Valid([]byte(config)) {
			values = append(values, config) // an object instead of its text
		}
		for _, value := range values {
			k := newKMS(t, answering(t, 200, `{"RequestId":"r","SecretName":"`+secretName+`","ExtendedConfig":`+value+`}`))
			if got, err := k.DescribeSecret(t.Context(), secretName); err != nil || got.InstanceID != want {
				t.Errorf("%s: got %q, %v, want %q", value, got.InstanceID, err, want)
			}
		}
	}
}
