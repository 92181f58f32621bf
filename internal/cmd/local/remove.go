package main

import (
	"context"
	"fmt"
)

type removeCommand struct{}

// Run succeeds where nothing is deployed: that is what was asked for.
func (removeCommand) Run(ctx context.Context, line *commandLine, s streams) error {
	p, err := readProps(s.in)
	if err != nil {
		return err
	}
	d, err := locate(p, line.Folder)
	if err != nil {
		return err
	}
	found, err := d.remove(ctx)
	if err != nil {
		return err
	}
	said := "removed"
	if !found {
		said = "nothing was deployed"
	}
	_, err = fmt.Fprintf(s.err, "%s: %s\n", p.FunctionName, said)
	return err
}
