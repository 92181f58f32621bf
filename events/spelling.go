package events

import "strings"

// rotationIn finds the rotation that a name or a type speaks of. KMS's own pages spell the name in two ways, with and
// without brackets, so what stands between and around its letters decides nothing: an unknown spelling of a failure that
// was taken for something else would be lost.
func rotationIn(said string) (r rotation, found bool) {
	if said == failure.name { // nearly all, and much cheaper
		return failure, true
	}
	letters := lettersOf(said)
	for _, r := range []rotation{failure, success} {
		if strings.Contains(letters, r.word) {
			return r, true
		}
	}
	return rotation{}, false
}

// isKMS recognizes the product, alone or behind the prefix that sources of EventBridge and namespaces of CloudMonitor
// have, as in acs.kms and acs_kms. No document shows it in an event, and none rules it out.
func isKMS(of string) bool {
	return strings.EqualFold(of, product) || lettersOf(of) == "acskms"
}

// lettersOf returns the letters and digits of s, in lower case.
func lettersOf(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case isLetter(r) && !isLower(r):
			return r - 'A' + 'a'
		case isLower(r), isDigit(r):
			return r
		}
		return -1
	}, s)
}
