package alicloud

import (
	"context"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/kms"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// ListSecrets reads one page of the secrets of the region.
func (k *KMS) ListSecrets(ctx context.Context, page, size int) (remediation.SecretPage, error) {
	request := kms.CreateListSecretsRequest()
	request.PageNumber = requests.NewInteger(page)
	request.PageSize = requests.NewInteger(size)
	var reply struct {
		TotalCount int
		SecretList struct {
			Secret []struct{ SecretName, SecretType string }
		}
	}
	if _, err := k.call(ctx, request, &reply); err != nil {
		return remediation.SecretPage{}, err
	}
	secrets := remediation.SecretPage{Total: reply.TotalCount}
	for _, row := range reply.SecretList.Secret {
		secrets.Secrets = append(secrets.Secrets, remediation.ListedSecret{Name: row.SecretName, Type: row.SecretType})
	}
	return secrets, nil
}
