package episodes

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// maxNamed bounds the records whose instance is read: a fleet that fails together must not take the function's quota.
const maxNamed = 100

// Status is `status`.
type Status struct{}

// Help is what --help adds.
func (Status) Help() string {
	return "Exit status: 0 no person is needed, 3 a person is needed. Example: remediator --real --region cn-hangzhou status"
}

// Run lists the records: those that need a person first, then by their due times.
func (Status) Run(ctx context.Context, account *cli.Account) error {
	rows := []Row{}
	for _, region := range account.Regions {
		found, err := List(ctx, account.In(region))
		if err != nil {
			return err
		}
		rows = append(rows, found...)
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		if a.NeedsPerson() != b.NeedsPerson() {
			if a.NeedsPerson() {
				return -1
			}
			return 1
		}
		return cmp.Or(a.Next.Compare(b.Next), cmp.Compare(a.Secret, b.Secret))
	})
	nameInstances(ctx, account, rows)
	if err := show(account.Console, rows); err != nil {
		return err
	}
	if slices.ContainsFunc(rows, Row.NeedsPerson) {
		return cli.ErrPerson
	}
	return nil
}

// nameInstances reads the first secrets. A secret that cannot be read has no instance in the listing.
func nameInstances(ctx context.Context, account *cli.Account, rows []Row) {
	pace := cli.NewPace()
	for i := range rows[:min(len(rows), maxNamed)] {
		pace.Wait(ctx)
		secret, err := account.In(rows[i].Region).Secret(ctx, rows[i].Secret)
		if err != nil {
			if cli.ClassOf(err) != remediation.Gone {
				account.Console.Warnf("the instances are left out: %v", err)
				return
			}
			continue
		}
		rows[i] = rows[i].With(secret)
	}
	if len(rows) > maxNamed {
		account.Console.Warnf("the instances of the first %d records are named", maxNamed)
	}
}

func show(console *cli.Console, rows []Row) error {
	if console.JSON {
		return console.Value(map[string]any{"records": rows})
	}
	if len(rows) == 0 {
		console.Show("no records: no failed rotation is open")
		return nil
	}
	table := [][]string{{"SECRET", "INSTANCE", "REGION", "PHASE", "SINCE", "ATTEMPTS", "NEXT", "REASON"}}
	for _, r := range rows {
		next := cli.ShownTime(r.Next)
		if r.NeedsPerson() {
			next = ""
		}
		table = append(table, []string{r.Secret, r.InstanceID, r.Region, r.Phase, cli.ShownTime(r.Since), fmt.Sprint(r.Attempts), next, r.Reason})
	}
	if err := console.Table(table); err != nil {
		return err
	}
	for _, r := range rows {
		for _, remedy := range r.Remedies {
			console.Show("\n%s, %s:\n  %s", r.Name(), remedy.When, remedy.Command)
		}
	}
	return nil
}
