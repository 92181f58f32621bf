package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"go.yaml.in/yaml/v3"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const modeVariable = "REMEDIATION_MODE"

// defaults are the settings of the function that the doctor needs, as the function has them.
var defaults = map[string]string{
	"SECRET_TYPES": "ECS", "SECRET_ALLOW": "**", "SWEEP_INTERVAL": "5m", "OVERDUE_AFTER": "24h",
}

// checkDeployment looks at s.yaml, and takes the scope from it.
func (d *doctor) checkDeployment() {
	var first deployedFunction
	switch err := d.deployment.err; {
	case errors.Is(err, errNoDeployment):
		d.say(deploymentFile, stateNotChecked, "", err.Error(), "run doctor in the folder that is deployed")
	case err != nil:
		d.say(deploymentFile, stateFinding, "", err.Error(), "see s.yaml of this repository for how it should look")
	default:
		first = d.deployment.functions[0]
	}
	if all := d.deployment.functions; len(all) > 1 {
		d.say("functions", stateFinding, "", fmt.Sprintf("s.yaml deploys %d functions that remediate: on one secret they would undo each other's records", len(all)),
			"keep their regions or SECRET_ALLOW and SECRET_DENY apart, and run doctor for each; this one is about "+first.name)
	}
	if first.name != "" {
		d.checkFunction(first)
	}
	d.takeScope(first)
	d.checkRegions(first)
}

func (d *doctor) checkFunction(f deployedFunction) {
	for _, check := range []struct {
		name string
		look func(deployedFunction) (what, remedy string)
	}{
		{"s.yaml mode", modeOf}, {"s.yaml reports", reportsOf}, {"s.yaml concurrency", concurrencyOf}, {"s.yaml timer", timerOf},
		{"s.yaml failures", failuresOf}, {"s.yaml role", roleOf}, {"s.yaml log", logOf},
	} {
		what, remedy := check.look(f)
		switch {
		case strings.Contains(what, "${"):
			d.say(check.name, stateUnknown, "", what+": its variable is not one that can be filled in here", "look at it with s preview")
		case remedy != "":
			d.say(check.name, stateFinding, "", what, remedy)
		default:
			d.say(check.name, stateOK, "", what, "")
		}
	}
}

func modeOf(f deployedFunction) (what, remedy string) {
	switch mode := f.Environment[modeVariable]; mode {
	case "act":
		return "acts: failed rotations are tried again", ""
	case "observe":
		return "with the environment of this shell it observes: failed rotations are told and not tried again", "s info says what is deployed; once its results are as expected: REMEDIATION_MODE=act s deploy"
	default:
		return fmt.Sprintf("%s is %q, with which the function does not start", modeVariable, mode), "set it to act or observe"
	}
}

// reportsOf is no finding: an alert on the log, which cannot be seen from here, does as well.
func reportsOf(f deployedFunction) (what, remedy string) {
	if f.Environment["REPORT_CUSTOM_EVENTS"] == "true" {
		return "outcomes that matter become custom events; alert-rules apply --reports sends them to people", ""
	}
	return "no custom events: people are told by the log only, so have an alert there on message.level: ERROR, or set REPORT_CUSTOM_EVENTS=true", ""
}

func concurrencyOf(f deployedFunction) (what, remedy string) {
	const want = "set concurrencyConfig.reservedConcurrency to 1"
	switch reserved := f.Concurrency.Reserved; {
	case reserved == nil:
		return "no reserved concurrency: two invocations can claim the same attempt", want
	case *reserved != 1:
		return fmt.Sprintf("reserved concurrency is %d: with more than one, two invocations can claim the same attempt, and with 0 none runs", *reserved), want
	}
	return "one invocation at a time", ""
}

// timerOf compares the trigger with SWEEP_INTERVAL, from which the function takes its share of the hour.
func timerOf(f deployedFunction) (what, remedy string) {
	interval := cmp.Or(f.Environment["SWEEP_INTERVAL"], defaults["SWEEP_INTERVAL"])
	want, ok := cronOf(interval)
	if !ok {
		return fmt.Sprintf("SWEEP_INTERVAL is %q", interval), "set it to a divisor of the hour in whole minutes, such as 5m, and the trigger with it"
	}
	for _, trigger := range f.Triggers {
		if trigger.Type != "timer" {
			continue
		}
		switch {
		case !trigger.Config.Enable:
			return "the timer trigger is not enabled: later attempts are not made", "set enable: true"
		case !slices.Contains(want, strings.Join(strings.Fields(trigger.Config.Cron), " ")):
			return fmt.Sprintf("the timer goes off by %q, and SWEEP_INTERVAL is %s: each tick takes a wrong share of the hour", trigger.Config.Cron, interval),
				fmt.Sprintf("set cronExpression to %q", want[0])
		}
		return "goes off every " + interval, ""
	}
	return "no timer trigger: later attempts are not made, and failures whose event never came are not found", fmt.Sprintf("add one with cronExpression %q", want[0])
}

