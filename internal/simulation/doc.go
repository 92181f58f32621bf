// Package simulation plays one secret through random accidents, in virtual time, and checks after every call what the
// function promises.
//
//	seed → world and script → Remediator ─ internal/alicloud ─ internal/standin
//	                              └─ every call, and the truth behind it → properties
//
// A seed decides all: what the documents of KMS leave open, the policy, the clocks, and a script of failures, events that
// come late, twice, out of order or never, ticks, faults, kills and people. After the script the accidents end, ticks are
// fair, and the secret has to end well. A seed that breaks a property prints the shortest script that still does.
//
// What the documentation of this software states as a limit is left out by construction: without CloudMonitor's history,
// each Failure is delivered before the record that it concerns may be removed, and what a person's hand made us miss is
// no loss; RETRY_BACKOFF_MAX is longer than a rotation plus a tick's interval; tags are read as they were written, and
// invocations do not overlap. The last two have runs of their own, which count instead of judging.
//
// The package holds tests only. What it needs of a test is synctest's virtual time.
package simulation
