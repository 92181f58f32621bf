// Package policy holds the RAM policies of this software, as the JSON documents that RAM takes.
//
//	*.json ─┬→ README, "Permissions": attached as they are
//	        ├→ stand-in: refuses what the policy in force does not list, in every test that calls it
//	        └→ commands: name the policy that grants what was refused
//
// A policy reaches into its own account only, so * stands for the account and for the region. Form and elements:
// https://www.alibabacloud.com/help/en/ram/user-guide/policy-structure-and-syntax
package policy

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
)

//go:embed *.json
var documents embed.FS

// The policies, by who needs them.
var (
	// Function is what the function calls with the credentials of its role.
	Function = read("function.json")
	// Platform is what Function Compute does in the name of that role: it writes the log and keeps events that failed.
	Platform = read("platform.json")
	// Operator is what the operator's command calls.
	Operator = read("operator.json")
	// Deployer is what `s deploy`, `s invoke`, `s logs` and `s remove` need. No page lists it; the names are those of
	// https://www.alibabacloud.com/help/en/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-ram
	Deployer = read("deployer.json")
	// CloudMonitor is what the role of CloudMonitor needs to reach the function, or the queue or topic in front of it.
	CloudMonitor = read("cloudmonitor.json")
)

// Policy is one document.
type Policy struct {
	File     string // within this folder
	Document string
	actions  []string
}

// Actions are those that the policy allows, sorted.
func (p Policy) Actions() []string { return slices.Clone(p.actions) }

// read panics on a document that cannot be read: it is part of the program.
func read(file string) Policy {
	text, err := documents.ReadFile(file)
	if err != nil {
		panic(err)
	}
	var document struct {
		Statement []struct{ Action OneOrMore }
	}
	if err := json.Unmarshal(text, &document); err != nil {
		panic(fmt.Errorf("reading %s: %w", file, err))
	}
	p := Policy{File: file, Document: string(text)}
	for _, statement := range document.Statement {
		p.actions = append(p.actions, statement.Action...)
	}
	slices.Sort(p.actions)
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
