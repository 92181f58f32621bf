// Package storm lets a whole fleet fail at once, in virtual time.
//
//	secrets fail → standin → events, some lost or doubled → platform: one invocation at a time, some cut short
//	  → remediation over alicloud → standin
//
// It holds tests only: a small storm that runs with all others and asserts what must hold, and, behind the flag -storm,
// the large one whose figures and plot the README of package simulation shows. The cost of a tick at several sizes is
// measured here too.
package storm
