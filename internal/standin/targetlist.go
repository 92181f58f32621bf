package standin

import (
	"net/url"
	"strconv"
	"time"
)

// TargetRefusal says how PutEventRuleTargets tells, with HTTP status 200, that it refused some targets. It is a closed set.
type TargetRefusal string

const (
	RefusedCounted  TargetRefusal = "counted"  // Success is true; a count and lists name those refused, the others are stored
	RefusedFailing  TargetRefusal = "failing"  // the same, but Success is false
	RefusedTogether TargetRefusal = "together" // Success is false, nothing is named, and nothing stored
)

// TargetRefusals lists every TargetRefusal.
var TargetRefusals = []TargetRefusal{RefusedCounted, RefusedFailing, RefusedTogether}

// document is an answer whose keys depend on the kinds of targets.
type document map[string]any

func (d document) identify(id string) { d["RequestId"] = id }

// putEventRuleTargets adds the targets that a request carries, or changes those whose Id is there. All others stay.
func putEventRuleTargets(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	rule, refused := k.namedRule(p)
	if refused != nil {
		return nil, refused
	}
	sent, refused := sentTargets(p)
	if refused != nil {
		return nil, refused
	}
	var taken, turnedAway []EventTarget
	for _, target := range sent {
		if k.refuses(target) {
			turnedAway = append(turnedAway, target)
			continue
		}
		taken = append(taken, target)
	}
	if len(turnedAway) > 0 && k.world().TargetRefusal == RefusedTogether {
		return document{"Code": "400", "Message": "The targets are not valid.", "Success": false}, nil
	}
	for _, target := range taken {
		k.putTarget(rule.Name, target)
	}
	return k.told(turnedAway), nil
}

func (k *KMS) refuses(t EventTarget) bool {
	if t.Kind == FunctionTarget && t.Service == "" && k.world().FunctionTargetNeedsService {
		return true
	}
	return k.refusesTarget != nil && k.refusesTarget(t)
}

// told is the answer about targets of which these were refused.
func (k *KMS) told(refused []EventTarget) document {
	answer := document{"Code": "200", "Message": "success", "Success": true, "FailedParameterCount": strconv.Itoa(len(refused))}
	if len(refused) > 0 && k.world().TargetRefusal == RefusedFailing {
		answer["Code"], answer["Message"], answer["Success"] = "400", "Some targets are not valid.", false
	}
	for _, c := range channels {
		if c.refused == "" {
			continue
		}
		rows := []map[string]any{}
		for _, t := range refused {
			if t.Kind == c.kind {
				row := t.show(c.refusedMembers...)
				row["Id"] = t.numeric()
				rows = append(rows, row)
			}
		}
		answer[c.refused] = map[string]any{c.refusedRow: rows}
	}
	return answer
}

// describeEventRuleTargetList lists all targets of a rule in one answer, which has no Success.
func describeEventRuleTargetList(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	rule, refused := k.namedRule(p)
	if refused != nil {
		return nil, refused
	}
	answer := document{"Code": "200", "Message": "success"}
	for _, c := range channels {
		rows := []map[string]any{}
		for _, t := range k.targets[rule.Name] {
			if t.Kind == c.kind {
				rows = append(rows, t.show(append([]string{"Arn"}, c.members...)...))
			}
		}
		answer[c.list] = map[string]any{c.row: rows}
	}
	return answer, nil
}
