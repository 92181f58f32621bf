// Package deployment reads s.yaml once for all who need it, and says what is wrong with it.
//
//	s.yaml + environment → Read ─────┐
//	props as `s` renders them → Props ┴→ Function → Findings
//
// variables.go fills in the variables of Serverless Devs that s.yaml uses. schema.json lists the keys, types and ranges;
// check.go holds what spans several of them; settings.go has the function's own loader read the settings, and policy.go
// compares the names and actions of internal/policy. Only read.go opens a file.
package deployment
