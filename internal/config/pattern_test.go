package config

import (
	"strconv"
	"strings"
	"testing"

	"github.com/bmatcuk/doublestar/v4"
)

// A pattern that fits no name keeps nothing away, and the secret that somebody meant to protect is rotated.
func TestAPatternThatFitsNoNameStopsTheStart(t *testing.T) {
	const generic = "globs such as acs/ecs/web-* or **/*-prod, separated by commas, without {a,b}"
	for _, row := range []struct{ pattern, fault, suggested string }{
		{"**-prod", "** must be alone between slashes", "**/*-prod"},
		{"**prod**", "** must be alone between slashes", "**/*prod*,**/*prod*/**"},
		{"acs/ecs/team-a**", "** must be alone between slashes", "acs/ecs/team-a*,acs/ecs/team-a*/**"},
		{"acs/**/db**prod", "** must be alone between slashes", "acs/**/db*prod,acs/**/db*/**/*prod"},
		{"acs/***", "** must be alone between slashes", "acs/**"},
		{"/acs/ecs/web-1", "no name begins with a slash", "acs/ecs/web-1"},
		{"//acs/ecs/**-db", "no name begins with a slash", "acs/ecs/**/*-db"},
		{"acs/ecs/", "no name ends with a slash", "acs/ecs/**"},
		{"acs:kms:cn-hangzhou:1000000000000001:secret/acs/ecs/web-1", "it is an ARN and not a name", "acs/ecs/web-1"},
		{"acs:kms:*:*:secret/**-prod", "it is an ARN and not a name", "**/*-prod"},
		{"acs:ecs", "it is an ARN and not a name", generic},
		{"^acs/ecs/.*-prod$", "'^' is in no secret's name", "acs/ecs/**/*-prod"},
		{"acs/ecs/web-1$", "'$' is in no secret's name", "acs/ecs/web-1"},
		{`"acs/ecs/*"`, `'"' is in no secret's name`, "acs/ecs/*"},
		{"'acs/ecs/web-1", `'\'' is in no secret's name`, "acs/ecs/web-1"},
		{"“**-db”", "'“' is in no secret's name", "**/*-db"},
		{"a;b", "';' is in no secret's name", generic},
		{"a b", "' ' is in no secret's name", generic},
		{"a|b", "'|' is in no secret's name", generic},
		{"a\nb", `'\n' is in no secret's name`, generic},
		{"web-{1}", "'{' is in no secret's name", generic},
		{"web]", "']' is in no secret's name", generic},
		{`web\-1`, `'\\' is in no secret's name`, generic},
		{"*[*]", "'*' is in no secret's name", generic},
		{"a[[b]", "'[' is in no secret's name", generic},
		{"a[b]c$", "'$' is in no secret's name", "a[b]c"},
		{"web-[1^]", "'^' is in no secret's name", generic},
		{"acs[/]ecs", "brackets fit no slash", generic},
		{"acs/[", "it cannot be read", generic},
		{"acs/[]", "it cannot be read", generic},
		{"轮换", "'轮' is in no secret's name", generic},
	} {
		for _, variable := range []string{"SECRET_ALLOW", "SECRET_DENY"} {
			_, err := Load(append(plainEnvironment, variable+"=acs/ecs/web-1,"+row.pattern))
			want := "pattern " + strconv.Quote(row.pattern) + ": " + row.fault + "; want " + row.suggested
			if err == nil || !strings.HasPrefix(err.Error(), variable+"=") || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%s: got  %v\nwant %s", variable, err, want)
			}
		}
		if _, err := parsePatterns(row.suggested); err != nil && row.suggested != generic {
			t.Errorf("%s: the suggestion is refused as well: %v", row.pattern, err)
		}
	}
}

// A pattern that is refused without a reason stops a function that was right.
func TestPatternsThatFitNamesAreTaken(t *testing.T) {
	for _, pattern := range []string{
		"**", "*", "web-?", "acs/ecs/*", "**/*-prod", "acs/**/db-*", "acs/ecs/**", "**/**", "web[0-9a-z]", "web[!0-9]", "web[^0-9]", "rds!a_b+c=d.e@f",
	} {
		if _, err := parsePatterns(pattern); err != nil {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}

// A suggestion that fits less than was meant is worse than none: it seems to keep the secret away.
func TestASuggestedPatternFitsWhatWasMeant(t *testing.T) {
	for _, row := range []struct {
		pattern string
		fits    []string
		not     string
	}{
		{"**-prod", []string{"db-prod", "acs/ecs/team-a/db-prod"}, "acs/ecs/db-prod-2"},
		{"**prod**", []string{"prod", "acs/ecs/xprody", "acs/prod-a/db", "prod/db"}, "acs/ecs/db"},
		{"acs/ecs/team-a**", []string{"acs/ecs/team-a", "acs/ecs/team-ab", "acs/ecs/team-a/db-prod", "acs/ecs/team-a/x/y"}, "acs/ecs/team-b"},
		{"acs/**db", []string{"acs/db", "acs/ecs/x-db"}, "acs/ecs/db-1"},
		{"db**prod", []string{"db-prod", "dbprod", "db-1/x/y-prod"}, "db-1/x"},
		{"acs/ecs/", []string{"acs/ecs/web-1", "acs/ecs/team-a/web-1"}, "acs/rds/web-1"},
		{"^acs/.*-prod$", []string{"acs/db-prod", "acs/ecs/db-prod"}, "acs/ecs/db"},
	} {
		patterns, err := parsePatterns(suggestion(row.pattern))
		if err != nil {
			t.Errorf("%s: %v", row.pattern, err)
			continue
		}
		for _, name := range append(row.fits, row.not) {
			fits := false
			for _, pattern := range patterns {
				matched, _ := doublestar.Match(pattern, name)
				fits = fits || matched
			}
			if fits != (name != row.not) {
				t.Errorf("%s is suggested as %v, which fits %s: %t", row.pattern, patterns, name, fits)
			}
		}
	}
}
