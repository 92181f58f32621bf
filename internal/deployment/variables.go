package deployment

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// variables fills in what s.yaml leaves open: ${env('NAME', 'default')}, ${vars.name} inside a text, and the list of
// triggers. Anything else stays as it is. https://docs.serverless-devs.com/user-guide/spec/
type variables struct {
	getenv func(string) string
	folder string                // of s.yaml: names of files begin there
	vars   map[string]*yaml.Node // filled in already
}

var (
	variable = regexp.MustCompile(`\$\{([^{}]*)\}`)
	fromEnv  = regexp.MustCompile(`^\s*env\(\s*['"]([^'"]*)['"]\s*(?:,\s*['"]([^'"]*)['"]\s*)?\)\s*$`)
	// chosen is the list of triggers of s.yaml: one of vars, and those that a variable of the environment names. Real `s`
	// evaluates it as JavaScript; its parts are read here, and any other expression is left alone.
	chosen = regexp.MustCompile(`^\$\{\[vars\.(\w+)\]\.concat\(env\('(\w+)', ''\)\.split\(','\)\.filter\(name => name\)` +
		`\.map\(name => json\(file\('([^']+/)' \+ name \+ '\.yaml'\)\.replace\(/\^ \*#\.\*/gm, ''\)\)\)\)\}$`)
	// comment is what the expression takes out of a trigger's file: what is left has to be JSON.
	comment = regexp.MustCompile(`(?m)^ *#.*`)
)

func (v variables) fill(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		if parts := chosen.FindStringSubmatch(node.Value); parts != nil {
			return v.fillTriggers(node, parts[1], parts[2], parts[3])
		}
		node.Value = v.text(node.Value)
	}
	for _, child := range node.Content {
		if err := v.fill(child); err != nil {
			return err
		}
	}
	return nil
}

func (v variables) text(text string) string {
	return variable.ReplaceAllStringFunc(text, func(found string) string {
		inner := strings.TrimSpace(variable.FindStringSubmatch(found)[1])
		if env := fromEnv.FindStringSubmatch(inner); env != nil {
			return cmp.Or(v.getenv(env[1]), env[2])
		}
		name, isVar := strings.CutPrefix(inner, "vars.")
		if value := v.vars[name]; isVar && value != nil && value.Kind == yaml.ScalarNode {
			return value.Value
		}
		return found
	})
}

// fillTriggers makes node the list of the first trigger and of those that the environment names.
func (v variables) fillTriggers(node *yaml.Node, first, names, folder string) error {
	if v.vars[first] == nil {
		return fmt.Errorf("triggers: vars.%s is missing", first)
	}
	list := []*yaml.Node{v.vars[first]}
	for name := range strings.SplitSeq(v.getenv(names), ",") {
		if name == "" {
			continue
		}
		trigger, err := v.trigger(filepath.Join(v.folder, folder, name+".yaml"))
		if err != nil {
			return fmt.Errorf("triggers: %s names %q: %w", names, name, err)
		}
		list = append(list, trigger)
	}
	*node = yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: list}
	return nil
}

func (v variables) trigger(path string) (*yaml.Node, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, errors.New("no such file in internal/component/triggers")
	}
	var node yaml.Node
	if text = bytes.TrimSpace(comment.ReplaceAll(text, nil)); !json.Valid(text) || yaml.Unmarshal(text, &node) != nil {
		return nil, errors.New("its file is not JSON besides comments on lines of their own")
	}
	return node.Content[0], v.fill(node.Content[0])
}
