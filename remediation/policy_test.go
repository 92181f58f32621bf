package remediation

import (
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// A wait that is too short spends the attempts while a rotation runs; one that is too long keeps a secret stale.
func TestWaitsGrowAndAreCapped(t *testing.T) {
	const m, h = time.Minute, time.Hour
	for _, row := range []struct {
		name   string
		policy Policy
		waits  []time.Duration // after attempt 0, 1, 2, ...
	}{
		{"the default", Policy{MaxAttempts: 5, Backoff: 10 * m, BackoffMax: 6 * h}, []time.Duration{0, 10 * m, 30 * m, 90 * m, 270 * m, 10 * m, 10 * m}},
		{"a cap that is reached", Policy{MaxAttempts: 6, Backoff: 10 * m, BackoffMax: h}, []time.Duration{0, 10 * m, 30 * m, h, h, h, 10 * m}},
		{"a cap that is met exactly", Policy{MaxAttempts: 4, Backoff: 10 * m, BackoffMax: 30 * m}, []time.Duration{0, 10 * m, 30 * m, 30 * m, 10 * m}},
		{"no room to grow", Policy{MaxAttempts: 4, Backoff: 10 * m, BackoffMax: 10 * m}, []time.Duration{0, 10 * m, 10 * m, 10 * m, 10 * m}},
		{"one attempt", Policy{MaxAttempts: 1, Backoff: 10 * m, BackoffMax: 6 * h}, []time.Duration{0, 10 * m, 10 * m}},
	} {
		for n, want := range row.waits {
			if got := row.policy.WaitAfter(n); got != want {
				t.Errorf("%s: %s after attempt %d, want %s", row.name, got, n, want)
			}
		}
	}
	if got := (Policy{MaxAttempts: MaxAttemptsLimit, Backoff: time.Second, BackoffMax: 24 * h}).WaitAfter(MaxAttemptsLimit - 1); got != 24*h {
		t.Errorf("%s after very many attempts, want the cap", got)
	}
}

// An allow list that is not anchored hands foreign secrets to the function; a deny list that is, leaves some in.
func TestPatternsAreOnTheWholeName(t *testing.T) {
	webAndDB := []string{"acs/ecs/web-*", "acs/ecs/db-?"}
	dbAndWeb := []string{webAndDB[1], webAndDB[0]}
	all := []string{"**"}
	for _, row := range []struct {
		name        string
		allow, deny []string
		secret      string
		want        bool
	}{
		{"all names, slashes included", all, nil, "acs/ecs/web-1", true},
		{"a name that the first pattern allows", webAndDB, nil, "acs/ecs/web-1", true},
		{"the same in the other order", dbAndWeb, nil, "acs/ecs/web-1", true},
		{"a name that the second allows", webAndDB, nil, "acs/ecs/db-7", true},
		{"the same in the other order", dbAndWeb, nil, "acs/ecs/db-7", true},
		{"a hostile prefix", webAndDB, nil, "evil/acs/ecs/web-1", false},
		{"a hostile prefix to the second", webAndDB, nil, "evilacs/ecs/db-7", false},
		{"a hostile prefix, other order", dbAndWeb, nil, "evil/acs/ecs/web-1", false},
		{"a hostile prefix to the second, other order", dbAndWeb, nil, "evilacs/ecs/db-7", false},
		{"a hostile suffix", webAndDB, nil, "acs/ecs/web-1/evil", false},
		{"a hostile suffix to the second", webAndDB, nil, "acs/ecs/db-7evil", false},
		{"a hostile suffix, other order", dbAndWeb, nil, "acs/ecs/web-1/evil", false},
		{"a hostile suffix to the second, other order", dbAndWeb, nil, "acs/ecs/db-7evil", false},
		{"case counts in names", webAndDB, nil, "acs/ecs/WEB-1", false},
		{"one star stays within a slash", []string{"acs/*"}, nil, "acs/ecs/web-1", false},
		{"two stars do not", []string{"acs/**"}, nil, "acs/ecs/web-1", true},
		{"deny wins", all, []string{"acs/ecs/web-*"}, "acs/ecs/web-1", false},
		{"deny wins over the same pattern", webAndDB, webAndDB, "acs/ecs/web-1", false},
		{"deny leaves the others", all, []string{"acs/ecs/web-*"}, "acs/ecs/db-7", true},
		{"deny is on the whole name too", all, []string{"web-*"}, "acs/ecs/web-1", true},
		{"nothing is allowed by no pattern", nil, nil, "acs/ecs/web-1", false},
		{"a broken pattern allows nothing", []string{"acs/[", "x"}, nil, "acs/ecs/web-1", false},
		{"a broken pattern denies everything", all, []string{"acs/["}, "acs/ecs/web-1", false},
		{"a broken pattern does not hide a good one", []string{"acs/[", "**"}, nil, "acs/ecs/web-1", true},
	} {
		if got := (Scope{Allow: row.allow, Deny: row.deny}).HasName(row.secret); got != row.want {
			t.Errorf("%s: allow %q, deny %q has %s: got %t, want %t", row.name, row.allow, row.deny, row.secret, got, row.want)
		}
	}
}

// A secret of a type or region that nobody allowed would be rotated.
func TestTypesAreComparedWithoutCaseAndRegionsAsTheyAre(t *testing.T) {
	scope := Scope{Regions: []string{"cn-hangzhou", "cn-beijing"}, Types: []string{"ECS", "Rds"}}
	for secretType, want := range map[string]bool{"ECS": true, "ecs": true, "RDS": true, "Redis": false, "": false, "ECS ": false, "EC": false} {
		if got := scope.HasType(secretType); got != want {
			t.Errorf("type %q: got %t, want %t", secretType, got, want)
		}
	}
	for region, want := range map[string]bool{"cn-hangzhou": true, "cn-beijing": true, "cn-hangzhou-finance": false, "cn": false, "": false} {
		if got := scope.HasRegion(region); got != want {
			t.Errorf("region %q: got %t, want %t", region, got, want)
		}
	}
}

// Calls for what is not ours cost quota, and fail where nobody may call.
func TestWhatIsNotOursEndsBeforeAnyCall(t *testing.T) {
	scope := Scope{Account: "1000000000000001", Regions: []string{"cn-hangzhou"}, Types: []string{"ECS"}, Allow: []string{"acs/ecs/**"}, Deny: []string{"**/db-*"}}
	event := events.Event{Kind: events.Failure, Region: "cn-hangzhou", Account: "1000000000000001", SecretName: "acs/ecs/web-1", SecretType: "ECS"}
	for _, row := range []struct {
		name   string
		change func(*events.Event, *Scope)
		want   Outcome // "" is admitted
		says   string
	}{
		{"a failure is admitted", func(*events.Event, *Scope) {}, "", ""},
		{"a success is admitted", func(e *events.Event, _ *Scope) { e.Kind = events.Success }, "", ""},
		{"an event of another kind is ignored", func(e *events.Event, _ *Scope) { e.Kind = events.Foreign }, Ignored, "not a rotation"},
		{"one without a kind as well", func(e *events.Event, _ *Scope) { e.Kind = "" }, Ignored, "not a rotation"},
		{"another account is rejected", func(e *events.Event, _ *Scope) { e.Account = "1000000000000002" }, Rejected, "another account"},
		{"also out of scope", func(e *events.Event, _ *Scope) { e.Account, e.Region = "1000000000000002", "cn-beijing" }, Rejected, "another account"},
		{"an account that nobody named is not compared", func(_ *events.Event, s *Scope) { s.Account = "" }, "", ""},
		{"an hour ahead is admitted", func(e *events.Event, _ *Scope) { e.Time = now.Add(time.Hour) }, "", ""},
		{"more than an hour ahead is rejected", func(e *events.Event, _ *Scope) { e.Time = now.Add(time.Hour + time.Second) }, Rejected, "ahead of the function's clock"},
		{"a success as well", func(e *events.Event, _ *Scope) { e.Kind, e.Time = events.Success, now.AddDate(70, 0, 0) }, Rejected, "ahead of the function's clock"},
		{"also one of another kind is ignored first", func(e *events.Event, _ *Scope) { e.Kind, e.Time = events.Foreign, now.AddDate(70, 0, 0) }, Ignored, "not a rotation"},
		{"another region is skipped", func(e *events.Event, _ *Scope) { e.Region = "cn-beijing" }, Skipped, "cn-beijing is not in REGIONS"},
		{"a name that is denied is skipped", func(e *events.Event, _ *Scope) { e.SecretName = "acs/ecs/db-1" }, Skipped, "SECRET_DENY"},
		{"a name that is not allowed is skipped", func(e *events.Event, _ *Scope) { e.SecretName = "web-1" }, Skipped, "SECRET_ALLOW"},
		{"another type is skipped", func(e *events.Event, _ *Scope) { e.SecretType = "Rds" }, Skipped, "Rds is not in SECRET_TYPES"},
		{"a type in another case is admitted", func(e *events.Event, _ *Scope) { e.SecretType = "ecs" }, "", ""},
		{"a type that is missing is left to KMS", func(e *events.Event, _ *Scope) { e.SecretType = "" }, "", ""},
	} {
		e, s := event, scope
		row.change(&e, &s)
		got, refused := admit(e, s, now)
		if got.Outcome != row.want || refused != (row.want != "") || !strings.Contains(got.Reason, row.says) {
			t.Errorf("%s: got %q (%s), want %q that says %q", row.name, got.Outcome, got.Reason, row.want, row.says)
		}
	}
}

// SECRET_ALLOW='web-*' seems right to the person who wrote it: the reason has to say which list it is, and what is right.
func TestTheReasonNamesTheListThatLeavesANameOut(t *testing.T) {
	const allow, deny = "SECRET_ALLOW leaves this name out: a pattern matches the whole name, and names of ECS secrets begin with acs/ecs/", "SECRET_DENY leaves this name out"
	for _, row := range []struct {
		allow, deny []string
		want        string
	}{
		{[]string{"**"}, nil, ""},
		{[]string{"web-*"}, nil, allow},
		{nil, nil, allow},
		{[]string{"**"}, []string{"acs/ecs/*"}, deny},
		{[]string{"web-*"}, []string{"acs/ecs/*"}, deny},
		{[]string{"**"}, []string{"["}, deny},
	} {
		if got := (Scope{Allow: row.allow, Deny: row.deny}).leftOut("acs/ecs/web-1"); got != row.want {
			t.Errorf("allow %q, deny %q: %q, want %q", row.allow, row.deny, got, row.want)
		}
	}
}