// cronOf returns the expressions that go off on the hour, by UTC, once each interval.
func cronOf(interval string) ([]string, bool) {
	every, err := time.ParseDuration(interval)
	if err != nil || every < time.Minute || time.Hour%every != 0 || every%time.Minute != 0 {
		return nil, false
	}
	minutes := "*/" + strconv.Itoa(int(every/time.Minute))
	cron := []string{"0 " + minutes + " * * * *"}
	switch every {
	case time.Hour:
		return []string{"0 0 * * * *"}, true
	case time.Minute:
		cron = append(cron, "0 * * * * *")
	}
	return cron, true
}

func failuresOf(f deployedFunction) (what, remedy string) {
	if to := f.Async.Destination.OnFailure.Destination; to != "" {
		return "what fails for good is kept in " + to, ""
	}
	return "no failure destination: an event that fails for good is lost", "set asyncInvokeConfig.destinationConfig.onFailure to a queue"
}

func roleOf(f deployedFunction) (what, remedy string) {
	if f.Role != "" {
		return "role " + f.Role, ""
	}
	return "no role: the function has no credentials", "set role to one with internal/policy/function.json"
}

func logOf(f deployedFunction) (what, remedy string) {
	var to struct{ Project, Logstore string }
	switch {
	case f.Log.Kind == yaml.ScalarNode && f.Log.Value == "auto":
		return "auto, which joins lines until a date begins one", "set logConfig with project, logstore and logBeginRule: None"
	case f.Log.Decode(&to) != nil || to.Project == "" || to.Logstore == "":
		return "no log: what the function says is lost", "set logConfig with project, logstore and logBeginRule: None"
	}
	return "to " + to.Project + "/" + to.Logstore, ""
}

// takeScope reads which secrets the function may touch. The environment goes before s.yaml, so that a part can be looked at.
func (d *doctor) takeScope(f deployedFunction) {
	setting := func(name string) string {
		return cmp.Or(os.Getenv(name), f.Environment[name], defaults[name])
	}
	list := func(name string) []string {
		return strings.FieldsFunc(setting(name), func(r rune) bool { return r == ',' || r == ' ' })
	}
	d.scope = remediation.Scope{Regions: d.regions, Types: list("SECRET_TYPES"), Allow: list("SECRET_ALLOW"), Deny: list("SECRET_DENY")}
	for _, name := range []string{"SECRET_ALLOW", "SECRET_DENY"} {
		for _, pattern := range list(name) {
			if !doublestar.ValidatePattern(pattern) {
				d.say("scope", stateFinding, "", fmt.Sprintf("%s has the pattern %q, which cannot be read", name, pattern), "use globs such as acs/ecs/web-*, separated by commas")
			}
		}
	}
	after, err := time.ParseDuration(setting("OVERDUE_AFTER"))
	if err != nil || after < 0 {
		d.say("scope", stateFinding, "", fmt.Sprintf("OVERDUE_AFTER is %q", setting("OVERDUE_AFTER")), "want a duration such as 24h, or 0 for off")
		after, _ = time.ParseDuration(defaults["OVERDUE_AFTER"])
	}
	d.overdue = after
}

// checkRegions compares the regions that are looked at with those of the function.
func (d *doctor) checkRegions(f deployedFunction) {
	if f.name == "" {
		return
	}
	own := strings.FieldsFunc(cmp.Or(os.Getenv("REGIONS"), f.Environment["REGIONS"], f.Region), func(r rune) bool { return r == ',' || r == ' ' })
	for _, region := range d.regions {
		if !slices.Contains(own, region) {
			d.say("regions", stateFinding, region, region+" is looked at here, and not touched by the function, which is for "+strings.Join(own, ", "), "set REGIONS, or deploy a function there")
		}
	}
	for _, region := range own {
		if !slices.Contains(d.regions, region) {
			d.say("regions", stateNotChecked, "", region+" is the function's as well, and not looked at", "add --region "+region)
		}
	}
}
