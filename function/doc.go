// Command function is the entrypoint that Function Compute runs: runtime go1, handler main.
//
//	payload → events.Decode → remediation.Remediator → report: return value, error, one log line per result
//
// It holds what is not the job itself: the settings, the wiring, and the report. It keeps no state between invocations
// but its connections and, for a while, that KMS throttled it. Credentials come with each invocation and are used for
// that one only.
//
// Runtime: https://www.alibabacloud.com/help/en/functioncompute/fc/go-1-2/
package main
