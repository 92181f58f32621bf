package alicloud

import (
	"context"
	"slices"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/kms"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	currentStage = "ACSCurrent"

	// Only versions that carry a stage are listed, two for a managed secret. The bound is for a count that is wrong.
	versionsPerPage = 100
	maxVersionPages = 10
)

var _ remediation.KMS = (*KMS)(nil)

// KMS makes the calls to Key Management Service in one region, with the credentials of one invocation.
type KMS struct{ caller }

// KMS returns the calls to KMS in a region. It makes no connection.
func (c *Client) KMS(region string, cred Credentials) *KMS {
	target, _ := c.kms.target(region) // none for a region that is none, which refuses each call
	return &KMS{caller{client: c, target: target, region: region, judge: judgeKMS, cred: func() Credentials { return cred }}}
}

// DescribeSecret reads a secret with its tags.
func (k *KMS) DescribeSecret(ctx context.Context, name string) (remediation.Secret, error) {
	request := kms.CreateDescribeSecretRequest()
	request.SecretName = name
	request.FetchTags = "true"
	var reply struct {
		Arn, SecretName, SecretType, AutomaticRotation, PlannedDeleteTime string

		NextRotationDate, LastRotationDate, RotationInterval loose // of which no rotation depends

		Tags struct {
			Tag []struct{ TagKey, TagValue string }
		}
	}
	answer, err := k.call(ctx, request, &reply)
	if err != nil {
		return remediation.Secret{}, err
	}
	if reply.SecretName != name {
		return remediation.Secret{}, answer.unreadable()
	}
	secret := remediation.Secret{
		ARN:               reply.Arn,
		Name:              reply.SecretName,
		Type:              reply.SecretType,
		AutomaticRotation: reply.AutomaticRotation,
		PlannedDeleteTime: reply.PlannedDeleteTime,
		NextRotation:      reply.NextRotationDate.date(),
		LastRotation:      reply.LastRotationDate.date(),
		RotationInterval:  reply.RotationInterval.duration(),
	}
	for _, tag := range reply.Tags.Tag {
		if secret.Tags == nil {
			secret.Tags = make(map[string]string, len(reply.Tags.Tag))
		}
		secret.Tags[tag.TagKey] = tag.TagValue
	}
	return secret, nil
}

// CurrentVersion reads the pages of ListSecretVersionIds for the one version at stage ACSCurrent.
func (k *KMS) CurrentVersion(ctx context.Context, name string) (remediation.Version, error) {
	var current remediation.Version
	for page := 1; ; page++ {
		versions, answer, err := k.versions(ctx, name, page)
		if err != nil {
			return remediation.Version{}, err
		}
		for _, version := range versions.VersionIds.VersionId {
			if !slices.Contains(version.VersionStages.VersionStage, currentStage) {
				continue
			}
			created, err := time.Parse(time.RFC3339, version.CreateTime)
			if err != nil || version.VersionId == "" || current.ID != "" && current.ID != version.VersionId {
				return remediation.Version{}, answer.unreadable()
			}
			current = remediation.Version{ID: version.VersionId, CreateTime: created}
		}
		if page*versionsPerPage < versions.TotalCount && page < maxVersionPages {
			continue
		}
		if current.ID == "" {
			return remediation.Version{}, answer.unreadable()
		}
		return current, nil
	}
}

type versionPage struct {
	SecretName string
	TotalCount int
	VersionIds struct {
		VersionId []struct {
			VersionId, CreateTime string

			VersionStages struct{ VersionStage []string }
		}
	}
}

func (k *KMS) versions(ctx context.Context, name string, page int) (versionPage, answer, error) {
	request := kms.CreateListSecretVersionIdsRequest()
	request.SecretName = name
	request.PageNumber = requests.NewInteger(page)
	request.PageSize = requests.NewInteger(versionsPerPage)
	var reply versionPage
	answer, err := k.call(ctx, request, &reply)
	if err == nil && reply.SecretName != name {
		err = answer.unreadable()
	}
	return reply, answer, err
}

// RotateSecret asks for a rotation to versionID. Only an answer that repeats both names counts as accepted.
func (k *KMS) RotateSecret(ctx context.Context, name, versionID string) (string, error) {
	request := kms.CreateRotateSecretRequest()
	request.SecretName = name
	request.VersionId = versionID
	var reply struct{ SecretName, VersionId string }
	answer, err := k.call(ctx, request, &reply)
	if err != nil {
		return "", err
	}
	if reply.SecretName != name || reply.VersionId != versionID {
		return "", answer.unreadable()
	}
	return answer.requestID, nil
}
