package alertrules

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// applyPlan is what has to be written so that both rules, and the rule for reports, are as wanted.
type applyPlan struct {
	now     ruleSet
	rules   []rulePlan
	reports reportPlan
}

// planRules reads both rules and compares them.
func planRules(ctx context.Context, c *cli.Account, region string, wanted []alicloud.Target) (applyPlan, error) {
	now, err := readRules(ctx, c, region)
	if err != nil {
		return applyPlan{}, err
	}
	p := applyPlan{now: now}
	for i, state := range now {
		p.rules = append(p.rules, planRule(state, Recommended[i], wanted))
	}
	return p, nil
}

func (p applyPlan) changes() []change {
	var changes []change
	for _, r := range p.rules {
		changes = append(changes, r.changes...)
	}
	return append(changes, p.reports.changes...)
}

func (p applyPlan) views() []ruleView {
	var views []ruleView
	for i, state := range p.now {
		views = append(views, viewOf(state, p.rules[i].changes))
	}
	return views
}

// adds reports whether such a target is still to be added.
func (p applyPlan) adds(such func(alicloud.Target) bool) bool {
	return slices.ContainsFunc(p.rules, func(r rulePlan) bool { return slices.ContainsFunc(r.add, such) })
}

// advice is about targets that CloudMonitor stores otherwise than they were sent.
func (p applyPlan) advice() string {
	switch {
	case p.adds(withoutService):
		return "; of a function without a service no document says how it is stored: " + topicRoute
	case p.adds(isLoud):
		return "; for the international site one document knows --notification-level info only"
	}
	return ""
}

// errChanged says that the plan is of another time.
var errChanged = errors.New("nothing was written: the rules or their targets changed while the question waited; run it again to see them")

// topicRoute reaches a function whatever this API makes of its name: the rule names the topic alone.
const topicRoute = "--topic, with an mns_topic trigger at the function, is certain to work"

func withoutService(t alicloud.Target) bool {
	return t.Kind == alicloud.FunctionTarget && t.Service == ""
}

func isLoud(t alicloud.Target) bool {
	return t.Kind == alicloud.ContactTarget && t.Level != ContactLevels["info"]
}

// steps writes the rules, then adds targets, and removes last, so that no event finds a rule without a target.
func (p applyPlan) steps(c *cli.Account, region string) []step {
	var put, add, remove []step
	for _, r := range p.rules {
		if r.put != nil {
			put = append(put, step{"writing the rule " + r.name, func(ctx context.Context) error {
				return c.Monitor(region).PutEventRule(ctx, *r.put)
			}})
		}
		if len(r.add) > 0 {
			add = append(add, step{"adding targets to " + r.name, func(ctx context.Context) error {
				refused, err := c.Monitor(region).PutEventTargets(ctx, r.name, r.add)
				return refusal(refused, r.add, err)
			}})
		}
		remove = append(remove, removals(c, region, r.name, r.remove)...)
	}
	return slices.Concat(put, add, remove, p.reports.steps(c, region))
}

// maxRemoved is how many targets one call removes.
const maxRemoved = 20

func removals(c *cli.Account, region, rule string, targets []alicloud.Target) []step {
	var steps []step
	var all []string
	for _, t := range targets {
		if !slices.Contains(all, t.ID) { // two kinds may share one
			all = append(all, t.ID)
		}
	}
	for ids := range slices.Chunk(all, maxRemoved) {
		steps = append(steps, step{"removing targets from " + rule, func(ctx context.Context) error {
			return c.Monitor(region).DeleteEventTargets(ctx, rule, ids...)
		}})
	}
	return steps
}

// refusal names the targets that CloudMonitor did not take, and the way round for a function without a service. Of URLs and
// logstores the answer has no names.
func refusal(refused, sent []alicloud.Target, err error) error {
	if err == nil || len(refused) == 0 && cli.ClassOf(err) != remediation.Refused {
		return err
	}
	if len(refused) > 0 {
		err = fmt.Errorf("CloudMonitor refused %s: %w", TargetTexts(refused), err)
	} else {
		err = fmt.Errorf("CloudMonitor refused one or more of %s: %w", TargetTexts(sent), err)
	}
	if suspects := append(slices.Clone(refused), sent...); cli.ClassOf(err) == remediation.Refused && slices.ContainsFunc(suspects, withoutService) {
		return fmt.Errorf("%w; it may want a service, which a function of Function Compute 3.0 has not: %s", err, topicRoute)
	}
	return err
}

// step is one call that writes. what is a gerund.
type step struct {
	what string
	do   func(ctx context.Context) error
}

// applySteps takes the steps in order, up to the first that fails.
func applySteps(ctx context.Context, c *cli.Account, steps []step) error {
	for i, s := range steps {
		if err := cli.Write(ctx, c, s.what, s.do); err != nil {
			return partialError(err, steps, i)
		}
	}
	return nil
}

// partialError says what was done, what was not, and how to go on. No write makes things worse when it comes twice.
func partialError(err error, steps []step, failed int) error {
	said := []string{"done: " + listed(steps[:failed])}
	left := steps[failed:]
	if cli.ClassOf(err) == remediation.Transient {
		said = append(said, "not known, since the answer was lost: "+steps[failed].what)
		left = steps[failed+1:]
	}
	said = append(said, "not done: "+listed(left), "run it again to go on from there")
	return fmt.Errorf("%w; %s", err, strings.Join(said, "; "))
}

func listed(steps []step) string {
	if len(steps) == 0 {
		return "nothing"
	}
	var all []string
	for _, s := range steps {
		all = append(all, s.what)
	}
	return strings.Join(all, ", ")
}

// readBackPauses are taken while what was written is not there yet: no document says that a list follows at once.
var readBackPauses = []time.Duration{200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond}

// readBack reads what was written until nothing differs from it, or the pauses are over.
func readBack[T any](ctx context.Context, read func(context.Context) (T, error), differences func(T) []change) (T, error) {
	for pause := range slices.Values(readBackPauses) {
		now, err := read(ctx)
		if err != nil || len(differences(now)) == 0 {
			return now, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return now, errors.New("interrupted")
		}
	}
	return read(ctx)
}
