package alertrules

import (
	"context"
	"errors"
	"fmt"
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
	w := &ruleWriter{account: c, region: region, wanted: a.targets(region)}
	if err := w.read(ctx); err != nil {
		return err
	}
	if foreign := w.now.foreign(); len(foreign) > 0 && !a.Adopt {
		return fmt.Errorf("%s: somebody else made a rule of this name; nothing was written; --adopt takes it over", strings.Join(foreign, ", "))
	}
	if a.Reports {
		if w.reports, err = planReports(ctx, c, region, a.targetFlags); err != nil {
			return err
		}
	}
	if err := w.write(ctx, a.Consent); err != nil {
		return err
	}
	return w.finish(ctx, a)
}

// finish says how it ended.
func (w *ruleWriter) finish(ctx context.Context, a rulesApply) error {
	if lost := slices.DeleteFunc(slices.Clone(w.left), change.isSilence); len(lost) > 0 {
		return fmt.Errorf("all was written, and is not so when read back: %s; run it again, and if that does not help, see the rule in the console%s", oneByOne(lost), w.advice())
	}
	done := applied{Changes: w.changes, Written: len(w.changes) > 0, Remarks: w.remarks(), Rules: []ruleView{}}
	if a.Reports {
		rules, err := readReportRules(ctx, w.account, w.region)
		if err != nil {
			return fmt.Errorf("all was written; %w; run it again to compare", err)
		}
		want := a.reportRule().Name
		switch {
		case len(rules) == 0:
			w.unseen = true
			done.Remarks = append(done.Remarks, unseenReports)
		case !slices.ContainsFunc(rules, func(r alicloud.Rule) bool { return r.Name == want }):
			return fmt.Errorf("all was written, and the rule for reports %s is not there when read back; run it again, and if that does not help, see the console", want)
		}
		done.Remarks = append(done.Remarks, "the function reports only where it is deployed with REPORT_CUSTOM_EVENTS=true and REMEDIATION_MODE=act")
	}
	for i, state := range w.now {
		done.Rules = append(done.Rules, viewOf(state, w.plans[i].changes))
	}
	if err := w.print(done); err != nil {
		return err
	}
	if len(w.left) > 0 {
		return cli.ErrPerson
	}
	return nil
}

// advice is about targets that CloudMonitor stores otherwise than they were sent.
func (w *ruleWriter) advice() string {
	switch {
	case w.adds(withoutService):
		return "; of a function without a service no document says how it is stored: " + topicRoute
	case w.adds(isLoud):
		return "; for the international site one document knows --notification-level info only"
	}
	return ""
}

// print prints the result, and remarks beside it.
func (w *ruleWriter) print(done applied) error {
	for _, remark := range done.Remarks {
		w.account.Console.Warnf("%s", remark)
	}
	switch {
	case w.account.Console.JSON:
		if done.Changes == nil {
			done.Changes = []change{}
		}
		return w.account.Console.Value(done)
	case !done.Written:
		w.account.Console.Show("nothing to change")
	case len(w.left) == 0 && w.unseen:
		w.account.Console.Show("written; read back but for the rule for reports: all that can be seen is as wanted")
	case len(w.left) == 0:
		w.account.Console.Show("written and read back: all as wanted")
	}
	return nil
}

// remarks are about what was not asked for, or cannot be had.
func (w *ruleWriter) remarks() []string {
	remarks := []string{}
	for _, c := range w.left {
		remarks = append(remarks, fmt.Sprintf("%s: CloudMonitor made a silence of %s of the 0 that was written; %s", c.Rule, c.Now, SilenceCaveat))
	}
	return append(remarks, w.now.silences()...)
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
