// Command remediator is for the person who operates the function.
//
//	flags and environment → internal/cli → a command of alertrules, eventlog, replay, doctor or episodes → table or JSON
//
// With -o json stdout is one JSON value, and all else goes to stderr. A command that writes shows its plan, asks, and
// reads back what it wrote.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/alertrules"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/doctor"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/episodes"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/eventlog"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/example"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/replay"
)

type commandLine struct {
	cli.Line

	Status     episodes.Status    `cmd:"" help:"List the records on the secrets: what is open, what is settling, what needs a person. Reads only."`
	Retry      episodes.Retry     `cmd:"" help:"Have the function try failed episodes again: asks, and writes their records anew."`
	AlertRules alertrules.Command `cmd:"" help:"The two alert rules that send the events of rotations to the function and to people."`
	Events     eventlog.Command   `cmd:"" help:"Query rotation events in the history of CloudMonitor, or show one. Reads only."`
	Replay     replay.Command     `cmd:"" help:"Deliver an event to the built function again, on this machine; it observes unless --mode act is given."`
	Doctor     doctor.Command     `cmd:"" help:"Find what is wrong: s.yaml, access, routes, alert rules, records, secrets. Reads only."`
	Try        tryCommand         `cmd:"" help:"Run the commands one after another on one stand-in: see a healthy chain once, without an account."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], nil, os.Stdout, os.Stderr))
}

// run does what args say. dial reaches the real account, over the network if nil.
func run(ctx context.Context, args []string, dial cli.DialFunc, stdout, stderr io.Writer) int {
	line := commandLine{Line: cli.Line{Dial: dial, Example: example.KMS}}
	return cli.Run(ctx, &line, &line.Line, args, stdout, stderr)
}
