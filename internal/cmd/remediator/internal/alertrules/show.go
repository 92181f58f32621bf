package alertrules

import (
	"context"
	"fmt"
	"strings"

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
func (rulesShow) Run(ctx context.Context, line *cli.Line) error {
	c, region, err := openOne(line)
	if err != nil {
		return err
	}
	defer c.Close()
	seen, err := showRules(ctx, c, region)
	if err != nil {
		return err
	}
	if err := seen.show(c.Console); err != nil {
		return err
	}
	for _, v := range seen.Rules {
		if len(v.Differences) > 0 {
			return cli.ErrPerson
		}
	}
	return nil
}

func showRules(ctx context.Context, c *cli.Account, region string) (rulesShown, error) {
	seen := rulesShown{Reports: []string{}, Remarks: []string{}}
	rules, err := readRules(ctx, c, region)
	if err != nil {
		return seen, err
	}
	for _, state := range rules {
		seen.Rules = append(seen.Rules, viewOf(state, state.differences()))
	}
	seen.Remarks = append(seen.Remarks, rules.silences()...)
	reports, err := readReportRules(ctx, c, region)
	if err != nil {
		return seen, err
	}
	for _, r := range reports {
		seen.Reports = append(seen.Reports, r.Name)
	}
	if len(reports) == 0 {
		seen.Remarks = append(seen.Remarks, "no rule for reports is listed, which does not mean that there is none: "+unseenReports)
	}
	return seen, nil
}

func (s rulesShown) show(console *cli.Console) error {
	for _, remark := range s.Remarks {
		console.Warnf("%s", remark)
	}
	if console.JSON {
		return console.Value(s)
	}
	for _, v := range s.Rules {
		console.Show("%s", v.text())
	}
	for _, name := range s.Reports {
		console.Show("%s: there; to whom it goes is not shown", name)
	}
	return nil
}

// text is a rule for people.
func (v ruleView) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", v.Rule, v.state())
	if v.Found {
		silence := v.Silence
		if silence == "" {
			silence = "not shown"
		}
		fmt.Fprintf(&b, "  state %s, silence %s\n", v.State, silence)
	}
	for _, t := range v.Targets {
		fmt.Fprintf(&b, "  to %s (%s)\n", t.What, t.ID)
	}
	for _, d := range v.Differences {
		fmt.Fprintf(&b, "  differs: %s\n", d)
	}
	return strings.TrimSuffix(b.String(), "\n")
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
