package events

import (
	"errors"
	"strings"
)

const (
	arnForm = "acs:kms:<region>:<account>:secret/<name>"

	maxRegion  = 32  // characters; the longest region today has 24
	maxAccount = 32  // characters; accounts have 16 digits
	maxName    = 192 // characters, as documented for CreateSecret
)

// secretARN is the resource name of a secret, and its parts.
type secretARN struct {
	whole                 string
	region, account, name string
}

// parseSecretARN takes a resource name apart. Where that fails it says what would be right, else want is "".
func parseSecretARN(s string) (arn secretARN, want string) {
	parts := strings.Split(s, ":")
	if len(parts) != 5 || parts[0] != "acs" || parts[1] != "kms" {
		return secretARN{}, arnForm
	}
	name, found := strings.CutPrefix(parts[4], "secret/")
	switch {
	case !found:
		return secretARN{}, arnForm
	case CheckRegion(parts[2]) != nil:
		return secretARN{}, arnForm + " with a region such as cn-hangzhou"
	case !isAccount(parts[3]):
		return secretARN{}, arnForm + " with an account of digits"
	case !isSecretName(name):
		return secretARN{}, arnForm + " with a name of 1 to 192 letters, digits and _/+=.-@!"
	}
	return secretARN{whole: s, region: parts[2], account: parts[3], name: name}, ""
}

// isOf reports whether a member can name the account of the secret: the same one, or one that is masked.
func (a secretARN) isOf(account string) bool {
	return account == a.account || strings.Contains(account+a.account, "*")
}

// otherSecret returns the ARN of a secret if it names another one, and "" for anything else.
func (a secretARN) otherSecret(s string) string {
	other, want := parseSecretARN(s)
	if want != "" || other.region == a.region && other.name == a.name && a.isOf(other.account) {
		return ""
	}
	return other.whole
}

// CheckRegion says what is wrong with a region id: two letters, then groups of letters and digits, each after a hyphen, as
// in ap-southeast-1. It becomes part of a host name, so nothing else may be in it. It is written by hand because a regular
// expression would be compiled at every start.
func CheckRegion(region string) error {
	groups := strings.Split(region, "-")
	if len(region) > maxRegion || len(groups) < 2 || len(groups[0]) != 2 {
		return errRegion
	}
	for i, group := range groups {
		if !allOf(group, func(r rune) bool { return isLower(r) || i > 0 && isDigit(r) }) {
			return errRegion
		}
	}
	return nil
}

var errRegion = errors.New("want a region id such as cn-hangzhou")

// isAccount takes digits, of which all but the first may be masked with an asterisk as in the vendor's samples.
func isAccount(s string) bool {
	return len(s) <= maxAccount && allOf(s, func(r rune) bool { return isDigit(r) || r == '*' }) && s[0] != '*'
}

func isSecretName(s string) bool { return len(s) <= maxName && allOf(s, InSecretName) }

// InSecretName reports whether a secret's name can hold r: the documented characters, and '!', which is in names of secrets
// that services own.
func InSecretName(r rune) bool {
	return isLetter(r) || isDigit(r) || strings.ContainsRune("_/+=.-@!", r)
}

// allOf reports whether s has at least one character, and none that ok refuses.
func allOf(s string, ok func(rune) bool) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return !ok(r) }) < 0
}

func isLower(r rune) bool { return r >= 'a' && r <= 'z' }

func isLetter(r rune) bool { return isLower(r) || r >= 'A' && r <= 'Z' }

func isDigit(r rune) bool { return r >= '0' && r <= '9' }
