package vendortest

import (
	"errors"
	"strings"
	"testing"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	kms "github.com/alibabacloud-go/kms-20160120/v3/client"
	"github.com/alibabacloud-go/tea/tea"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

const (
	secretName = "acs/ecs/web-1"
	region     = "cn-hangzhou"
)

// A stand-in that turns the vendor's own client away, or answers what it cannot read, is no stand-in for the service.
func TestTheVendorsClientRotatesASecret(t *testing.T) {
	for name, algorithm := range map[string]*string{"signed in headers": nil, "signed in parameters": tea.String("v2")} {
		t.Run(name, func(t *testing.T) {
			service := standin.New(standin.Options{})
			service.Put(standin.Secret{Name: secretName, InstanceID: "i-bp1", Tags: map[string]string{"team": "a b"}, RotationInterval: time.Hour})
			client := newClient(t, service, standin.DefaultCredentials, algorithm)

			described, err := client.DescribeSecret(new(kms.DescribeSecretRequest).SetSecretName(secretName).SetFetchTags("true"))
			if err != nil {
				t.Fatal(err)
			}
			body := described.Body
			if got, want := tea.StringValue(body.AutomaticRotation)+" "+tea.StringValue(body.RotationInterval), "Enabled 3600s"; got != want {
				t.Errorf("schedule %q, want %q", got, want)
			}
			if body.EncryptionKeyId == nil || body.UpdateTime == nil || !strings.Contains(tea.StringValue(body.ExtendedConfig), "i-bp1") {
				t.Errorf("described %v, want all fields", body)
			}
			if tags := body.Tags.Tag; len(tags) != 1 || tea.StringValue(tags[0].TagValue) != "a b" {
				t.Errorf("tags %v, want the one of the secret", tags)
			}

			rotated, err := client.RotateSecret(new(kms.RotateSecretRequest).SetSecretName(secretName).SetVersionId("v2"))
			if err != nil || tea.StringValue(rotated.Body.VersionId) != "v2" {
				t.Fatalf("rotated %v, %v, want v2", rotated, err)
			}
			versions, err := client.ListSecretVersionIds(new(kms.ListSecretVersionIdsRequest).SetSecretName(secretName))
			if err != nil {
				t.Fatal(err)
			}
			current := ""
			for _, version := range versions.Body.VersionIds.VersionId {
				if stages := tea.StringSliceValue(version.VersionStages.VersionStage); len(stages) > 0 && stages[0] == "ACSCurrent" {
					current = tea.StringValue(version.VersionId)
				}
			}
			if current != "v2" {
				t.Errorf("%q is current, want v2", current)
			}
			calls := service.Calls()
			if last := calls[1]; last.Action != "RotateSecret" || last.Secret != secretName || !last.Acted {
				t.Errorf("recorded %+v, want the rotation", last)
			}
		})
	}
}

// A test of a client that signs with a wrong key has to fail here as it would at the service.
func TestTheVendorsClientIsRefusedWithAWrongKey(t *testing.T) {
	stolen := standin.DefaultCredentials
	stolen.AccessKeySecret = "another"
	for name, algorithm := range map[string]*string{"signed in headers": nil, "signed in parameters": tea.String("v2")} {
		t.Run(name, func(t *testing.T) {
			service := standin.New(standin.Options{})
			service.Put(standin.Secret{Name: secretName})
			client := newClient(t, service, stolen, algorithm)
			_, err := client.RotateSecret(new(kms.RotateSecretRequest).SetSecretName(secretName).SetVersionId("v2"))
			var refused *tea.SDKError
			if !errors.As(err, &refused) || tea.StringValue(refused.Code) != "SignatureDoesNotMatch" || len(service.Rotations(secretName)) != 0 {
				t.Errorf("%v, %d rotations, want SignatureDoesNotMatch and none", err, len(service.Rotations(secretName)))
			}
		})
	}
}

func newClient(t *testing.T, service *standin.KMS, c standin.Credentials, algorithm *string) *kms.Client {
	t.Helper()
	url, stop, err := standin.Serve(service)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	client, err := kms.NewClient(&openapi.Config{
		AccessKeyId: tea.String(c.AccessKeyID), AccessKeySecret: tea.String(c.AccessKeySecret), SecurityToken: tea.String(c.SecurityToken),
		RegionId: tea.String(region), Endpoint: tea.String(strings.TrimPrefix(url, "http://")), Protocol: tea.String("HTTP"),
		SignatureAlgorithm: algorithm,
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}
