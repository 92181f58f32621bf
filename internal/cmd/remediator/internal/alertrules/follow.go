package alertrules

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/eventlog"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

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
	done := c.account.Console.Progress(fmt.Sprintf("waiting for event %s in CloudMonitor's history, for %s at most", c.event.id, wait))
	seen, err := c.awaitHistory(ctx, wait)
	done()
	switch {
	case err != nil:
		c.add("history", linkUnseen, "%v%s", err, cli.Remedy(err))
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
	found, err := eventlog.ReadRegion(ctx, c.account, c.region, eventlog.Query{Names: []string{events.FailureName}, From: c.sent.Add(-clockMargin), To: time.Now().Add(clockMargin)})
	for _, e := range found {
		if strings.Contains(e.Content, c.event.id) {
			return true, err
		}
	}
	return false, err
}

// checkFunction says what can be seen of it. already-rotated is neither reported nor recorded: then only its log has it.
func (c *chain) checkFunction(ctx context.Context) {
	reports, err := readReports(ctx, c.account, c.region, c.sent.Add(-clockMargin), time.Now().Add(clockMargin))
	if err != nil {
		c.add("function", linkUnseen, "%v%s", err, cli.Remedy(err))
		return
	}
	for _, report := range reports {
		if strings.Contains(report.Content, c.event.id) {
			c.add("function", stateOf(report.Content), "it reported: %s", cli.OneLine(report.Content, cli.MaxCell))
			return
		}
	}
	secret, err := c.secret(ctx, nameIn(c.event.arn))
	switch {
	case err != nil:
		c.add("function", linkUnseen, "%v%s", err, cli.Remedy(err))
	case secret.Tags[remediation.RecordTag] != c.record:
		c.add("function", linkUnknown, "the record on the secret changed meanwhile, for another event or a tick; its log shows it: s logs --search %s", c.event.id)
	default:
		c.add("function", linkUnknown, "its answer to this event is already-rotated (skipped, out of its scope), which is neither reported nor recorded; its log has it: s logs --search %s", c.event.id)
	}
}

// stateOf reads a report: an event that was refused came through, and was not understood.
func stateOf(report string) linkState {
	if strings.HasPrefix(report, "outcome:"+string(remediation.Rejected)) {
		return linkBroken
	}
	return linkHolds
}

func nameIn(arn string) string {
	_, name, _ := strings.Cut(arn, ":secret/")
	return name
}
