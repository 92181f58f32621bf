// Package failedsecret is the account in which commands show the function at work: a KMS on loopback with the secrets of
// a payload, each as a failed rotation leaves it.
//
//	payload → its events → stand-in with the secrets that they name → the function, driven by a command
package failedsecret

import (
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

const (
	// work is how long the instance takes for a rotation here: long enough to see that accepted is not rotated.
	work = time.Second
	// age is how long before its failure the secret was rotated last.
	age = 30 * 24 * time.Hour

	// Where an event happens that names no secret, such as a tick of the timer.
	DefaultRegion  = "cn-hangzhou"
	DefaultAccount = "1000000000000001"
)

// Of returns the events of a payload. One that cannot be read is left out here, and delivered all the same: what the
// function makes of it is what is to be seen.
func Of(payload []byte) []events.Event {
	var all []events.Event
	for _, item := range events.Decode(payload).Items {
		if item.Err == nil {
			all = append(all, item.Event)
		}
	}
	return all
}

// KMS returns one without secrets.
func KMS(region, account string) *standin.KMS {
	return standin.New(standin.Options{
		Allow:    policy.Function.Actions(), // what the role of the function grants, and nothing else
		Region:   region,
		Account:  account,
		Behavior: standin.Behavior{Work: work, SuccessClearsInvalid: true},
	})
}

// Put adds the secret that an event names, as it is after a failure: the version that should have been replaced is
// current, and the schedule is Invalid. A secret that is there already stays as it is.
func Put(k *standin.KMS, failed []events.Event) {
	for _, event := range failed {
		if _, there := k.Secret(event.SecretName); there || event.SecretName == "" {
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
