package alicloud

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/kms"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// secretResource is the type that ListTagResources is asked for.
const secretResource = "secret"

// TagSecret writes one tag.
func (k *KMS) TagSecret(ctx context.Context, name, key, value string) error {
	tags, err := json.Marshal([]map[string]string{{"TagKey": key, "TagValue": value}})
	if err != nil {
		return err
	}
	request := kms.CreateTagResourceRequest()
	request.SecretName = name
	request.Tags = string(tags)
	_, err = k.call(ctx, request, &struct{}{})
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
	_, err = k.call(ctx, request, &struct{}{})
	return err
}

// ListTagged reads one page of the secrets that carry a tag of this key. No document says whether the filter leaves out
// the other tags of such a secret, nor whether an id is a name or an ARN.
func (k *KMS) ListTagged(ctx context.Context, key, token string) (remediation.TagPage, error) {
	request := kms.CreateListTagResourcesRequest()
	request.ResourceType = secretResource
	request.Tag = &[]kms.ListTagResourcesTag{{Key: key}}
	request.NextToken = token
	var reply struct {
		NextToken    string
		TagResources struct {
			TagResource []struct{ ResourceId, ResourceType, TagKey, TagValue string }
		}
	}
	if _, err := k.call(ctx, request, &reply); err != nil {
		return remediation.TagPage{}, err
	}
	page := remediation.TagPage{Next: reply.NextToken}
	for _, row := range reply.TagResources.TagResource {
		name := k.secretName(row.ResourceId)
		if name == "" || row.TagKey != key || row.ResourceType != "" && !strings.EqualFold(row.ResourceType, secretResource) {
			continue
		}
		page.Tagged = append(page.Tagged, remediation.Tagged{Secret: name, Value: row.TagValue})
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
