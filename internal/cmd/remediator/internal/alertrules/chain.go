package alertrules

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/eventlog"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

type rulesTest struct {
	cli.Consent `embed:""`

	Secret string        `required:"" placeholder:"NAME" help:"Secret that the event is about. It has to exist; nothing happens to it."`
	Wait   time.Duration `default:"2m" placeholder:"DURATION" help:"How long to search for the event in CloudMonitor's history."`
}

// Help is what --help adds.
func (rulesTest) Help() string {
	return "CloudMonitor raises the event as if it had happened and sends it to the targets of all rules that let it through: no mark shows a " +
		"receiver that it is a dry run, so that people in contact groups get a message that seems real, but for its text. The function observes the " +
		"secret, as after any failure. It rotates nothing, since the event says that the failure came one second before the current version " +
		"was made: it answers already-rotated and writes nothing. Exit status 3 if a link of the chain does not hold or is not seen; no " +
		"document says that CloudMonitor keeps dry runs in its history, so that not seen there does not mean broken.\n\n" +
		"Example: remediator --real alert-rules test --secret web-1"
}

// linkState says what is known of a link. It is a closed set.
type linkState string

const (
	linkHolds   linkState = "holds"       // seen to work
	linkBroken  linkState = "broken"      // seen not to work
	linkUnseen  linkState = "not seen"    // it could have been seen, and was not
	linkUnknown linkState = "not visible" // it cannot be seen from here
)

// link is one of the chain from CloudMonitor to the function.
type link struct {
	Link  string    `json:"link"`
	State linkState `json:"state"`
	What  string    `json:"what"`
}

// tested is what -o json prints.
type tested struct {
	Secret  string `json:"secret"`
	EventID string `json:"eventId"`
	Sent    bool   `json:"sent"`
	Links   []link `json:"links"`
}

// Run checks the rule, asks, sends, and follows the event.
func (t rulesTest) Run(ctx context.Context, r cli.Region) error {
	name, err := r.Resolve(ctx, t.Secret)
	if err != nil {
		return err
	}
	test := &chain{region: r, secret: name}
	if test.observed, err = test.observe(ctx); err != nil {
		return err
	}
	secret, err := r.Secret(ctx, name)
	if err != nil {
		return err
	}
	test.record = secret.Tags[remediation.RecordTag]
	if test.event, err = newDryRun(r.Name, r.ID, secret, test.version, time.Now()); err != nil {
		return err
	}
	test.checkRule()
	if test.rule.Found && len(test.rule.Targets) > 0 {
		if err := test.send(ctx, t.Consent); err != nil {
			return err
		}
		test.follow(ctx, t.Wait)
	}
	return test.show()
}

// observed is what the question is about: who gets the event, and the version that makes it a failure of the past.
type observed struct {
	rule    ruleState
	version remediation.Version // the event is of the second before it
}

// chain is what an event passes from CloudMonitor to the function.
type chain struct {
	observed

	region cli.Region
	secret string
	event  dryRun
	record string // on the secret, before the event
	sent   time.Time
	links  []link
}

func (c *chain) add(name string, state linkState, what string, args ...any) {
	c.links = append(c.links, link{name, state, fmt.Sprintf(what, args...)})
}

func (c *chain) observe(ctx context.Context) (observed, error) {
	rules, err := readRules(ctx, c.region)
	if err != nil {
		return observed{}, err
	}
	current, err := c.region.Version(ctx, c.secret)
	return observed{rules[0], current}, err
}

func (c *chain) checkRule() {
	differences := slices.DeleteFunc(c.rule.differences(), func(d change) bool { return d.Field == targetField })
	if len(differences) > 0 {
		c.add("rule", linkBroken, "%s; alert-rules apply repairs it", oneByOne(differences))
	} else {
		c.add("rule", linkHolds, "%s is as recommended", c.rule.Name)
	}
	all := TargetTexts(c.rule.Targets)
	if !slices.ContainsFunc(c.rule.Targets, ReachesFunction) {
		c.add("targets", linkBroken, "none from which a function gets events, of: %s", all)
		return
	}
	c.add("targets", linkHolds, "%s", all)
}

