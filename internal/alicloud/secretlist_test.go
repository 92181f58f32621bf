package alicloud

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// A secret that the list leaves out is never looked at, and is overdue for ever.
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

// An answer that is no list must not look like a region without secrets.
func TestSecretsThatCannotBeReadAreNone(t *testing.T) {
	for _, body := range []string{``, `{}`, `{"RequestId":"r","Code":"X"}`, `{"RequestId":"r","TotalCount":"many"}`, `{"RequestId":"r","SecretList":[]}`} {
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
