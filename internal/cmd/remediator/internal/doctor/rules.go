package doctor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/alertrules"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
)

const applyRules = "remediator --real alert-rules apply makes both rules as they should be; --help names the targets"

// seenRule is a rule with its targets.
type seenRule struct {
	alicloud.Rule

	targets []alicloud.Target
}

// rules reads the rules that are about the two events, and their targets.
func (r *reader) rules(ctx context.Context, region cli.Region) (rules []seenRule, ok bool) {
	all, err := read(ctx, r, region, "cms:DescribeEventRuleList", region.Monitor().EventRules, "")
	if err != nil {
		return nil, false
	}
	for _, rule := range all {
		seen := seenRule{Rule: rule}
		if !seen.isAbout(events.FailureName) && !seen.isAbout(events.SuccessName) {
			continue
		}
		seen.targets, err = read(ctx, r, region, "cms:DescribeEventRuleTargetList", region.Monitor().EventTargets, rule.Name)
		if err != nil {
			return nil, false
		}
		rules = append(rules, seen)
	}
	return rules, true
}

// checkRules goes by the events that a rule lets through, not by its name: one that was made in the console is as good. A
// missing rule is no fault: routes reports how events come then.
func checkRules(region string, rules []seenRule) []Check {
	var checks []Check
	for _, want := range alertrules.Recommended {
		for _, rule := range rules {
			if rule.isAbout(want.Names[0]) && rule.isForTheFunction() {
				checks = append(checks, checkRule(region, rule, want)...)
			}
		}
	}
	return append(checks, checkReceivers(region, rules)...)
}

// isForTheFunction says whether the rule is meant to reach it. Others may have rules of their own for the same events.
func (r seenRule) isForTheFunction() bool {
	named := slices.ContainsFunc(alertrules.Recommended, func(want alicloud.Rule) bool { return r.Name == want.Name })
	return named || alertrules.IsOurs(r.Rule) || slices.ContainsFunc(r.targets, alertrules.ReachesFunction)
}

// isAbout says whether the rule is about this event of KMS. A rule without names is about all.
func (r seenRule) isAbout(event string) bool {
	return (r.Product == "" || strings.EqualFold(r.Product, "KMS")) && lets(r.Names, event)
}

// lets reports whether a list allows a value.
func lets(list []string, value string) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(one string) bool { return one == "*" || strings.EqualFold(one, value) })
}

// passes says whether an event gets through the rule at once.
func (r seenRule) passes(want alicloud.Rule) (faults []Check) {
	add := func(what, remedy string) { faults = append(faults, Check{What: r.Name + ": " + what, Remedy: remedy}) }
	if !strings.EqualFold(r.State, "ENABLED") {
		add("it is "+strings.ToLower(r.State), applyRules)
	}
	if !lets(r.Levels, want.Levels[0]) || !lets(r.EventTypes, want.EventTypes[0]) {
		add(fmt.Sprintf("it takes level %s and type %s; the event has %s and %s", orNone(r.Levels), orNone(r.EventTypes), want.Levels[0], want.EventTypes[0]), applyRules)
	}
	if r.Filter != "" {
		add("it is narrowed further: "+r.Filter, "take the filter out: the function leaves out itself what is not in its scope")
	}
	if r.SilenceKnown && r.Silence > 0 {
		add("its silence is "+r.Silence.String()+": "+alertrules.SilenceCaveat, applyRules)
	}
	return faults
}

// checkRule says all that keeps events from the function, or which targets get them.
func checkRule(region string, rule seenRule, want alicloud.Rule) []Check {
	faults := rule.passes(want)
	if !slices.ContainsFunc(rule.targets, alertrules.ReachesFunction) {
		faults = append(faults, Check{What: rule.Name + ": no target processes its events: " + alertrules.TargetTexts(rule.targets), Remedy: applyRules})
	}
	for i := range faults {
		faults[i].Check, faults[i].State, faults[i].Region = "alert rule", Finding, region
	}
	if len(faults) == 0 {
		return []Check{{"alert rule", OK, region, rule.Name + ": enabled, to " + alertrules.TargetTexts(rule.targets), ""}}
	}
	return faults
}

func orNone(all []string) string { return cmp.Or(strings.Join(all, ", "), "none") }

// checkReceivers counts the functions that get failures directly.
func checkReceivers(region string, rules []seenRule) []Check {
	var receivers []string
	for _, rule := range rules {
		if !rule.isAbout(events.FailureName) {
			continue
		}
		for _, t := range rule.targets {
			if name := alertrules.TargetText(t); t.Kind == alicloud.FunctionTarget && !slices.Contains(receivers, name) {
				receivers = append(receivers, name)
			}
		}
	}
	if len(receivers) < 2 {
		return nil
	}
	return []Check{{"functions", Finding, region, "failures go to several functions: " + strings.Join(receivers, ", ") + "; on one secret they would undo each other's records",
		"keep one, or keep their regions or SECRET_ALLOW and SECRET_DENY apart"}}
}
