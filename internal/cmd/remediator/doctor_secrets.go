package main

import (
	"context"
	"fmt"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	// secretsPerPage is the largest page of ListSecrets.
	secretsPerPage = 100
	// maxSecretPages is for a total that is wrong.
	maxSecretPages = 1000
	// maxUnreadSecrets in a row end the look: what refuses three refuses all.
	maxUnreadSecrets = 3

	describeSecret = "kms:DescribeSecret"
	readVersions   = "kms:ListSecretVersionIds"

	scheduleInvalid  = "Invalid"
	scheduleDisabled = "Disabled"
)

// enableAgain is the remedy for a schedule that does not run.
const enableAgain = "rotate it once it can be, and enable automatic rotation again: aliyun kms UpdateSecretRotationPolicy --SecretName %s --EnableAutomaticRotation true --RotationInterval %s"

// checkSecrets looks at each secret in scope.
func (d *doctor) checkSecrets(ctx context.Context, region string, recorded map[string]bool, past []pastEvent) {
	names, left, err := d.secretsInScope(ctx, region)
	d.note(region, "kms:ListSecrets", err)
	if err != nil {
		return // checkAccess says why
	}
	looked, inARow := 0, 0
	for _, name := range names {
		d.pace.tell(d.console, "%s: looked at %d of %d secrets", region, looked, len(names))
		secret, err := d.secret(ctx, region, name)
		switch {
		case err == nil:
			looked, inARow = looked+1, 0
			d.checkSecret(ctx, region, secret, recorded[name], past)
		case classOf(err) == remediation.Gone:
		default:
			inARow++
			d.miss(region, name, describeSecret, err)
		}
		if inARow == maxUnreadSecrets || ctx.Err() != nil {
			break
		}
	}
	if looked > 0 {
		d.say("secrets", stateOK, region, fmt.Sprintf("looked at %d of %d in scope", looked, len(names)+left), "")
	}
	if left > 0 {
		d.say("secrets", stateNotChecked, region, fmt.Sprintf("%d in scope were not looked at", left), "raise --limit, or set SECRET_ALLOW to look at a part")
	}
}

// secretsInScope lists the names that are in scope, as many as are looked at, and counts the others.
func (d *doctor) secretsInScope(ctx context.Context, region string) (names []string, left int, err error) {
	for number := 1; number <= maxSecretPages; number++ {
		d.pace.wait(ctx)
		page, err := read(ctx, d.cloud, "the secrets of "+region, func(ctx context.Context) (remediation.SecretPage, error) {
			return d.kms(region).ListSecrets(ctx, number, secretsPerPage)
		})
		if err != nil {
			return nil, 0, err
		}
		for _, listed := range page.Secrets {
			switch {
			case !d.scope.HasName(listed.Name) || listed.Type != "" && !d.scope.HasType(listed.Type):
			case len(names) < d.most:
				names = append(names, listed.Name)
			default:
				left++
			}
		}
		if len(page.Secrets) == 0 || number*secretsPerPage >= page.Total {
			break
		}
		d.pace.tell(d.console, "%s: listed %d of %d secrets", region, number*secretsPerPage, page.Total)
	}
	return names, left, nil
}

func (d *doctor) secret(ctx context.Context, region, name string) (remediation.Secret, error) {
	d.pace.wait(ctx)
	secret, err := read(ctx, d.cloud, "the secret", func(ctx context.Context) (remediation.Secret, error) {
		return d.kms(region).DescribeSecret(ctx, name)
	})
	if err == nil || classOf(err) != remediation.Gone {
		d.note(region, describeSecret, err)
	}
	return secret, err
}

// checkSecret leaves a secret alone that the function would leave alone, but for saying so.
func (d *doctor) checkSecret(ctx context.Context, region string, secret remediation.Secret, recorded bool, past []pastEvent) {
	if secret.PlannedDeleteTime != "" || !d.scope.HasType(secret.Type) || d.isOff(region, secret) {
		return
	}
	d.checkSchedule(region, secret)
	seen := seenSecret{Secret: secret, events: eventsOf(secret.Name, past)}
	late := !recorded && d.overdue > 0 && secret.MayBeOverdue(d.now, d.overdue)
	_, versionsWereRead := d.tried[asked{region, readVersions}]
	if late || d.evidence.wants(seen) || !versionsWereRead {
		seen.current = d.version(ctx, region, secret.Name)
	}
	d.evidence.secrets = append(d.evidence.secrets, seen)
	if late && seen.current.ID != "" {
		d.checkOverdue(region, seen)
	}
}

// isOff says so of a secret that a person took out of the function's hands. Every value but on does, so that one that is
// misspelt is worth a word.
func (d *doctor) isOff(region string, secret remediation.Secret) bool {
	value := secret.Tags[remediation.SwitchTag]
	what := fmt.Sprintf("%s is switched off: its tag %s is %q", secret.Name, remediation.SwitchTag, value)
	switch value {
	case "", "on":
		return false
	case "off":
		d.say("switch", stateOK, region, what, "")
	default:
		d.say("switch", stateFinding, region, what+", and every value but on means off", "set the tag to off if that is meant, else to on, or remove it")
	}
	return true
}

func (d *doctor) checkSchedule(region string, secret remediation.Secret) {
	remedy := fmt.Sprintf(enableAgain, secret.Name, intervalOf(secret))
	switch secret.AutomaticRotation {
	case scheduleInvalid:
		d.say("schedule", stateFinding, region, secret.Name+": the schedule is Invalid, so KMS does not rotate it by itself", remedy)
	case scheduleDisabled:
		d.say("schedule", stateFinding, region, secret.Name+": the schedule is Disabled, so it is rotated by hand only", remedy+"; or leave it out with SECRET_DENY, or the tag "+remediation.SwitchTag+"=off")
	}
}

func intervalOf(secret remediation.Secret) string {
	if secret.RotationInterval <= 0 {
		return "604800s"
	}
	return fmt.Sprintf("%ds", int(secret.RotationInterval.Seconds()))
}

// version returns the version that is current, and says so where it cannot be read.
func (d *doctor) version(ctx context.Context, region, name string) remediation.Version {
	d.pace.wait(ctx)
	current, err := read(ctx, d.cloud, "the versions of the secret", func(ctx context.Context) (remediation.Version, error) {
		return d.kms(region).CurrentVersion(ctx, name)
	})
	d.note(region, readVersions, err)
	if err != nil && classOf(err) != remediation.Gone {
		d.miss(region, name, readVersions, err)
	}
	return current
}

// missedSecret is a secret that could not be read.
type missedSecret struct {
	asked

	name string
	err  error
}

func (d *doctor) miss(region, name, action string, err error) {
	d.missed = append(d.missed, missedSecret{asked{region, action}, name, err})
}

// sayMissed tells those where others of the region could be read: else the line of the action tells it for all.
func (d *doctor) sayMissed() {
	for _, m := range d.missed {
		if d.tried[m.asked] == nil {
			d.unread("secret", m.region, fmt.Errorf("%s: %w", m.name, m.err))
		}
	}
}
