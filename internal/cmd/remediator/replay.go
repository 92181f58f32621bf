package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/localrun"
)

// replayCommand delivers an event once more, to the built function on this machine:
//
//	file, or event of the history → payload → internal/fcruntime → target/main → result
type replayCommand struct {
	File   string `arg:"" optional:"" help:"A file with what is to be delivered, by whatever route it came: an event, the envelope of a failure destination, the body of a queue message."`
	Event  string `help:"The event of the history with this id, as events lists it." placeholder:"ID"`
	Latest bool   `help:"The newest failure of --secret in the history."`
	Secret string `help:"The name of the secret for --latest." placeholder:"NAME"`

	window  `embed:""`
	consent `embed:""`

	Mode   config.Mode `default:"observe" enum:"observe,act" help:"What the function may do: ${enum}. With --real and act it may rotate, so that it is asked first."`
	Binary string      `default:"target/main" help:"The built function." placeholder:"PATH"`
	Print  bool        `help:"Print the payload instead of delivering it, for a file that s invoke -f takes."`
}

// Help is what --help adds.
func (replayCommand) Help() string {
	return "Without --real the function meets a stand-in that has the secrets of the payload, as a failed rotation leaves them. With it, it meets the account, " +
		"with the credentials of the environment; act needs FC_ACCOUNT_ID and the region as well, and the rights of the function (internal/policy/function.json). The history is searched for 90 days unless --since, --from or --to say less.\n\n" +
		"It prints the result of the function. Exit status: 0 the invocation succeeded, 1 it failed, 3 an outcome needs a person."
}

// Validate wants one source.
func (c replayCommand) Validate() error {
	sources := 0
	for _, given := range []bool{c.File != "", c.Event != "", c.Latest} {
		if given {
			sources++
		}
	}
	switch {
	case sources != 1:
		return errors.New("want one of FILE, --event ID and --latest")
	case c.Latest != (c.Secret != ""):
		return errors.New("want --latest and --secret together")
	}
	return c.window.Validate()
}

// Run delivers the payload, or prints it.
func (c replayCommand) Run(ctx context.Context, line *commandLine) error {
	payload, err := c.payload(ctx, line)
	if err != nil {
		return err
	}
	if c.Print {
		_, err := fmt.Fprintf(line.console.out, "%s\n", payload)
		return err
	}
	region := ""
	if len(line.Region) > 0 {
		region = line.Region[0]
	}
	run, err := localrun.New(localrun.Options{
		Binary: c.Binary, Payload: payload, Environ: os.Environ(), Real: line.Real, Mode: c.Mode, Region: region, Progress: line.console.err,
	})
	if err != nil {
		return err
	}
	defer run.Close()
	if !line.Real && c.File != "" { // the history says it itself
		line.console.remark("%s", onStandIn)
	}
	if err := c.askFor(line, run, payload); err != nil {
		return err
	}
	result, err := run.Deliver(ctx)
	if err != nil {
		return err
	}
	return showInvocation(line.console, result)
}

// askFor shows what may be written before anything is.
func (c replayCommand) askFor(line *commandLine, run *localrun.Run, payload []byte) error {
	if !line.Real || c.Mode != config.Act {
		return nil
	}
	var about []string
	decoded := events.Decode(payload)
	if decoded.Request != nil {
		decoded.Items = decoded.Request.Decode()
	}
	for _, item := range decoded.Items {
		switch e := item.Event; {
		case e.Kind == events.Timer:
			about = append(about, "a tick of the timer, which takes up all that is due")
		case e.SecretName != "" && !slices.Contains(about, e.SecretName):
			about = append(about, e.SecretName)
		}
	}
	if len(about) == 0 {
		about = []string{"what the payload names, which cannot be told"}
	}
	line.console.remark("%s acts on account %s in %s: it may write the record and ask for a rotation of: %s", c.Binary, run.Account, run.Region,
		oneLine(strings.Join(about, ", "), maxWhat))
	return line.console.ask(c.consent, "Deliver it?")
}
