// Package alertrules creates, shows, tests and removes the two alert rules that send rotation events to the function.
//
//	flags → targets → plan (what differs) → consent → read again → steps → read back
//
// rules.go has the two rules and reads what is there, targets.go where events go, plan.go what differs, write.go the steps,
// reports.go the rule for custom events. Each command has a file: apply.go, show.go, remove.go, and chain.go for test, which
// follows the event of dryrun.go along its chain.
package alertrules
