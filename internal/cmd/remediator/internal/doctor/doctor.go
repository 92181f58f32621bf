package doctor

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
)

// Command is `doctor`.
type Command struct {
	Limit int `default:"1000" help:"Secrets of a region to read, at most." placeholder:"N"`
}

// Help is what --help adds.
func (Command) Help() string {
	return "It reads s.yaml of this folder, with its variables filled in from the environment, the records, the secrets in scope, the history and the alert " +
		"rules. The scope is that of s.yaml, unless SECRET_TYPES, SECRET_ALLOW, SECRET_DENY or REGIONS are set in the environment.\n\n" +
		"It makes 15 reads a second at most: 1000 secrets take a minute or more. Exit status: 0 all is well, 3 there is a finding, 1 something could not be read and there is no finding.\n\n" +
		"Example: remediator --real --region cn-hangzhou doctor"
}

// Validate refuses a limit that reads nothing.
func (c Command) Validate() error {
	if c.Limit < 1 {
		return fmt.Errorf("--limit %d: want at least 1", c.Limit)
	}
	return nil
}

// Run prints the checks, those that matter first.
func (c Command) Run(ctx context.Context, account *cli.Account) error {
	setup := readSetup(account.Regions, os.Environ())
	r := newReader(account)
	checks, seen := setup.checks, evidence{}
	for _, region := range account.Regions {
		found, here := r.examine(ctx, account.In(region), setup, c.Limit)
		checks = append(checks, found...)
		seen = seen.with(here)
	}
	checks = append(checks, r.access()...)
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("examining the account: %w", err)
	}
	slices.SortStableFunc(checks, func(a, b Check) int { return a.State.rank() - b.State.rank() })
	if err := show(account, checks, seen.answers()); err != nil {
		return err
	}
	return conclusion(checks)
}

// examine makes the checks of one region. Reads that failed are in r, and access reports them.
func (r *reader) examine(ctx context.Context, region cli.Region, s setup, limit int) ([]Check, evidence) {
	now := time.Now().UTC()
	rows, recordsRead := r.records(ctx, region)
	past := r.past(ctx, region, now)
	secrets, checks := r.secrets(ctx, region, s, limit)
	rules, rulesRead := r.rules(ctx, region)
	seen := evidence{past: past.lists, rules: rules, catalogue: r.catalogue(ctx, region)}

	if recordsRead {
		checks = append(checks, checkRecords(region.Name, rows, secrets, now)...)
	}
	for _, secret := range secrets {
		found, read := r.checkSecret(ctx, region, subject{Secret: secret, region: region.Name, events: past.of(secret.Name), recorded: isRecorded(rows, secret.Name)}, past, s, now)
		checks = append(checks, found...)
		seen.secrets = append(seen.secrets, read...)
	}
	if rulesRead {
		checks = append(checks, checkRules(region.Name, rules)...)
	}
	return append(checks, checkRoutes(region.Name, s, rules, rulesRead)), seen
}

// conclusion is the exit status: a finding goes before what could not be read.
func conclusion(checks []Check) error {
	unread := 0
	for _, found := range checks {
		switch found.State {
		case Finding:
			return cli.ErrPerson
		case Unknown:
			unread++
		}
	}
	if unread > 0 {
		return fmt.Errorf("%d checks could not be made, and the others have no finding: run doctor again", unread)
	}
	return nil
}
