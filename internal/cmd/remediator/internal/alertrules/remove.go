package alertrules

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
)

type rulesRemove struct {
	cli.Consent `embed:""`

	Adopt      bool   `help:"Remove a rule of one of the two names that somebody else made, too."`
	ReportRule string `placeholder:"NAME" help:"Remove this rule of apply --reports as well, although CloudMonitor may not list it. The console shows its name, which begins with rotation_remediation_reports_."`
}

// Help is what --help adds.
func (rulesRemove) Help() string { return "Example: remediator --real alert-rules remove" }

// Validate is called when the flags were read.
func (r rulesRemove) Validate() error {
	if r.ReportRule != "" && !strings.HasPrefix(r.ReportRule, reportPrefix) {
		return fmt.Errorf("--report-rule: want a name that begins with %s, no other rule is removed", reportPrefix)
	}
	return nil
}

// removed is what -o json prints.
type removed struct {
	Removed []string `json:"removed"`
	Tried   string   `json:"triedUnseen,omitempty"` // a rule that CloudMonitor lists neither before nor after
	Remarks []string `json:"remarks"`
}

// Run shows what is there, asks, removes, and reads back.
func (r rulesRemove) Run(ctx context.Context, line *cli.Line) error {
	c, region, err := openOne(line)
	if err != nil {
		return err
	}
	defer c.Close()
	there, err := r.read(ctx, c, region)
	if err != nil {
		return err
	}
	if foreign := there.rules.foreign(); len(foreign) > 0 && !r.Adopt {
		return fmt.Errorf("%s: somebody else made a rule of this name; nothing was removed; --adopt removes it", strings.Join(foreign, ", "))
	}
	steps := there.steps(c, region)
	if len(steps) > 0 {
		c.Console.Show("%s", summary(there.changes()))
		if err := c.Console.Ask(r.Consent, "Remove this?"); err != nil {
			return err
		}
		switch now, err := r.read(ctx, c, region); {
		case err != nil:
			return fmt.Errorf("nothing was removed: %w", err)
		case !reflect.DeepEqual(there, now):
			return errChanged
		}
		if err := applySteps(ctx, c, steps); err != nil {
			return err
		}
		if err := checkGone(ctx, c, region); err != nil {
			return err
		}
	}
	return there.show(c.Console)
}

// remains are what there is to remove.
type remains struct {
	rules    ruleSet
	reports  []string
	unlisted string // a rule for reports that is tried although it is not listed
}

func (r rulesRemove) read(ctx context.Context, c *cli.Account, region string) (remains, error) {
	rules, err := readRules(ctx, c, region)
	if err != nil {
		return remains{}, err
	}
	left := remains{rules: slices.DeleteFunc(rules, func(s ruleState) bool { return !s.Found })}
	listed, err := readReportRules(ctx, c, region)
	if err != nil {
		return remains{}, err
	}
	for _, rule := range listed {
		left.reports = append(left.reports, rule.Name)
	}
	if r.ReportRule != "" && !slices.Contains(left.reports, r.ReportRule) {
		left.unlisted = r.ReportRule
	}
	return left, nil
}

func (l remains) names() []string {
	var names []string
	for _, s := range l.rules {
		names = append(names, s.Name)
	}
	return append(names, l.reports...)
}

func (l remains) changes() []change {
	var changes []change
	for _, s := range l.rules {
		changes = append(changes, change{Rule: s.Name, Field: wholeRule, Now: ruleWords(s.Rule)})
		for _, t := range s.Targets {
			changes = append(changes, change{Rule: s.Name, Field: targetField, Now: named(t)})
		}
	}
	for _, name := range l.reports {
		changes = append(changes, change{Rule: name, Field: wholeRule, Now: "for " + reportEvent})
	}
	if l.unlisted != "" {
		changes = append(changes, change{Rule: l.unlisted, Field: wholeRule, Now: "not listed, and tried"})
	}
	return changes
}

// steps remove targets first: what becomes of those of a rule that is deleted is not documented.
func (l remains) steps(c *cli.Account, region string) []step {
	var steps []step
	for _, s := range l.rules {
		steps = append(steps, removals(c, region, s.Name, s.Targets)...)
	}
	names := l.names()
	if l.unlisted != "" {
		names = append(names, l.unlisted)
	}
	for _, name := range names {
		steps = append(steps, step{"removing the rule " + name, func(ctx context.Context) error {
			return c.Monitor(region).DeleteEventRules(ctx, name)
		}})
	}
	return steps
}

// checkGone reads whether all that can be seen is gone.
func checkGone(ctx context.Context, c *cli.Account, region string) error {
	seen, err := readBack(ctx, func(ctx context.Context) (remains, error) { return rulesRemove{}.read(ctx, c, region) }, remains.changes)
	if err != nil {
		return fmt.Errorf("all was removed, and not read back: %w; run it again", err)
	}
	if left := seen.changes(); len(left) > 0 {
		return fmt.Errorf("all was removed, and is there when read back: %s; run it again, and if that does not help, see the rule in the console", oneByOne(left))
	}
	return nil
}

func (l remains) show(console *cli.Console) error {
	done := removed{Removed: l.names(), Tried: l.unlisted, Remarks: []string{}}
	if l.unlisted != "" {
		done.Remarks = append(done.Remarks, "asked CloudMonitor to remove "+l.unlisted+", which it lists neither before nor after: the console shows whether it is gone")
	} else if len(l.reports) == 0 {
		done.Remarks = append(done.Remarks, unseenReports+"; with its name, --report-rule tries without seeing it")
	}
	for _, remark := range done.Remarks {
		console.Warnf("%s", remark)
	}
	switch {
	case console.JSON:
		if done.Removed == nil {
			done.Removed = []string{}
		}
		return console.Value(done)
	case len(done.Removed) == 0 && done.Tried != "":
	case len(done.Removed) == 0:
		console.Show("nothing to remove")
	default:
		console.Show("removed: %s", strings.Join(done.Removed, ", "))
	}
	return nil
}
