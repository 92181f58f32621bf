package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit statuses.
const (
	statusDone   = 0
	statusFailed = 1
	statusUsage  = 2
)

type commandLine struct {
	Folder string `default:"." help:"The folder of s.yaml: relative paths begin there." placeholder:"PATH"`

	Check  checkCommand  `cmd:"" help:"Say what is wrong with s.yaml, by its own reader and, where it is at hand, by Serverless Devs'."`
	Plan   planCommand   `cmd:"" help:"Say what is wrong with the props, and what they would deploy."`
	Deploy deployCommand `cmd:"" help:"Rehearse a deployment: plan, and see whether the executable is there. Nothing is deployed."`
	Invoke invokeCommand `cmd:"" help:"Invoke the function once, as the props say, on a stand-in with the secrets of the event."`
}

// streams are this command's own, as the commands take them.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

func run(ctx context.Context, args []string, s streams) int {
	var line commandLine
	ended := -1
	parser, err := kong.New(&line,
		kong.Name("local"),
		kong.Description("Checks s.yaml, and rehearses its deployment on this machine. plan, deploy and invoke read the props as JSON from stdin."),
		kong.Writers(s.out, s.err),
		kong.Exit(func(status int) { ended = status }), // --help ends here
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintln(s.err, "local:", err)
		return statusFailed
	}
	parsed, err := parser.Parse(args)
	switch {
	case ended >= 0:
		return ended
	case err != nil:
		fmt.Fprintf(s.err, "local: %v; --help lists the commands\n", err)
		return statusUsage
	}
	if err := parsed.Run(&line); err != nil {
		fmt.Fprintln(s.err, "local:", err)
		return statusFailed
	}
	return statusDone
}
