package standin

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// monitorCalls has one good call of every action of CloudMonitor.
var monitorCalls = map[string]func(*client) answer{
	"DescribeSystemEventAttribute": func(c *client) answer { return ask(c) },
	"DescribeSystemEventMetaList":  func(c *client) answer { return c.monitor("DescribeSystemEventMetaList") },
	"SendDryRunSystemEvent":        func(c *client) answer { return dryRun(c) },
	"PutEventRule":                 func(c *client) answer { return failureRule(c, "RuleName", "new") },
	"DescribeEventRuleList":        func(c *client) answer { return c.monitor("DescribeEventRuleList") },
	"DescribeEventRuleAttribute":   func(c *client) answer { return c.monitor("DescribeEventRuleAttribute", "RuleName", ruleName) },
	"DeleteEventRules":             func(c *client) answer { return c.monitor("DeleteEventRules", "RuleNames.1", "other") },
	"PutEventRuleTargets":          func(c *client) answer { return putTargets(c, "MnsParameters.1.Id", "2", "MnsParameters.1.Topic", "t") },
	"DescribeEventRuleTargetList":  func(c *client) answer { return c.monitor("DescribeEventRuleTargetList", "RuleName", ruleName) },
	"DeleteEventRuleTargets": func(c *client) answer {
		return c.monitor("DeleteEventRuleTargets", "RuleName", ruleName, "Ids.1", "1")
	},
	"PutCustomEvent":               func(c *client) answer { return report(c) },
	"DescribeCustomEventAttribute": func(c *client) answer { return c.monitor("DescribeCustomEventAttribute") },
	"PutCustomEventRule":           func(c *client) answer { return putCustomRule(c) },
}

// serveMonitor starts a stand-in with something to read, change and delete for each of those calls.
func serveMonitor(t *testing.T, o Options) (*KMS, *client) {
	t.Helper()
	k, c, _ := serveKMS(t, o)
	k.PutRule(EventRule{Name: ruleName, State: ruleEnabled})
	k.PutRule(EventRule{Name: "other", State: ruleEnabled})
	k.PutTarget(ruleName, EventTarget{Kind: URLTarget, ID: "1"})
	k.ReportCustomEvent(CustomEvent{Name: "e", Content: "c"})
	return k, c
}

// kept is all that the actions of CloudMonitor can change.
func kept(k *KMS) string {
	return fmt.Sprint(k.Rules(), k.Targets(ruleName), k.CustomRules(), k.CustomEvents(), k.Events())
}

// The next step of a command after a fault depends on whether the call was carried out, so that has to be as the fault says.
func TestEveryActionOfCloudMonitorMeetsFaultsAsItsSiblingsDo(t *testing.T) {
	for action := range cloudMonitor.actions {
		call := monitorCalls[action]
		if call == nil {
			t.Errorf("%s is not tested", action)
			continue
		}
		for _, kind := range FaultKinds {
			t.Run(action+"/"+string(kind), func(t *testing.T) {
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				k, c := serveMonitor(t, Options{OnCall: func(_ Call, p Phase) {
					if kind == HangBefore && p == BeforeCommit || kind == HangAfter && p == AfterCommit {
						leave()
					}
				}})
				before := kept(k)
				k.Inject(Fault{Action: action, Kind: kind, Times: 1})
				patient := c.http
				c.http = noRedirects(untilDone(ctx, patient.Transport))
				hit := call(c)
				after := kept(k)
				if hit.err == nil && hit.code() == "200" {
					t.Errorf("the client saw %d %.200s, want a fault", hit.status, hit.text)
				}
				if made := k.Calls()[0]; made.Fault != kind || made.Acted != kind.Commits() {
					t.Errorf("recorded fault %q, acted %v, want %q, %v", made.Fault, made.Acted, kind, kind.Commits())
				}
				if changed := before != after; changed != (writes(action) && kind.Commits()) {
					t.Errorf("something changed with the fault: %v\n%s\n%s", changed, before, after)
				}
				c.http = patient
				if repeated := call(c); repeated.status != 200 || repeated.err != nil {
					t.Errorf("repeated: %d %s, error %v, want 200", repeated.status, repeated.text, repeated.err)
				}
				if changed := before != kept(k); changed != writes(action) {
					t.Errorf("something changed in the end: %v, want %v", changed, writes(action))
				}
			})
		}
	}
}

// untilDone is a transport whose calls end with the context.
func untilDone(ctx context.Context, next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) { return next.RoundTrip(r.WithContext(ctx)) })
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func writes(action string) bool { return !strings.HasPrefix(action, "Describe") }

