package alertrules

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
)

type rulesShow struct{}

// Help is what --help adds.
func (rulesShow) Help() string {
	return "Exit status 3 if a rule is missing, disabled, without a target, or differs from what is recommended.\n\nExample: remediator --real alert-rules show"
}

// rulesShown is what -o json prints.
type rulesShown struct {
	Rules   []ruleView `json:"rules"`
	Reports []string   `json:"reports"` // the rules for reports that CloudMonitor lists
	Remarks []string   `json:"remarks"`
}

// Run reads, compares with what is recommended, and prints.
func (rulesShow) Run(ctx context.Context, r cli.Region) error {
	rules, err := readRules(ctx, r)
	if err != nil {
		return err
	}
	reports, err := readReportRules(ctx, r)
	if err != nil {
		return err
	}
	seen := rulesShown{Reports: append([]string{}, reports...), Remarks: append([]string{}, rules.silences()...)}
	var lines []string
	for _, state := range rules {
		v := viewOf(state, state.differences())
		seen.Rules = append(seen.Rules, v)
		lines = append(lines, v.text()...)
	}
	for _, name := range reports {
		lines = append(lines, name+": there; to whom it goes is not shown")
	}
	if len(reports) == 0 {
		seen.Remarks = append(seen.Remarks, "no rule for reports is listed, which does not mean that there is none: "+unseenReports)
	}
	if err := output(r.Console, seen.Remarks, seen, lines...); err != nil {
		return err
	}
	if slices.ContainsFunc(seen.Rules, func(v ruleView) bool { return len(v.Differences) > 0 }) {
		return cli.ErrPerson
	}
	return nil
}

// text is a rule for people, in lines.
func (v ruleView) text() []string {
	lines := []string{v.Rule + ": " + v.state()}
	if v.Found {
		lines = append(lines, fmt.Sprintf("  state %s, silence %s", v.State, cmp.Or(v.Silence, "not shown")))
	}
	for _, t := range v.Targets {
		lines = append(lines, fmt.Sprintf("  to %s (%s)", t.What, t.ID))
	}
	for _, d := range v.Differences {
		lines = append(lines, "  differs: "+d.String())
	}
	return lines
}

func (v ruleView) state() string {
	switch {
	case !v.Found:
		return "missing; alert-rules apply makes it"
	case len(v.Differences) > 0:
		return "not as recommended; alert-rules apply repairs it"
	}
	return "as recommended"
}
