// Package example is the account that commands show without --real: secrets in each phase of a record, their events, and a rule
// that needs repair.
package example

import (
	"slices"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/alertrules"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/localrun"
	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// age is how long ago the secrets of the example were made.
const age = 72 * time.Hour

// KMS has two healthy secrets, one in each phase of a record, the events of all, and a rule that needs repair.
func KMS() *standin.KMS {
	now := time.Now().UTC().Truncate(time.Second)
	var past time.Duration
	k := standin.New(standin.Options{
		Allow:    slices.Concat(policy.Operator.Actions(), policy.Repair.Actions(), policy.Function.Actions()),
		Region:   cli.StandinRegion,
		Now:      func() time.Time { return time.Now().Add(-past) },
		Behavior: standin.Behavior{SucceededRaisesEvent: true, SuccessClearsInvalid: true, HistoryGivesID: true},
	})
	putRule(k)
	past = age
	for _, name := range []string{"acs/ecs/web-1", "acs/ecs/web-2", "acs/ecs/web-3", "acs/ecs/web-4", "acs/ecs/web-5"} {
		k.Put(standin.Secret{Name: name, InstanceID: "i-bp1example" + name[len(name)-1:], RotationInterval: 7 * 24 * time.Hour})
	}
	rotate := func(name string, ago time.Duration) {
		past = ago
		_ = k.Rotate(name, "rotated-by-schedule") // fails for a secret that is not there
	}
	rotate("acs/ecs/web-4", 26*time.Hour)
	rotate("acs/ecs/web-5", 20*time.Hour)
	for _, f := range []struct { // the last failed rotation of a secret, and what the function made of it
		secret        string
		ago, untilDue time.Duration
		phase         remediation.Phase
		attempts      int
		cause         string
	}{
		{"acs/ecs/web-3", 15 * time.Hour, -time.Hour, remediation.PhaseNeedsHuman, 5, "InstanceReleased"},
		{"acs/ecs/web-2", time.Hour, 5 * time.Hour, remediation.PhaseDone, 1, "DeliveryTimeout"},
		{"acs/ecs/web-1", 15 * time.Minute, 25 * time.Minute, remediation.PhaseOpen, 2, "InstanceNotRunning"},
	} {
		past = f.ago
		_ = k.ScheduledFailure(f.secret, standin.Failure{Code: f.cause, Message: "the credential was not delivered"})
		r := remediation.Record{Phase: f.phase, Attempts: f.attempts, Opened: now.Add(-f.ago), Due: now.Add(f.untilDue), Cause: f.cause, Replaces: currentOf(k, f.secret)}
		if f.phase == remediation.PhaseDone {
			rotate(f.secret, f.ago-time.Minute)
		}
		k.Tag(f.secret, remediation.RecordTag, r.String())
	}
	past = 0
	return k
}

// currentOf names the current version as a record does.
func currentOf(k *standin.KMS, secret string) remediation.VersionHash {
	s, _ := k.Secret(secret)
	for _, v := range s.Versions {
		if slices.Contains(v.Stages, "ACSCurrent") {
			arn := "acs:kms:" + cli.StandinRegion + ":" + localrun.DefaultAccount + ":secret/" + secret
			return remediation.HashOf(arn, remediation.Version{ID: v.ID, CreateTime: v.CreateTime})
		}
	}
	return remediation.VersionHash{}
}

// putRule is the failure rule as it may have been left: silent for a day, and without the function.
func putRule(k *standin.KMS) {
	r := alertrules.Recommended[0]
	k.PutRule(standin.EventRule{
		Name: r.Name, Description: r.Description, EventType: r.EventType, State: r.State, Silence: 24 * time.Hour,
		Patterns: []standin.EventPattern{{Product: r.Product, Names: r.Names, Levels: r.Levels, EventTypes: r.EventTypes}},
	})
	k.PutTarget(r.Name, standin.EventTarget{
		Kind: standin.ContactTarget, ID: "61", ContactGroup: "operators", Level: alertrules.ContactLevels["info"],
	})
}
