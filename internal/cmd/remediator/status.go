package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// maxPages bounds the listing of a region: a page holds 200 records.
const maxPages = 500

// unreadable stands as the phase of a value that no function wrote.
const unreadable = "unreadable"

type statusCommand struct{}

// row is one record. Its fields are what -o json prints.
type row struct {
	Region   string    `json:"region"`
	Secret   string    `json:"secret"`
	Phase    string    `json:"phase"`
	Since    time.Time `json:"since,omitzero"`
	Attempts int       `json:"attempts"`
	Next     time.Time `json:"next,omitzero"`
	Cause    string    `json:"cause,omitempty"`
	Reason   string    `json:"reason"`
}

func (r row) needsPerson() bool {
	return r.Phase == string(remediation.PhaseNeedsHuman) || r.Phase == unreadable
}

// Run lists the records. Those that need a person come first, then those that are looked at next.
func (statusCommand) Run(ctx context.Context, line *commandLine, out io.Writer) error {
	c, err := line.open()
	if err != nil {
		return err
	}
	defer c.stop()
	rows := []row{}
	for _, region := range c.regions {
		found, err := c.records(ctx, region)
		if err != nil {
			return err
		}
		rows = append(rows, found...)
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		if a.needsPerson() != b.needsPerson() {
			if a.needsPerson() {
				return -1
			}
			return 1
		}
		return cmp.Or(a.Next.Compare(b.Next), cmp.Compare(a.Secret, b.Secret))
	})
	if err := print(out, line.Output, rows); err != nil {
		return err
	}
	if slices.ContainsFunc(rows, row.needsPerson) {
		return errPerson
	}
	return nil
}

func (c *cloud) records(ctx context.Context, region string) ([]row, error) {
	var rows []row
	token := ""
	for range maxPages {
		page, err := c.page(ctx, region, token)
		if err != nil {
			return nil, err
		}
		for _, tagged := range page.Tagged {
			rows = append(rows, rowOf(region, tagged))
		}
		if token = page.Next; token == "" {
			return rows, nil
		}
	}
	return nil, fmt.Errorf("reading the records of %s: more than %d pages", region, maxPages)
}

func (c *cloud) page(ctx context.Context, region, token string) (remediation.TagPage, error) {
	return read(ctx, c, "the records of "+region, func(ctx context.Context) (remediation.TagPage, error) {
		return c.kms(region).ListTagged(ctx, remediation.RecordTag, token)
	})
}

func rowOf(region string, tagged remediation.Tagged) row {
	r, err := remediation.ParseRecord(tagged.Value)
	if err != nil {
		return row{Region: region, Secret: tagged.Secret, Phase: unreadable, Reason: "the tag " + remediation.RecordTag + " does not hold a record: remove it"}
	}
	return row{
		Region: region, Secret: tagged.Secret, Phase: string(r.Phase), Since: r.Opened, Attempts: r.Attempts,
		Next: r.Due, Cause: r.Cause, Reason: reason(r),
	}
}

func reason(r remediation.Record) string {
	switch r.Phase {
	case remediation.PhaseDone:
		return "rotated; the record goes once that has settled"
	case remediation.PhaseNeedsHuman:
		return "given up; " + r.Advice()
	}
	return r.Advice()
}

func print(out io.Writer, format string, rows []row) error {
	if format == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(map[string]any{"records": rows})
	}
	if len(rows) == 0 {
		_, err := fmt.Fprintln(out, "no records: no failed rotation is open")
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SECRET\tREGION\tPHASE\tSINCE\tATTEMPTS\tNEXT\tREASON")
	for _, r := range rows {
		next := shown(r.Next)
		if r.needsPerson() {
			next = "-"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", r.Secret, r.Region, r.Phase, shown(r.Since), r.Attempts, next, r.Reason)
	}
	return table.Flush()
}

func shown(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}
