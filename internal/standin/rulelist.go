package standin

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"
)

// ruleList is the answer of DescribeEventRuleList.
type ruleList struct {
	success
	Total      int `json:"Total"`
	EventRules struct {
		EventRule []ruleRow `json:"EventRule"`
	} `json:"EventRules"`
}

type ruleRow struct {
	Name         string `json:"Name"`
	Description  string `json:"Description"`
	EventType    string `json:"EventType"`
	State        string `json:"State"`
	GroupID      string `json:"GroupId"`
	SilenceTime  int64  `json:"SilenceTime"`
	EventPattern any    `json:"EventPattern"` // listedPatterns or listedPattern
}

type listedPatterns struct {
	EventPattern []listedPattern `json:"EventPattern"`
}

// listedPattern has no StatusList, which this page does not show.
type listedPattern struct {
	patternRow
	KeywordFilter *listedKeywords `json:"KeywordFilter,omitempty"`
}

type listedKeywords struct {
	Relation string              `json:"Relation"`
	Keywords map[string][]string `json:"Keywords"`
}

// ruleAttribute is the answer of DescribeEventRuleAttribute: one pattern, and no SilenceTime.
type ruleAttribute struct {
	success
	Result struct {
		Name         string           `json:"Name"`
		Description  string           `json:"Description"`
		EventType    string           `json:"EventType"`
		State        string           `json:"State"`
		GroupID      string           `json:"GroupId"`
		EventPattern attributePattern `json:"EventPattern"`
	} `json:"Result"`
}

type attributePattern struct {
	patternRow
	StatusList map[string][]string `json:"StatusList"`
}

func describeEventRuleList(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	asked, refused := k.rulesAsked(p)
	if refused != nil {
		return nil, refused
	}
	list := &ruleList{success: successTrue(), Total: len(asked)}
	if asked, refused = cutMonitor(asked, p); refused != nil {
		return nil, refused
	}
	list.EventRules.EventRule = []ruleRow{}
	for _, rule := range asked {
		list.EventRules.EventRule = append(list.EventRules.EventRule, rule.row(k.behavior()))
	}
	return list, nil
}

// rulesAsked returns the rules that a request asks for, in the order of their names. IsEnable is on newer pages only,
// with true as its default.
func (k *KMS) rulesAsked(p url.Values) ([]EventRule, *refusal) {
	enable := cmp.Or(p.Get("IsEnable"), "true")
	if enable != "true" && enable != "false" {
		return nil, parameterInvalid("IsEnable")
	}
	var all []EventRule
	for _, rule := range k.rules {
		if k.behavior().DisabledRulesListed || (rule.State == ruleEnabled) == (enable == "true") {
			all = append(all, rule)
		}
	}
	if k.behavior().CustomRulesListed && enable == "true" {
		for _, rule := range k.customRules {
			all = append(all, rule.eventRule())
		}
	}
	all = slices.DeleteFunc(all, func(r EventRule) bool {
		return !strings.HasPrefix(r.Name, p.Get("NamePrefix")) || p.Get("GroupId") != "" && p.Get("GroupId") != r.GroupID
	})
	slices.SortFunc(all, func(a, b EventRule) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.EventType, b.EventType))
	})
	return all, nil
}

func (r EventRule) row(b Behavior) ruleRow {
	row := ruleRow{
		Name: r.Name, Description: r.Description, EventType: r.EventType, State: r.State, GroupID: r.GroupID,
		SilenceTime: int64(r.Silence.Seconds()),
	}
	patterns := []listedPattern{}
	for _, pattern := range r.Patterns {
		listed := listedPattern{patternRow: pattern.row(b)}
		if len(pattern.Keywords) > 0 {
			listed.KeywordFilter = &listedKeywords{pattern.KeywordRelation, boxed("Keywords", pattern.Keywords)}
		}
		patterns = append(patterns, listed)
	}
	row.EventPattern = listedPatterns{patterns}
	if b.RulePatternIsObject && len(patterns) > 0 {
		row.EventPattern = patterns[0]
	}
	return row
}

func describeEventRuleAttribute(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	rule, refused := k.namedRule(p)
	if refused != nil {
		return nil, refused
	}
	answer := &ruleAttribute{success: successTrue()}
	result := &answer.Result
	result.Name, result.Description, result.EventType = rule.Name, rule.Description, rule.EventType
	result.State, result.GroupID = rule.State, rule.GroupID
	for _, pattern := range rule.Patterns[:min(1, len(rule.Patterns))] {
		result.EventPattern = attributePattern{pattern.row(k.behavior()), boxed("StatusList", pattern.Statuses)}
	}
	return answer, nil
}
