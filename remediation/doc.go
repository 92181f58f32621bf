// Package remediation decides what a failed rotation needs, and does it.
//
//	event or timer → observe → Decide → claim → RotateSecret → verify → Result
//
// Decide is pure: it gets the trigger, the state of the secret, the policy, the budget and the time, and names one Action.
// Remediator is the only thing that acts, and apply the only thing that writes.
//
// README.md of this folder says how it behaves, what its limits are and what it assumes about the platform.
//
// # Where to find it
//
//	decide.go      trigger, state, budget; the nine rules in order, each guard a function
//	record.go      the record of an episode, its hash and the ids of attempts; Reopen for a person
//	policy.go      settings, scope, admission of events
//	ports.go       what is asked of KMS and CloudMonitor
//	errors.go      classes of answers; the place of a panic
//	retry.go       tries, and the time that an invocation has
//	remediator.go  HandleEvent, reconcile; what an instance remembers
//	observe.go     reading one secret
//	apply.go       claim, RotateSecret, its answers, verifying, recording
//	result.go      outcomes and the result of a reconcile
//	reason.go      the sentence for the person on call
//	remedy.go      advice by code, commands to paste
//	tick.go        what follows from the time of a tick
//	sweep.go       a tick: regions, records, notes
//	due.go         the secrets of a tick: order, budget, one after another
//	history.go     failures whose event never came
//	overdue.go     schedules that let their time pass
//
// # The episode
//
// A failed rotation leaves the secret on the version that should have been replaced. An episode is named by that
// version: it is open while the version is at stage ACSCurrent, and over once another is, whoever rotated. It is
// remembered as one tag on the secret itself, so that it outlives the instance. Tags have no compare-and-set; the
// function's reservedConcurrency of 1 keeps two invocations apart.
package remediation
