package doctor

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// A permission that is missing is named with the policy that grants it; nothing else may be hidden by it.
func TestEachReadThatIsRefusedIsAFindingOfItsOwn(t *testing.T) {
	checked := 0
	for _, action := range policy.Operator.Actions() {
		_, name, _ := strings.Cut(action, ":")
		if !reads(name) || name == "DescribeCustomEventAttribute" {
			continue
		}
		checked++
		clitest.VirtualRow(t, name, func(t *testing.T) {
			p := healthy(t, standin.Behavior{}, slices.DeleteFunc(policy.Operator.Actions(), func(a string) bool { return a == action })...)
			got := p.examine(t)
			found := got.in(Finding)
			if len(found) != 1 || !strings.Contains(found[0], name+" was refused to this caller or account (HTTP 403") || got.Status != clitest.Person {
				t.Fatalf("status %d, findings %q; want one that names %s", got.Status, found, name)
			}
			for _, one := range got.Checks {
				if one.State == Finding && !strings.Contains(one.Remedy, action+" is granted by internal/policy/operator.json") {
					t.Errorf("the remedy is %q, want the policy that grants %s", one.Remedy, action)
				}
			}
		})
	}
	if checked < 5 {
		t.Errorf("checked %d reads: nothing is shown", checked)
	}
}

// A clock that is off, a wrong endpoint, an unknown key, a wrong secret and a missing policy all refuse everything. A person
// has to know which it is, and must not read that the credentials are right.
func TestWhatRefusesEachCallIsOneFindingOfItsKind(t *testing.T) {
	refused := func(status int, code string) func(*testing.T, *patient) {
		return func(_ *testing.T, p *patient) {
			p.Inject(standin.Fault{Kind: standin.Refuse, Status: status, Code: code})
		}
	}
	for _, row := range []struct {
		name   string
		change func(*testing.T, *patient)
		want   string // the check
	}{
		{"a clock behind", refused(400, "InvalidTimeStamp.Expired"), "clock"},
		{"a clock ahead", refused(400, "IllegalTimestamp"), "clock"},
		{"a key that does not exist", env("ALIBABA_CLOUD_ACCESS_KEY_ID", "another"), "access key"},
		{"a key that is disabled", refused(403, "InvalidAccessKeyId.Inactive"), "access key"},
		{"another token", env("ALIBABA_CLOUD_SECURITY_TOKEN", "another"), "access key"},
		{"no token", env("ALIBABA_CLOUD_SECURITY_TOKEN", ""), "access key"},
		{"another secret of the key", env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "another"), "signature"},
		{"another service at the endpoint", refused(404, "InvalidAction.NotFound"), "endpoint"},
		{"a web server at the endpoint", func(t *testing.T, _ *patient) { clitest.Serve(t, http.NotFoundHandler()) }, "endpoint"},
		{"a web page with success at the endpoint", func(t *testing.T, _ *patient) {
			clitest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }))
		}, "endpoint"},
		{"nothing at the endpoint", func(t *testing.T, _ *patient) { clitest.Refuse(t) }, "endpoint"},
	} {
		clitest.VirtualRow(t, row.name, func(t *testing.T) {
			p := healthy(t, standin.Behavior{})
			row.change(t, p)
			got := p.examine(t)
			if found := got.in(Finding); len(found) != 1 || !strings.HasPrefix(found[0], row.want+": ") || got.Status != clitest.Person {
				t.Errorf("status %d, findings %q; want one, about the %s", got.Status, found, row.want)
			}
			if !slices.Contains(got.in(NotChecked), "credentials: no answer shows whether they are right") || slices.ContainsFunc(got.in(OK), func(ok string) bool { return strings.HasPrefix(ok, "credentials") }) {
				t.Errorf("not checked %q, ok %q; want the credentials as not checked", got.in(NotChecked), got.in(OK))
			}
		})
	}
	clitest.VirtualRow(t, "no policy", func(t *testing.T) {
		got := healthy(t, standin.Behavior{}, "none").examine(t)
		if found := got.in(Finding); !slices.Contains(got.in(OK), "credentials: a service accepts them") || len(found) < 4 || !strings.Contains(got.Checks[0].Remedy, "is granted by internal/policy/operator.json") {
			t.Errorf("findings %q, ok %q; want each right that is missing, and the credentials proven", found, got.in(OK))
		}
	})
	clitest.VirtualRow(t, "a clock that is off for one call", func(t *testing.T) {
		p := healthy(t, standin.Behavior{})
		p.Inject(standin.Fault{Action: "DescribeEventRuleList", Kind: standin.Refuse, Status: 400, Code: "InvalidTimeStamp.Expired"})
		got := p.examine(t)
		if found := got.in(Finding); len(found) != 1 || !strings.HasPrefix(found[0], "clock: ") || !slices.Contains(got.in(OK), "credentials: a service accepts them") {
			t.Errorf("findings %q, ok %q; want the clock, and the credentials proven by the other calls", found, got.in(OK))
		}
	})
}

