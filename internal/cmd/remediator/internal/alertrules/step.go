package alertrules

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// step is one call that writes. what is a gerund.
type step struct {
	what string
	do   func(ctx context.Context) error
}

// applySteps takes the steps in order, up to the first that fails.
func applySteps(ctx context.Context, c *cli.Account, steps []step) error {
	for i, s := range steps {
		if err := cli.Write(ctx, c, s.what, s.do); err != nil {
			return partialError(err, steps, i)
		}
	}
	return nil
}

// partialError says what was done, what was not, and how to go on. No write makes things worse when it comes twice.
func partialError(err error, steps []step, failed int) error {
	said := []string{"done: " + listed(steps[:failed])}
	left := steps[failed:]
	if cli.ClassOf(err) == remediation.Transient {
		said = append(said, "not known, since the answer was lost: "+steps[failed].what)
		left = steps[failed+1:]
	}
	said = append(said, "not done: "+listed(left), "run it again to go on from there")
	return fmt.Errorf("%w; %s", err, strings.Join(said, "; "))
}

func listed(steps []step) string {
	if len(steps) == 0 {
		return "nothing"
	}
	var all []string
	for _, s := range steps {
		all = append(all, s.what)
	}
	return strings.Join(all, ", ")
}

// readBackPauses are taken while what was written is not there yet: no document says that a list follows at once.
var readBackPauses = []time.Duration{200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond}

// readBack compares what was written with what is there now, and returns what differs.
func readBack(ctx context.Context, read func(context.Context) ([]change, error)) ([]change, error) {
	for pause := range slices.Values(readBackPauses) {
		changes, err := read(ctx)
		if err != nil || len(changes) == 0 {
			return changes, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, errors.New("interrupted: what was written was not read back")
		}
	}
	return read(ctx)
}
