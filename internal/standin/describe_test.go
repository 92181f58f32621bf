package standin

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The client's decoder is written against these shapes; one that differs from the documents would be found too late.
func TestAnswersHaveTheDocumentedShape(t *testing.T) {
	const arn = "acs:kms:cn-hangzhou:1000000000000001:secret/" + secretName
	secret := Secret{
		Name: secretName, RotationInterval: 7 * 24 * time.Hour, CreateTime: start.Add(-48 * time.Hour),
		LastRotationDate: start.Add(-24 * time.Hour), NextRotationDate: start.Add(144 * time.Hour),
		Tags: map[string]string{"team": "a", "cost": ""},
		Versions: []Version{
			{ID: "old", CreateTime: start.Add(-72 * time.Hour)},
			{ID: "v0", CreateTime: start.Add(-48 * time.Hour), Stages: []string{stagePrevious}},
			{ID: "v1", CreateTime: start.Add(-24 * time.Hour), Stages: []string{stageCurrent}},
		},
	}
	manual := secret
	manual.AutomaticRotation, manual.LastRotationDate, manual.PlannedDeleteTime = "Disabled", time.Time{}, start.Add(time.Hour)
	const tags = `"Tags": {"Tag": [{"TagKey": "cost", "TagValue": ""}, {"TagKey": "team", "TagValue": "a"}]}`
	const config = `"ExtendedConfig": "{\"InstanceId\":\"i-bp1a2b3c4d5e6f7g8h9i\",\"RegionId\":\"cn-hangzhou\",\"SecretSubType\":\"Password\"}"`
	const key = `"EncryptionKeyId": "key-hzz1a2b3c4d5e6f7g8h9i", "DKMSInstanceId": "kst-hzz1a2b3c4d5e6f7g8h9i", "OwingService": ""`
	const rotated, created = `"UpdateTime": "2026-01-01T03:04:05Z"`, `"UpdateTime": "2025-12-31T03:04:05Z"`
	database := Secret{Name: secretName, Type: "Rds", SubType: "DoubleUsers", Description: "orders", InstanceID: "rm-1", CreateTime: start}
	const v0 = `{"VersionId": "v0", "CreateTime": "2025-12-31T03:04:05Z", "VersionStages": {"VersionStage": ["ACSPrevious"]}}`
	const v1 = `{"VersionId": "v1", "CreateTime": "2026-01-01T03:04:05Z", "VersionStages": {"VersionStage": ["ACSCurrent"]}}`
	tests := []struct {
		name   string
		secret Secret
		action string
		pairs  []string
		want   string
	}{
		{"a secret with its tags", secret, "DescribeSecret", []string{"SecretName", secretName, "FetchTags", "true"}, `{
			"Arn": "` + arn + `", "SecretName": "acs/ecs/web-1", "SecretType": "ECS", "AutomaticRotation": "Enabled",
			"RotationInterval": "604800s", "LastRotationDate": "2026-01-01T03:04:05Z", "NextRotationDate": "2026-01-08T03:04:05Z",
			"CreateTime": "2025-12-31T03:04:05Z", "Description": "", ` + key + `, ` + rotated + `, ` + config + `, ` + tags},
		{"a secret by its ARN, without tags", secret, "DescribeSecret", []string{"SecretName", arn}, `{
			"Arn": "` + arn + `", "SecretName": "acs/ecs/web-1", "SecretType": "ECS", "AutomaticRotation": "Enabled",
			"RotationInterval": "604800s", "LastRotationDate": "2026-01-01T03:04:05Z", "NextRotationDate": "2026-01-08T03:04:05Z",
			"CreateTime": "2025-12-31T03:04:05Z", "Description": "", ` + key + `, ` + rotated + `, ` + config},
		{"a secret without a schedule that will be deleted", manual, "DescribeSecret", []string{"SecretName", secretName}, `{
			"Arn": "` + arn + `", "SecretName": "acs/ecs/web-1", "SecretType": "ECS", "AutomaticRotation": "Disabled",
			"PlannedDeleteTime": "2026-01-02T04:04:05Z", "CreateTime": "2025-12-31T03:04:05Z", "Description": "", ` + key + `, ` + created + `, ` + config},
		{"the secret of a database", database, "DescribeSecret", []string{"SecretName", secretName}, `{
			"Arn": "` + arn + `", "SecretName": "acs/ecs/web-1", "SecretType": "Rds", "AutomaticRotation": "Enabled",
			"CreateTime": "2026-01-02T03:04:05Z", "UpdateTime": "2026-01-02T03:04:05Z", "Description": "orders", ` + key + `,
			"ExtendedConfig": "{\"DBInstanceId\":\"rm-1\",\"RegionId\":\"cn-hangzhou\",\"SecretSubType\":\"DoubleUsers\"}"`},
		{"a generic secret", Secret{Name: secretName, Type: "Generic"}, "DescribeSecret", []string{"SecretName", secretName}, `{
			"Arn": "` + arn + `", "SecretName": "acs/ecs/web-1", "SecretType": "Generic", "CreateTime": "2026-01-02T03:04:05Z",
			"UpdateTime": "2026-01-02T03:04:05Z", "Description": "", ` + key},
		{"the versions that have a stage", secret, "ListSecretVersionIds", []string{"SecretName", secretName}, `{
			"SecretName": "acs/ecs/web-1", "PageNumber": 1, "PageSize": 20, "TotalCount": 2, "VersionIds": {"VersionId": [` + v0 + `, ` + v1 + `]}`},
		{"all versions, second page", secret, "ListSecretVersionIds", []string{"SecretName", secretName, "IncludeDeprecated", "true", "PageNumber", "2", "PageSize", "2"}, `{
			"SecretName": "acs/ecs/web-1", "PageNumber": 2, "PageSize": 2, "TotalCount": 3, "VersionIds": {"VersionId": [` + v1 + `]}`},
		{"a page beyond the last", secret, "ListSecretVersionIds", []string{"SecretName", secretName, "PageNumber", "9"}, `{
			"SecretName": "acs/ecs/web-1", "PageNumber": 9, "PageSize": 20, "TotalCount": 2, "VersionIds": {"VersionId": []}`},
		{"the secrets with their tags", secret, "ListSecrets", []string{"FetchTags", "true"}, `{
			"PageNumber": 1, "PageSize": 20, "TotalCount": 1, "SecretList": {"Secret": [
				{"SecretName": "acs/ecs/web-1", "SecretType": "ECS", "CreateTime": "2025-12-31T03:04:05Z",
					"OwingService": "", ` + rotated + `, ` + tags + `}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{})
			k.Put(tt.secret)
			got := c.call(tt.action, tt.pairs...)
			want := tt.want + `, "RequestId": "00000000-0000-4000-8000-000000000001"}`
			if diff := cmp.Diff(decoded(t, []byte(want)), any(got.body)); got.status != 200 || diff != "" {
				t.Errorf("status %d (-want +got):\n%s", got.status, diff)
			}
		})
	}
}

// Whether a schedule that is Invalid still has a next date is documented both ways; the search for overdue secrets meets both.
func TestTheScheduleIsShownAsLongAsItIsOn(t *testing.T) {
	next := start.Add(-48 * time.Hour)
	tests := []struct {
		name     string
		behavior Behavior
		rotation string
		want     []any
	}{
		{"enabled", Behavior{}, "Enabled", []any{"2025-12-31T03:04:05Z", "604800s"}},
		{"disabled", Behavior{}, "Disabled", []any{nil, nil}},
		{"invalid", Behavior{}, "Invalid", []any{"2025-12-31T03:04:05Z", "604800s"}},
		{"invalid, and hidden", Behavior{InvalidHidesSchedule: true}, "Invalid", []any{nil, nil}},
		{"enabled, where an invalid one is hidden", Behavior{InvalidHidesSchedule: true}, "Enabled", []any{"2025-12-31T03:04:05Z", "604800s"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{Behavior: tt.behavior})
			k.Put(Secret{Name: secretName, AutomaticRotation: tt.rotation, RotationInterval: 7 * 24 * time.Hour, NextRotationDate: next})
			got := c.call("DescribeSecret", "SecretName", secretName)
			if diff := cmp.Diff(tt.want, []any{got.body["NextRotationDate"], got.body["RotationInterval"]}); diff != "" {
				t.Errorf("next date and interval (-want +got):\n%s", diff)
			}
		})
	}
}

// The search for overdue secrets walks through all pages: one that repeats or skips a secret would hide it for a day.
func TestSecretsAreListedByPage(t *testing.T) {
	k, c, _ := serveKMS(t, Options{})
	for i := range 24 {
		k.Put(Secret{Name: fmt.Sprintf("s%02d", i)})
	}
	var pages []string
	for page := range 4 {
		got := c.call("ListSecrets", "PageNumber", fmt.Sprint(page+1), "PageSize", "10")
		rows, _ := got.body["SecretList"].(map[string]any)["Secret"].([]any)
		first := "none"
		if len(rows) > 0 {
			first, _ = rows[0].(map[string]any)["SecretName"].(string)
		}
		pages = append(pages, fmt.Sprint(len(rows), " of ", got.body["TotalCount"], " from ", first))
	}
	want := []string{"10 of 25 from " + secretName, "10 of 25 from s09", "5 of 25 from s19", "0 of 25 from none"}
	if diff := cmp.Diff(want, pages); diff != "" {
		t.Errorf("pages of ten (-want +got):\n%s", diff)
	}
}

// A wrong page must not be answered like an empty one: a client would believe that nothing is there.
func TestAPageThatCannotBeIsRefused(t *testing.T) {
	for _, pair := range [][2]string{{"PageNumber", "0"}, {"PageNumber", "x"}, {"PageSize", "0"}, {"PageSize", "101"}, {"Filters", "[]"}} {
		t.Run(fmt.Sprint(pair), func(t *testing.T) {
			_, c, _ := serveKMS(t, Options{})
			if got := c.call("ListSecrets", pair[0], pair[1]); got.code() != "InvalidParameter" {
				t.Errorf("answered %d %s, want InvalidParameter", got.status, got.text)
			}
		})
	}
}

// KMS's clock is not the client's: what it stamps carries the difference, in whole seconds.
func TestWhatKMSStampsIsItsOwnClock(t *testing.T) {
	k, c, _ := serveKMS(t, Options{ClockSkew: time.Hour})
	c.rotate("v2")
	s, _ := k.Secret(secretName)
	want := time.Date(2026, 1, 2, 4, 4, 5, 0, time.UTC)
	if got := s.version("v2").CreateTime; !got.Equal(want) || !s.LastRotationDate.Equal(want) {
		t.Errorf("CreateTime %v, LastRotationDate %v, want %v", got, s.LastRotationDate, want)
	}
}

// A test that changes what it handed in, or was handed, must not change the service behind it.
func TestASecretIsPutAndHandedOutAsACopy(t *testing.T) {
	k, _, _ := serveKMS(t, Options{})
	put := anECSSecret(nil)
	k.Put(put)
	handed, _ := k.Secret(secretName)
	handed.Tags["a"] = "b"
	for _, s := range []Secret{put, handed} {
		s.Versions[0].Stages[0] = "changed"
		if again, _ := k.Secret(secretName); len(again.Tags) != 0 || again.holder(stageCurrent) != "v1" {
			t.Errorf("the secret is now %+v, want it as it was put", again)
		}
	}
}
