package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/example"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// steps are what a person does on an account, in this order.
var steps = []string{
	"status",
	"alert-rules apply --topic rotation-events --contact-group operators --reports --yes",
	"alert-rules test --secret web-4 --wait 0s --yes",
	"retry web-3 --yes",
	"doctor",
}

// tryCommand runs commands one after another on one stand-in, whose state each finds as the one before left it.
type tryCommand struct{}

// Help is what --help adds.
func (tryCommand) Help() string {
	return "Each other command without --real has a stand-in of its own, which ends with it. Here apply is followed by test, retry and doctor on the same one.\n\nExample: remediator try"
}

// Run fails with the first command that fails; a finding is no failure.
func (tryCommand) Run(ctx context.Context, line *cli.Line) error {
	if line.Real || line.Console.JSON {
		return cli.UsageError("try is for a person on a stand-in: without --real and -o json")
	}
	k := example.KMS()
	for _, step := range steps {
		line.Console.Show("\n$ remediator %s", step)
		one := commandLine{Line: cli.Line{Example: func() *standin.KMS { return k }}}
		status := cli.Run(ctx, &one, &one.Line, strings.Fields(step), line.Console.Out, line.Console.Err)
		if status != cli.StatusDone && status != cli.StatusPerson {
			return fmt.Errorf("%s: ended with status %d", step, status)
		}
	}
	return nil
}
