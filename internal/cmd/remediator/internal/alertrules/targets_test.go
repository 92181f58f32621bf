package alertrules

import (
	"strings"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// A flag that is wrong must be named before anything is written, without a word of what may be a token.
func TestWrongFlagsAreNamedAndNothingIsWritten(t *testing.T) {
	six := strings.Fields("--function 1 --function 2 --function 3 --function 4 --function 5 --function 6")
	for _, row := range []struct {
		name string
		args []string
		want string
	}{
		{"no target at all", []string{"apply"}, "want one target or contact group at least"},
		{"reports to nobody", []string{"apply", "--topic", "t", "--reports"}, "--reports: want --contact-group"},
		{"an address that is not encrypted", []string{"apply", "--url", "http://hook.example/?token=url-canary"}, "--url: want an address that begins with https://"},
		{"a token on the command line", []string{"apply", "--url", "https://hook.example/?token=url-canary"}, "--url: want no token in it, since others read a command line: set HTTP_CALLBACK_TOKEN"},
		{"a token in another case", []string{"apply", "--url", "https://hook.example/?Token=url-canary"}, "--url: want no token in it"},
		{"a token behind a semicolon", []string{"apply", "--url", "https://hook.example/?token=url-canary;a=1"}, "--url: want a query that can be read"},
		{"a token behind bad escapes", []string{"apply", "--url", "https://hook.example/?a=%zz&token=url-canary"}, "--url: want a query that can be read"},
		{"an address with a password", []string{"apply", "--url", "https://u:url-canary@hook.example/"}, "--url: want an address"},
		{"an address in the wrong place", []string{"apply", "--topic", "t", "https://hook.example/?token=url-canary"}, "unexpected argument https://…"},
		{"a service without a function", []string{"apply", "--topic", "t", "--service", "s"}, "--service: want --function"},
		{"a function with its service in one", []string{"apply", "--function", "s/f"}, "--service names its service"},
		{"too many functions", append([]string{"apply"}, six...), "--function: 6 of them, want 5 at most"},
		{"too many queues and topics", strings.Fields("apply --queue 1 --queue 2 --queue 3 --topic 1 --topic 2 --topic 3"), "--queue and --topic: 6 of them"},
		{"twice the same", strings.Fields("apply --topic a --topic a"), "one target is given twice"},
		{"an empty name", []string{"apply", "--topic", ""}, "want a name without blanks"},
		{"a logstore without its project", []string{"apply", "--log", "store"}, "want PROJECT/LOGSTORE"},
		{"two groups in one", []string{"apply", "--contact-group", "a,b"}, "want the name of one contact group"},
		{"a region that is none", []string{"apply", "--topic", "t", "--function-region", "evil.example/"}, "--function-region: "},
		{"a level that is none", []string{"apply", "--contact-group", "a", "--notification-level", "loud"}, "--notification-level"},
		{"two regions", []string{"show", "--region", "cn-hangzhou", "--region", "cn-beijing"}, "want one for this command, there are 2"},
		{"a test without a secret", []string{"test"}, "--secret"},
	} {
		t.Run(row.name, func(t *testing.T) {
			k := account(t)
			got := command(t, append([]string{"--real", "alert-rules"}, row.args...)...)
			if got.Status != clitest.Usage || strings.Count(got.Stderr, "\n") != 1 || !strings.Contains(got.Stderr, row.want) || len(k.Calls()) != 0 {
				t.Errorf("status %d, %d calls, %q; want %d, none, and one line with %q", got.Status, len(k.Calls()), got.Stderr, clitest.Usage, row.want)
			}
			if strings.Contains(got.Stdout+got.Stderr, "url-canary") {
				t.Errorf("the token of the address is printed: %q", got.Stderr)
			}
		})
	}
}

// Two targets that differ in anything but their ID lead somewhere else.
func TestTargetsAreTheSameIfTheyLeadToTheSamePlace(t *testing.T) {
	base := alicloud.Target{Kind: alicloud.URLTarget, ID: "1", URL: "https://a.example/?token=1", Method: "POST", Protocol: "http"}
	for _, row := range []struct {
		name   string
		change func(*alicloud.Target)
		same   bool
	}{
		{"another ID and ARN", func(t *alicloud.Target) { t.ID, t.ARN = "2", "arn:acs:fc" }, true},
		{"the method in lower case", func(t *alicloud.Target) { t.Method = "post" }, true},
		{"another protocol, which the address has", func(t *alicloud.Target) { t.Protocol = "https" }, true},
		{"another token", func(t *alicloud.Target) { t.URL = "https://a.example/?token=2" }, false},
		{"another method", func(t *alicloud.Target) { t.Method = "GET" }, false},
		{"another kind", func(t *alicloud.Target) { t.Kind = alicloud.LogTarget }, false},
		{"another region", func(t *alicloud.Target) { t.Region = "cn-beijing" }, false},
		{"with a service", func(t *alicloud.Target) { t.Service = "s" }, false},
		{"another level", func(t *alicloud.Target) { t.Level = "4" }, false},
	} {
		other := base
		row.change(&other)
		if got := sameTarget(base, other); got != row.same {
			t.Errorf("%s: same is %t, want %t", row.name, got, row.same)
		}
	}
}

// The token of the function is added to each address: who agrees has to see that another host gets it, and who looks for a
// callback that is refused, that it has none.
func TestThePlanSaysWhetherAnAddressHasAToken(t *testing.T) {
	for token, want := range map[string]string{"url-canary": "(POST, with a token)", "": "(POST, without a token)"} {
		k := account(t)
		t.Setenv("HTTP_CALLBACK_TOKEN", token)
		for _, args := range [][]string{{"apply", "--url", "https://other.example/in"}, {"apply", "--url", "https://other.example/in?a=1", "--yes"}, {"show"}} {
			got := command(t, append([]string{"--real", "alert-rules"}, args...)...)
			if !strings.Contains(got.Stdout, "URL https://other.example/… "+want) || strings.Contains(got.Stdout+got.Stderr, "url-canary") {
				t.Errorf("%v: %q, want %q in it", args, got.Stdout, want)
			}
		}
		if len(k.Rules()) != 2 {
			t.Errorf("%d rules, want 2: nothing was shown", len(k.Rules()))
		}
	}
}

// The address of a callback may hold its token, and the environment holds the keys: neither may reach a log of a pipeline.
func TestNoOutputHoldsASecret(t *testing.T) {
	k := account(t, standin.Secret{Name: "s"})
	onAccount := func(args ...string) []string { return append([]string{"--real"}, args...) }
	canaries := []string{"url-canary", standin.DefaultCredentials.AccessKeySecret, standin.DefaultCredentials.SecurityToken, "Signature"}
	for _, refused := range []bool{false, true} {
		if refused {
			k.Inject(standin.Fault{Kind: standin.Refuse, Status: 403, Code: "SignatureDoesNotMatch", Message: standin.DefaultCredentials.AccessKeySecret})
			canaries = canaries[:3] // that code is worth telling
		}
		for _, format := range []string{"table", "json"} {
			for _, args := range [][]string{
				append([]string{"apply"}, allTargets...), append([]string{"apply", "--yes", "--reports"}, allTargets...), {"show"},
				{"test", "--secret", "s", "--yes", "--wait", "0s"}, {"apply", "--yes", "--url", "https://other.example/url-canary"}, {"show"}, {"remove", "--yes"},
			} {
				got := command(t, onAccount(append([]string{"-o", format, "alert-rules"}, args...)...)...)
				for _, canary := range canaries {
					if strings.Contains(got.Stdout+got.Stderr, canary) {
						t.Errorf("%s: the output holds %q:\n%s%s", args, canary, got.Stdout, got.Stderr)
					}
				}
			}
		}
	}
}
