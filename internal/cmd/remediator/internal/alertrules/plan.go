package alertrules

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
)

// rulePlan is what has to be written so that a rule and its targets are as wanted.
type rulePlan struct {
	name    string
	put     *alicloud.Rule    // nil if the rule is as wanted
	gone    bool              // the rule is not wanted at all
	add     []alicloud.Target // new ones, and such that take the ID of one that is not wanted any more
	remove  []alicloud.Target
	changes []change
}

// planRule compares. A note that a person added to the description of our rule stays.
func planRule(now ruleState, want alicloud.Rule, wanted []alicloud.Target) rulePlan {
	p := rulePlan{name: want.Name}
	if !now.Found {
		p.put = &want
		p.changes = append(p.changes, change{Rule: want.Name, Field: wholeRule, Wanted: ruleWords(want)})
	} else if p.changes = ruleChanges(now.Rule, want); len(p.changes) > 0 {
		if IsOurs(now.Rule) {
			want.Description = now.Rule.Description
		}
		p.put = &want
	}
	p.planTargets(now.Targets, wanted)
	return p
}

// planRemoval takes a rule away, and its targets before it: what becomes of those of a rule that is deleted is not documented.
func planRemoval(now ruleState) rulePlan {
	p := rulePlan{name: now.Name, gone: true, changes: []change{{Rule: now.Name, Field: wholeRule, Now: ruleWords(now.Rule)}}}
	p.planTargets(now.Targets, nil)
	return p
}

func ruleWords(r alicloud.Rule) string {
	return fmt.Sprintf("for %s, level %s, type %s, silence %s", list(r.Names), list(r.Levels), list(r.EventTypes), r.Silence)
}

// planTargets keeps each wanted target that is there already, under whatever ID.
func (p *rulePlan) planTargets(there, wanted []alicloud.Target) {
	keep, missing := matchTargets(there, wanted)
	p.remove = slices.DeleteFunc(slices.Clone(there), func(t alicloud.Target) bool { return slices.Contains(keep, t) })
	taken := map[string]bool{}
	for _, t := range there {
		taken[t.ID] = true
	}
	for _, t := range missing {
		t.ID = p.freeID(t.Kind, taken)
		taken[t.ID] = true
		p.add = append(p.add, t)
		p.changes = append(p.changes, change{Rule: p.name, Field: targetField, Wanted: named(t)})
	}
	for _, t := range p.remove {
		p.changes = append(p.changes, change{Rule: p.name, Field: targetField, Now: named(t)})
	}
	// A target that is overwritten needs no removal of its own, which would end the new one.
	p.remove = slices.DeleteFunc(p.remove, func(t alicloud.Target) bool {
		return slices.ContainsFunc(p.add, func(added alicloud.Target) bool { return added.ID == t.ID })
	})
}

// matchTargets finds the wanted targets that are there. One that shares its ID with a target that has to go is not kept:
// removal is by ID, and would end both.
func matchTargets(there, wanted []alicloud.Target) (keep, missing []alicloud.Target) {
	for _, want := range wanted {
		i := slices.IndexFunc(there, func(t alicloud.Target) bool {
			return sameTarget(t, want) && !slices.ContainsFunc(there, func(other alicloud.Target) bool {
				return other.ID == t.ID && !isWanted(other, wanted)
			})
		})
		if i < 0 {
			missing = append(missing, want)
			continue
		}
		keep = append(keep, there[i])
	}
	return keep, missing
}

func isWanted(t alicloud.Target, wanted []alicloud.Target) bool {
	return slices.ContainsFunc(wanted, func(want alicloud.Target) bool { return sameTarget(t, want) })
}

// freeID returns an ID that nothing has, so that the target it replaces goes on until the new one is there. Each kind has as
// many IDs as it may have targets: with all of them taken, one that is not wanted any more is overwritten. IDs are numbers,
// as in every published example: a refusal names them as int32.
func (p *rulePlan) freeID(kind alicloud.TargetKind, taken map[string]bool) string {
	first := idStep*(slices.Index(alicloud.TargetKinds, kind)+1) + 1
	for n := first; n < first+maxTargets; n++ {
		if id := strconv.Itoa(n); !taken[id] {
			return id
		}
	}
	for n := first; n < first+maxTargets; n++ {
		id := strconv.Itoa(n)
		has := func(t alicloud.Target) bool { return t.ID == id }
		if slices.ContainsFunc(p.remove, has) && !slices.ContainsFunc(p.add, has) {
			return id
		}
	}
	for n := idStep * idStep; ; n++ { // targets of another kind have all of them, and stay
		if id := strconv.Itoa(n); !taken[id] {
			return id
		}
	}
}

// idStep keeps the IDs of the kinds apart: those of functions begin at 11, those of queues at 21.
const idStep = 10

// summary is a plan for people, in lines.
func summary(changes []change) []string {
	var lines []string
	rule := ""
	for _, c := range changes {
		if c.Rule != rule {
			rule = c.Rule
			lines = append(lines, rule)
		}
		lines = append(lines, "  "+c.String())
	}
	return lines
}