// Least privilege of the operator is proved by running with exactly the permissions that its policy lists.
func TestEveryActionOfCloudMonitorNeedsItsPermission(t *testing.T) {
	for action, call := range monitorCalls {
		t.Run(action, func(t *testing.T) {
			var others []string
			for other := range cloudMonitor.actions {
				if other != action {
					others = append(others, "cms:"+other)
				}
			}
			k, c := serveMonitor(t, Options{Allow: append(others, "kms:"+action)})
			before := kept(k)
			if got := call(c); got.status != 403 || got.code() != "AccessForbidden" || kept(k) != before {
				t.Errorf("without its permission: %d %s, want 403 AccessForbidden and no change", got.status, got.text)
			}
			_, c = serveMonitor(t, Options{Allow: []string{"cms:" + action}})
			if got := call(c); got.status != 200 {
				t.Errorf("with its permission: %d %s, want 200", got.status, got.text)
			}
		})
	}
}

// Lists come as numbered parameters; the signature has to cover every one of them.
func TestListsAreSignedLikeAllElse(t *testing.T) {
	k, c := serveMonitor(t, Options{})
	p := c.params("DeleteEventRules", "Version", "2019-01-01", "RuleNames.1", "other")
	p.Set("RuleNames.2", ruleName) // after signing
	if got := c.send(c.request("/?"+p.Encode(), "")); got.code() != "SignatureDoesNotMatch" || len(k.Rules()) != 2 {
		t.Errorf("answered %d %s with %d rules left, want SignatureDoesNotMatch and 2", got.status, got.text, len(k.Rules()))
	}
}

// A page that is asked for wrongly must not be answered like an empty one.
func TestAPageOfRulesThatCannotBeIsRefused(t *testing.T) {
	for _, pair := range [][2]string{{"PageNumber", "0"}, {"PageSize", "101"}, {"IsEnable", "yes"}} {
		_, c := serveMonitor(t, Options{})
		if got := c.monitor("DescribeEventRuleList", pair[0], pair[1]); got.code() != "ParameterInvalid" {
			t.Errorf("%v: answered %d %s, want ParameterInvalid", pair, got.status, got.text)
		}
	}
}

// A command distinguishes a rule that is not there from a mistake of its own by the code.
func TestARuleThatIsNotThereHasACodeOfItsOwn(t *testing.T) {
	_, c := serveMonitor(t, Options{})
	for _, action := range []string{"DescribeEventRuleAttribute", "DescribeEventRuleTargetList", "PutEventRuleTargets", "DeleteEventRuleTargets"} {
		if got := c.monitor(action, "RuleName", "gone"); got.status != 404 || got.code() != "ResourceNotFound" {
			t.Errorf("%s of a rule that is not there: %d %s, want 404 ResourceNotFound", action, got.status, got.text)
		}
		if got := c.monitor(action); got.status != 400 || got.code() != "ParameterInvalid" {
			t.Errorf("%s without a name: %d %s, want 400 ParameterInvalid", action, got.status, got.text)
		}
	}
}

// SearchKeywords is a small language; a client that uses it wrongly should find nothing rather than everything.
func TestKeywordsAreWordsWithAndOrOr(t *testing.T) {
	tests := map[string]bool{
		"": true, "red": true, "green": false, "red and blue": true, "red and green": false, "green or blue": true,
		"green or red and blue": true, "green and red or yellow": false, "RED": false,
	}
	got := map[string]bool{}
	for keywords := range tests {
		got[keywords] = keywordsIn("red, blue", keywords)
	}
	if diff := cmp.Diff(tests, got); diff != "" {
		t.Errorf("found in \"red, blue\" (-want +got):\n%s", diff)
	}
}

// Several commands may run at once, beside a reader of their calls.
func TestRulesAndReportsMayBePutAtOnce(t *testing.T) {
	k, c := serveMonitor(t, Options{})
	done := make(chan bool)
	const callers = 4
	for i := range callers {
		go func() {
			defer func() { done <- true }()
			name := fmt.Sprint("r", i)
			failureRule(c, "RuleName", name)
			putTargets(c, "RuleName", name, "MnsParameters.1.Id", "1", "MnsParameters.1.Topic", "t")
			report(c)
			kept(k)
		}()
	}
	for range callers {
		<-done
	}
	var names []string
	for _, rule := range k.Rules() {
		names = append(names, fmt.Sprint(rule.Name, len(k.Targets(rule.Name))))
	}
	if want := []string{"other0", "r01", "r11", "r21", "r31", ruleName + "1"}; !slices.Equal(names, want) || len(k.CustomEvents()) != callers+1 {
		t.Errorf("rules and their targets %v, %d custom events, want %v and %d", names, len(k.CustomEvents()), want, callers+1)
	}
}
