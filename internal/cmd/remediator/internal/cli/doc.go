// Package cli is what the commands share: flags, the account that they talk to, and the console that they talk through.
//
//	flags + environment → Account (a stand-in, or with --real the account) → Region → Read, Agree, Write → Console
//
// All output goes through one writer that takes control characters out. A command that writes shows its plan and asks
// first. A command returns its error: ErrPerson for a finding, a UsageError for wrong use, any other for a failure.
package cli
