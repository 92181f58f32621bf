package alicloud

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/kms"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	currentStage = "ACSCurrent"
	// secretResource is the type that ListTagResources is asked for.
	secretResource = "secret"

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
	return &KMS{caller{client: c, target: target, region: region, succeeded: kmsSuccess, cred: func() Credentials { return cred }}}
}

// kmsSuccess knows that KMS gives every answer a request id and only errors a code.
func kmsSuccess(h head) remediation.Class {
	if h.Code != nil || text(h.RequestId) == "" {
		return remediation.Transient
	}
	return ""
}

// secretReply is what DescribeSecret answers. A member that decides nothing is read whatever its type.
type secretReply struct {
	SecretName, SecretType, PlannedDeleteTime any

	Arn, AutomaticRotation, ExtendedConfig               flexString
	NextRotationDate, LastRotationDate, RotationInterval flexString

	Tags json.RawMessage
}

type tagReply struct{ TagKey, TagValue flexString }

// DescribeSecret reads a secret with its tags.
func (k *KMS) DescribeSecret(ctx context.Context, name string) (remediation.Secret, error) {
	request := kms.CreateDescribeSecretRequest()
	request.SecretName = name
	request.FetchTags = "true"
	var reply secretReply
	r, err := k.call(ctx, request, &reply)
	if err != nil {
		return remediation.Secret{}, err
	}
	if text(reply.SecretName) != name {
		return remediation.Secret{}, r.unreadable("SecretName")
	}
	for _, deciding := range []struct {
		member string
		value  any
	}{{"SecretType", reply.SecretType}, {"PlannedDeleteTime", reply.PlannedDeleteTime}} {
		if _, ok := deciding.value.(string); !ok && deciding.value != nil {
			return remediation.Secret{}, r.unreadable(deciding.member)
		}
	}
	tags, ok := decodeRows[tagReply](reply.Tags, "Tag")
	if !ok { // the record could be among them
		return remediation.Secret{}, r.unreadable("Tags")
	}
	return reply.secret(tags), nil
}

func (s secretReply) secret(tags []tagReply) remediation.Secret {
	secret := remediation.Secret{
		ARN:               string(s.Arn),
		Name:              text(s.SecretName),
		Type:              text(s.SecretType),
		AutomaticRotation: string(s.AutomaticRotation),
		PlannedDeleteTime: text(s.PlannedDeleteTime),
		InstanceID:        instanceID(string(s.ExtendedConfig)),
		RotationInterval:  s.RotationInterval.duration(),
	}
	secret.NextRotation, _ = s.NextRotationDate.date()
	secret.LastRotation, _ = s.LastRotationDate.date()
	for _, tag := range tags {
		if secret.Tags == nil {
			secret.Tags = make(map[string]string, len(tags))
		}
		secret.Tags[string(tag.TagKey)] = string(tag.TagValue)
	}
	return secret
}

// instanceID returns what the secret is for: an ECS or Tair instance, an RDS instance, or a PolarDB cluster.
func instanceID(extendedConfig string) string {
	var config struct{ InstanceId, DBInstanceId, DBClusterId any }
	if json.Unmarshal([]byte(extendedConfig), &config) != nil {
		return ""
	}
	for _, id := range []any{config.InstanceId, config.DBInstanceId, config.DBClusterId} {
		if safe := safeToken(text(id)); safe != "" {
			return safe
		}
	}
	return ""
}

type versionPage struct {
	SecretName any
	TotalCount flexString
	VersionIds json.RawMessage
}

type versionReply struct {
	VersionId, CreateTime flexString

	VersionStages json.RawMessage
}

// CurrentVersion reads the pages of ListSecretVersionIds for the one version at stage ACSCurrent.
func (k *KMS) CurrentVersion(ctx context.Context, name string) (remediation.Version, error) {
	var current remediation.Version
	for page := 1; ; page++ {
		versions, more, r, err := k.versions(ctx, name, page)
		if err != nil {
			return remediation.Version{}, err
		}
		for _, version := range versions {
			found, unreadable := version.current()
			switch {
			case unreadable != "":
				return remediation.Version{}, r.unreadable(unreadable)
			case found.ID == "":
			case current.ID != "" && current.ID != found.ID:
				return remediation.Version{}, r.unreadable(currentStage)
			default:
				current = found
			}
		}
		if more && page < maxVersionPages {
			continue
		}
		if current.ID == "" {
			return remediation.Version{}, r.unreadable(currentStage)
		}
		return current, nil
	}
}

// current returns the version if it is the current one, or the member that says so and cannot be read.
func (v versionReply) current() (version remediation.Version, unreadable string) {
	stages, ok := decodeRows[flexString](v.VersionStages, "VersionStage")
	switch {
	case !ok:
		return remediation.Version{}, "VersionStages"
	case !slices.Contains(stages, currentStage):
		return remediation.Version{}, ""
	case v.VersionId == "":
		return remediation.Version{}, "VersionId"
	}
	created, ok := v.CreateTime.date()
	if !ok {
		return remediation.Version{}, "CreateTime"
	}
	return remediation.Version{ID: string(v.VersionId), CreateTime: created}, ""
}

