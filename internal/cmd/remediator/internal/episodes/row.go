package episodes

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	// maxPages bounds the listing of a region: a page holds 200 records.
	maxPages = 500
	// Unreadable is the phase of a value that no function wrote.
	Unreadable = "unreadable"
)

// Row is one record. Its fields are what -o json prints.
type Row struct {
	Region     string    `json:"region"`
	Secret     string    `json:"secret"`
	InstanceID string    `json:"instanceId,omitempty"`
	Phase      string    `json:"phase"`
	Since      time.Time `json:"since,omitzero"`
	Attempts   int       `json:"attempts"`
	Next       time.Time `json:"next,omitzero"`
	Cause      string    `json:"cause,omitempty"`
	Reason     string    `json:"reason"`
	Remedies   []Remedy  `json:"remedies,omitempty"` // where a person is needed
}

// NeedsPerson reports whether the function waits for a person.
func (r Row) NeedsPerson() bool {
	return r.Phase == string(remediation.PhaseNeedsHuman) || r.Phase == Unreadable
}

// Name names the secret, and its instance where that is known.
func (r Row) Name() string { return NameOf(r.Secret, r.InstanceID) }

// NameOf names a secret, and its instance where that is known.
func NameOf(secret, instance string) string {
	if instance == "" {
		return secret
	}
	return secret + " (" + instance + ")"
}

// List returns the records of a region.
func List(ctx context.Context, r cli.Region) ([]Row, error) {
	var rows []Row
	token := ""
	for range maxPages {
		page, err := cli.Read(ctx, r, "the records of "+r.Name, func(ctx context.Context, token string) (remediation.TagPage, error) {
			return r.KMS().ListTagged(ctx, remediation.RecordTag, token)
		}, token)
		if err != nil {
			return nil, err
		}
		for _, tagged := range page.Tagged {
			rows = append(rows, rowOf(r.Name, tagged))
		}
		if token = page.Next; token == "" {
			return rows, nil
		}
	}
	return nil, fmt.Errorf("reading the records of %s: more than %d pages", r.Name, maxPages)
}

func rowOf(region string, tagged remediation.Tagged) Row {
	row := Row{Region: region, Secret: tagged.Secret, Phase: Unreadable}
	record, err := remediation.ParseRecord(tagged.Value)
	if err != nil {
		row.Reason = "the tag " + remediation.RecordTag + " does not hold a record"
		row.Remedies = []Remedy{RemoveRecord(region, tagged.Secret)}
		return row
	}
	row.Phase, row.Since, row.Attempts = string(record.Phase), record.Opened, record.Attempts
	row.Next, row.Cause, row.Reason = record.Due, record.Cause, record.Advice()
	switch record.Phase {
	case remediation.PhaseDone:
		row.Reason = "rotated; the record is removed once that has settled"
	case remediation.PhaseNeedsHuman:
		row.Reason = "given up; " + record.Advice()
		row.Remedies = []Remedy{TryAgain(region, tagged.Secret)}
	}
	return row
}

// With adds what the secret itself says: its instance, and what its schedule needs after the rotation.
func (r Row) With(secret remediation.Secret) Row {
	r.InstanceID = secret.InstanceID
	if r.Phase == string(remediation.PhaseNeedsHuman) && secret.AutomaticRotation == Invalid {
		r.Remedies = append(slices.Clip(r.Remedies), EnableSchedule(r.Region, secret))
	}
	return r
}
