package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/eventlog"
	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/localrun"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// Command is `replay`.
type Command struct {
	File   string `arg:"" optional:"" help:"A file with the payload, in any form that reaches the function: an event, the record of a failure destination, the body of a queue message."`
	Event  string `help:"The event of the history with this id, as events lists it." placeholder:"ID"`
	Latest bool   `help:"The newest failure of --secret in the history."`
	Secret string `help:"The name of the secret for --latest." placeholder:"NAME"`

	eventlog.Window `embed:""`
	cli.Consent     `embed:""`

	Mode   config.Mode `default:"observe" enum:"observe,act" help:"What the function may do: ${enum}. With --real and act it may rotate, and the command asks first."`
	Binary string      `default:"target/main" help:"The built function." placeholder:"PATH"`
	Print  bool        `help:"Print the payload instead of delivering it, for a file that s invoke -f takes."`
}

// Help is what --help adds.
func (Command) Help() string {
	return "Without --real the function meets the stand-in of the other commands, or one with the secrets of the payload as a failed rotation leaves them. With it, it meets the account, " +
		"with the credentials of the environment; act needs FC_ACCOUNT_ID and the region as well, and the rights of the function (internal/policy/function.json). The history is searched for 90 days unless --since, --from or --to say less.\n\n" +
		"It prints the result of the function. Exit status: 0 the invocation succeeded, 1 it failed, 3 an outcome needs a person.\n\n" +
		"Example: remediator --real replay --latest --secret acs/ecs/web-1"
}

// Validate wants one source.
func (c Command) Validate() error {
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
	return c.Window.Validate()
}

// Run delivers the payload, or prints it.
func (c Command) Run(ctx context.Context, line *cli.Line) error {
	account, err := c.open(line)
	if err != nil {
		return err
	}
	if account != nil {
		defer account.Close()
	}
	payload, err := c.payload(ctx, account)
	if err != nil {
		return err
	}
	if c.Print {
		if line.Console.JSON {
			return line.Console.Value(jsonOf(payload))
		}
		_, err := fmt.Fprintf(line.Console.Out, "%s\n", payload)
		return err
	}
	run, err := localrun.New(c.options(line, account, payload))
	if err != nil {
		return err
	}
	defer run.Close()
	for _, note := range run.Notes {
		line.Console.Warnf("%s", note)
	}
	if line.Real && c.Mode == config.Act {
		if err := c.ask(line.Console, run, payload); err != nil {
			return err
		}
	}
	before := recordsOf(ctx, account, run.Region, eventlog.SecretsOf(localrun.EventsOf(payload)))
	result, err := run.Deliver(ctx)
	if err != nil {
		return unanswered(err, c.Mode, run, account, before)
	}
	return conclude(line.Console, result)
}

// open connects unless a file is to be printed or to be delivered to the account in observe mode, for which nothing is read.
func (c Command) open(line *cli.Line) (*cli.Account, error) {
	if c.File != "" && (c.Print || line.Real && c.Mode != config.Act) {
		return nil, nil
	}
	return line.Open()
}

// options let the function meet the stand-in of the other commands where the payload is of its account.
func (c Command) options(line *cli.Line, account *cli.Account, payload []byte) localrun.Options {
	o := localrun.Options{Binary: c.Binary, Payload: payload, Environ: os.Environ(), Real: line.Real, Mode: c.Mode, Progress: line.Console.Err}
	if line.Real {
		if len(line.Region) > 0 {
			o.Region = line.Region[0]
		}
		return o
	}
	if region, id := localrun.Place(localrun.EventsOf(payload)); region == cli.StandinRegion && id == localrun.DefaultAccount {
		o.KMS = account.Standin
	}
	return o
}

// ask says what may be written before anything is.
func (c Command) ask(console *cli.Console, run *localrun.Run, payload []byte) error {
	delivered := localrun.EventsOf(payload)
	about := strings.Join(eventlog.SecretsOf(delivered), ", ")
	switch {
	case slices.ContainsFunc(delivered, func(e events.Event) bool { return e.Kind == events.Timer }):
		about = "all that is due, since the payload is a tick of the timer"
	case about == "":
		about = "secrets that cannot be named, since the payload cannot be read"
	}
	console.Warnf("%s acts on account %s in %s: it may write the record and request a rotation of: %s", c.Binary, run.Account, run.Region, about)
	return console.Ask(c.Consent, "Deliver it?")
}

// jsonOf is one JSON value: the text itself, or a string of what is none.
func jsonOf(text []byte) any {
	if json.Valid(text) {
		return json.RawMessage(text)
	}
	return string(text)
}

// conclude prints what the platform would get back, and says what came of it.
func conclude(console *cli.Console, result localrun.Result) error {
	if err := console.Value(jsonOf(result.Answer)); err != nil {
		return err
	}
	answer := result.Read()
	switch {
	case result.ErrorType != "" && len(answer.Results) == 1 && answer.Results[0].Outcome == remediation.Rejected:
		return fmt.Errorf("the invocation failed with errorType %s: %s", result.ErrorType, cli.Flat(answer.Results[0].Reason))
	case result.ErrorType != "":
		return fmt.Errorf("the invocation failed with errorType %s: the platform would try it again, and then keep it in the failure destination", result.ErrorType)
	case answer.StatusCode >= http.StatusBadRequest:
		return errors.New(result.Refused())
	}
	for _, one := range answer.Results {
		if one.Outcome == remediation.NeedsHuman || one.Outcome == remediation.Overdue {
			return cli.ErrPerson
		}
	}
	return nil
}
