package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/rotation-remediator/rotation-remediator/events"
)

func parsePatterns(value string) ([]string, error) {
	patterns, err := SplitList(value)
	for _, pattern := range patterns {
		if fault := patternFault(pattern); fault != "" {
			return nil, fmt.Errorf("pattern %q: %s; want %s", pattern, fault, suggestion(pattern))
		}
	}
	return patterns, err
}

// patternFault says why a pattern fits no name, or fewer than it seems to: it would allow or keep away nothing, unnoticed.
func patternFault(pattern string) string {
	switch {
	case strings.HasPrefix(pattern, "acs:"):
		return "it is an ARN and not a name"
	case strings.HasPrefix(pattern, "/"):
		return "no name begins with a slash"
	case strings.HasSuffix(pattern, "/"):
		return "no name ends with a slash"
	}
	if fault := characterFault(pattern); fault != "" {
		return fault
	}
	if !doublestar.ValidatePattern(pattern) {
		return "it cannot be read"
	}
	for component := range strings.SplitSeq(pattern, "/") {
		if strings.Contains(component, "**") && component != "**" {
			return "** must be alone between slashes"
		}
	}
	return ""
}

// characterFault refuses what no name has and no wildcard needs. Inside brackets ^ and ! negate.
func characterFault(pattern string) string {
	for rest, more := pattern, true; more; {
		var word, class string
		word, rest, more = strings.Cut(rest, "[")
		if more {
			class, rest, more = strings.Cut(rest, "]")
		}
		if strings.Contains(class, "/") {
			return "brackets fit no slash"
		}
		if odd := cmp.Or(oddIn(word, "*?"), oddIn(strings.TrimPrefix(class, "^"), "")); odd != 0 {
			return fmt.Sprintf("%q is in no secret's name", odd)
		}
	}
	return ""
}

// oddIn returns the first character that is neither of a secret's name nor a wildcard, 0 if there is none.
func oddIn(text, wildcards string) rune {
	for _, r := range text {
		if !events.InSecretName(r) && !strings.ContainsRune(wildcards, r) {
			return r
		}
	}
	return 0
}

// suggestion is the pattern that was meant, as far as it can be known, else an example.
func suggestion(pattern string) string {
	meant := pattern
	if strings.HasPrefix(meant, "acs:") {
		_, meant, _ = strings.Cut(meant, "secret/")
	}
	meant = strings.Trim(meant, "\"'`“”‘’ ")
	if regular := strings.TrimSuffix(strings.TrimPrefix(meant, "^"), "$"); regular != meant {
		meant = strings.ReplaceAll(regular, ".*", "**")
	}
	meant = strings.TrimLeft(meant, "/")
	if strings.HasSuffix(meant, "/") {
		meant = strings.TrimRight(meant, "/") + "/**"
	}
	meant = separateStars(meant)
	for one := range strings.SplitSeq(meant, ",") {
		if one == "" || patternFault(one) != "" {
			return "globs such as acs/ecs/web-* or **/*-prod, separated by commas, without {a,b}"
		}
	}
	return meant
}

// separateStars gives each ** inside a word a component of its own. Behind a part of a word it was meant for names without
// a slash there as well, which needs a second pattern.
func separateStars(pattern string) string {
	apart, within := strings.Split(pattern, "/"), strings.Split(pattern, "/")
	for i, component := range apart {
		for strings.Contains(component, "***") {
			component = strings.ReplaceAll(component, "***", "**")
		}
		if apart[i] = component; component == "**" {
			continue
		}
		word := strings.TrimLeft(component, "*")
		if strings.Contains(word, "**") {
			within[i] = strings.Replace(component, word, strings.ReplaceAll(word, "**", "*"), 1)
		}
		component = strings.ReplaceAll(component, "**", "*/**/*")
		apart[i] = strings.TrimSuffix(strings.TrimPrefix(component, "*/"), "/*")
	}
	if slices.Equal(strings.Split(pattern, "/"), within) {
		return strings.Join(apart, "/")
	}
	return separateStars(strings.Join(within, "/")) + "," + strings.Join(apart, "/")
}
