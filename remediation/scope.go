package remediation

import (
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// SwitchTag is the key of the tag by which people take a secret out of our hands. Only people write it.
const SwitchTag = "rotation-remediation"

// Scope says which secrets may be touched.
type Scope struct {
	Account string   // the function's own account; "" where the platform did not name it
	Regions []string // the regions whose secrets may be touched
	Types   []string // SecretType values, compared without case
	Allow   []string // glob patterns on the whole secret name
	Deny    []string // the same; deny wins
}

// HasRegion reports whether secrets of region may be touched.
func (s Scope) HasRegion(region string) bool { return slices.Contains(s.Regions, region) }

// HasType reports whether secrets of this type may be touched. Documents spell the types in several ways (RDS, Rds).
func (s Scope) HasType(secretType string) bool {
	return slices.ContainsFunc(s.Types, func(t string) bool { return strings.EqualFold(t, secretType) })
}

// HasName reports whether the secret of this name may be touched. A pattern that cannot be read matches nothing where it
// allows and everything where it denies.
func (s Scope) HasName(name string) bool {
	return matchesAny(s.Allow, name, false) && !matchesAny(s.Deny, name, true)
}

func matchesAny(patterns []string, name string, ifBroken bool) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		matched, err := doublestar.Match(pattern, name)
		if err != nil {
			return ifBroken
		}
		return matched
	})
}

// switchedOff reports whether a person took the secret out of our hands. Every value but "on" and "" does: a switch that
// someone misspells must not fail open.
func switchedOff(tags map[string]string) bool {
	value := tags[SwitchTag]
	return value != "" && value != "on"
}
