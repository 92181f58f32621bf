// Command remediator is for the person who operates the function.
//
//	flags and environment → cloud (a stand-in, or with --real the account) → command → table or JSON
//
// What it prints with -o json is one JSON value on stdout; progress and remarks go to stderr.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/alecthomas/kong"
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
	Real   bool     `help:"Talk to the real account: credentials from ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and ALIBABA_CLOUD_SECURITY_TOKEN, the region from --region or FC_REGION. Without it, everything happens on a stand-in that is started for it."`
	Region []string `help:"Region to look at; may be given more than once." placeholder:"REGION"`
	Output string   `short:"o" enum:"table,json" default:"table" help:"How to print: ${enum}."`

	Status statusCommand `cmd:"" help:"List the records on the secrets: what is open, what is settling, what needs a person. Reads only."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var line commandLine
	ended := -1
	parser, err := kong.New(&line,
		kong.Name("remediator"),
		kong.Description("Operates Rotation Remediator, which heals failed rotations of ECS secrets."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(status int) { ended = status }), // --help ends here
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
		fmt.Fprintf(stderr, "remediator: %v; --help tells what there is\n", err)
		return statusUsage
	}
	switch err := parsed.Run(&line); {
	case errors.Is(err, errPerson):
		return statusPerson
	case err != nil:
		fmt.Fprintln(stderr, "remediator:", err)
		return statusFailed
	}
	return statusDone
}
