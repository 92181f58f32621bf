package alertrules

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// plan is what has to be written so that both rules, and the rule for reports, are as wanted.
type plan struct {
	now      ruleSet
	rules    []rulePlan
	reports  reportPlan
	warnings []string
}

func (p plan) changes() []change {
	var changes []change
	for _, r := range p.rules {
		changes = append(changes, r.changes...)
	}
	return append(changes, p.reports.changes...)
}

// confirmAndApply shows the plan, asks, writes, and reads back. read reads it again, and back what can be read back.
func (p plan) confirmAndApply(ctx context.Context, r cli.Region, given cli.Consent, adopt bool, question string, read, back func(context.Context, cli.Region) (plan, error)) (plan, error) {
	if foreign := p.now.foreign(); len(foreign) > 0 && !adopt {
		return plan{}, fmt.Errorf("%s: somebody else made a rule of this name; nothing was written; --adopt takes it as ours", strings.Join(foreign, ", "))
	}
	r.Console.ShowLines(summary(p.changes()))
	for _, warning := range p.warnings {
		r.Console.Warnf("%s", warning)
	}
	again := func(ctx context.Context) (plan, error) { return read(ctx, r) }
	same := func(a, b plan) bool { return reflect.DeepEqual(a, b) }
	if _, err := cli.Agree(ctx, r.Console, given, question, p, again, same); err != nil {
		return plan{}, err
	}
	if err := applySteps(ctx, r, p.steps(r)); err != nil {
		return plan{}, err
	}
	return readBack(ctx, func(ctx context.Context) (plan, error) { return back(ctx, r) })
}

// adds reports whether such a target is still to be added.
func (p plan) adds(such func(alicloud.Target) bool) bool {
	return slices.ContainsFunc(p.rules, func(r rulePlan) bool { return slices.ContainsFunc(r.add, such) })
}

// advice is about targets that CloudMonitor stores otherwise than they were sent.
func (p plan) advice() string {
	switch {
	case p.adds(withoutService):
		return "; of a function without a service no document says how it is stored: " + topicRoute
	case p.adds(isLoud):
		return "; for the international site one document knows --notification-level info only"
	}
	return ""
}

// topicRoute reaches a function whatever this API makes of its name: the rule names the topic alone.
const topicRoute = "--topic, with an mns_topic trigger at the function, is certain to work"

func withoutService(t alicloud.Target) bool {
	return t.Kind == alicloud.FunctionTarget && t.Service == ""
}

func isLoud(t alicloud.Target) bool {
	return t.Kind == alicloud.ContactTarget && t.Level != ContactLevels["info"]
}

// steps writes the rules, then adds targets, and removes last, so that no event finds a rule without a target.
func (p plan) steps(r cli.Region) []step {
	var put, add, remove, gone []step
	for _, rule := range p.rules {
		if rule.put != nil {
			put = append(put, step{"writing the rule " + rule.name, func(ctx context.Context) error {
				return r.Monitor().PutEventRule(ctx, *rule.put)
			}})
		}
		if len(rule.add) > 0 {
			add = append(add, step{"adding targets to " + rule.name, func(ctx context.Context) error {
				refused, err := r.Monitor().PutEventTargets(ctx, rule.name, rule.add)
				return refusal(refused, rule.add, err)
			}})
		}
		remove = append(remove, removals(r, rule.name, rule.remove)...)
		if rule.gone {
			gone = append(gone, ruleRemoval(r, rule.name))
		}
	}
	return slices.Concat(put, add, remove, gone, p.reports.steps(r))
}

// maxRemoved is how many targets one call removes.
const maxRemoved = 20

func removals(r cli.Region, rule string, targets []alicloud.Target) []step {
	var steps []step
	var all []string
	for _, t := range targets {
		if !slices.Contains(all, t.ID) { // two kinds may share one
			all = append(all, t.ID)
		}
	}
	for ids := range slices.Chunk(all, maxRemoved) {
		steps = append(steps, step{"removing targets from " + rule, func(ctx context.Context) error {
			return r.Monitor().DeleteEventTargets(ctx, rule, ids...)
		}})
	}
	return steps
}

func ruleRemoval(r cli.Region, rule string) step {
	return step{"removing the rule " + rule, func(ctx context.Context) error { return r.Monitor().DeleteEventRules(ctx, rule) }}
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
func applySteps(ctx context.Context, r cli.Region, steps []step) error {
	for i, s := range steps {
		if err := cli.Write(ctx, r, s.what, s.do); err != nil {
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

// readBack reads what was written until nothing differs from it, or the pauses are over. A silence that CloudMonitor made of
// the 0 that was written is no failure: nothing could repair it.
func readBack(ctx context.Context, read func(context.Context) (plan, error)) (plan, error) {
	p, err := read(ctx)
	for _, pause := range readBackPauses {
		if err != nil || len(p.changes()) == 0 {
			break
		}
		select {
		case <-time.After(pause):
			p, err = read(ctx)
		case <-ctx.Done():
			err = errors.New("interrupted")
		}
	}
	if err != nil {
		return p, fmt.Errorf("all was written, and not read back: %w; run it again to compare", err)
	}
	if lost := slices.DeleteFunc(p.changes(), change.isSilence); len(lost) > 0 {
		return p, fmt.Errorf("all was written, and is not so when read back: %s; run it again, and if that does not help, see the rule in the console%s", oneByOne(lost), p.advice())
	}
	return p, nil
}
