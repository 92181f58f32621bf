package main

import (
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// exampleAge is how long ago the secrets of the example were made.
const exampleAge = 72 * time.Hour

// exampleFailure is the last failed rotation of a secret of the example, and what the function made of it.
type exampleFailure struct {
	secret string
	ago    time.Duration
	record remediation.Record
	mended bool
}

// exampleKMS has two healthy secrets, one in each phase of a record, the events of all, and a rule that needs mending.
func exampleKMS() *standin.KMS {
	now := time.Now().UTC().Truncate(time.Second)
	var past time.Duration
	k := standin.New(standin.Options{
		Allow:    policy.Operator.Actions(),
		Region:   standinRegion,
		Now:      func() time.Time { return time.Now().Add(-past) },
		Behavior: standin.Behavior{SucceededRaisesEvent: true, SuccessClearsInvalid: true, HistoryGivesID: true},
	})
	exampleRule(k)
	past = exampleAge
	for _, name := range []string{"acs/ecs/web-1", "acs/ecs/web-2", "acs/ecs/web-3", "acs/ecs/web-4", "acs/ecs/web-5"} {
		k.Put(standin.Secret{Name: name, RotationInterval: 7 * 24 * time.Hour})
	}
	rotate := func(name string, ago time.Duration) {
		past = ago
		_ = k.Rotate(name, "rotated-by-schedule") // fails for a secret that is not there
	}
	rotate("acs/ecs/web-4", 26*time.Hour)
	rotate("acs/ecs/web-5", 20*time.Hour)
	for _, f := range exampleFailures(now) {
		past = f.ago
		_ = k.ScheduledFailure(f.secret, standin.Failure{Code: f.record.Cause, Message: "the credential was not delivered"})
		if f.mended {
			rotate(f.secret, f.ago-time.Minute)
		}
		copy(f.record.Replaces[:], "0123456789abcdef")
		k.Tag(f.secret, remediation.RecordTag, f.record.String())
	}
	past = 0
	return k
}

func exampleFailures(now time.Time) []exampleFailure {
	failed := func(secret string, ago, due time.Duration, phase remediation.Phase, attempts int, cause string) exampleFailure {
		r := remediation.Record{Phase: phase, Attempts: attempts, Opened: now.Add(-ago), Due: now.Add(due), Cause: cause}
		return exampleFailure{secret, ago, r, phase == remediation.PhaseDone}
	}
	return []exampleFailure{
		failed("acs/ecs/web-3", 15*time.Hour, -time.Hour, remediation.PhaseNeedsHuman, 5, "InstanceReleased"),
		failed("acs/ecs/web-2", time.Hour, 5*time.Hour, remediation.PhaseDone, 1, "DeliveryTimeout"),
		failed("acs/ecs/web-1", 15*time.Minute, 25*time.Minute, remediation.PhaseOpen, 2, "InstanceNotRunning"),
	}
}

// exampleRule is the failure rule as it may have been left: silent for a day, and without the function.
func exampleRule(k *standin.KMS) {
	r := recommended[0]
	k.PutRule(standin.EventRule{
		Name: r.Name, Description: r.Description, EventType: r.EventType, State: r.State, Silence: 24 * time.Hour,
		Patterns: []standin.EventPattern{{Product: r.Product, Names: r.Names, Levels: r.Levels, EventTypes: r.EventTypes}},
	})
	k.PutTarget(r.Name, standin.EventTarget{
		Kind: standin.ContactTarget, ID: "rotation-remediator-contact-1", ContactGroup: "operators", Level: contactLevels["info"],
	})
}
