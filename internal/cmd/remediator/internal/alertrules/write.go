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

// ruleWriter makes the rules as wanted.
type ruleWriter struct {
	account *cli.Account
	region  string
	wanted  []alicloud.Target
	now     ruleSet
	plans   []rulePlan
	reports reportPlan
	changes []change // those of the plan
	unseen  bool     // the rule for reports was written, and is not listed
	left    []change // those that are still there after writing
}

func (w *ruleWriter) read(ctx context.Context) error {
	now, err := readRules(ctx, w.account, w.region)
	if err != nil {
		return err
	}
	w.now, w.plans = now, nil
	for i, state := range now {
		w.plans = append(w.plans, planRule(state, Recommended[i], w.wanted))
	}
	return nil
}

// write shows the plan, asks, and carries it out.
func (w *ruleWriter) write(ctx context.Context, given cli.Consent) error {
	w.changes = append(w.differences(), w.reports.changes...)
	if len(w.changes) == 0 {
		return nil
	}
	w.account.Console.Show("%s", summary(w.changes))
	w.account.Console.Warnf("%s", PhasedOut)
	w.warnOfFunctions()
	w.warnOfSilence()
	if err := w.account.Console.Ask(given, "Write this?"); err != nil {
		return err
	}
	if err := w.unchanged(ctx); err != nil {
		return err
	}
	if err := applySteps(ctx, w.account, append(w.steps(), w.reports.steps(w.account, w.region)...)); err != nil {
		return err
	}
	var err error
	w.left, err = readBack(ctx, func(ctx context.Context) ([]change, error) {
		if err := w.read(ctx); err != nil {
			return nil, fmt.Errorf("all was written, and not read back: %w; run it again to compare", err)
		}
		return w.differences(), nil
	})
	return err
}

// unchanged reads the rules again after the consent, which was given for those that were shown.
func (w *ruleWriter) unchanged(ctx context.Context) error {
	shown := w.now
	if err := w.read(ctx); err != nil {
		return fmt.Errorf("nothing was written: %w", err)
	}
	if !reflect.DeepEqual(shown, w.now) {
		return errChanged
	}
	return nil
}

// errChanged says that the plan is of another time.
var errChanged = errors.New("nothing was written: the rules or their targets changed while the question waited; run it again to see them")

func (w *ruleWriter) differences() []change {
	var changes []change
	for _, p := range w.plans {
		changes = append(changes, p.changes...)
	}
	return changes
}

// warnOfFunctions says beforehand what no document says.
func (w *ruleWriter) warnOfFunctions() {
	if w.adds(withoutService) {
		w.account.Console.Warnf("a function without --service, as all of Function Compute 3.0 are: no document says how this API names it; it is tried without, and read back")
	}
}

// warnOfSilence says beforehand that no event will reach a function: targets that are not named are removed.
func (w *ruleWriter) warnOfSilence() {
	if !slices.ContainsFunc(w.wanted, ReachesFunction) {
		w.account.Console.Warnf("none of these targets reaches the function, and those that are not named are removed: name all of them in one command")
	}
}

// adds reports whether such a target is still to be added.
func (w *ruleWriter) adds(such func(alicloud.Target) bool) bool {
	return slices.ContainsFunc(w.plans, func(p rulePlan) bool { return slices.ContainsFunc(p.add, such) })
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
func (w *ruleWriter) steps() []step {
	var put, add, remove []step
	for _, p := range w.plans {
		if p.put != nil {
			put = append(put, step{"writing the rule " + p.name, func(ctx context.Context) error {
				return w.account.Monitor(w.region).PutEventRule(ctx, *p.put)
			}})
		}
		if len(p.add) > 0 {
			add = append(add, step{"adding targets to " + p.name, func(ctx context.Context) error {
				refused, err := w.account.Monitor(w.region).PutEventTargets(ctx, p.name, p.add)
				return refusal(refused, p.add, err)
			}})
		}
		remove = append(remove, removals(w.account, w.region, p.name, p.remove)...)
	}
	return slices.Concat(put, add, remove)
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

// refusal names the targets that CloudMonitor did not take, and the way round for a function without a service.
func refusal(refused, sent []alicloud.Target, err error) error {
	if err == nil {
		return nil
	}
	var said []string
	for _, t := range refused {
		said = append(said, TargetText(t))
	}
	who := strings.Join(said, ", ")
	if who != "" {
		err = fmt.Errorf("CloudMonitor refused %s: %w", who, err)
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

// readBack compares what was written with what is there now, and returns what differs.
func readBack(ctx context.Context, read func(context.Context) ([]change, error)) ([]change, error) {
	for pause := range slices.Values(readBackPauses) {
		changes, err := read(ctx)
		if err != nil || len(changes) == 0 {
			return changes, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, errors.New("interrupted: what was written was not read back")
		}
	}
	return read(ctx)
}
