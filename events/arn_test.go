package events

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The parts of the ARN say which host is called and which secret is rotated: what is let through here is acted upon.
func TestOnlyTheNameOfASecretIsTakenApart(t *testing.T) {
	const region = wantARN + " with a region such as cn-hangzhou"
	const account = wantARN + " with an account of digits"
	for _, tt := range []struct {
		name, arn string
		want      secretARN
		wrong     string
	}{
		{"a name with slashes", "acs:kms:cn-hangzhou:1:secret/acs/ecs/web-1", secretARN{"", "cn-hangzhou", "1", "acs/ecs/web-1"}, ""},
		{"a region of three groups", "acs:kms:cn-hangzhou-finance:1:secret/a", secretARN{"", "cn-hangzhou-finance", "1", "a"}, ""},
		{"a masked account", "acs:kms:cn-hangzhou:1****:secret/a", secretARN{"", "cn-hangzhou", "1****", "a"}, ""},
		{"every documented character", "acs:kms:cn-hangzhou:1:secret/Az09_/+=.-@!", secretARN{"", "cn-hangzhou", "1", "Az09_/+=.-@!"}, ""},
		{"the longest name", "acs:kms:cn-hangzhou:1:secret/" + strings.Repeat("n", 192), secretARN{"", "cn-hangzhou", "1", strings.Repeat("n", 192)}, ""},
		{"one character more", "acs:kms:cn-hangzhou:1:secret/" + strings.Repeat("n", 193), secretARN{}, wantName},
		{"no name", "acs:kms:cn-hangzhou:1:secret/", secretARN{}, wantName},
		{"a letter that is not ASCII", "acs:kms:cn-hangzhou:1:secret/密", secretARN{}, wantName},
		{"a wildcard", "acs:kms:cn-hangzhou:1:secret/*", secretARN{}, wantName},
		{"a part too many", "acs:kms:cn-hangzhou:1:secret/a:b", secretARN{}, wantARN},
		{"a part too few", "acs:kms:cn-hangzhou:secret/a", secretARN{}, wantARN},
		{"another cloud", "arn:kms:cn-hangzhou:1:secret/a", secretARN{}, wantARN},
		{"another product", "acs:ecs:cn-hangzhou:1:secret/a", secretARN{}, wantARN},
		{"another kind of resource", "acs:kms:cn-hangzhou:1:key/a", secretARN{}, wantARN},
		{"a region that is a host", "acs:kms:cn-a.example.com:1:secret/a", secretARN{}, region},
		{"a region with a path", "acs:kms:cn-a/b:1:secret/a", secretARN{}, region},
		{"a region that ends in a hyphen", "acs:kms:cn-:1:secret/a", secretARN{}, region},
		{"a region of one group", "acs:kms:cn:1:secret/a", secretARN{}, region},
		{"a region that begins with a digit", "acs:kms:c1-a:1:secret/a", secretARN{}, region},
		{"a region in capitals", "acs:kms:CN-A:1:secret/a", secretARN{}, region},
		{"a region with one letter in front", "acs:kms:c-a:1:secret/a", secretARN{}, region},
		{"a region that is too long", "acs:kms:cn-" + strings.Repeat("a", 30) + ":1:secret/a", secretARN{}, region},
		{"no account", "acs:kms:cn-hangzhou::secret/a", secretARN{}, account},
		{"an account of asterisks", "acs:kms:cn-hangzhou:*:secret/a", secretARN{}, account},
		{"an account with a letter", "acs:kms:cn-hangzhou:1a:secret/a", secretARN{}, account},
		{"an account that is too long", "acs:kms:cn-hangzhou:" + strings.Repeat("1", 33) + ":secret/a", secretARN{}, account},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.wrong == "" {
				tt.want.whole = tt.arn
			}
			got, wrong := parseSecretARN(tt.arn)
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(secretARN{})); diff != "" || wrong != tt.wrong {
				t.Errorf("says %q is right, want %q; parts (-want +got):\n%s", wrong, tt.wrong, diff)
			}
		})
	}
}
