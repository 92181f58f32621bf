package alertrules

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// halfway is an account in which every write of apply has something to do, and the command that does it.
func halfway(t *testing.T, behavior standin.Behavior) (*standin.KMS, []string) {
	t.Helper()
	k := accountIn(t, behavior)
	old := clitest.StoredRules()[0]
	old.Silence = time.Hour
	k.PutRule(old)
	k.PutTarget(failedRule, standin.EventTarget{Kind: standin.MessageTarget, ID: "31", Topic: "old", Region: cli.StandinRegion})
	return k, []string{"--topic", "new", "--contact-group", "ops", "--reports"}
}

// The person who runs it reads one line: what was done, what was not, how to go on. And so it has to be.
func TestAWriteThatFailsIsReportedAndTheNextRunGoesOnFromThere(t *testing.T) {
	faults := []struct {
		name string
		standin.Fault
		lost bool // nobody knows whether it was done
	}{
		{"throttled", standin.Fault{Kind: standin.Refuse, Status: http.StatusTooManyRequests, Code: "Throttling.User"}, false},
		{"forbidden", standin.Fault{Kind: standin.Refuse, Status: http.StatusForbidden, Code: "AccessForbidden"}, false},
		{"no answer", standin.Fault{Kind: standin.HangBefore}, true},
		{"answer lost", standin.Fault{Kind: standin.ResetAfter}, true},
		{"done, then an error", standin.Fault{Kind: standin.ServerErrorAfter}, true},
		{"a refusal with 200", standin.Fault{Kind: standin.Error200, Code: "ParameterInvalid"}, false},
		{"half of an answer", standin.Fault{Kind: standin.Truncated}, true},
		{"a gateway's own page", standin.Fault{Kind: standin.HTML}, true},
	}
	for _, action := range []string{"PutEventRule", "PutEventRuleTargets", "DeleteEventRuleTargets", "PutCustomEvent", "PutCustomEventRule"} {
		for _, fault := range faults {
			clitest.VirtualRow(t, action+" "+fault.name, func(t *testing.T) {
				k, flags := halfway(t, standin.Behavior{CustomRulesListed: true})
				fault.Action = action
				k.Inject(fault.Fault)
				got := apply(t, flags...)
				line := clitest.FinalLine(got.Stderr)
				for _, part := range []string{"remediator: ", action, "; done: ", "; not done: ", "; run it again"} {
					if got.Status != clitest.Failed || !strings.Contains(line, part) {
						t.Fatalf("status %d, the last line lacks %q: %q", got.Status, part, line)
					}
				}
				if fault.lost != strings.Contains(line, "; not known, since the answer was lost: ") {
					t.Errorf("that nobody knows whether it was done: want said %t: %q", fault.lost, line)
				}
				if live := destinationsOf(k, failedRule); len(live) == 0 {
					t.Error("no target is left: events are lost until somebody runs it again")
				}
				k.ClearFaults()
				completes(t, k, flags)
			})
		}
	}
}

func completes(t *testing.T, k *standin.KMS, flags []string) {
	t.Helper()
	apply(t, flags...).Want(t, clitest.Done)
	if diff := cmp.Diff(clitest.StoredRules(), k.Rules()); diff != "" {
		t.Errorf("rules after the next run (-want +got):\n%s", diff)
	}
	for _, rule := range []string{failedRule, successRule} {
		all := strings.Join(destinationsOf(k, rule), " ")
		if len(k.Targets(rule)) != 2 || !strings.Contains(all, "new") || !strings.Contains(all, "ops") {
			t.Errorf("targets of %s after the next run: %s; an old target is live, or a new one is not", rule, all)
		}
	}
	if len(k.CustomRules()) != 1 || len(k.CustomEvents()) != 1 {
		t.Errorf("%d rules for reports and %d test events, want one of each", len(k.CustomRules()), len(k.CustomEvents()))
	}
	before := writes(k)
	if last := apply(t, flags...); last.Status != clitest.Done || writes(k) != before {
		t.Errorf("a further run: status %d, %d writes, want none", last.Status, writes(k)-before)
	}
}

