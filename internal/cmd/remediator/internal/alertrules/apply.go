package alertrules

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
)

type rulesApply struct {
	targetFlags `embed:""`
	cli.Consent `embed:""`

	Reports bool `help:"Also make the rule that sends the reports of the function (REPORT_CUSTOM_EVENTS=true) to the contact groups."`
	Adopt   bool `help:"Take over a rule of one of the two names that somebody else made, with its targets: those that are not wanted are removed."`
}

// Help is what --help adds.
func (rulesApply) Help() string {
	return "The rules are " + failedRule + " (" + events.FailureName + ", CRITICAL, Exception) and " + successRule + " (" + events.SuccessName + ", INFO, StatusNotification), " +
		"of all resources, without silence. Both get all targets that the flags name; a target that they do not name is removed, after the others were added. " +
		"Each of the target flags may be given five times, --queue and --topic together. A rule that is as wanted already is not written.\n\n" +
		"CloudMonitor calls these rules no longer upgraded. Other routes need none: events/README.md compares them.\n\n" +
		"Example: remediator --real alert-rules apply --topic rotation-events --contact-group operators"
}

// Validate is called when the flags were read.
func (a rulesApply) Validate() error {
	switch {
	case len(a.targets("")) == 0:
		return errors.New("want one target or contact group at least: --function, --queue, --topic, --url, --log or --contact-group")
	case a.Reports && len(a.ContactGroup) == 0:
		return errors.New("--reports: want --contact-group as well")
	}
	return a.targetFlags.Validate()
}

// applied is what -o json prints.
type applied struct {
	Changes []change   `json:"changes"`
	Written bool       `json:"written"`
	Remarks []string   `json:"remarks"`
	Rules   []ruleView `json:"rules"`
}

// Run compares, asks, writes, and reads back.
func (a rulesApply) Run(ctx context.Context, r cli.Region) error {
	p, err := a.plan(ctx, r)
	if err != nil {
		return err
	}
	changes, after := p.changes(), p
	if len(changes) > 0 {
		if after, err = p.confirmAndApply(ctx, r, a.Consent, a.Adopt, "Write this?", a.plan, a.rulesPlan); err != nil {
			return err
		}
	}
	seen, reportRemarks, err := a.checkReports(ctx, r)
	if err != nil {
		return err
	}
	left := after.changes()
	done := applied{Changes: append([]change{}, changes...), Written: len(changes) > 0, Remarks: append(remarks(left, after.now), reportRemarks...)}
	for i, state := range after.now {
		done.Rules = append(done.Rules, viewOf(state, after.rules[i].changes))
	}
	text := ""
	switch {
	case !done.Written:
		text = "nothing to change"
	case len(left) == 0 && seen:
		text = "written and read back: all as wanted"
	case len(left) == 0:
		text = "written; read back but for the rule for reports: all that can be seen is as wanted"
	}
	if err := output(r.Console, done.Remarks, done, text); err != nil {
		return err
	}
	if len(left) > 0 {
		return cli.ErrPerson
	}
	return nil
}

// rulesPlan compares the two rules with what is wanted.
func (a rulesApply) rulesPlan(ctx context.Context, r cli.Region) (plan, error) {
	now, err := readRules(ctx, r)
	if err != nil {
		return plan{}, err
	}
	p := plan{now: now}
	for i, state := range now {
		p.rules = append(p.rules, planRule(state, Recommended[i], a.targets(r.Name)))
	}
	return p, nil
}

// plan compares all, with --reports their rule as well.
func (a rulesApply) plan(ctx context.Context, r cli.Region) (plan, error) {
	p, err := a.rulesPlan(ctx, r)
	if err != nil {
		return plan{}, err
	}
	if a.Reports {
		p.reports, err = planReports(ctx, r, a.targetFlags)
	}
	p.warnings = []string{PhasedOut}
	if p.adds(withoutService) {
		p.warnings = append(p.warnings, "a function without --service, as all of Function Compute 3.0 are: no document says how this API names it; it is tried without, and read back")
	}
	if !slices.ContainsFunc(a.targets(r.Name), ReachesFunction) {
		p.warnings = append(p.warnings, "none of these targets reaches the function, and those that are not named are removed: name all of them in one command")
	}
	return p, err
}

// checkReports says whether the rule for reports was seen, and what a person has to know. Where other rules for reports are
// listed and it is not, that is an error.
func (a rulesApply) checkReports(ctx context.Context, r cli.Region) (seen bool, remarks []string, err error) {
	if !a.Reports {
		return true, nil, nil
	}
	listed, err := readReportRules(ctx, r)
	if err != nil {
		return false, nil, fmt.Errorf("all was written; %w; run it again to compare", err)
	}
	want := a.reportRule().Name
	if len(listed) > 0 && !slices.Contains(listed, want) {
		return false, nil, fmt.Errorf("all was written, and the rule for reports %s is not there when read back; run it again, and if that does not help, see the console", want)
	}
	if len(listed) == 0 {
		remarks = append(remarks, unseenReports)
	}
	return len(listed) > 0, append(remarks, "the function reports only where it is deployed with REPORT_CUSTOM_EVENTS=true and REMEDIATION_MODE=act"), nil
}

// remarks are about what was not asked for, or cannot be had.
func remarks(left []change, now ruleSet) []string {
	all := []string{}
	for _, c := range left {
		all = append(all, fmt.Sprintf("%s: CloudMonitor made a silence of %s of the 0 that was written; %s", c.Rule, c.Now, SilenceCaveat))
	}
	return append(all, now.silences()...)
}

// SilenceCaveat is all that is known of it.
const SilenceCaveat = "after one notification it may keep back others for as long, and no document says whether of the same secret or of all, nor another way to turn it off; the function's timer finds what was kept back (SWEEP_HISTORY=true)"

func (c change) isSilence() bool { return c.Field == silenceField }

func oneByOne(changes []change) string {
	var all []string
	for _, c := range changes {
		all = append(all, c.Rule+" "+c.String())
	}
	return strings.Join(all, "; ")
}