// versions reads one page. Where the answer has no count, a page that is not full is the last.
func (k *KMS) versions(ctx context.Context, name string, page int) (versions []versionReply, more bool, r response, err error) {
	request := kms.CreateListSecretVersionIdsRequest()
	request.SecretName = name
	request.PageNumber = requests.NewInteger(page)
	request.PageSize = requests.NewInteger(versionsPerPage)
	var reply versionPage
	r, err = k.call(ctx, request, &reply)
	if err != nil {
		return nil, false, r, err
	}
	if text(reply.SecretName) != name {
		return nil, false, r, r.unreadable("SecretName")
	}
	versions, ok := decodeRows[versionReply](reply.VersionIds, "VersionId")
	if !ok {
		return nil, false, r, r.unreadable("VersionIds")
	}
	total, known := reply.TotalCount.count()
	return versions, known && page*versionsPerPage < total || !known && len(versions) >= versionsPerPage, r, nil
}

// RotateSecret asks for a rotation to versionID. Only an answer that repeats both names counts as accepted.
func (k *KMS) RotateSecret(ctx context.Context, name, versionID string) (string, error) {
	request := kms.CreateRotateSecretRequest()
	request.SecretName = name
	request.VersionId = versionID
	var reply struct{ SecretName, VersionId any }
	r, err := k.call(ctx, request, &reply)
	switch {
	case err != nil:
		return "", err
	case text(reply.SecretName) != name:
		return "", r.unreadable("SecretName")
	case text(reply.VersionId) != versionID:
		return "", r.unreadable("VersionId")
	}
	return r.requestID, nil
}

// TagSecret writes one tag.
func (k *KMS) TagSecret(ctx context.Context, name, key, value string) error {
	tags, err := json.Marshal([]map[string]string{{"TagKey": key, "TagValue": value}})
	if err != nil {
		return err
	}
	request := kms.CreateTagResourceRequest()
	request.SecretName = name
	request.Tags = string(tags)
	_, err = k.call(ctx, request, nil)
	return err
}

// UntagSecret removes one tag.
func (k *KMS) UntagSecret(ctx context.Context, name, key string) error {
	keys, err := json.Marshal([]string{key})
	if err != nil {
		return err
	}
	request := kms.CreateUntagResourceRequest()
	request.SecretName = name
	request.TagKeys = string(keys)
	_, err = k.call(ctx, request, nil)
	return err
}

// ListTagged reads one page of the secrets that carry a tag of this key; ListTagResources has no size of a page. No
// document says whether the filter leaves out the other tags of such a secret, nor whether an id is a name or an ARN.
func (k *KMS) ListTagged(ctx context.Context, key, token string) (remediation.TagPage, error) {
	request := kms.CreateListTagResourcesRequest()
	request.ResourceType = secretResource
	request.Tag = &[]kms.ListTagResourcesTag{{Key: key}}
	request.NextToken = token
	var reply struct {
		NextToken    flexString
		TagResources json.RawMessage
	}
	r, err := k.call(ctx, request, &reply)
	if err != nil {
		return remediation.TagPage{}, err
	}
	type tagged struct{ ResourceId, ResourceType, TagKey, TagValue flexString }
	listed, ok := decodeRows[tagged](reply.TagResources, "TagResource")
	if !ok {
		return remediation.TagPage{}, r.unreadable("TagResources")
	}
	page := remediation.TagPage{Next: string(reply.NextToken)}
	for _, row := range listed {
		name := k.secretName(string(row.ResourceId))
		if name == "" || string(row.TagKey) != key || row.ResourceType != "" && !strings.EqualFold(string(row.ResourceType), secretResource) {
			continue
		}
		page.Tagged = append(page.Tagged, remediation.Tagged{Secret: name, Value: string(row.TagValue)})
	}
	return page, nil
}

// secretName returns the name of the secret with this id, "" for what is no secret of the region.
func (k *KMS) secretName(id string) string {
	if !strings.Contains(id, ":") { // which no name can hold
		return id
	}
	rest, ok := strings.CutPrefix(id, "acs:kms:"+k.region+":")
	if !ok {
		return ""
	}
	_, name, _ := strings.Cut(rest, ":secret/")
	return name
}

// ListSecrets reads one page of the secrets of the region.
func (k *KMS) ListSecrets(ctx context.Context, page, size int) (remediation.SecretPage, error) {
	request := kms.CreateListSecretsRequest()
	request.PageNumber = requests.NewInteger(page)
	request.PageSize = requests.NewInteger(size)
	var reply struct {
		TotalCount flexString
		SecretList json.RawMessage
	}
	r, err := k.call(ctx, request, &reply)
	if err != nil {
		return remediation.SecretPage{}, err
	}
	type listed struct{ SecretName, SecretType flexString }
	secrets, ok := decodeRows[listed](reply.SecretList, "Secret")
	if !ok {
		return remediation.SecretPage{}, r.unreadable("SecretList")
	}
	total, ok := reply.TotalCount.count()
	if !ok { // it says how many pages there are
		return remediation.SecretPage{}, r.unreadable("TotalCount")
	}
	found := remediation.SecretPage{Total: total}
	for _, row := range secrets {
		found.Secrets = append(found.Secrets, remediation.ListedSecret{Name: string(row.SecretName), Type: string(row.SecretType)})
	}
	return found, nil
}
