package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"time"
)

type infoCommand struct{}

// info is what is told of a deployment: of its variables the names only.
type info struct {
	FunctionName string    `json:"functionName"`
	Region       string    `json:"region"`
	Mode         string    `json:"mode"`
	Variables    []string  `json:"environmentVariables"`
	Triggers     []string  `json:"triggers"`
	PID          int       `json:"pid"`
	Since        time.Time `json:"since"`
	EndsAfter    string    `json:"endsAfter"` // without an invocation
}

func infoOf(p props, since time.Time, idle time.Duration) info {
	triggers := []string{}
	for _, t := range p.Triggers {
		triggers = append(triggers, t.Name)
	}
	return info{
		FunctionName: p.FunctionName, Region: p.Region, Mode: p.variable("REMEDIATION_MODE"), Variables: p.names(),
		Triggers: triggers, PID: os.Getpid(), Since: since.UTC().Truncate(time.Second), EndsAfter: idle.String(),
	}
}

func (infoCommand) Run(ctx context.Context, line *commandLine, s streams) error {
	p, err := readProps(s.in)
	if err != nil {
		return err
	}
	d, err := find(p, line.Folder)
	if err != nil {
		return err
	}
	var i info
	if err := d.call(ctx, http.MethodGet, "/", nil, &i); err != nil {
		return err
	}
	encoder := json.NewEncoder(s.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(i)
}
