package replay

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/localrun"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// lastRead bounds the reads after an interrupt.
const lastRead = 5 * time.Second

// records are the values of the record's tag by the name of the secret; a secret without one has "". A secret that could
// not be read is missing.
type records map[string]string

// recordsOf reads the records of the secrets that a payload names.
func recordsOf(ctx context.Context, account *cli.Account, region string, names []string) records {
	found := records{}
	if account == nil {
		return found
	}
	for _, name := range names {
		if secret, err := account.In(region).KMS().DescribeSecret(ctx, name); err == nil {
			found[name] = secret.Tags[remediation.RecordTag]
		}
	}
	return found
}

// unanswered adds to the error of a delivery without an answer whether a rotation was requested: a person who interrupts
// has to know.
func unanswered(err error, mode config.Mode, run *localrun.Run, account *cli.Account, before records) error {
	if mode != config.Act {
		return err
	}
	if requested, known := run.RotationRequested(); known {
		if requested {
			return fmt.Errorf("%w; a rotation was requested", err)
		}
		return fmt.Errorf("%w; no rotation was requested", err)
	}
	ctx, stop := context.WithTimeout(context.Background(), lastRead)
	defer stop()
	return fmt.Errorf("%w; %s", err, claims(before, recordsOf(ctx, account, run.Region, slices.Collect(maps.Keys(before)))))
}

// claims compares records: without a claim no rotation is requested.
func claims(before, after records) string {
	if len(before) == 0 || len(after) < len(before) {
		return "whether a rotation was requested is not known: status shows the records, and a claimed attempt in one"
	}
	for name, value := range after {
		last, _ := remediation.ParseRecord(before[name]) // the zero Record where there is none
		if now, err := remediation.ParseRecord(value); err == nil && value != before[name] && (now.Attempts > last.Attempts || !now.Opened.Equal(last.Opened) && now.Attempts > 0) {
			return fmt.Sprintf("attempt %d of %s is claimed, so a rotation may have been requested: status shows what came of it", now.Attempts, name)
		}
	}
	return "no rotation was requested: no attempt is claimed"
}
