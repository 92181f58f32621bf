package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	// manyRecords is how many records that are as they should be are listed: status lists all.
	manyRecords = 20
	// forgotten is how long a record may be due before somebody should see whether the timer runs. Long, since a fleet
	// that fails together waits for KMS's quota.
	forgotten = 2 * time.Hour
)

// checkRecords says what each record waits for, and returns the secrets that have one.
func (d *doctor) checkRecords(ctx context.Context, region string) map[string]bool {
	d.pace.wait(ctx)
	rows, err := d.records(ctx, region)
	d.note(region, "kms:ListTagResources", err)
	if err != nil {
		return nil // checkAccess says why
	}
	recorded := map[string]bool{}
	fine := 0
	for _, r := range rows {
		recorded[r.Secret] = true
		late := d.now.Sub(r.Next)
		switch {
		case r.Phase == unreadable:
			d.say("record", stateFinding, region, r.Secret+": "+r.Reason, "remove the tag "+remediation.RecordTag)
		case r.needsPerson():
			d.say("record", stateFinding, region, fmt.Sprintf("%s: open since %s, attempts made: %d; %s", r.Secret, shownTime(r.Since), r.Attempts, r.Reason),
				"mend the cause and rotate the secret; the function closes the record once another version is current")
		case late > forgotten:
			d.say("record", stateFinding, region, fmt.Sprintf("%s: %s, and was due for a look at %s", r.Secret, r.Phase, shownTime(r.Next)),
				"see whether the timer trigger runs and the function acts; after many failures at once KMS's quota is what it waits for")
		default:
			if fine++; fine <= manyRecords {
				d.say("record", stateOK, region, fmt.Sprintf("%s: %s, attempts made: %d, next look at %s; %s", r.Secret, r.Phase, r.Attempts, shownTime(r.Next), r.Reason), "")
			}
		}
	}
	switch {
	case len(rows) == 0:
		d.say("record", stateOK, region, "none: no failed rotation is open", "")
	case fine > manyRecords:
		d.say("record", stateOK, region, fmt.Sprintf("and %d more, which status lists", fine-manyRecords), "")
	}
	return recorded
}
