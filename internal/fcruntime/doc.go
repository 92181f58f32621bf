// Package fcruntime is the runtime API of Function Compute (2020-11-11) on loopback. It drives the built function as the
// platform does, so that tests, make invoke and make bench deal with the binary that is deployed:
//
//	event → Platform (turns, retries, failure destination) → instance (one process) → next ⇄ response or error → Result
//
// Each process gets a listener of its own. The runtime SDK polls for the next event before it has answered the last
// one, so events wait here: one process never has two at a time, as with the platform's runtime go1
// (https://www.alibabacloud.com/help/en/functioncompute/feature-updates-in-function-compute-3).
//
// The protocol itself is not documented; github.com/aliyun/fc-runtime-go-sdk v0.3.1 is its only public description.
// Retries and destinations follow
// https://www.alibabacloud.com/help/en/functioncompute/fc/error-handling-1-2 and
// https://www.alibabacloud.com/help/en/fc/user-guide/result-callback. Lifecycle hooks are left out.
package fcruntime
