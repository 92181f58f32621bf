// Package policy holds the RAM policies of this software, as the JSON documents that RAM takes.
//
//	*.json ─┬→ README, "Permissions": attached as they are
//	        ├→ stand-in: refuses what the policy in force does not list, in every test that calls it
//	        └→ commands: name the policy that grants what was refused
//
// Code knows the two whose calls are ours; what the platform does in the name of a role, and what deploys the function,
// stands in the folder for README alone. The actions of deployer.json are those of
// https://www.alibabacloud.com/help/en/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-ram , and no page lists
// which of them a deployment needs.
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

//go:embed function.json operator.json
var documents embed.FS

var (
	// Function is what the function calls with the credentials of its role.
	Function = read("function.json")
	// Operator is what the operator's command calls.
	Operator = read("operator.json")
)

// Policy is one document.
type Policy struct {
	File    string // within this folder
	actions []string
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
	p := Policy{File: file}
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