// A read that fails for the moment is no finding, and no all-clear either: one line says to run it again.
func TestAReadThatFailsIsUnknownAndFailsTheRun(t *testing.T) {
	kinds := map[string]standin.Fault{
		"throttled":            {Kind: standin.Refuse, Status: http.StatusTooManyRequests, Code: "Throttling.User"},
		"no answer":            {Kind: standin.HangBefore},
		"answer lost":          {Kind: standin.ResetAfter},
		"half of an answer":    {Kind: standin.Truncated},
		"a gateway's own page": {Kind: standin.HTML},
	}
	actions := []string{"ListTagResources", "ListSecrets", "DescribeSecret", "DescribeSystemEventAttribute", "DescribeEventRuleList"}
	for i, kind := range slices.Sorted(maps.Keys(kinds)) {
		fault := kinds[kind]
		fault.Action = actions[i]
		clitest.VirtualRow(t, fault.Action+" "+kind, func(t *testing.T) {
			p := healthy(t, standin.Behavior{})
			p.Inject(fault)
			got := p.examine(t)
			unknown := got.in(Unknown)
			if got.Status != clitest.Failed || len(unknown) == 0 || !strings.Contains(strings.Join(unknown, "\n"), fault.Action+": ") || len(got.in(Finding)) > 0 {
				t.Errorf("status %d, unknown %q, findings %q; want %d and the action", got.Status, unknown, got.in(Finding), clitest.Failed)
			}
			if line := clitest.FinalLine(got.Stderr); !strings.HasPrefix(line, "remediator: ") || !strings.Contains(line, "run doctor again") {
				t.Errorf("the last line is %q", line)
			}
		})
	}
}

// One answer must not hide a failure of the same action later, or elsewhere: the doctor would clear what it did not read.
func TestAnAnswerDoesNotHideWhatFailedAfterIt(t *testing.T) {
	clitest.VirtualRow(t, "the second name of the history", func(t *testing.T) {
		p := healthy(t, standin.Behavior{})
		p.Inject(standin.Fault{Action: "DescribeSystemEventAttribute", Skip: 1, Kind: standin.HangBefore})
		got := p.examine(t)
		if len(got.in(Unknown)) != 1 || got.Status != clitest.Failed {
			t.Errorf("status %d, unknown %q; want the history", got.Status, got.in(Unknown))
		}
	})
	for name, secret := range map[string]string{"the first secret": "acs/ecs/a", "the last secret": "acs/ecs/z"} {
		clitest.VirtualRow(t, name, func(t *testing.T) {
			p := healthy(t, standin.Behavior{})
			p.Put(secretOf(secret))
			p.Inject(standin.Fault{Action: "DescribeSecret", Secret: secret, Kind: standin.Refuse, Status: http.StatusForbidden, Code: "Forbidden.NoPermission"})
			got := p.examine(t)
			if found := got.in(Finding); len(found) != 1 || !strings.HasPrefix(found[0], "secret: "+secret+": reading kms:DescribeSecret in cn-hangzhou: DescribeSecret was refused") || got.Status != clitest.Person {
				t.Errorf("status %d, findings %q; want the one secret", got.Status, found)
			}
		})
	}
	clitest.VirtualRow(t, "another region", func(t *testing.T) {
		p := healthy(t, standin.Behavior{})
		refusing := standin.New(standin.Options{Region: "cn-beijing", Allow: slices.DeleteFunc(policy.Operator.Actions(), func(a string) bool { return a == "kms:ListSecrets" })})
		clitest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("RegionId") == "cn-beijing" {
				refusing.ServeHTTP(w, r)
				return
			}
			p.ServeHTTP(w, r)
		}))
		t.Setenv("REGIONS", "cn-hangzhou,cn-beijing")
		p.args = []string{"--region", "cn-hangzhou", "--region", "cn-beijing"}
		got := p.examine(t)
		is := func(found Check) bool {
			return found.Check == "kms:ListSecrets" && found.State == Finding && found.Region == "cn-beijing"
		}
		if !slices.ContainsFunc(got.Checks, is) || got.Status != clitest.Person {
			t.Errorf("status %d, findings %q; want kms:ListSecrets of cn-beijing", got.Status, got.in(Finding))
		}
	})
}
