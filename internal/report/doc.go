// Package report is what an invocation returns: the JSON of its results, within what the platform can keep of it.
//
//	remediation.Result → Result → Report → return value, or errorMessage of a failed invocation
//
// The fields are part of the contract; function/README.md explains each. The commands that read reports use these types.
package report
