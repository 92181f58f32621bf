package localrun

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/internal/version"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	// work is how long the instance takes for a rotation here: long enough to see that accepted is not rotated.
	work = time.Second
	// age is how long before its failure the secret was rotated last.
	age = 30 * 24 * time.Hour

	// DefaultRegion and DefaultAccount are where an event happens that names no secret, such as a tick of the timer.
	DefaultRegion  = "cn-hangzhou"
	DefaultAccount = "1000000000000001"
)

// EventsOf returns the events of a payload, without those that cannot be read.
func EventsOf(payload []byte) []events.Event {
	var all []events.Event
	for _, item := range items(payload) {
		if item.Err == nil {
			all = append(all, item.Event)
		}
	}
	return all
}

// items decodes a payload, and one that is an HTTP request as if its token were right.
func items(payload []byte) []events.Item {
	decoded := events.Decode(payload)
	if decoded.Request != nil {
		return decoded.Request.Decode()
	}
	return decoded.Items
}

// NewKMS returns a stand-in without secrets, which grants what the function's role grants.
func NewKMS(region, account string) *standin.KMS {
	return standin.New(standin.Options{
		Allow:    policy.Function.Actions(),
		Region:   region,
		Account:  account,
		Behavior: standin.Behavior{Work: work, SuccessClearsInvalid: true},
	})
}

// PutFailed adds the secrets that events name, as a failed rotation leaves them: the version that should have been
// replaced is current, and the schedule is Invalid. A secret that exists already stays as it is.
func PutFailed(k *standin.KMS, failed []events.Event) {
	for _, event := range failed {
		if _, exists := k.Secret(event.SecretName); exists || event.SecretName == "" {
			continue
		}
		k.Put(standin.Secret{
			Name:              event.SecretName,
			Type:              event.SecretType,
			AutomaticRotation: "Invalid",
			Versions:          []standin.Version{{ID: "v1", CreateTime: event.Time.Add(-age), Stages: []string{"ACSCurrent"}}},
		})
	}
}

// Place returns the region and the account of the first event that names a secret.
func Place(all []events.Event) (region, account string) {
	for _, event := range all {
		if event.SecretName != "" {
			return cmp.Or(event.Region, DefaultRegion), cmp.Or(event.Account, DefaultAccount)
		}
	}
	return DefaultRegion, DefaultAccount
}

var (
	errNoAccount     = errors.New("no account: want FC_REGION and FC_ACCOUNT_ID, those of the credentials")
	errNoCredentials = errors.New("no credentials: want ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, and ALIBABA_CLOUD_SECURITY_TOKEN with temporary ones")
)

func credentialsOf(set map[string]string) (fcruntime.Credentials, error) {
	c := fcruntime.Credentials{
		AccessKeyID:     set["ALIBABA_CLOUD_ACCESS_KEY_ID"],
		AccessKeySecret: set["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
		SecurityToken:   set["ALIBABA_CLOUD_SECURITY_TOKEN"],
	}
	if c.AccessKeyID == "" || c.AccessKeySecret == "" {
		return fcruntime.Credentials{}, errNoCredentials
	}
	return c, nil
}

// checkAccount fails where KMS answers for another account than that of the run: its calls name a secret without the account,
// so that the secret of the same name there would be rotated. A call without an answer is for the function to report.
func (r *Run) checkAccount(endpoint string, all []events.Event) error {
	client, err := alicloud.New(alicloud.Options{KMSEndpoint: endpoint, UserAgent: version.Version})
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	for _, event := range slices.DeleteFunc(all, func(e events.Event) bool { return !namesSecret(e) }) {
		secret, err := client.KMS(event.Region, alicloud.Credentials(r.function.Credentials)).DescribeSecret(context.Background(), event.SecretName)
		if call, ok := errors.AsType[*remediation.CallError](err); ok && call.Class == remediation.Gone {
			continue
		}
		if err != nil {
			return nil
		}
		if parts := strings.SplitN(secret.ARN, ":", 5); len(parts) == 5 && parts[3] != r.Account {
			return fmt.Errorf("FC_ACCOUNT_ID is %s, and the secret %s belongs to %s; nothing was delivered", r.Account, event.SecretName, Printable(parts[3], maxLine))
		}
	}
	return nil
}

func namesSecret(event events.Event) bool { return event.SecretName != "" }
