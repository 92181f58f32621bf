package doctor

import (
	"context"
	"fmt"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/episodes"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	// secretsPerPage is the largest page of ListSecrets.
	secretsPerPage = 100
	// maxSecretPages is for a total that is wrong.
	maxSecretPages = 1000
	// maxUnreadSecrets in a row end the reads: what refuses three refuses all.
	maxUnreadSecrets = 3

	describeSecret = "kms:DescribeSecret"
	readVersions   = "kms:ListSecretVersionIds"
)

// secrets reads those that are in scope, as many as limit.
func (r *reader) secrets(ctx context.Context, region cli.Region, s setup, limit int) (found []remediation.Secret, checks []Check) {
	names, outside, err := r.list(ctx, region, s.scope)
	if err != nil {
		return nil, nil // access says why
	}
	inARow := 0
	for _, name := range names[:min(len(names), limit)] {
		r.pace.Report(r.account.Console, "%s: read %d of %d secrets", region.Name, len(found), len(names))
		secret, err := read(ctx, r, region, describeSecret, region.KMS().DescribeSecret, name)
		switch {
		case err == nil:
			found, inARow = append(found, secret), 0
		case cli.ClassOf(err) == remediation.Gone:
		default:
			inARow++
			r.miss(region.Name, describeSecret, name, err)
		}
		if inARow == maxUnreadSecrets || ctx.Err() != nil {
			break
		}
	}
	return found, checkListing(region.Name, s, len(found), len(names), len(names)-limit, outside)
}

// list returns the names in scope, and how many secrets of a type in scope the name patterns leave out.
func (r *reader) list(ctx context.Context, region cli.Region, scope remediation.Scope) (names []string, outside int, err error) {
	for number := 1; number <= maxSecretPages; number++ {
		page, err := read(ctx, r, region, "kms:ListSecrets", func(ctx context.Context, number int) (remediation.SecretPage, error) {
			return region.KMS().ListSecrets(ctx, number, secretsPerPage)
		}, number)
		if err != nil {
			return nil, 0, err
		}
		for _, listed := range page.Secrets {
			switch {
			case listed.Type != "" && !scope.HasType(listed.Type):
			case scope.HasName(listed.Name):
				names = append(names, listed.Name)
			default:
				outside++
			}
		}
		if len(page.Secrets) == 0 || number*secretsPerPage >= page.Total {
			break
		}
		r.pace.Report(r.account.Console, "%s: listed %d of %d secrets", region.Name, number*secretsPerPage, page.Total)
	}
	return names, outside, nil
}

func checkListing(region string, s setup, read, inScope, left, outside int) []Check {
	var checks []Check
	if read > 0 {
		checks = append(checks, Check{"secrets", OK, region, fmt.Sprintf("read %d of %d in scope", read, inScope), ""})
	}
	if left > 0 {
		checks = append(checks, Check{"secrets", NotChecked, region, fmt.Sprintf("%d in scope were not read", left), "raise --limit, or set SECRET_ALLOW to examine a part"})
	}
	if inScope == 0 && outside > 0 {
		checks = append(checks, Check{"scope", Finding, region, fmt.Sprintf("SECRET_ALLOW and SECRET_DENY leave out each of the %d secrets of this region", outside),
			fmt.Sprintf("SECRET_ALLOW is %q, SECRET_DENY %q: names of ECS secrets begin with acs/ecs/", orNone(s.settings.Allow), orNone(s.settings.Deny))})
	}
	return checks
}

// subject is one secret with what is known of it.
type subject struct {
	remediation.Secret

	region   string
	current  remediation.Version // zero unless something depends on it
	events   []events.Event      // oldest first
	recorded bool
}

// name also names the instance.
func (s subject) name() string { return episodes.NameOf(s.Name, s.InstanceID) }

// checkSecret passes over a secret that the function would leave alone, but says so of one that is switched off.
func (r *reader) checkSecret(ctx context.Context, region cli.Region, of subject, p past, s setup, now time.Time) (checks []Check, seen []subject) {
	if of.PlannedDeleteTime != "" || !s.scope.HasType(of.Type) {
		return nil, nil
	}
	if check, off := checkSwitch(of); off {
		return []Check{check}, nil
	}
	checks = checkSchedule(of)
	after := s.settings.OverdueAfter
	late := !of.recorded && after > 0 && of.MayBeOverdue(now, after)
	if late || r.wantsVersion(of) {
		of.current = r.version(ctx, region, of.Name)
	}
	if late && of.current.ID != "" {
		checks = append(checks, checkOverdue(of, p.cut, now, after)...)
	}
	return checks, []subject{of}
}

// checkSwitch reports a secret that a person took out of the function's scope: a value that is misspelt does so, too.
func checkSwitch(of subject) (check Check, off bool) {
	value := of.Tags[remediation.SwitchTag]
	check = Check{"switch", OK, of.region, fmt.Sprintf("%s is switched off: its tag %s is %q", of.name(), remediation.SwitchTag, value), ""}
	if value != "off" {
		check.State, check.What = Finding, check.What+", and every value but on means off"
		check.Remedy = "set the tag to off if that is meant, else to on, or remove it"
	}
	return check, value != "" && value != "on"
}

func checkSchedule(of subject) []Check {
	enable := episodes.EnableSchedule(of.region, of.Secret).String()
	switch of.AutomaticRotation {
	case episodes.Invalid:
		return []Check{{"schedule", Finding, of.region, of.name() + ": the schedule is Invalid, so KMS does not rotate it by itself", enable}}
	case episodes.Disabled:
		return []Check{{"schedule", Finding, of.region, of.name() + ": the schedule is Disabled, so it is rotated by hand only",
			enable + "; or leave the secret out with SECRET_DENY, or with the tag " + remediation.SwitchTag + "=off"}}
	}
	return nil
}

// checkOverdue reports a secret whose time passed without a rotation and without an event: the function handles one with an
// event.
func checkOverdue(of subject, cut bool, now time.Time, after time.Duration) []Check {
	due, overdue := of.OverdueSince(of.current, now, after)
	if !overdue {
		return nil
	}
	for _, event := range of.events {
		if !event.Time.Before(due) {
			return nil
		}
	}
	if cut {
		return []Check{{"overdue", Unknown, of.region, fmt.Sprintf("%s: a rotation was due at %s; whether an event of it came could not be read", of.name(), cli.ShownTime(due)),
			"run doctor again once the history can be read; if there was a failure, the function deals with it"}}
	}
	return []Check{{"overdue", Finding, of.region, fmt.Sprintf("%s: a rotation was due at %s, and no event of it is in the history", of.name(), cli.ShownTime(due)),
		"check the instance and the schedule; " + episodes.RotateByHand(of.region, of.Name).String()}}
}

// wantsVersion says whether the version of a secret may answer a question of platform.go: it was rotated, or a rotation
// failed, while the history reaches back. One is read in any case, to see whether it may be.
func (r *reader) wantsVersion(of subject) bool {
	if _, tried := r.tried[call{of.region, readVersions}]; !tried {
		return true
	}
	if r.witnesses >= manyWitnesses || len(of.events) == 0 && time.Since(of.LastRotation) > events.HistoryKept {
		return false
	}
	r.witnesses++
	return true
}

// version returns the version that is current, zero where it cannot be read.
func (r *reader) version(ctx context.Context, region cli.Region, name string) remediation.Version {
	current, err := read(ctx, r, region, readVersions, region.KMS().CurrentVersion, name)
	if err != nil && cli.ClassOf(err) != remediation.Gone {
		r.miss(region.Name, readVersions, name, err)
	}
	return current
}
