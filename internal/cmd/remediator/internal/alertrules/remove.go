package alertrules

import (
	"context"
	"fmt"
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
func (c rulesRemove) Validate() error {
	if c.ReportRule != "" && !strings.HasPrefix(c.ReportRule, reportPrefix) {
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
func (c rulesRemove) Run(ctx context.Context, r cli.Region) error {
	p, err := c.plan(ctx, r)
	if err != nil {
		return err
	}
	if len(p.changes()) > 0 {
		if _, err := p.confirmAndApply(ctx, r, c.Consent, c.Adopt, "Remove this?", c.plan, rulesRemove{}.plan); err != nil {
			return err
		}
	}
	done := removed{Removed: []string{}, Tried: p.reports.unlisted, Remarks: []string{}}
	for _, rule := range p.rules {
		done.Removed = append(done.Removed, rule.name)
	}
	done.Removed = append(done.Removed, p.reports.listed...)
	if done.Tried != "" {
		done.Remarks = append(done.Remarks, "asked CloudMonitor to remove "+done.Tried+", which it lists neither before nor after: the console shows whether it is gone")
	} else if len(p.reports.listed) == 0 {
		done.Remarks = append(done.Remarks, unseenReports+"; with its name, --report-rule tries without seeing it")
	}
	text := ""
	if len(done.Removed) > 0 {
		text = "removed: " + strings.Join(done.Removed, ", ")
	} else if done.Tried == "" {
		text = "nothing to remove"
	}
	return output(r.Console, done.Remarks, done, text)
}

// plan removes all that is there.
func (c rulesRemove) plan(ctx context.Context, r cli.Region) (p plan, err error) {
	if p.now, err = readRules(ctx, r); err != nil {
		return plan{}, err
	}
	for _, state := range p.now {
		if state.Found {
			p.rules = append(p.rules, planRemoval(state))
		}
	}
	if p.reports.listed, err = readReportRules(ctx, r); err != nil {
		return plan{}, err
	}
	for _, name := range p.reports.listed {
		p.reports.remove(name, "for "+reportEvent)
	}
	if c.ReportRule != "" && !slices.Contains(p.reports.listed, c.ReportRule) {
		p.reports.unlisted = c.ReportRule
		p.reports.remove(c.ReportRule, "not listed, and tried")
	}
	return p, nil
}
