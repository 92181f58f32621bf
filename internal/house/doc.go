// Package house holds no code, but the tests about the repository itself: who imports whom, what lies where, and whether
// README.md and s.yaml say what the code does.
//
//	sources, README.md, s.yaml, Makefile → two lists that must be the same → what only one of them has
//
// Each test fails where it finds nothing to compare, so that a heading that is renamed does not switch it off.
package house
