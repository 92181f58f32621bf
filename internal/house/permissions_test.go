package house

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/remediation"
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

// portActions are the actions behind the methods with which the function calls Alibaba Cloud. The stand-in refuses all
// others to it in every test of the built function; this holds the policy against what it could call.
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
	wanted := []string{portActions["PutCustomEvents"]}
	for _, port := range []reflect.Type{reflect.TypeFor[remediation.KMS](), reflect.TypeFor[remediation.CloudMonitor]()} {
		for i := range port.NumMethod() {
			action, known := portActions[port.Method(i).Name]
			if !known {
				t.Errorf("no action is known for the method %s", port.Method(i).Name)
			}
			wanted = append(wanted, action)
		}
	}
	slices.Sort(wanted)
	if diff := cmp.Diff(slices.Compact(wanted), policy.Function.Actions()); diff != "" {
		t.Errorf("actions (-ports of the function +%s):\n%s", policy.Function.File, diff)
	}
}

// request is a request of the SDK: kms.CreateXRequest is the action kms:X.
var request = regexp.MustCompile(`\b(kms|cms)\.Create(\w+)Request\(`)

// A call that no policy grants is refused on the first day; a right that no code uses is granted for nothing.
func TestThePoliciesOfFunctionAndOperatorGrantAllThatTheCodeCalls(t *testing.T) {
	var called []string
	for _, path := range files(t) {
		if filepath.Dir(path) == "internal/alicloud" && !strings.HasSuffix(path, "_test.go") {
			for _, found := range request.FindAllStringSubmatch(read(t, path), -1) {
				called = append(called, found[1]+":"+found[2])
			}
		}
	}
	slices.Sort(called)
	granted := slices.Concat(policy.Function.Actions(), policy.Operator.Actions())
	slices.Sort(granted)
	if diff := cmp.Diff(slices.Compact(called), slices.Compact(granted)); diff != "" {
		t.Errorf("actions (-code +policies):\n%s", diff)
	}
}

// A policy that lacks a call fails at its first use. The check of a deployment has the same list.
func TestEachPolicyGrantsWhatIsNeededOfIt(t *testing.T) {
	for file := range policy.Needs {
		document, there := policies(t)[file]
		var granted []string
		for _, s := range document.Statement {
			granted = append(granted, s.Action...)
		}
		if lacking, unneeded := policy.Differs(file, granted); !there || len(lacking)+len(unneeded) > 0 {
			t.Errorf("%s lacks %v, and grants %v without need", file, lacking, unneeded)
		}
	}
}

// A person who grants a right wants to know what for.
func TestThePolicyREADMESaysWhatEachActionIsFor(t *testing.T) {
	text := read(t, policyPage)
	for file, needs := range policy.Needs {
		_, below, found := strings.Cut(text, "`"+file+"`")
		if !found {
			t.Errorf("%s is not named", file)
		}
		for _, need := range needs {
			if row := "| `" + need.Action + "` | " + need.For + " |\n"; !strings.Contains(below, row) {
				t.Errorf("%s: no row %s", file, row)
			}
		}
	}
}

// resource is one that names a service, and something of it.
var resource = regexp.MustCompile(`^acs:(kms|log|mns|fc|ram):\*:\*:[a-z/].+`)

// wholeOnly says whether its service grants an action on nothing narrower than everything: all of CloudMonitor, and those
// of Function Compute that are listed so. https://www.alibabacloud.com/help/zh/cloudmonitor/latest/describesystemeventattribute ,
// https://www.alibabacloud.com/help/en/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-ram
func wholeOnly(action string) bool {
	name, ofFunctionCompute := strings.CutPrefix(action, "fc:")
	config := regexp.MustCompile(`^(Get|Put|Delete|List)(Concurrency|FunctionAsyncInvoke|Provision|Scaling)Configs?$|^List(Aliases|FunctionVersions|VpcBindings)$|^GetTempBucketToken$`)
	return strings.HasPrefix(action, "cms:") || strings.Contains(action, "ServiceLinkedRole") || ofFunctionCompute && config.MatchString(name)
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
	trusted := map[string]string{"function-trust.json": "fc.aliyuncs.com", "cloudmonitor-trust.json": "cloudmonitor.aliyuncs.com", "topic-trust.json": "mns.aliyuncs.com"}
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

// A file that no page names is one that nobody attaches.
func TestThePolicyREADMENamesEveryPolicy(t *testing.T) {
	text := read(t, policyPage)
	for _, file := range slices.Sorted(maps.Keys(policies(t))) {
		if !strings.Contains(text, "`"+file+"`") {
			t.Errorf("%s is not named", file)
		}
	}
}
