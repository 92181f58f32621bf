// Package alertrules creates, shows, tests and removes the two alert rules that send rotation events to the function.
//
//	flags → targets → plan (what differs) → consent → steps → read back
//
// rule.go has the two rules, target.go and targetflags.go where events go, ruleset.go what is there; ruleplan.go compares,
// step.go writes, rulereport.go is the rule for custom events, ruletest.go follows a dry-run event along its chain.
package alertrules
