// Package accounttest is a virtual account for tests: the stand-in of KMS and CloudMonitor, the real client to it, and
// the questions that tests ask of its secrets.
//
//	test ─ Account ─┬─ internal/standin: secrets, rotations, events
//	                └─ internal/alicloud over connections in memory: signed calls
//
// Within a testing/synctest bubble its time is virtual. Only tests import it.
package accounttest
