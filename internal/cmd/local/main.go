// Command local is a Function Compute on this machine, for the function as s.yaml describes it. The component in
// internal/component calls it for Serverless Devs, so that s deploy, s invoke and s local invoke work without an account,
// without Docker and without a network.
//
//	props on stdin → check → function (target/main, the runtime API and a stand-in for KMS, all on loopback) → answer
//	                           └ deploy keeps it in the background, behind a unix socket, until remove or until it is idle
//
// What the platform would give back is on stdout, what the function logs on stderr. The values of environment variables
// are handed on and never printed. The props are those of https://docs.serverless-devs.com/user-guide/aliyun/fc3/spec/.
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

	Check  checkCommand  `cmd:"" help:"Say what is wrong with the props, beyond what their schema says."`
	Invoke invokeCommand `cmd:"" help:"Invoke the function once, on a stand-in whose secret failed to rotate, or what deploy started."`
	Deploy deployCommand `cmd:"" help:"Start the function in the background, as the props say, and deliver a failed rotation to it. Replaces what was deployed before."`
	Info   infoCommand   `cmd:"" help:"Say what is deployed."`
	Remove removeCommand `cmd:"" help:"End what is deployed."`
	Serve  serveCommand  `cmd:"" hidden:"" help:"What deploy starts."`
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
		kong.Description("A Function Compute on this machine. The props of the function, as JSON, are read from stdin."),
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
		fmt.Fprintf(s.err, "local: %v; --help tells what there is\n", err)
		return statusUsage
	}
	if err := parsed.Run(&line); err != nil {
		fmt.Fprintln(s.err, "local:", err)
		return statusFailed
	}
	return statusDone
}
