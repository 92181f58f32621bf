// Package doctor finds what keeps failed rotations from being repaired, and writes nothing.
//
//	s.yaml + environment → setup ─┐
//	KMS, CloudMonitor → reader ───┴→ checks of each region → routes, access → print; what was seen of the platform
//
// File by file: doctor.go runs the checks and decides the exit status; check.go is one line of the result, print.go its
// text; setup.go reads s.yaml and the settings; records.go, secrets.go, rules.go and routes.go are checks; reader.go keeps
// what came of each call, from which access.go says whether endpoint, clock, key, signature and policy are right;
// platform.go answers what no document does.
package doctor
