package alertrules

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
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

// readReportRules returns the names of those that are listed.
func readReportRules(ctx context.Context, r cli.Region) (names []string, err error) {
	rules, err := cli.Read(ctx, r, "the rules for reports", r.Monitor().EventRules, reportPrefix)
	for _, rule := range rules {
		names = append(names, rule.Name)
	}
	return names, err
}

func readReports(ctx context.Context, r cli.Region, from, to time.Time) ([]alicloud.CustomEvent, error) {
	return cli.Read(ctx, r, "the reports of the function", func(ctx context.Context, name string) ([]alicloud.CustomEvent, error) {
		return r.Monitor().CustomEvents(ctx, name, "", from, to)
	}, reportEvent)
}

// reportPlan is what has to be written or removed for --reports.
type reportPlan struct {
	rule     *alicloud.CustomEventRule // nil if it is there, or not wanted
	first    bool                      // an event has to be reported before: CloudMonitor takes no rule for one that it does not know
	listed   []string
	unlisted string   // a rule that is removed although it is not listed
	gone     []string // the rules to remove
	changes  []change
}

func planReports(ctx context.Context, r cli.Region, flags targetFlags) (reportPlan, error) {
	listed, err := readReportRules(ctx, r)
	want := flags.reportRule()
	if err != nil || slices.Contains(listed, want.Name) {
		return reportPlan{}, err
	}
	now := time.Now()
	known, err := readReports(ctx, r, now.Add(-events.HistoryKept), now)
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

func (p *reportPlan) remove(name, words string) {
	p.gone = append(p.gone, name)
	p.changes = append(p.changes, change{Rule: name, Field: wholeRule, Now: words})
}

func (p reportPlan) steps(r cli.Region) []step {
	var steps []step
	if p.first {
		steps = append(steps, step{"reporting a test event", func(ctx context.Context) error {
			content := "outcome:test,reason:alert-rules apply reports one event so that a rule can be made for it; nothing happened"
			return r.Monitor().PutCustomEvents(ctx, []alicloud.CustomEvent{{Name: reportEvent, Content: content}})
		}})
	}
	if p.rule != nil {
		steps = append(steps, step{"writing the rule " + p.rule.Name, func(ctx context.Context) error {
			return r.Monitor().PutCustomEventRule(ctx, *p.rule)
		}})
	}
	for _, name := range p.gone {
		steps = append(steps, ruleRemoval(r, name))
	}
	return steps
}