// send shows what will be sent, asks, and sends it once: an answer that is lost is not sent for again.
func (c *chain) send(ctx context.Context, given cli.Consent) error {
	c.region.Console.Show("sends a dry run of %s about %s\n  event %s, as of %s, one second before the current version was made\n  to the targets of all rules that let it through, %s among them",
		events.FailureName, c.event.arn, c.event.id, cli.ShownTime(c.event.failed), TargetTexts(c.rule.Targets))
	same := func(a, b observed) bool { return reflect.DeepEqual(a, b) }
	if _, err := cli.Agree(ctx, c.region.Console, given, "Send it?", c.observed, c.observe, same); err != nil {
		return err
	}
	c.sent = time.Now()
	err := cli.Write(ctx, c.region, "sending the dry run "+c.event.id, func(ctx context.Context) error {
		return c.region.Monitor().SendDryRunEvent(ctx, "KMS", events.FailureName, c.event.payload)
	})
	switch {
	case cli.ClassOf(err) == remediation.Transient:
		return fmt.Errorf("%w; whether it was sent is not known: events shows it, running it again sends another", err)
	case err != nil:
		return fmt.Errorf("%w; it was not sent; run it again once that is repaired", err)
	}
	c.add("accepted", linkHolds, "CloudMonitor accepted event %s", c.event.id)
	return nil
}

// show prints the chain.
func (c *chain) show() error {
	weak := slices.ContainsFunc(c.links, func(l link) bool { return l.State == linkBroken || l.State == linkUnseen })
	var lines []string
	for _, l := range c.links {
		lines = append(lines, fmt.Sprintf("%-9s %-12s %s", l.Link, l.State, l.What))
	}
	if c.sent.IsZero() {
		lines = append(lines, "nothing was sent")
	}
	if err := output(c.region.Console, nil, tested{c.event.arn, c.event.id, !c.sent.IsZero(), c.links}, lines...); err != nil {
		return err
	}
	if weak {
		return cli.ErrPerson
	}
	return nil
}

const (
	// firstPause and longestPause bound the pauses between reads of the history. No document says how soon an event is there.
	firstPause   = time.Second
	longestPause = 15 * time.Second
	// clockMargin is how far CloudMonitor's clock and ours may be apart.
	clockMargin = 10 * time.Minute
)

// follow searches the history for the event, and then what the function made of it. It is sent: what cannot be read
// now is said, and ends nothing.
func (c *chain) follow(ctx context.Context, wait time.Duration) {
	done := c.region.Console.Progress(fmt.Sprintf("waiting for event %s in CloudMonitor's history, for %s at most", c.event.id, wait))
	seen, err := c.awaitHistory(ctx, wait)
	done()
	switch {
	case err != nil:
		c.add("history", linkUnseen, "%s", cli.WithRemedy(err))
	case seen:
		c.add("history", linkHolds, "CloudMonitor lists the event")
	default:
		c.add("history", linkUnseen, "not there within %s; no document says that dry runs are kept, so this alone means nothing", wait)
	}
	c.checkFunction(ctx)
}

// awaitHistory reads once at least.
func (c *chain) awaitHistory(ctx context.Context, wait time.Duration) (bool, error) {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.Multiplier, pauses.MaxInterval, pauses.RandomizationFactor = firstPause, 2, longestPause, 0
	for end := time.Now().Add(wait); ; {
		seen, err := c.inHistory(ctx)
		pause := pauses.NextBackOff()
		if seen || err != nil || time.Now().Add(pause).After(end) {
			return seen, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return false, fmt.Errorf("interrupted while waiting for it")
		}
	}
}

func (c *chain) inHistory(ctx context.Context) (bool, error) {
	found, err := eventlog.ReadRegion(ctx, c.region, eventlog.Query{Names: []string{events.FailureName}, From: c.sent.Add(-clockMargin), To: time.Now().Add(clockMargin)})
	for _, e := range found {
		if strings.Contains(e.Content, c.event.id) {
			return true, err
		}
	}
	return false, err
}

// checkFunction says what can be seen of it. already-rotated is neither reported nor recorded: then only its log has it.
func (c *chain) checkFunction(ctx context.Context) {
	reports, err := readReports(ctx, c.region, c.sent.Add(-clockMargin), time.Now().Add(clockMargin))
	if err != nil {
		c.add("function", linkUnseen, "%s", cli.WithRemedy(err))
		return
	}
	for _, report := range reports {
		if strings.Contains(report.Content, c.event.id) {
			state := linkHolds
			if strings.HasPrefix(report.Content, "outcome:"+string(remediation.Rejected)) { // it came through, and was not understood
				state = linkBroken
			}
			c.add("function", state, "it reported: %s", cli.OneLine(report.Content, cli.MaxCell))
			return
		}
	}
	secret, err := c.region.Secret(ctx, c.secret)
	switch {
	case err != nil:
		c.add("function", linkUnseen, "%s", cli.WithRemedy(err))
	case secret.Tags[remediation.RecordTag] != c.record:
		c.add("function", linkUnknown, "the record on the secret changed meanwhile, for another event or a tick; its log shows it: s logs --search %s", c.event.id)
	default:
		c.add("function", linkUnknown, "its answer to this event is already-rotated (skipped, out of its scope), which is neither reported nor recorded; its log has it: s logs --search %s", c.event.id)
	}
}
