package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/alecthomas/kong"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/internal/version"
)

// Exit statuses.
const (
	StatusDone   = 0 // done, nothing to repair
	StatusFailed = 1 // failed, one line on stderr says why
	StatusUsage  = 2 // wrong use
	StatusPerson = 3 // done, and something needs a person
)

// ErrPerson says that something needs a person. It is a finding, not a failure.
var ErrPerson = errors.New("something needs a person")

// Line is the flags that all commands share, and what they work with.
type Line struct {
	Real        bool             `group:"common" help:"Talk to the real account: credentials from ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and ALIBABA_CLOUD_SECURITY_TOKEN. Without it, a stand-in with a few invented secrets, events and an alert rule is started."`
	Region      []string         `group:"common" help:"Region; may be given more than once. FC_REGION if it is not given." placeholder:"REGION"`
	Output      string           `group:"common" short:"o" enum:"table,json" default:"table" help:"How to print: ${enum}." placeholder:"FORMAT"`
	CallTimeout time.Duration    `group:"common" default:"10s" help:"How long one call may take." placeholder:"DURATION"`
	Version     kong.VersionFlag `group:"common" help:"Print the version."`

	Console *Console            `kong:"-"`
	Dial    DialFunc            `kong:"-"` // reaches the real account, over the network if nil
	Example func() *standin.KMS `kong:"-"` // the stand-in without --real
}

// Run parses args by a grammar, in which line is embedded, and runs its command. It returns the exit status.
func Run(ctx context.Context, grammar any, line *Line, args []string, stdout, stderr io.Writer) int {
	stdout, stderr = &Terminal{To: stdout}, &Terminal{To: stderr}
	line.Console = &Console{Out: stdout, Err: stderr, In: os.Stdin, Stop: ctx.Done()}
	ended := -1
	var account *Account // of a command that wants one
	open := func() (_ *Account, err error) { account, err = line.Open(); return account, err }
	parser, err := kong.New(grammar,
		kong.Name("remediator"),
		kong.Description("Operates Rotation Remediator, which heals failed rotations of ECS secrets."),
		kong.Vars{"version": version.Version},
		kong.ExplicitGroups([]kong.Group{{Key: "common", Title: "Flags of all commands:"}}), // below those of the command
		kong.ValueFormatter(helpWithDefault),
		kong.Writers(stdout, stderr),
		kong.Exit(func(status int) { ended = status }), // --help and --version end here
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.BindToProvider(open),
		kong.BindToProvider(func() (Region, error) { // from open itself: the error of a provider of a provider gets the name of a type
			c, err := open()
			if err != nil {
				return Region{}, err
			}
			return c.one()
		}),
	)
	if err != nil {
		fmt.Fprintln(stderr, "remediator:", err)
		return StatusFailed
	}
	parsed, err := parser.Parse(args)
	switch {
	case ended >= 0:
		return ended
	case err == nil && line.CallTimeout <= 0:
		err = fmt.Errorf("--call-timeout %s: want more than 0s", line.CallTimeout)
	}
	if err != nil {
		fmt.Fprintf(stderr, "remediator: %s; --help lists the flags\n", Flat(addresses.ReplaceAllString(err.Error(), "https://…")))
		return StatusUsage
	}
	line.Console.JSON = line.Output == "json"
	err = parsed.Run(line)
	if account != nil {
		account.Close()
	}
	return statusOf(err, stderr)
}

// helpWithDefault adds the default, which a placeholder hides.
func helpWithDefault(value *kong.Value) string {
	help := kong.DefaultHelpValueFormatter(value)
	if value.HasDefault && value.Default != "" {
		help += " Default: " + value.Default + "."
	}
	return help
}

// statusOf says in one line what failed, if something did.
func statusOf(err error, stderr io.Writer) int {
	if err == nil {
		return StatusDone
	}
	if errors.Is(err, ErrPerson) {
		return StatusPerson
	}
	fmt.Fprintf(stderr, "remediator: %s\n", Flat(WithRemedy(err)))
	if _, wrong := errors.AsType[UsageError](err); wrong {
		return StatusUsage
	}
	return StatusFailed
}