// A read that fails is no reason to write.
func TestAReadThatFailsWritesNothing(t *testing.T) {
	for _, action := range []string{"DescribeEventRuleList", "DescribeEventRuleTargetList", "DescribeCustomEventAttribute"} {
		for name, fault := range map[string]standin.Fault{
			"forbidden": {Kind: standin.Refuse, Status: http.StatusForbidden, Code: "AccessForbidden"},
			"no answer": {Kind: standin.HangBefore},
		} {
			clitest.VirtualRow(t, action+" "+name, func(t *testing.T) {
				k, flags := halfway(t, standin.Behavior{})
				fault.Action = action
				k.Inject(fault)
				got := apply(t, flags...)
				if got.Status != clitest.Failed || writes(k) != 0 || strings.Count(got.Stderr, "remediator: ") != 1 || !strings.Contains(got.Stderr, action) {
					t.Errorf("status %d, %d writes, %q; want one line that names the call", got.Status, writes(k), got.Stderr)
				}
			})
		}
	}
}

// Throttling is everyday: CloudMonitor's limit is shared by the whole account.
func TestAThrottledCallIsMadeAgain(t *testing.T) {
	clitest.Virtually(t, func(t *testing.T) {
		k, flags := halfway(t, standin.Behavior{})
		for _, action := range []string{"DescribeEventRuleList", "PutEventRule", "DeleteEventRuleTargets"} {
			k.Inject(standin.Fault{Action: action, Times: 2, Kind: standin.Refuse, Status: http.StatusTooManyRequests, Code: "Throttling.User"})
		}
		apply(t, flags...).Want(t, clitest.Done)
	})
}

// The missing permission is named with the file that grants it.
func TestARefusalForWantOfAPermissionNamesThePolicy(t *testing.T) {
	k := standin.New(standin.Options{Allow: []string{"cms:DescribeEventRuleList"}})
	clitest.Serve(t, k)
	got := apply(t, "--topic", "t")
	if want := "cms:PutEventRule is granted by internal/policy/operator.json"; got.Status != clitest.Failed || !strings.Contains(got.Stderr, want) {
		t.Errorf("status %d, %q; want %q in it", got.Status, got.Stderr, want)
	}
}

// A target that CloudMonitor does not take must not cost the one that works.
func TestARefusedTargetIsNamedAndTheOldOneStays(t *testing.T) {
	for _, refusal := range standin.TargetRefusals {
		clitest.VirtualRow(t, string(refusal), func(t *testing.T) {
			k, _ := halfway(t, standin.Behavior{FunctionTargetNeedsService: true, TargetRefusal: refusal})
			got := apply(t, "--function", "heal")
			line := clitest.FinalLine(got.Stderr)
			for _, part := range []string{"adding targets to secrets_rotation_failed", "--topic, with an mns_topic trigger", "; done: writing the rule", "; not done: adding targets"} {
				if got.Status != clitest.Failed || !strings.Contains(line, part) {
					t.Errorf("status %d, the last line lacks %q: %q", got.Status, part, line)
				}
			}
			if refusal != standin.RefusedTogether && !strings.Contains(line, "refused function heal in cn-hangzhou") {
				t.Errorf("the target is not named: %q", line)
			}
			if live := strings.Join(destinationsOf(k, failedRule), " "); !strings.Contains(live, "|old|") {
				t.Errorf("targets %q: the old one went although the new one was refused", live)
			}
			if again := apply(t, "--function", "heal", "--service", "svc"); again.Status != clitest.Done || len(k.Targets(failedRule)) != 1 {
				t.Errorf("with a service: status %d, %d targets: %s", again.Status, len(k.Targets(failedRule)), again.Stderr)
			}
		})
	}
}

