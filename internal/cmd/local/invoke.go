package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

type invokeCommand struct {
	Event     string `short:"e" xor:"event" help:"The event to deliver."`
	EventFile string `short:"f" xor:"event" help:"A file with the event to deliver." placeholder:"PATH"`
	Deployed  bool   `help:"Invoke what deploy started."`
}

func (c invokeCommand) Run(ctx context.Context, line *commandLine, s streams) error {
	p, err := readProps(s.in)
	if err != nil {
		return err
	}
	payload, err := c.payload(line.Folder)
	if err != nil {
		return err
	}
	var a answer
	if c.Deployed {
		a, err = invokeDeployed(ctx, p, line.Folder, payload)
	} else {
		a, err = invokeOnce(ctx, p, line.Folder, payload)
	}
	if err != nil {
		return err
	}
	return a.show(s)
}

func (c invokeCommand) payload(folder string) ([]byte, error) {
	switch file := c.EventFile; {
	case c.Event != "":
		return []byte(c.Event), nil
	case file == "":
		return nil, errors.New("no event: want it after -e, or a file that holds it after -f")
	case !filepath.IsAbs(file):
		c.EventFile = filepath.Join(folder, file)
	}
	payload, err := os.ReadFile(c.EventFile)
	if err != nil {
		return nil, fmt.Errorf("reading the event: %w", err)
	}
	return payload, nil
}

// invokeOnce needs nothing deployed, and leaves nothing behind.
func invokeOnce(ctx context.Context, p props, folder string, payload []byte) (answer, error) {
	if err := p.check(folder); err != nil {
		return answer{}, err
	}
	f, err := start(p, p.executable(folder), account(payload))
	if err != nil {
		return answer{}, err
	}
	a, err := f.invoke(ctx, payload)
	return a, errors.Join(err, f.close())
}

func invokeDeployed(ctx context.Context, p props, folder string, payload []byte) (answer, error) {
	d, err := find(p, folder)
	if err != nil {
		return answer{}, err
	}
	return d.invoke(ctx, payload)
}
