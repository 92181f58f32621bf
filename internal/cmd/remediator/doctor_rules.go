package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
)

// seenRule is a rule with its targets.
type seenRule struct {
	alicloud.Rule

	targets []alicloud.Target
}

// checkRules goes by what a rule lets through, not by its name: one that was made in the console is as good.
func (d *doctor) checkRules(ctx context.Context, region string) {
	rules, err := d.rulesOf(ctx, region)
	if err != nil {
		d.unread("alert rule", region, err)
		return
	}
	d.evidence.rules = append(d.evidence.rules, rules...)
	for _, want := range recommended {
		about := slices.DeleteFunc(slices.Clone(rules), func(r seenRule) bool { return !r.isAbout(want.Names[0]) })
		ours := slices.DeleteFunc(slices.Clone(about), func(r seenRule) bool { return !r.isForTheFunction() })
		if len(ours) == 0 {
			ours = about
		}
		for _, rule := range ours {
			d.checkRule(region, rule, want)
		}
		if len(ours) == 0 {
			d.say("alert rule", stateFinding, region, "no rule is for "+want.Names[0]+", so it reaches nobody", applyRules)
		}
	}
	d.checkReceivers(region, rules)
}

const applyRules = "remediator --real alert-rules apply makes both rules; --help tells the targets"

// rulesOf reads the rules that are about the two events, and their targets.
func (d *doctor) rulesOf(ctx context.Context, region string) ([]seenRule, error) {
	d.pace.wait(ctx)
	all, err := read(ctx, d.cloud, "the alert rules", func(ctx context.Context) ([]alicloud.Rule, error) {
		return d.monitor(region).EventRules(ctx, "")
	})
	if err != nil {
		return nil, err
	}
	var rules []seenRule
	for _, rule := range all {
		seen := seenRule{Rule: rule}
		if !seen.isAbout(failureEvent) && !seen.isAbout(successEvent) {
			continue
		}
		d.pace.wait(ctx)
		seen.targets, err = readTargets(ctx, d.cloud, region, rule.Name)
		if err != nil {
			return nil, err
		}
		rules = append(rules, seen)
	}
	return rules, nil
}

// isForTheFunction says whether the rule is meant to reach it. Others may have rules of their own for the same events.
func (r seenRule) isForTheFunction() bool {
	named := slices.ContainsFunc(recommended, func(want alicloud.Rule) bool { return r.Name == want.Name })
	return named || isOurs(r.Rule) || slices.ContainsFunc(r.targets, reachesFunction)
}

// isAbout says whether the rule is about this event of KMS. A rule without names is about all.
func (r seenRule) isAbout(event string) bool {
	return (r.Product == "" || strings.EqualFold(r.Product, "KMS")) && lets(r.Names, event)
}

// lets says whether a list lets a value through.
func lets(list []string, value string) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(one string) bool { return one == "*" || strings.EqualFold(one, value) })
}

// checkRule says all that keeps events from the function, or who gets them.
func (d *doctor) checkRule(region string, rule seenRule, want alicloud.Rule) {
	faults := 0
	fault := func(what, remedy string) {
		faults++
		d.say("alert rule", stateFinding, region, rule.Name+": "+what, remedy)
	}
	if !strings.EqualFold(rule.State, "ENABLED") {
		fault("it is "+strings.ToLower(rule.State), applyRules)
	}
	if !lets(rule.Levels, want.Levels[0]) || !lets(rule.EventTypes, want.EventTypes[0]) {
		fault(fmt.Sprintf("it takes level %s and type %s; the event has %s and %s", list(rule.Levels), list(rule.EventTypes), want.Levels[0], want.EventTypes[0]), applyRules)
	}
	if rule.Filter != "" {
		fault("it is narrowed further: "+rule.Filter, "take the filter out: the function leaves out itself what is not in its scope")
	}
	if rule.SilenceKnown && rule.Silence > 0 {
		fault("its silence is "+rule.Silence.String()+": "+silenceMeans, applyRules)
	}
	if !slices.ContainsFunc(rule.targets, reachesFunction) {
		fault("no target processes its events: "+targetTexts(rule.targets), applyRules)
	}
	if faults == 0 {
		d.say("alert rule", stateOK, region, rule.Name+": enabled, to "+targetTexts(rule.targets), "")
	}
}

// reachesFunction says whether events that are sent there can come to a function.
func reachesFunction(t alicloud.Target) bool {
	switch t.Kind {
	case alicloud.FunctionTarget, alicloud.QueueTarget, alicloud.TopicTarget, alicloud.URLTarget:
		return true
	}
	return false
}

func targetTexts(targets []alicloud.Target) string {
	if len(targets) == 0 {
		return "none"
	}
	texts := make([]string, 0, len(targets))
	for _, t := range targets {
		texts = append(texts, words(t))
	}
	return strings.Join(texts, ", ")
}

// checkReceivers counts the functions that get failures directly.
func (d *doctor) checkReceivers(region string, rules []seenRule) {
	var receivers []string
	for _, rule := range rules {
		if !rule.isAbout(failureEvent) {
			continue
		}
		for _, t := range rule.targets {
			if name := words(t); t.Kind == alicloud.FunctionTarget && !slices.Contains(receivers, name) {
				receivers = append(receivers, name)
			}
		}
	}
	if len(receivers) > 1 {
		d.say("functions", stateFinding, region, "failures go to several functions: "+strings.Join(receivers, ", ")+"; on one secret they would undo each other's records",
			"keep one, or keep their regions or SECRET_ALLOW and SECRET_DENY apart")
	}
}
