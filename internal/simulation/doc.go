// Package simulation plays one secret through random accidents, in virtual time, and checks after every call what the
// function promises.
//
//	seed → setup and script → Remediator ─ internal/alicloud ─ internal/standin
//	                              └─ every call, and the truth behind it → properties
//
// A seed decides all: the open questions of the documents, the policy, the clocks, and a script of failures, events that
// come late, twice, out of order or never, ticks, faults, kills and people. After the script the accidents end, ticks are
// fair, and the secret has to end well. A seed that breaks a property prints the shortest script that still does.
//
// The limits that the documentation states are left out by construction: without CloudMonitor's history,
// each Failure is delivered before the record that it concerns may be removed, and a failure that a person's hand hid is
// no loss; RETRY_BACKOFF_MAX is longer than a rotation plus a tick's interval; tags are read as they were written, and
// invocations do not overlap. The last two have runs of their own, which count instead of judging.
//
// The package holds tests only, since synctest's virtual time exists in tests only.
package simulation
