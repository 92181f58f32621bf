package remediation

import (
	"strings"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/events"
)

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
		{"an account that nobody told is not compared", func(_ *events.Event, s *Scope) { s.Account = "" }, "", ""},
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
