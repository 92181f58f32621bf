package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// reading are the beginnings of actions that only read.
var reading = []string{"Describe", "List", "Get"}

// asked is an action in a region.
type asked struct{ region, action string }

// note keeps what came of an action: once it was answered in a region, a later failure there is that of a moment.
func (d *doctor) note(region, action string, err error) {
	if before, tried := d.tried[asked{region, action}]; !tried || before != nil {
		d.tried[asked{region, action}] = err
	}
}

// checkAccess goes through the actions of the function. They are called with the credentials that are given here, which
// need not be the function's: that its role has the policy is for a person to see.
func (d *doctor) checkAccess() {
	d.checkCredentials()
	d.sayMissed()
	for _, action := range policy.Function.Actions() {
		_, name, _ := strings.Cut(action, ":")
		granted := "internal/policy/" + policy.Function.File + " grants it to the function's role"
		switch tried, failed := d.checkAction(action); {
		case failed:
		case tried:
			d.say(action, stateOK, "", "answered, with the credentials given here", "")
		case reads(name):
			d.say(action, stateNotChecked, "", "no secret in scope to ask for", granted)
		default:
			d.say(action, stateNotChecked, "", "only a write could show it", granted)
		}
	}
}

// checkAction says in which regions an action failed.
func (d *doctor) checkAction(action string) (tried, failed bool) {
	for _, region := range d.regions {
		err, here := d.tried[asked{region, action}]
		tried = tried || here
		if err != nil {
			failed = true
			d.unread(action, region, err)
		}
	}
	return tried, failed
}

func reads(name string) bool {
	for _, begin := range reading {
		if strings.HasPrefix(name, begin) {
			return true
		}
	}
	return false
}

// checkCredentials goes by all reads: one that was answered, or refused for another reason, shows that they work.
func (d *doctor) checkCredentials() {
	var worst error
	for _, err := range d.tried {
		switch {
		case err == nil || classOf(err) == remediation.Refused || classOf(err) == remediation.Account && !isAboutKey(err):
			d.say("credentials", stateOK, "", "the services know them", "")
			return
		case worst == nil || isPassing(worst):
			worst = err
		}
	}
	switch {
	case worst == nil:
	case isPassing(worst):
		d.unread("credentials", "", worst)
	default:
		d.say("credentials", stateFinding, "", worst.Error(), "check ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and ALIBABA_CLOUD_SECURITY_TOKEN: temporary ones need all three, and end")
	}
}

func isAboutKey(err error) bool {
	call, ok := errors.AsType[*remediation.CallError](err)
	return ok && (strings.Contains(call.Code, "AccessKey") || strings.Contains(call.Code, "Signature"))
}

func isPassing(err error) bool { return slices.Contains(passing, classOf(err)) }
