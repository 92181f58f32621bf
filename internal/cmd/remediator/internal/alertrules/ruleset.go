package alertrules

import (
	"context"
	"slices"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
)

// ruleState is one of the two rules as it is. Found is false where there is none of that name.
type ruleState struct {
	Name    string
	Found   bool
	Rule    alicloud.Rule
	Targets []alicloud.Target
}

// ruleSet is both, in the order of Recommended.
type ruleSet []ruleState

func readRules(ctx context.Context, c *cli.Account, region string) (ruleSet, error) {
	monitor := c.Monitor(region)
	rules, err := cli.Read(ctx, c, "the alert rules", func(ctx context.Context) ([]alicloud.Rule, error) {
		return monitor.EventRules(ctx, rulePrefix)
	})
	if err != nil {
		return nil, err
	}
	var set ruleSet
	for _, want := range Recommended {
		state := ruleState{Name: want.Name}
		if i := slices.IndexFunc(rules, func(r alicloud.Rule) bool { return r.Name == want.Name }); i >= 0 {
			state.Found, state.Rule = true, rules[i]
			state.Targets, err = readTargets(ctx, c, region, want.Name)
			if err != nil {
				return nil, err
			}
		}
		set = append(set, state)
	}
	return set, nil
}

func readTargets(ctx context.Context, c *cli.Account, region, rule string) ([]alicloud.Target, error) {
	return cli.Read(ctx, c, "the targets of "+rule, func(ctx context.Context) ([]alicloud.Target, error) {
		return c.Monitor(region).EventTargets(ctx, rule)
	})
}

// foreign returns the rules of our names that somebody else made.
func (s ruleSet) foreign() []string {
	var names []string
	for _, state := range s {
		if state.Found && !IsOurs(state.Rule) {
			names = append(names, state.Name)
		}
	}
	return names
}

// silences says of which rules the silence is not console.
func (s ruleSet) silences() []string {
	var remarks []string
	for _, state := range s {
		if state.Found && !state.Rule.SilenceKnown {
			remarks = append(remarks, state.Name+": CloudMonitor does not show the silence, and one document gives a day as the default; "+SilenceCaveat)
		}
	}
	return remarks
}

// differences compares a rule with what is recommended, whatever its targets are, as long as there is one.
func (s ruleState) differences() []change {
	want := Recommended[slices.IndexFunc(Recommended, func(r alicloud.Rule) bool { return r.Name == s.Name })]
	if !s.Found {
		return []change{{s.Name, wholeRule, "missing", "there"}}
	}
	changes := ruleChanges(s.Rule, want)
	if len(s.Targets) == 0 {
		changes = append(changes, change{s.Name, targetField, "none", "one at least"})
	}
	return changes
}
