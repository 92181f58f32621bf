// Command remediator is for the person who operates the function.
//
//	flags and environment → cloud (a stand-in, or with --real the account) → command → table or JSON
//
// What it prints with -o json is one JSON value on stdout; progress and remarks go to stderr. What writes shows its plan
// and asks first, and reads back what it wrote.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"time"

	"github.com/alecthomas/kong"

	"github.com/rotation-remediator/rotation-remediator/internal/version"
)

// Exit statuses.
const (
	statusDone   = 0 // done, nothing to mend
	statusFailed = 1 // failed, one line on stderr says why
	statusUsage  = 2 // wrong use
	statusPerson = 3 // done, and something needs a person
)

// errPerson says that something needs a person. It is a finding, not a failure.
var errPerson = errors.New("something needs a person")

type commandLine struct {
	Real        bool             `help:"Talk to the real account: credentials from ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and ALIBABA_CLOUD_SECURITY_TOKEN, the region from --region or FC_REGION. Without it, everything happens on a stand-in that is started for it, with a few secrets, events and an alert rule as an example."`
	Region      []string         `help:"Region to look at; may be given more than once." placeholder:"REGION"`
	Output      string           `short:"o" enum:"table,json" default:"table" help:"How to print: ${enum}."`
	CallTimeout time.Duration    `default:"10s" help:"How long one call may take." placeholder:"DURATION"`
	Version     kong.VersionFlag `help:"Print the version."`

	Status     statusCommand     `cmd:"" help:"List the records on the secrets: what is open, what is settling, what needs a person. Reads only."`
	AlertRules alertRulesCommand `cmd:"" help:"The two alert rules that send the events of rotations to the function and to people."`
	Events     eventsCommand     `cmd:"" help:"Query rotation events in the history of CloudMonitor, or show one. Reads only."`
	Replay     replayCommand     `cmd:"" help:"Deliver an event to the built function again, on this machine; it observes unless told otherwise."`
	Doctor     doctorCommand     `cmd:"" help:"Look for what is wrong: s.yaml, permissions, alert rules, records, secrets. Reads only."`

	console *console
	dial    dialFunc
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], nil, os.Stdout, os.Stderr))
}

// run does what args say. dial reaches the real account, over the network if nil.
func run(ctx context.Context, args []string, dial dialFunc, stdout, stderr io.Writer) int {
	stderr = &shared{Writer: stderr}
	line := commandLine{console: &console{out: stdout, err: stderr, in: os.Stdin, stop: ctx.Done()}, dial: dial}
	ended := -1
	parser, err := kong.New(&line,
		kong.Name("remediator"),
		kong.Description("Operates Rotation Remediator, which heals failed rotations of ECS secrets."),
		kong.Vars{"version": version.Version},
		kong.Writers(stdout, stderr),
		kong.Exit(func(status int) { ended = status }), // --help and --version end here
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.BindTo(stdout, (*io.Writer)(nil)),
	)
	if err != nil {
		fmt.Fprintln(stderr, "remediator:", err)
		return statusFailed
	}
	parsed, err := parser.Parse(args)
	switch {
	case ended >= 0:
		return ended
	case err != nil:
		fmt.Fprintf(stderr, "remediator: %s; --help tells what there is\n", withoutAddresses(err.Error()))
		return statusUsage
	}
	line.console.json = line.Output == "json"
	return statusOf(parsed.Run(&line), stderr)
}

// addresses may hold a token, and an argument in the wrong place is repeated to whoever gave it.
var addresses = regexp.MustCompile(`(?i)\bhttps?://\S+|\S*\?\S+=\S*`)

func withoutAddresses(text string) string { return addresses.ReplaceAllString(text, "https://…") }

// statusOf says in one line what failed, if something did.
func statusOf(err error, stderr io.Writer) int {
	if err == nil {
		return statusDone
	}
	if errors.Is(err, errPerson) {
		return statusPerson
	}
	fmt.Fprintf(stderr, "remediator: %v%s\n", err, remedy(err))
	if _, wrong := errors.AsType[usageError](err); wrong {
		return statusUsage
	}
	return statusFailed
}
