package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// doctorCommand looks for what is wrong, and writes nothing:
//
//	s.yaml → scope → records, secrets, history, alert rules of each region → diagnoses, and what this account shows of the platform
type doctorCommand struct {
	Limit int `default:"1000" help:"How many secrets of a region to look at, at most." placeholder:"N"`
}

// Help is what --help adds.
func (doctorCommand) Help() string {
	return "It looks at s.yaml in this folder, with its variables filled in from the environment, at the records, the secrets in scope, the history " +
		"and the alert rules, and reads only. The scope is that of s.yaml, unless SECRET_TYPES, SECRET_ALLOW or SECRET_DENY are set in the environment. " +
		"What it prints last is about what no document of the platform tells: what can be seen of it on this account.\n\n" +
		"It reads 15 times a second at most, so that 1000 secrets take a minute or more. Exit status: 0 all is well, 3 something was found, 1 something could not be read and nothing was found."
}

// Validate refuses a limit that looks at nothing.
func (c doctorCommand) Validate() error {
	if c.Limit < 1 {
		return fmt.Errorf("--limit %d: want at least 1", c.Limit)
	}
	return nil
}

// doctor collects what it finds.
type doctor struct {
	*cloud

	most       int // secrets of a region
	now        time.Time
	deployment deployment
	scope      remediation.Scope
	overdue    time.Duration // 0 = nobody looks
	pace       *pace
	pastIsCut  map[string]bool // regions whose history was not read to its end
	tried      map[asked]error // what came of the actions that were called, nil for an answer
	missed     []missedSecret
	diagnoses  []diagnosis
	evidence   evidence
}

// Run prints the diagnoses, those that matter first.
func (c doctorCommand) Run(ctx context.Context, line *commandLine) error {
	account, err := line.open()
	if err != nil {
		return err
	}
	defer account.stop()
	d := &doctor{
		cloud: account, most: c.Limit, now: time.Now().UTC(), deployment: readDeployment(),
		pace: newPace(), tried: map[asked]error{}, pastIsCut: map[string]bool{},
	}
	d.checkDeployment()
	for _, region := range d.regions {
		d.checkRegion(ctx, region)
	}
	d.checkAccess()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("looking for findings: %w", err)
	}
	slices.SortStableFunc(d.diagnoses, func(a, b diagnosis) int { return a.State.rank() - b.State.rank() })
	if err := d.print(); err != nil {
		return err
	}
	return d.verdict()
}

func (d *doctor) checkRegion(ctx context.Context, region string) {
	records := d.checkRecords(ctx, region)
	past := d.readPast(ctx, region)
	d.checkSecrets(ctx, region, records, past)
	d.checkRules(ctx, region)
	d.readCatalogue(ctx, region)
}

// verdict is the exit status: a finding goes before what could not be read.
func (d *doctor) verdict() error {
	unread := 0
	for _, found := range d.diagnoses {
		switch found.State {
		case stateFinding:
			return errPerson
		case stateUnknown:
			unread++
		}
	}
	if unread > 0 {
		return fmt.Errorf("%d checks could not be made, and nothing was found in the others: run doctor again", unread)
	}
	return nil
}
