package alertrules

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	// reportEvent is the name of the custom events that the function reports.
	reportEvent = report.CustomEventName
	// reportRuleID is the key of the rule that sends them to people.
	reportRuleID = "rotation-remediator-reports"
	// reportPrefix begins its name. The rest says what it was made for: the name is all that can be read back, if that.
	reportPrefix = "rotation_remediation_reports_"
)

// unseenReports is said where CloudMonitor does not list the rule: no document says that it does.
const unseenReports = "CloudMonitor's API does not list rules for custom events here, so the rule of --reports cannot be read back; the console shows it, under Event Center, Old Event Alarm Rules"

// reportRule sends each report of the function to the contact groups.
func (f targetFlags) reportRule() alicloud.CustomEventRule {
	level := strings.ToUpper(f.NotificationLevel)
	mark := sha256.Sum256([]byte(level + "\n" + strings.Join(slices.Sorted(slices.Values(f.ContactGroup)), "\n")))
	return alicloud.CustomEventRule{
		ID: reportRuleID, Name: reportPrefix + hex.EncodeToString(mark[:4]), EventName: reportEvent, Level: level,
		ContactGroups: f.ContactGroup, Threshold: 1, Period: 5 * time.Minute,
	}
}

func readReportRules(ctx context.Context, c *cli.Account, region string) ([]alicloud.Rule, error) {
	return cli.Read(ctx, c, "the rules for reports", func(ctx context.Context) ([]alicloud.Rule, error) {
		return c.Monitor(region).EventRules(ctx, reportPrefix)
	})
}

func readReports(ctx context.Context, c *cli.Account, region string, from, to time.Time) ([]alicloud.CustomEvent, error) {
	return cli.Read(ctx, c, "the reports of the function", func(ctx context.Context) ([]alicloud.CustomEvent, error) {
		return c.Monitor(region).CustomEvents(ctx, reportEvent, "", from, to)
	})
}

// reportPlan is what has to be written for --reports.
type reportPlan struct {
	rule    *alicloud.CustomEventRule // nil if it is there
	first   bool                      // an event has to be reported before: CloudMonitor takes no rule for one that it does not know
	changes []change
}

func planReports(ctx context.Context, c *cli.Account, region string, flags targetFlags) (reportPlan, error) {
	rules, err := readReportRules(ctx, c, region)
	want := flags.reportRule()
	if err != nil || slices.ContainsFunc(rules, func(r alicloud.Rule) bool { return r.Name == want.Name }) {
		return reportPlan{}, err
	}
	now := time.Now()
	known, err := readReports(ctx, c, region, now.Add(-remediation.HistoryKept), now)
	if err != nil {
		return reportPlan{}, err
	}
	p := reportPlan{rule: &want, first: len(known) == 0}
	if p.first {
		p.changes = append(p.changes, change{Rule: want.Name, Field: "event", Wanted: reportEvent + ", outcome:test: a rule needs one that was reported before"})
	}
	groups := fmt.Sprintf("for %s, to contact group %s at level %s", reportEvent, strings.Join(want.ContactGroups, ", "), want.Level)
	p.changes = append(p.changes, change{Rule: want.Name, Field: wholeRule, Wanted: groups})
	return p, nil
}

func (p reportPlan) steps(c *cli.Account, region string) []step {
	var steps []step
	if p.first {
		steps = append(steps, step{"reporting a test event", func(ctx context.Context) error {
			content := "outcome:test,reason:alert-rules apply reports one event so that a rule can be made for it; nothing happened"
			return c.Monitor(region).PutCustomEvents(ctx, []alicloud.CustomEvent{{Name: reportEvent, Content: content}})
		}})
	}
	if p.rule != nil {
		steps = append(steps, step{"writing the rule " + p.rule.Name, func(ctx context.Context) error {
			return c.Monitor(region).PutCustomEventRule(ctx, *p.rule)
		}})
	}
	return steps
}
