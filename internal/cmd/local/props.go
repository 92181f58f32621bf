package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"time"
)

// props are those of s.yaml, after Serverless Devs has filled in its variables. Those that nothing here depends on are
// left to the schema. A pointer tells what is missing from what is zero or false.
type props struct {
	Region       string         `json:"region"`
	FunctionName string         `json:"functionName"`
	Runtime      string         `json:"runtime"`
	Handler      string         `json:"handler"`
	Code         string         `json:"code"`
	CPU          float64        `json:"cpu"`
	MemorySize   int            `json:"memorySize"` // MB
	Timeout      int            `json:"timeout"`    // seconds
	Role         string         `json:"role"`
	Variables    map[string]any `json:"environmentVariables"`
	Concurrency  struct {
		Reserved int `json:"reservedConcurrency"`
	} `json:"concurrencyConfig"`
	Async    asyncConfig `json:"asyncInvokeConfig"`
	Log      logConfig   `json:"logConfig"`
	Triggers []trigger   `json:"triggers"`
}

type asyncConfig struct {
	Retries      *int `json:"maxAsyncRetryAttempts"`
	Age          *int `json:"maxAsyncEventAgeInSeconds"`
	Task         bool `json:"asyncTask"`
	Destinations struct {
		OnFailure struct {
			Destination string `json:"destination"`
		} `json:"onFailure"`
	} `json:"destinationConfig"`
}

type logConfig struct {
	Project   string `json:"project"`
	Store     string `json:"logstore"`
	BeginRule string `json:"logBeginRule"`
	Requests  *bool  `json:"enableRequestMetrics"`
	Instances *bool  `json:"enableInstanceMetrics"`
}

// UnmarshalJSON takes "auto", which is text, for what it is here: nothing explicit.
func (l *logConfig) UnmarshalJSON(text []byte) error {
	var auto string
	if json.Unmarshal(text, &auto) == nil {
		return nil
	}
	type plain logConfig
	return json.Unmarshal(text, (*plain)(l))
}

type trigger struct {
	Name   string `json:"triggerName"`
	Type   string `json:"triggerType"`
	Config struct {
		Cron   string `json:"cronExpression"`
		Enable bool   `json:"enable"`
	} `json:"triggerConfig"`
}

// readProps does not repeat what it read: the props hold the environment's values.
func readProps(in io.Reader) (props, error) {
	var p props
	if err := json.NewDecoder(in).Decode(&p); err != nil {
		return props{}, fmt.Errorf("reading the props from stdin, as JSON: %w", err)
	}
	return p, nil
}

// executable is the file that the platform would start.
func (p props) executable(folder string) string {
	code := p.Code
	if !filepath.IsAbs(code) {
		code = filepath.Join(folder, code)
	}
	return filepath.Join(code, p.Handler)
}

func (p props) timeout() time.Duration { return time.Duration(p.Timeout) * time.Second }

// environment is what the function sees of the props.
func (p props) environment() []string {
	var env []string
	for _, name := range p.names() {
		env = append(env, fmt.Sprintf("%s=%s", name, p.Variables[name]))
	}
	return env
}

// names are those of the environment variables, in order.
func (p props) names() []string { return slices.Sorted(maps.Keys(p.Variables)) }

// variable is empty where it is not set, or no text.
func (p props) variable(name string) string {
	value, _ := p.Variables[name].(string)
	return value
}