// "See whether the endpoint can be reached" sends a person to the network, while one target is wrong.
func TestARefusalOfAnyKindOfTargetSaysWhichItMayBe(t *testing.T) {
	for _, row := range []struct {
		kind standin.TargetKind
		args []string
		want string
	}{
		{standin.MessageTarget, []string{"--queue", "q"}, "CloudMonitor refused queue q in cn-hangzhou, topic t in cn-hangzhou"},
		{standin.ContactTarget, []string{"--contact-group", "ops"}, "CloudMonitor refused contact group ops at level info"},
		{standin.URLTarget, []string{"--url", "https://hook.example/in"}, "CloudMonitor refused one or more of topic t in cn-hangzhou, URL https://hook.example/… (POST, with a token)"},
		{standin.LogTarget, []string{"--log", "p/l"}, "CloudMonitor refused one or more of topic t in cn-hangzhou, log p/l in cn-hangzhou"},
	} {
		for _, how := range []standin.TargetRefusal{standin.RefusedCounted, standin.RefusedFailing} {
			clitest.VirtualRow(t, string(row.kind)+" "+string(how), func(t *testing.T) {
				k := accountIn(t, standin.Behavior{TargetRefusal: how})
				k.RefuseTargets(func(t standin.EventTarget) bool { return t.Kind == row.kind })
				got := apply(t, append([]string{"--topic", "t"}, row.args...)...)
				line := clitest.FinalLine(got.Stderr)
				if got.Status != clitest.Failed || !strings.Contains(line, row.want) || !strings.Contains(line, "CloudMonitor refused") || strings.Contains(line, "endpoint") || strings.Contains(line, "url-canary") {
					t.Errorf("status %d, %q; want %q in it", got.Status, line, row.want)
				}
			})
		}
	}
}

// A rule whose targets outlive it comes back with targets that nobody wants.
func TestTargetsOfARuleThatWasDeletedAreFound(t *testing.T) {
	clitest.Virtually(t, func(t *testing.T) {
		k := accountIn(t, standin.Behavior{TargetsOutliveRules: true})
		k.PutTarget(failedRule, standin.EventTarget{Kind: standin.MessageTarget, ID: "1", Topic: "old", Region: cli.StandinRegion})
		got := apply(t, "--topic", "new")
		got.Want(t, clitest.Failed, "- target topic old in cn-hangzhou (1)")
		if got := apply(t, "--topic", "new"); got.Status != clitest.Done || len(k.Targets(failedRule)) != 1 {
			t.Errorf("the next run: status %d, %d targets: %s", got.Status, len(k.Targets(failedRule)), got.Stderr)
		}
	})
}

// CloudMonitor may answer with success and store something else, or somebody may be at the same rules.
func TestWhatIsReadBackOtherwiseIsAnErrorThatNamesIt(t *testing.T) {
	for _, row := range []struct {
		name   string
		args   []string
		action string
		change func(*standin.KMS)
		want   string
	}{
		{"a level", []string{"apply", "--topic", "t"}, "PutEventRule", func(k *standin.KMS) {
			other := clitest.StoredRules()[0]
			other.Patterns[0].Levels = []string{"WARN"}
			k.PutRule(other)
		}, "not so when read back: secrets_rotation_failed levels: WARN → CRITICAL; run it again"},
		{"a function that got a service", []string{"apply", "--function", "heal"}, "PutEventRuleTargets", func(k *standin.KMS) {
			k.PutTarget(failedRule, standin.EventTarget{Kind: standin.FunctionTarget, ID: "11", Region: cli.StandinRegion, Service: "_", Function: "heal"})
		}, "--topic, with an mns_topic trigger at the function, is certain to work"},
		{"a level that this site does not know", []string{"apply", "--contact-group", "ops", "--notification-level", "critical"}, "PutEventRuleTargets", func(k *standin.KMS) {
			k.PutTarget(failedRule, standin.EventTarget{Kind: standin.ContactTarget, ID: "61", ContactGroup: "ops", Level: "4"})
		}, "one document knows --notification-level info only"},
		{"a rule that came back", []string{"remove"}, "DeleteEventRules", func(k *standin.KMS) {
			k.PutRule(clitest.StoredRules()[0])
		}, "is not so when read back: secrets_rotation_failed - rule for Secret:RotateSecret:Failure"},
	} {
		clitest.VirtualRow(t, row.name, func(t *testing.T) {
			var k *standin.KMS
			k = standin.New(standin.Options{OnCall: func(c standin.Call, p standin.Phase) {
				if p == standin.AfterCommit && c.Action == row.action {
					row.change(k)
				}
			}})
			clitest.Serve(t, k)
			k.PutRule(clitest.StoredRules()[1])
			got := command(t, append([]string{"--real", "alert-rules"}, append(row.args, "--yes")...)...)
			if got.Status != clitest.Failed || !strings.Contains(clitest.FinalLine(got.Stderr), row.want) {
				t.Errorf("status %d, %q; want %q in the last line", got.Status, got.Stderr, row.want)
			}
		})
	}
}
