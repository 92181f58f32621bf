package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// deploymentFile is what Serverless Devs deploys from this folder.
const deploymentFile = "s.yaml"

// deployment is what s.yaml says of our function, with its variables filled in as a deployment from here would.
type deployment struct {
	functions []deployedFunction
	err       error // why there are none
}

// deployedFunction is one function of s.yaml, as far as the doctor has a view on it.
type deployedFunction struct {
	name string

	Region       string            `yaml:"region"`
	FunctionName string            `yaml:"functionName"`
	Role         string            `yaml:"role"`
	Environment  map[string]string `yaml:"environmentVariables"`
	Concurrency  struct {
		Reserved *int `yaml:"reservedConcurrency"`
	} `yaml:"concurrencyConfig"`
	Async struct {
		Destination struct {
			OnFailure struct {
				Destination string `yaml:"destination"`
			} `yaml:"onFailure"`
		} `yaml:"destinationConfig"`
	} `yaml:"asyncInvokeConfig"`
	Log      yaml.Node `yaml:"logConfig"`
	Triggers []struct {
		Type   string `yaml:"triggerType"`
		Config struct {
			Cron   string `yaml:"cronExpression"`
			Enable bool   `yaml:"enable"`
		} `yaml:"triggerConfig"`
	} `yaml:"triggers"`
}

var errNoDeployment = errors.New("no " + deploymentFile + " in this folder")

func readDeployment() deployment {
	text, err := os.ReadFile(deploymentFile)
	if errors.Is(err, fs.ErrNotExist) {
		return deployment{err: errNoDeployment}
	}
	if err != nil {
		return deployment{err: fmt.Errorf("reading %s: it cannot be opened", deploymentFile)}
	}
	functions, err := functionsOf(text)
	if err != nil {
		return deployment{err: fmt.Errorf("reading %s: %w", deploymentFile, err)}
	}
	return deployment{functions: functions}
}

// functionsOf returns our functions: those that are given a mode. What the library says of a line can repeat a value of
// it, and is not passed on.
func functionsOf(text []byte) ([]deployedFunction, error) {
	var file struct {
		Vars      map[string]yaml.Node
		Resources map[string]struct{ Props yaml.Node }
	}
	if yaml.Unmarshal(text, &file) != nil {
		return nil, errors.New("it is not YAML of the expected form")
	}
	vars := map[string]string{}
	for name, value := range file.Vars {
		vars["vars."+name] = fillIn(value.Value, nil)
	}
	var ours []deployedFunction
	for _, name := range slices.Sorted(maps.Keys(file.Resources)) {
		props := file.Resources[name].Props
		fillInAll(&props, vars)
		f := deployedFunction{name: name}
		if props.Decode(&f) != nil {
			return nil, fmt.Errorf("the props of %s are not of the expected form", name)
		}
		if _, has := f.Environment[modeVariable]; has {
			ours = append(ours, f)
		}
	}
	if len(ours) == 0 {
		return nil, errors.New("no function in it sets " + modeVariable)
	}
	return ours, nil
}

func fillInAll(node *yaml.Node, vars map[string]string) {
	if node.Kind == yaml.ScalarNode {
		node.Value = fillIn(node.Value, vars)
	}
	for _, child := range node.Content {
		fillInAll(child, vars)
	}
}

var (
	variable  = regexp.MustCompile(`\$\{([^{}]*)\}`)
	fromShell = regexp.MustCompile(`^\s*env\(\s*['"]([^'"]*)['"]\s*(?:,\s*['"]([^'"]*)['"]\s*)?\)\s*$`)
)

// fillIn puts values for ${env('NAME', 'default')} and ${vars.name}. All else stays as it is.
// https://docs.serverless-devs.com/user-guide/spec/
func fillIn(text string, vars map[string]string) string {
	return variable.ReplaceAllStringFunc(text, func(found string) string {
		inner := variable.FindStringSubmatch(found)[1]
		if env := fromShell.FindStringSubmatch(inner); env != nil {
			return cmp.Or(os.Getenv(env[1]), env[2])
		}
		if value, known := vars[strings.TrimSpace(inner)]; known {
			return value
		}
		return found
	})
}
