package localrun

import (
	"cmp"
	"errors"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
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

func namesSecret(event events.Event) bool { return event.SecretName != "" }
