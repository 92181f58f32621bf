package alertrules

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
)

func aFunction(name, id string) alicloud.Target {
	return alicloud.Target{Kind: alicloud.FunctionTarget, ID: id, Region: cli.StandinRegion, Function: name}
}

func functions(names ...string) []alicloud.Target {
	var all []alicloud.Target
	for i, name := range names {
		all = append(all, aFunction(name, strconv.Itoa(11+i)))
	}
	return all
}

// A person who changes a target loses events if the old one goes before the new one is there, or gets them twice if it stays.
func TestTargetsAreReplacedWithoutAGapOrARest(t *testing.T) {
	contact := alicloud.Target{Kind: alicloud.ContactTarget, ID: "1", ContactGroup: "ops", Level: "4"}
	for _, row := range []struct {
		name        string
		there       []alicloud.Target
		wanted      []string
		add, remove []alicloud.Target
	}{
		{"the first", nil, []string{"a"}, functions("a"), nil},
		{"nothing to do", functions("a", "b"), []string{"a", "b"}, nil, nil},
		{"another order is no change", functions("a", "b"), []string{"b", "a"}, nil, nil},
		{"one that is there under somebody's ID stays", []alicloud.Target{aFunction("a", "7")}, []string{"a"}, nil, nil},
		{"a new one gets an ID of its own, and the old one goes", functions("a"), []string{"b"},
			[]alicloud.Target{aFunction("b", "12")}, functions("a")},
		{"one that is there twice goes once", append(functions("a"), aFunction("a", "7")), []string{"a"}, nil, []alicloud.Target{aFunction("a", "7")}},
		{"an ID that is shared with one that goes is not kept", []alicloud.Target{aFunction("a", "1"), contact}, []string{"a"},
			functions("a"), []alicloud.Target{aFunction("a", "1"), contact}},
		{"with all IDs taken, one that goes is overwritten and not removed", functions("a", "b", "c", "d", "e"), []string{"a", "b", "c", "d", "x"},
			[]alicloud.Target{aFunction("x", "15")}, nil},
		{"with all IDs taken, five are overwritten", functions("a", "b", "c", "d", "e"), []string{"v", "w", "x", "y", "z"},
			functions("v", "w", "x", "y", "z"), nil},
		{"one that an earlier release made keeps its text ID", []alicloud.Target{aFunction("a", "rotation-remediator-function-1")}, []string{"a"}, nil, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			var wanted []alicloud.Target
			for _, name := range row.wanted {
				wanted = append(wanted, aFunction(name, ""))
			}
			p := planRule(ruleState{Name: failedRule, Found: true, Rule: Recommended[0], Targets: row.there}, Recommended[0], wanted)
			if len(p.remove) == 0 {
				p.remove = nil
			}
			if diff := cmp.Diff([][]alicloud.Target{row.add, row.remove}, [][]alicloud.Target{p.add, p.remove}); diff != "" {
				t.Errorf("added, removed (-want +got):\n%s", diff)
			}
			if p.put != nil {
				t.Errorf("the rule is written as well: %v", p.put)
			}
			if (len(p.changes) == 0) != (len(row.add)+len(row.remove) == 0) {
				t.Errorf("changes %v: what is written must be shown, and nothing else", p.changes)
			}
		})
	}
}

// A refused target is named by an int32, and no published example has an ID of letters: one might be refused, or not found
// again. An empty one would replace nothing and be removed by nothing.
func TestIDsOfTargetsAreNumbersThatNothingHas(t *testing.T) {
	stay := map[string]bool{}
	for n := range 100 {
		stay[strconv.Itoa(n)] = true
	}
	for _, row := range []struct {
		name  string
		kind  alicloud.TargetKind
		taken map[string]bool
		want  string
	}{
		{"of a function", alicloud.FunctionTarget, nil, "11"},
		{"of a contact group", alicloud.ContactTarget, nil, "61"},
		{"the next of a queue", alicloud.QueueTarget, map[string]bool{"21": true, "22": true}, "23"},
		{"one of another kind has it", alicloud.URLTarget, map[string]bool{"41": true}, "42"},
		{"all are taken by targets that stay", alicloud.FunctionTarget, stay, "100"},
	} {
		if got := (&rulePlan{}).freeID(row.kind, row.taken); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}

// A rule that lets less through than it should seems as wanted, until the event does not come.
func TestEveryFieldOfARuleIsCompared(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*alicloud.Rule)
		want   []change
	}{
		{"as recommended", func(*alicloud.Rule) {}, nil},
		{"the product in lower case is the same", func(r *alicloud.Rule) { r.Product = "kms" }, nil},
		{"a note of a person in the description is no difference", func(r *alicloud.Rule) { r.Description += "; do not touch" }, nil},
		{"a silence that is not shown is none", func(r *alicloud.Rule) { r.SilenceKnown = false }, nil},
		{"somebody else's", func(r *alicloud.Rule) { r.Description = "" }, []change{{failedRule, "made by", "somebody else", "rotation-remediator"}}},
		{"disabled", func(r *alicloud.Rule) { r.State = "DISABLED" }, []change{{failedRule, "state", "DISABLED", "ENABLED"}}},
		{"for custom events", func(r *alicloud.Rule) { r.EventType = "CUSTOM" }, []change{{failedRule, "kind of event", "CUSTOM", "SYSTEM"}}},
		{"another product", func(r *alicloud.Rule) { r.Product = "ECS" }, []change{{failedRule, "product", "ECS", "KMS"}}},
		{"another event", func(r *alicloud.Rule) { r.Names = []string{events.SuccessName} }, []change{{failedRule, "events", events.SuccessName, events.FailureName}}},
		{"no event named", func(r *alicloud.Rule) { r.Names = nil }, []change{{failedRule, "events", "none", events.FailureName}}},
		{"one level more", func(r *alicloud.Rule) { r.Levels = []string{"WARN", "CRITICAL"} }, []change{{failedRule, "levels", "CRITICAL, WARN", "CRITICAL"}}},
		{"any type", func(r *alicloud.Rule) { r.EventTypes = []string{"*"} }, []change{{failedRule, "event types", "*", "Exception"}}},
		{"a filter", func(r *alicloud.Rule) { r.Filter = "keywords web" }, []change{{failedRule, "filter", "keywords web", "none"}}},
		{"silent for an hour", func(r *alicloud.Rule) { r.Silence = 3600e9 }, []change{{failedRule, "silence", "1h0m0s", "0s"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			now := Recommended[0]
			row.change(&now)
			if diff := cmp.Diff(row.want, ruleChanges(now, Recommended[0])); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}
