// Command local checks s.yaml and rehearses its deployment on this machine: without an account, Docker or a network.
//
//	s.yaml → check → findings: make deploy-check
//	props on stdin, as Serverless Devs renders them ─┬→ plan, deploy → findings → what would be deployed
//	                                                 └→ invoke → function on a stand-in → its answer
//
// The component in internal/component calls it for Serverless Devs. The function's answer is on stdout, all else on
// stderr. No value of a setting that may be a secret is printed.
package main
