package house

import (
	"encoding/json"
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type policy struct {
	Version   string
	Statement []statement
}

type statement struct {
	Effect           string
	Action, Resource texts
}

// texts is one text or several.
type texts []string

func (t *texts) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*t = texts{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(t))
}

func policies(t *testing.T) []policy {
	t.Helper()
	var all []policy
	for _, block := range blocks(t, "Permissions", "json") {
		var p policy
		if err := json.Unmarshal([]byte(block), &p); err != nil {
			t.Fatalf("reading a policy: %v\n%s", err, block)
		}
		all = append(all, p)
	}
	return all
}

// People paste the first policy. An action too few is a function that fails at the worst time; one too many is a right
// that nobody needs.
func TestREADMEPermitsExactlyWhatTheCodeCalls(t *testing.T) {
	var permitted []string
	for _, s := range policies(t)[0].Statement {
		permitted = append(permitted, s.Action...)
	}
	slices.Sort(permitted)
	if diff := cmp.Diff(calledActions(t), permitted); diff != "" {
		t.Errorf("actions (-code +README):\n%s", diff)
	}
}

// calledActions are the calls that internal/alicloud can build a request for: kms.CreateXRequest is action kms:X.
func calledActions(t *testing.T) []string {
	t.Helper()
	var actions []string
	for _, file := range parse(t, "internal/alicloud") {
		ast.Inspect(file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			service, ok := selector.X.(*ast.Ident)
			name, isCreate := strings.CutPrefix(selector.Sel.Name, "Create")
			name, isRequest := strings.CutSuffix(name, "Request")
			if ok && isCreate && isRequest {
				actions = append(actions, service.Name+":"+name)
			}
			return true
		})
	}
	if len(actions) == 0 {
		t.Fatal("found no request in internal/alicloud: nothing is checked")
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

// resource is one that names a service, a region and an account, and more.
var resource = regexp.MustCompile(`^acs:(kms|log|mns):[a-z0-9-]+:[0-9]+:[a-z/].*`)

// wholeOnly are the actions that their service grants on nothing narrower than everything.
// https://www.alibabacloud.com/help/zh/cloudmonitor/latest/describesystemeventattribute
var wholeOnly = []string{"cms:DescribeSystemEventAttribute"}

// container is what holds the secrets; only listing may need it.
const container = ":secret"

// A policy that is pasted with * opens the whole account.
func TestREADMEPermitsNothingOnEverything(t *testing.T) {
	for i, p := range policies(t) {
		for _, s := range p.Statement {
			for _, r := range s.Resource {
				if r == "*" && cmp.Equal([]string(s.Action), wholeOnly) {
					continue
				}
				if s.Effect != "Allow" || !resource.MatchString(r) {
					t.Errorf("policy %d: %s on %s, want Allow, on a region and an account", i+1, s.Effect, r)
				}
				lists := cmp.Equal([]string(s.Action), []string{"kms:ListTagResources"}) && strings.HasSuffix(r, container)
				if strings.HasPrefix(s.Action[0], "kms:") && !strings.HasSuffix(r, ":secret/*") && !lists {
					t.Errorf("policy %d: %v on %s, want secrets only", i+1, s.Action, r)
				}
			}
			for _, action := range s.Action {
				if strings.Contains(action, "*") {
					t.Errorf("policy %d: action %s, want each by its name", i+1, action)
				}
			}
		}
	}
}
