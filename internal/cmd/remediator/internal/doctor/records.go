package doctor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/episodes"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	// manyRecords bounds the healthy records that are listed: status lists all.
	manyRecords = 20
	// forgotten is how long a record may be due before somebody should see whether the timer runs. Long, since a fleet
	// that fails together waits for KMS's quota.
	forgotten = 2 * time.Hour
	// farAhead is how far ahead a due time counts: beyond, the function takes the record for due.
	farAhead = 24 * time.Hour
)

func (r *reader) records(ctx context.Context, region cli.Region) (rows []episodes.Row, ok bool) {
	rows, err := read(ctx, r, region, "kms:ListTagResources", episodes.List, region)
	return rows, err == nil
}

func isRecorded(rows []episodes.Row, secret string) bool {
	return slices.ContainsFunc(rows, func(row episodes.Row) bool { return row.Secret == secret })
}

// checkRecords says what each record waits for.
func checkRecords(region string, rows []episodes.Row, secrets []remediation.Secret, now time.Time) []Check {
	if len(rows) == 0 {
		return []Check{{"record", OK, region, "none: no failed rotation is open", ""}}
	}
	var checks []Check
	fine := 0
	for _, row := range rows {
		if i := slices.IndexFunc(secrets, func(s remediation.Secret) bool { return s.Name == row.Secret }); i >= 0 {
			row = row.With(secrets[i])
		}
		check := checkRecord(row, now)
		if check.State == OK {
			fine++
		}
		if check.State != OK || fine <= manyRecords {
			checks = append(checks, check)
		}
	}
	if more := fine - manyRecords; more > 0 {
		checks = append(checks, Check{"record", OK, region, fmt.Sprintf("and %d more, which status lists", more), ""})
	}
	return checks
}

func checkRecord(row episodes.Row, now time.Time) Check {
	check := Check{Check: "record", State: Finding, Region: row.Region, Remedy: episodes.Text(row.Remedies)}
	switch ahead := row.Next.Sub(now); {
	case row.Phase == episodes.Unreadable:
		check.What = row.Name() + ": " + row.Reason
	case row.NeedsPerson():
		check.What = fmt.Sprintf("%s: open since %s, attempts made: %d; %s", row.Name(), cli.ShownTime(row.Since), row.Attempts, row.Reason)
	case ahead > farAhead:
		check.What = fmt.Sprintf("%s: %s, due at %s, more than a day ahead: the function takes it for due", row.Name(), row.Phase, cli.ShownTime(row.Next))
		check.Remedy = "run doctor again after the next tick: if it is still there, the timer does not run, or the function observes"
	case -ahead > forgotten:
		check.What = fmt.Sprintf("%s: %s, and was due at %s", row.Name(), row.Phase, cli.ShownTime(row.Next))
		check.Remedy = "see whether the timer trigger runs and the function acts; after many failures at once it waits for KMS's quota"
	default:
		check.State, check.Remedy = OK, ""
		check.What = fmt.Sprintf("%s: %s, attempts made: %d, due at %s; %s", row.Name(), row.Phase, row.Attempts, cli.ShownTime(row.Next), row.Reason)
	}
	return check
}
