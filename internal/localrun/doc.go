// Package localrun runs the built function once on this machine, as Function Compute would.
//
//	payload + environment → New → stand-in with the payload's secrets, or the account → Deliver → Result
//
// File by file: payload.go reads a payload from a file, account.go is where the function's
// calls go, run.go hands the payload to the executable, show.go words it all for a person. make invoke and the replay of
// the operator's command share it; the local component uses its account.
package localrun
