package deployment

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// File is what Serverless Devs deploys from a folder.
const File = "s.yaml"

// modeVariable marks a function as ours.
const modeVariable = "REMEDIATION_MODE"

// ErrNoFile says that there is no s.yaml.
var ErrNoFile = errors.New("no such file")

// Deployment is s.yaml with its variables filled in.
type Deployment struct {
	Functions []*Function // those that remediate, by the order of their resources' names

	findings findings
}

// Function is one function of s.yaml. A pointer tells what is missing from what is zero.
type Function struct {
	Resource string `yaml:"-"` // its name in s.yaml

	Region      string            `yaml:"region"`
	Name        string            `yaml:"functionName"`
	Runtime     string            `yaml:"runtime"`
	Handler     string            `yaml:"handler"`
	Code        string            `yaml:"code"`
	CPU         float64           `yaml:"cpu"`
	MemorySize  int               `yaml:"memorySize"` // MB
	Timeout     int               `yaml:"timeout"`    // seconds
	Role        string            `yaml:"role"`
	Environment map[string]string `yaml:"environmentVariables"`
	VPC         yaml.Node         `yaml:"vpcConfig"`
	InstanceRun *int              `yaml:"instanceConcurrency"`
	Concurrency struct {
		Reserved *int `yaml:"reservedConcurrency"`
	} `yaml:"concurrencyConfig"`
	Async struct {
		Task         bool `yaml:"asyncTask"`
		Destinations struct {
			OnFailure struct {
				Destination string `yaml:"destination"`
			} `yaml:"onFailure"`
		} `yaml:"destinationConfig"`
	} `yaml:"asyncInvokeConfig"`
	Log      Log       `yaml:"logConfig"`
	Triggers []Trigger `yaml:"triggers"`

	props any // as it was read, for the schema
}

// Log is where the function's lines go. It is empty for auto, which makes a project of its own.
type Log struct {
	Project   string `yaml:"project"`
	Store     string `yaml:"logstore"`
	BeginRule string `yaml:"logBeginRule"`
}

// UnmarshalYAML takes the text auto.
func (l *Log) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return nil
	}
	type plain Log
	return node.Decode((*plain)(l))
}

// Trigger is one way in which the function is invoked.
type Trigger struct {
	Name           string `yaml:"triggerName"`
	Type           string `yaml:"triggerType"`
	SourceARN      string `yaml:"sourceArn"`
	InvocationRole string `yaml:"invocationRole"`
	Config         struct {
		Cron   string `yaml:"cronExpression"`
		Enable bool   `yaml:"enable"`
		Source struct {
			Type       string `yaml:"eventSourceType"`
			Parameters struct {
				Queue struct {
					Name string `yaml:"QueueName"`
				} `yaml:"sourceMNSParameters"`
			} `yaml:"eventSourceParameters"`
		} `yaml:"eventSourceConfig"`
	} `yaml:"triggerConfig"`
}

// FailureQueue is where the platform keeps what failed for good.
func (f *Function) FailureQueue() string { return f.Async.Destinations.OnFailure.Destination }

// Executable is the file that the platform starts, for an s.yaml in folder.
func (f *Function) Executable(folder string) string {
	code := f.Code
	if !filepath.IsAbs(code) {
		code = filepath.Join(folder, code)
	}
	return filepath.Join(code, f.Handler)
}

// Read reads s.yaml and fills in its variables; getenv is os.Getenv but for tests. Faults that leave the file readable are
// among the Findings. No error repeats a value of the file.
func Read(path string, getenv func(string) string) (*Deployment, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("reading %s: %w", path, ErrNoFile)
	case err != nil:
		return nil, fmt.Errorf("reading %s: it cannot be opened", path)
	}
	d, err := parse(text, variables{getenv: getenv, folder: filepath.Dir(path)})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return d, nil
}

// file is the top level of s.yaml.
type file struct {
	Edition   string
	Access    string
	Vars      map[string]yaml.Node
	Resources map[string]struct {
		Component, Access string
		Props             yaml.Node
	}
}

