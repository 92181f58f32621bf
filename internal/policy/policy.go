// Package policy holds the RAM policies of this software, as the JSON documents that RAM takes.
//
//	*.json ─┬→ README.md: attached as they are
//	        ├→ stand-in: refuses what the policy in force does not list, in every test that calls it
//	        ├→ deploy-check: compared with Needs, and with the names in s.yaml
//	        └→ commands: name the policy that grants what was refused
//
// A policy reaches into its own account only, so * is the account and the region. Form and elements:
// https://www.alibabacloud.com/help/en/ram/user-guide/policy-structure-and-syntax
package policy

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

//go:embed *.json
var documents embed.FS

var (
	// Function is what the function calls with the credentials of its role.
	Function = read("function.json")
	// Operator is what the operator's command calls.
	Operator = read("operator.json")
	// Repair is what a person needs beyond that, to repair a secret.
	Repair = read("repair.json")
	// Platform is what Function Compute does in the name of the function's role.
	Platform = read("platform.json")
	// CloudMonitor is what an alert rule does with its targets.
	CloudMonitor = read("cloudmonitor.json")
	// Topic is what an MNS topic does with its trigger.
	Topic = read("topic.json")
	// Deployer is what Serverless Devs calls.
	Deployer = read("deployer.json")
)

// Policy is one document.
type Policy struct {
	File      string // within this folder
	actions   []string
	resources []string
}

// Actions are those that the policy allows, sorted.
func (p Policy) Actions() []string { return slices.Clone(p.actions) }

// Names says whether a resource of the policy ends with that text: whether it is for this function, queue or logstore.
func (p Policy) Names(end string) bool {
	return slices.ContainsFunc(p.resources, func(resource string) bool { return strings.HasSuffix(resource, end) })
}

// read panics on a document that cannot be read: it is part of the program.
func read(file string) Policy {
	text, err := documents.ReadFile(file)
	if err != nil {
		panic(err)
	}
	var document struct {
		Statement []struct{ Action, Resource OneOrMore }
	}
	if err := json.Unmarshal(text, &document); err != nil {
		panic(fmt.Errorf("reading %s: %w", file, err))
	}
	p := Policy{File: file}
	for _, statement := range document.Statement {
		p.actions = append(p.actions, statement.Action...)
		p.resources = append(p.resources, statement.Resource...)
	}
	slices.Sort(p.actions)
	p.actions = slices.Compact(p.actions)
	return p
}

// OneOrMore is a text or a list of them, as the elements of a policy may be.
type OneOrMore []string

// UnmarshalJSON reads either.
func (o *OneOrMore) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*o = OneOrMore{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(o))
}
