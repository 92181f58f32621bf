package remediation

import "testing"

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
