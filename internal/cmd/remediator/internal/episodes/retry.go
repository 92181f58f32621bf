package episodes

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// Retry is `retry`.
type Retry struct {
	Secrets []string `arg:"" name:"secret" help:"Names of secrets, or what follows acs/ecs/ in them."`

	cli.Consent `embed:""`
}

// Help is what --help adds.
func (Retry) Help() string {
	return "It begins the attempts of a failed episode anew: it writes the record (kms:TagResource, granted by internal/policy/repair.json), and rotates nothing. " +
		"The next tick of the function makes the first attempt, within its hourly budget and not within RETRY_BACKOFF of the last one. " +
		"RETRY_BACKOFF and MAX_ATTEMPTS are taken from the environment, if the function has others than the defaults.\n\n" +
		"Example: remediator --real --region cn-hangzhou retry acs/ecs/web-1"
}

// episode is a failed episode and the record with which it begins anew.
type episode struct {
	Region     string    `json:"region"`
	Secret     string    `json:"secret"`
	InstanceID string    `json:"instanceId,omitempty"`
	Next       time.Time `json:"next"` // when the attempt is due
	Record     string    `json:"record"`

	last    string // the value of the tag that is replaced
	version remediation.Version
	enable  []Remedy // of a schedule that is Invalid
}

// Run shows the episodes, asks, and writes all of their records or, if one of them has none, nothing.
func (c Retry) Run(ctx context.Context, region cli.Region) error {
	settings, err := config.Load(append(os.Environ(), config.ModeVariable+"="+string(config.Observe)))
	if err != nil {
		return err
	}
	policy := settings.Policy(region.ID, region.Name)
	read := func(ctx context.Context) ([]episode, error) { return readAll(ctx, region, policy, c.Secrets) }
	shown, err := read(ctx)
	if err != nil {
		return fmt.Errorf("nothing was written: %w", err)
	}
	for _, e := range shown {
		e.show(region.Console)
	}
	same := func(a, b []episode) bool { return slices.EqualFunc(a, b, episode.isSame) }
	episodes, err := cli.Agree(ctx, region.Console, c.Consent, "Have the function try again?", shown, read, same) // due then, and not when they were shown
	if err != nil {
		return err
	}
	var written []string
	for _, e := range episodes {
		err := cli.Write(ctx, region, "writing the record of "+e.Secret, func(ctx context.Context) error {
			return region.KMS().TagSecret(ctx, e.Secret, remediation.RecordTag, e.Record)
		})
		if err != nil {
			return fmt.Errorf("%w; written before: %s", err, cmp.Or(strings.Join(written, ", "), "none"))
		}
		written = append(written, e.Secret)
	}
	return report(region.Console, settings.SweepInterval, episodes)
}

// readAll reads the episodes of all secrets.
func readAll(ctx context.Context, region cli.Region, policy remediation.Policy, names []string) ([]episode, error) {
	var all []episode
	for _, given := range names {
		name, err := region.Resolve(ctx, given)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(e episode) bool { return e.Secret == name }) {
			continue // a second write could take back a claim that the function made after the first
		}
		e, err := readOne(ctx, region, policy, name)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

func readOne(ctx context.Context, region cli.Region, policy remediation.Policy, name string) (episode, error) {
	secret, err := region.Secret(ctx, name)
	if err != nil {
		return episode{}, err
	}
	current, err := region.Version(ctx, name)
	if err != nil {
		return episode{}, err
	}
	policy.Scope.Types = []string{secret.Type} // a record shows that the type is in the function's scope, which this shell need not know
	record, err := remediation.Reopen(remediation.State{Secret: secret, Current: current}, policy, time.Now())
	if err != nil {
		return episode{}, fmt.Errorf("%s: %w", NameOf(name, secret.InstanceID), err)
	}
	e := episode{
		Region: region.Name, Secret: name, InstanceID: secret.InstanceID, Next: record.Due, Record: record.String(),
		last: secret.Tags[remediation.RecordTag], version: current,
	}
	if secret.AutomaticRotation == Invalid {
		e.enable = []Remedy{EnableSchedule(region.Name, secret)}
	}
	return e, nil
}

// isSame says whether the function has not acted meanwhile.
func (e episode) isSame(other episode) bool {
	return e.Secret == other.Secret && e.last == other.last && e.version == other.version
}

func (e episode) show(console *cli.Console) {
	last, _ := remediation.ParseRecord(e.last) // Reopen has read it
	console.Show("%s in %s: %s since %s, attempts made: %d; %s", NameOf(e.Secret, e.InstanceID), e.Region, last.Phase, cli.ShownTime(last.Opened), last.Attempts, last.Advice())
	console.Show("  %s\n  → %s", e.last, e.Record)
}

func report(console *cli.Console, interval time.Duration, episodes []episode) error {
	if console.JSON {
		return console.Value(map[string]any{"retried": episodes})
	}
	for _, e := range episodes {
		console.Show("%s: the first tick after %s makes the attempt; the timer ticks every %s", e.Secret, cli.ShownTime(e.Next), config.Short(interval))
		for _, remedy := range e.enable {
			console.Show("its schedule is Invalid; %s:\n  %s", remedy.When, remedy.Command)
		}
	}
	return nil
}
