// Command function is the entrypoint that Function Compute runs: runtime go1, handler main.
//
//	payload → events.Decode → remediation → report.Report: return value or error, a log line per result, custom events
//
//	main      start: settings, client, proxies, memory
//	handler   one invocation: its events, one after another, and what is published of them
//	callback  a request over HTTP: the token first, then its events
//	tick      an invocation by the timer
//	log       one JSON line per result
//	notify    important outcomes as custom events of CloudMonitor
//
// Between invocations it keeps its connections, the cooldown and the floor only. Credentials come with each invocation and
// are used for that one.
//
// Runtime: https://www.alibabacloud.com/help/en/functioncompute/fc/go-1-2/
package main