func parse(text []byte, v variables) (*Deployment, error) {
	var read file
	if yaml.Unmarshal(text, &read) != nil {
		return nil, errors.New("it is not YAML of the expected form, or says a key twice")
	}
	d := &Deployment{}
	d.findings.when(read.Edition != "3.0.0", "edition", "3.0.0", "is %q", read.Edition)
	d.findings.when(strings.Contains(read.Access, "${"), "access", "no such line, and `s -a ALIAS` for another access than default",
		"has a variable, which Serverless Devs takes literally, so that no command finds the access")
	v.vars = map[string]*yaml.Node{}
	for name, node := range read.Vars {
		if err := v.fill(&node); err != nil {
			return nil, fmt.Errorf("vars.%s: %w", name, err)
		}
		v.vars[name] = &node
	}
	for _, name := range slices.Sorted(maps.Keys(read.Resources)) {
		resource := read.Resources[name]
		d.findings.when(resource.Access != "", place("resources", name, "access"), "no such line", "is ignored by Serverless Devs")
		if err := v.fill(&resource.Props); err != nil {
			return nil, fmt.Errorf("the props of %s: %w", name, err)
		}
		f, err := decode(&resource.Props)
		if err != nil {
			return nil, fmt.Errorf("the props of %s: %w", name, err)
		}
		f.Resource = name
		if _, ours := f.Environment[modeVariable]; ours {
			d.Functions = append(d.Functions, f)
		}
	}
	if len(d.Functions) == 0 {
		return nil, errors.New("no function in it sets " + modeVariable)
	}
	return d, nil
}

// Props reads the props of one function, as Serverless Devs renders them: JSON, with all variables filled in.
func Props(in io.Reader) (*Function, error) {
	var node yaml.Node
	if err := yaml.NewDecoder(in).Decode(&node); err != nil || len(node.Content) != 1 {
		return nil, errors.New("reading the props: they are not JSON")
	}
	f, err := decode(node.Content[0])
	if err != nil {
		return nil, fmt.Errorf("reading the props: %w", err)
	}
	return f, nil
}

// decode leaves a member of a wrong type to the schema, which names it without its value.
func decode(node *yaml.Node) (*Function, error) {
	f := &Function{}
	if node.Kind != yaml.MappingNode || node.Decode(&f.props) != nil {
		return nil, errors.New("want an object that has each key once")
	}
	if err := node.Decode(f); err != nil {
		var wrong *yaml.TypeError
		if !errors.As(err, &wrong) || len(f.checkSchema()) == 0 {
			return nil, errors.New("a member has an unexpected form")
		}
	}
	return f, nil
}

// Environ is the environment that the platform gives the function, its region included.
func (f *Function) Environ() []string {
	var env []string
	for _, name := range slices.Sorted(maps.Keys(f.Environment)) {
		env = append(env, name+"="+f.Environment[name])
	}
	return append(env, "FC_REGION="+cmp.Or(f.Region, "unknown"))
}

// Differs returns the keys of the props that are not alike in the other function, variables left aside that only
// Serverless Devs fills in.
func (f *Function) Differs(other *Function) []string {
	ours, _ := f.props.(map[string]any)
	theirs, _ := other.props.(map[string]any)
	var different []string
	for _, key := range slices.Sorted(maps.Keys(ours)) {
		if !alike(ours[key], theirs[key]) {
			different = append(different, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(theirs)) {
		if _, there := ours[key]; !there {
			different = append(different, key)
		}
	}
	return different
}

func alike(ours, theirs any) bool {
	switch a := ours.(type) {
	case map[string]any:
		b, _ := theirs.(map[string]any)
		for key := range a {
			if !alike(a[key], b[key]) {
				return false
			}
		}
		return len(a) == len(b)
	case []any:
		b, _ := theirs.([]any)
		return slices.EqualFunc(a, b, alike)
	case string:
		return strings.Contains(a, unrendered) || theirs == ours
	}
	return fmt.Sprint(ours) == fmt.Sprint(theirs)
}
