package alertrules

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
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
func (a rulesApply) Run(ctx context.Context, line *cli.Line) error {
	c, region, err := openOne(line)
	if err != nil {
		return err
	}
	defer c.Close()
	plan, err := a.plan(ctx, c, region)
	if err != nil {
		return err
	}
	if foreign := plan.now.foreign(); len(foreign) > 0 && !a.Adopt {
		return fmt.Errorf("%s: somebody else made a rule of this name; nothing was written; --adopt takes it over", strings.Join(foreign, ", "))
	}
	changes := plan.changes()
	if len(changes) == 0 {
		return a.finish(ctx, c, region, changes, plan)
	}
	if err := a.confirm(ctx, c, region, plan); err != nil {
		return err
	}
	if err := applySteps(ctx, c, plan.steps(c, region)); err != nil {
		return err
	}
	after, err := readBack(ctx, func(ctx context.Context) (applyPlan, error) {
		return planRules(ctx, c, region, a.targets(region))
	}, applyPlan.changes)
	if err != nil {
		return fmt.Errorf("all was written, and not read back: %w; run it again to compare", err)
	}
	return a.finish(ctx, c, region, changes, after)
}

// plan compares the rules, and with --reports their rule, with what is wanted.
func (a rulesApply) plan(ctx context.Context, c *cli.Account, region string) (applyPlan, error) {
	p, err := planRules(ctx, c, region, a.targets(region))
	if err == nil && a.Reports {
		p.reports, err = planReports(ctx, c, region, a.targetFlags)
	}
	return p, err
}

// confirm shows the plan and asks. The consent is for what was shown: what differs afterwards stops the write.
func (a rulesApply) confirm(ctx context.Context, c *cli.Account, region string, shown applyPlan) error {
	c.Console.Show("%s", summary(shown.changes()))
	c.Console.Warnf("%s", PhasedOut)
	if shown.adds(withoutService) {
		c.Console.Warnf("a function without --service, as all of Function Compute 3.0 are: no document says how this API names it; it is tried without, and read back")
	}
	if !slices.ContainsFunc(a.targets(region), ReachesFunction) {
		c.Console.Warnf("none of these targets reaches the function, and those that are not named are removed: name all of them in one command")
	}
	if err := c.Console.Ask(a.Consent, "Write this?"); err != nil {
		return err
	}
	now, err := a.plan(ctx, c, region)
	switch {
	case err != nil:
		return fmt.Errorf("nothing was written: %w", err)
	case !reflect.DeepEqual(shown, now):
		return errChanged
	}
	return nil
}

// finish says how it ended. changes are those of the plan, after is what is still to do.
func (a rulesApply) finish(ctx context.Context, c *cli.Account, region string, changes []change, after applyPlan) error {
	left := after.changes()
	if lost := slices.DeleteFunc(slices.Clone(left), change.isSilence); len(lost) > 0 {
		return fmt.Errorf("all was written, and is not so when read back: %s; run it again, and if that does not help, see the rule in the console%s", oneByOne(lost), after.advice())
	}
	done := applied{Changes: append([]change{}, changes...), Written: len(changes) > 0, Remarks: remarks(left, after.now), Rules: after.views()}
	seen := true
	if a.Reports {
		var err error
		if seen, err = a.seesReportRule(ctx, c, region); err != nil {
			return err
		}
		if !seen {
			done.Remarks = append(done.Remarks, unseenReports)
		}
		done.Remarks = append(done.Remarks, "the function reports only where it is deployed with REPORT_CUSTOM_EVENTS=true and REMEDIATION_MODE=act")
	}
	if err := done.show(c.Console, len(left) == 0, seen); err != nil {
		return err
	}
	if len(left) > 0 {
		return cli.ErrPerson
	}
	return nil
}

// seesReportRule says whether the rule for reports is listed. Where others are and it is not, that is an error.
func (a rulesApply) seesReportRule(ctx context.Context, c *cli.Account, region string) (bool, error) {
	rules, err := readReportRules(ctx, c, region)
	if err != nil {
		return false, fmt.Errorf("all was written; %w; run it again to compare", err)
	}
	want := a.reportRule().Name
	if len(rules) > 0 && !slices.ContainsFunc(rules, func(r alicloud.Rule) bool { return r.Name == want }) {
		return false, fmt.Errorf("all was written, and the rule for reports %s is not there when read back; run it again, and if that does not help, see the console", want)
	}
	return len(rules) > 0, nil
}

// show prints the result, and remarks beside it.
func (d applied) show(console *cli.Console, asWanted, reportsSeen bool) error {
	for _, remark := range d.Remarks {
		console.Warnf("%s", remark)
	}
	switch {
	case console.JSON:
		return console.Value(d)
	case !d.Written:
		console.Show("nothing to change")
	case asWanted && !reportsSeen:
		console.Show("written; read back but for the rule for reports: all that can be seen is as wanted")
	case asWanted:
		console.Show("written and read back: all as wanted")
	}
	return nil
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
