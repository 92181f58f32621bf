package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/rotation-remediator/rotation-remediator/internal/deployment"
)

// checkCommand is make deploy-check.
type checkCommand struct {
	S      string `env:"S" help:"The command of Serverless Devs (default: s, where it is installed)." placeholder:"PATH"`
	Schema string `env:"FC3_SCHEMA" help:"A file with the schema of component fc3, where it is at hand." placeholder:"PATH"`
}

func (c checkCommand) Run(ctx context.Context, line *commandLine, s streams) error {
	path := filepath.Join(line.Folder, deployment.File)
	d, err := deployment.Read(path, os.Getenv)
	if err != nil {
		return err
	}
	all := d.Findings()
	for _, f := range d.Functions {
		if c.Schema != "" {
			found, err := againstSchema(f, c.Schema)
			if err != nil {
				return err
			}
			all = append(all, found...)
		}
	}
	fmt.Fprintf(s.err, "%s: keys, settings, triggers and policies are checked%s\n", path, given(c.Schema != "", ", and the schema of component fc3"))
	if err := report(s.err, all); err != nil {
		return err
	}
	return c.compare(ctx, path, d, s)
}

func given(is bool, text string) string {
	if is {
		return text
	}
	return ""
}

func againstSchema(f *deployment.Function, path string) ([]deployment.Finding, error) {
	schema, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer schema.Close()
	return f.AgainstSchema(schema)
}

// report prints what was found, and fails where something is wrong.
func report(out io.Writer, all []deployment.Finding) error {
	for _, finding := range all {
		word := "fault"
		if finding.Note {
			word = "note"
		}
		fmt.Fprintf(out, "  %s: %s\n", word, finding)
	}
	if faults := len(deployment.Faults(all)); faults > 0 {
		return fmt.Errorf("faults in what would be deployed: %d", faults)
	}
	return nil
}

// compare has Serverless Devs render s.yaml: what it deploys has to be what was checked.
func (c checkCommand) compare(ctx context.Context, path string, d *deployment.Deployment, s streams) error {
	tool, err := exec.LookPath(cmp.Or(c.S, "s"))
	if err != nil {
		if c.S != "" {
			return fmt.Errorf("%s cannot be started", c.S)
		}
		fmt.Fprintln(s.err, "  note: Serverless Devs is not installed, so that its own rendering was not compared")
		return nil
	}
	home, err := os.MkdirTemp("", "s") // s logs what it renders, a token included
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	preview := exec.CommandContext(ctx, tool, "preview", "-t", path, "-o", "json")
	preview.Env = append(os.Environ(), "HOME="+home)
	text, err := preview.Output()
	_, object, found := bytes.Cut(text, []byte("{")) // a warning may stand before it
	if err != nil || !found {
		return fmt.Errorf("%s preview failed: run it to see why", tool)
	}
	var rendered struct {
		Resources map[string]struct{ Props json.RawMessage }
	}
	if err := json.Unmarshal(append([]byte("{"), object...), &rendered); err != nil {
		return fmt.Errorf("%s preview printed no JSON", tool)
	}
	for _, f := range d.Functions {
		other, err := deployment.Props(bytes.NewReader(rendered.Resources[f.Resource].Props))
		if err != nil {
			return err
		}
		if different := f.Differs(other); len(different) > 0 {
			return fmt.Errorf("%s renders %v of %s differently", tool, different, f.Resource)
		}
	}
	fmt.Fprintf(s.err, "  %s renders it alike\n", filepath.Base(tool))
	return nil
}

var errFaults = errors.New("nothing would be deployed as it is meant")

type planCommand struct{}

func (planCommand) Run(line *commandLine, s streams) error {
	_, err := plan(line, s)
	return err
}

// plan shows the function that props describe.
func plan(_ *commandLine, s streams) (*deployment.Function, error) {
	f, err := deployment.Props(s.in)
	if err != nil {
		return nil, err
	}
	if err := report(s.err, f.Findings()); err != nil {
		return nil, fmt.Errorf("%w: %w", errFaults, err)
	}
	show(s.err, f)
	return f, nil
}

type deployCommand struct{}

func (deployCommand) Run(line *commandLine, s streams) error {
	f, err := plan(line, s)
	if err != nil {
		return err
	}
	if err := report(s.err, f.CheckCode(line.Folder)); err != nil {
		return fmt.Errorf("%w: %w", errFaults, err)
	}
	file, err := os.Stat(f.Executable(line.Folder))
	if err != nil {
		return err
	}
	fmt.Fprintf(s.err, "  code       %s, %.1f MB before it is packed\n", f.Executable(line.Folder), float64(file.Size())/1e6)
	_, err = fmt.Fprintln(s.err, "rehearsal: nothing was deployed")
	return err
}

// show prints what the platform would be asked for. Only the settings that are known not to be secret have their value.
func show(out io.Writer, f *deployment.Function) {
	fmt.Fprintf(out, "%s would be deployed in %s\n", f.Name, f.Region)
	fmt.Fprintf(out, "  runtime    %s, %v vCPU, %d MB, %d s, one invocation at a time\n", f.Runtime, f.CPU, f.MemorySize, f.Timeout)
	fmt.Fprintf(out, "  role       %s\n", f.Role)
	fmt.Fprintf(out, "  log        %s/%s\n", f.Log.Project, f.Log.Store)
	fmt.Fprintf(out, "  failures   %s\n", f.FailureQueue())
	for _, t := range f.Triggers {
		fmt.Fprintf(out, "  trigger    %s (%s)%s\n", t.Name, t.Type, given(t.Type == "timer", " "+t.Config.Cron))
	}
	for _, name := range slices.Sorted(maps.Keys(f.Environment)) {
		if shown := deployment.Shown(name, f.Environment[name]); shown != "" {
			fmt.Fprintf(out, "  setting    %s=%s\n", name, shown)
		}
	}
}
