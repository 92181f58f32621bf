package house

import (
	"encoding/json"
	"go/ast"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/policy"
)

const policyFolder = "internal/policy"

type document struct {
	Version   string
	Statement []statement
}

type statement struct {
	Effect           string
	Action, Resource policy.OneOrMore
	Principal        struct{ Service []string }
}

// policies returns all documents by the name of their file.
func policies(t *testing.T) map[string]document {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, policyFolder, "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("found no policies (%v): nothing is checked", err)
	}
	all := map[string]document{}
	for _, path := range paths {
		var d document
		name := filepath.Base(path)
		if err := json.Unmarshal([]byte(read(t, filepath.Join(policyFolder, name))), &d); err != nil {
			t.Fatalf("reading %s: %v", name, err)
		}
		all[name] = d
	}
	return all
}

// portActions are the actions behind the methods that the function may call. The stand-in refuses all others to it in
// every test of the built function; this holds the policy against what it could call.
var portActions = map[string]string{
	"DescribeSecret":  "kms:DescribeSecret",
	"CurrentVersion":  "kms:ListSecretVersionIds",
	"RotateSecret":    "kms:RotateSecret",
	"TagSecret":       "kms:TagResource",
	"UntagSecret":     "kms:UntagResource",
	"ListTagged":      "kms:ListTagResources",
	"ListSecrets":     "kms:ListSecrets",
	"RotationEvents":  "cms:DescribeSystemEventAttribute",
	"PutCustomEvents": "cms:PutCustomEvent",
}

// People attach the policy as it is. An action too few is a function that fails at the worst time; one too many is a right
// that nobody needs.
func TestTheFunctionMayDoExactlyWhatItCanCall(t *testing.T) {
	methods := slices.Concat(methodsOf(t, "remediation", "KMS"), methodsOf(t, "remediation", "CloudMonitor"), methodsOf(t, "function", "cloudMonitor"))
	var wanted []string
	for _, method := range methods {
		action, known := portActions[method]
		if !known {
			t.Errorf("no action is known for the method %s", method)
		}
		wanted = append(wanted, action)
	}
	slices.Sort(wanted)
	if diff := cmp.Diff(wanted, policy.Function.Actions()); diff != "" {
		t.Errorf("actions (-ports of the function +%s):\n%s", policy.Function.File, diff)
	}
}

// What no policy grants is refused on the first day; what no code calls is granted for nothing.
func TestThePoliciesOfFunctionAndOperatorGrantAllThatTheCodeCalls(t *testing.T) {
	granted := slices.Concat(policy.Function.Actions(), policy.Operator.Actions())
	slices.Sort(granted)
	if diff := cmp.Diff(calledActions(t), slices.Compact(granted)); diff != "" {
		t.Errorf("actions (-code +policies):\n%s", diff)
	}
}

// methodsOf returns the methods that an interface names itself.
func methodsOf(t *testing.T, folder, name string) []string {
	t.Helper()
	var methods []string
	for _, file := range parse(t, folder) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.Name.Name != name {
				return true
			}
			if typ, ok := spec.Type.(*ast.InterfaceType); ok {
				for _, method := range typ.Methods.List {
					for _, name := range method.Names {
						methods = append(methods, name.Name)
					}
				}
			}
			return false
		})
	}
	if len(methods) == 0 {
		t.Fatalf("found no interface %s in %s: nothing is checked", name, folder)
	}
	return methods
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

// resource is one that names a service, and something of it.
var resource = regexp.MustCompile(`^acs:(kms|log|mns|fc|ram):\*:\*:[a-z/].+`)

// wholeOnly says whether its service grants an action on nothing narrower than everything: all of CloudMonitor, and those
// of Function Compute that are listed so. https://www.alibabacloud.com/help/zh/cloudmonitor/latest/describesystemeventattribute ,
// https://www.alibabacloud.com/help/en/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-ram
func wholeOnly(action string) bool {
	name, ofFunctionCompute := strings.CutPrefix(action, "fc:")
	config := regexp.MustCompile(`^(Get|Put|Delete|List)(Concurrency|FunctionAsyncInvoke|Provision)Configs?$|^List(Aliases|FunctionVersions)$`)
	return strings.HasPrefix(action, "cms:") || ofFunctionCompute && config.MatchString(name)
}

// A policy that is attached with * opens the whole account.
func TestNoPolicyGrantsMoreThanItHasTo(t *testing.T) {
	for file, document := range policies(t) {
		for _, s := range document.Statement {
			for _, r := range s.Resource {
				if s.Effect != "Allow" || !resource.MatchString(r) && (r != "*" || !all(s.Action, wholeOnly)) {
					t.Errorf("%s: %v, %s on %s, want Allow, on what is needed", file, s.Action, s.Effect, r)
				}
			}
			for _, action := range s.Action {
				listing := strings.HasPrefix(action, "kms:List") && action != "kms:ListSecretVersionIds"
				if strings.HasPrefix(action, "kms:") && !listing && !cmp.Equal([]string(s.Resource), []string{"acs:kms:*:*:secret/acs/ecs/*"}) {
					t.Errorf("%s: %s on %v, want ECS secrets only", file, action, s.Resource)
				}
				if strings.Contains(action, "*") {
					t.Errorf("%s: action %s, want each by its name", file, action)
				}
			}
		}
	}
}

func all(texts []string, is func(string) bool) bool {
	return !slices.ContainsFunc(texts, func(text string) bool { return !is(text) })
}

// A role that others may assume gives them all it may do.
func TestEachRoleTrustsOneServiceOnly(t *testing.T) {
	trusted := map[string]string{"function-trust.json": "fc.aliyuncs.com", "cloudmonitor-trust.json": "cloudmonitor.aliyuncs.com"}
	for file, document := range policies(t) {
		for _, s := range document.Statement {
			want := []string{}
			if service, trusts := trusted[file]; trusts {
				want = append(want, service)
			}
			if diff := cmp.Diff(want, append([]string{}, s.Principal.Service...)); diff != "" {
				t.Errorf("%s trusts (-want +got):\n%s", file, diff)
			}
		}
	}
}

// A file that README does not name is one that nobody attaches.
func TestREADMENamesEveryPolicy(t *testing.T) {
	text := section(t, "Permissions")
	for _, file := range slices.Sorted(maps.Keys(policies(t))) {
		if !strings.Contains(text, policyFolder+"/"+file) {
			t.Errorf("README does not name %s/%s", policyFolder, file)
		}
	}
}
