package standin

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

const (
	ruleOfSystemEvents = "SYSTEM"
	ruleOfCustomEvents = "CUSTOM"
	ruleEnabled        = "ENABLED"
	ruleDisabled       = "DISABLED"

	// defaultSilence is the default on the page of DescribeEventRuleAttribute; that of PutEventRule names none.
	defaultSilence = 24 * time.Hour
	// maxDeletedRules is the limit of RuleNames on the page of DeleteEventRules.
	maxDeletedRules = 20
)

var errNoRule = &refusal{http.StatusNotFound, "ResourceNotFound", "The alert does not exist."}

// EventRule is an event-triggered alert rule, as the page of PutEventRule describes it. Its name is its key.
type EventRule struct {
	Name        string
	Description string
	EventType   string // SYSTEM or CUSTOM
	State       string // ENABLED or DISABLED
	GroupID     string
	Silence     time.Duration
	Patterns    []EventPattern
}

type storedRule struct {
	verdict
	Data string `json:"Data"` // how many were stored
}

// Rules returns the rules in the order of their names.
func (k *KMS) Rules() []EventRule {
	k.lock()
	defer k.mu.Unlock()
	var all []EventRule
	for _, name := range sortedKeys(k.rules) {
		all = append(all, k.rules[name].clone())
	}
	return all
}

// PutRule stores a rule by a person's hand, over one that has its name. Nothing about it is checked.
func (k *KMS) PutRule(r EventRule) {
	k.lock()
	defer k.mu.Unlock()
	k.rules[r.Name] = r.clone()
}

func (r EventRule) clone() EventRule {
	r.Patterns = slices.Clone(r.Patterns)
	for i := range r.Patterns {
		r.Patterns[i] = r.Patterns[i].clone()
	}
	return r
}

// putEventRule stores a rule as it is sent: what the call leaves out is not kept from the rule that was there before.
func putEventRule(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	rule := EventRule{
		Name: p.Get("RuleName"), Description: p.Get("Description"), GroupID: p.Get("GroupId"),
		EventType: cmp.Or(p.Get("EventType"), ruleOfSystemEvents), State: cmp.Or(p.Get("State"), ruleEnabled),
	}
	switch {
	case rule.Name == "":
		return nil, parameterInvalid("RuleName")
	case rule.EventType != ruleOfSystemEvents && rule.EventType != ruleOfCustomEvents:
		return nil, parameterInvalid("EventType")
	case rule.State != ruleEnabled && rule.State != ruleDisabled:
		return nil, parameterInvalid("State")
	}
	var refused *refusal
	if rule.Silence, refused = k.silence(p); refused != nil {
		return nil, refused
	}
	if rule.Patterns, refused = eventPatterns(p); refused != nil {
		return nil, refused
	}
	k.rules[rule.Name] = rule
	return &storedRule{verdictTrue(), "1"}, nil
}

func (k *KMS) silence(p url.Values) (time.Duration, *refusal) {
	if p.Get("SilenceTime") == "" {
		return defaultSilence, nil
	}
	seconds, err := strconv.Atoi(p.Get("SilenceTime"))
	if err != nil || seconds < 0 {
		return 0, parameterInvalid("SilenceTime")
	}
	if seconds == 0 && k.world().ZeroSilenceIsADay {
		return defaultSilence, nil
	}
	return time.Duration(seconds) * time.Second, nil
}

// namedRule returns the rule that RuleName names.
func (k *KMS) namedRule(p url.Values) (EventRule, *refusal) {
	if p.Get("RuleName") == "" {
		return EventRule{}, parameterInvalid("RuleName")
	}
	rule, there := k.rules[p.Get("RuleName")]
	if !there {
		return EventRule{}, errNoRule
	}
	return rule, nil
}

func deleteEventRules(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	names := repeated(p, "RuleNames", "")
	if len(names) == 0 || len(names) > maxDeletedRules {
		return nil, parameterInvalid("RuleNames")
	}
	for _, name := range names {
		if k.world().DeletingNothingFails && !k.deletable(name) {
			return nil, errNoRule
		}
	}
	for _, name := range names {
		k.deleteRule(name)
	}
	answer := verdictTrue()
	return &answer, nil
}

// deletable says whether deleteRule would find something to delete.
func (k *KMS) deletable(name string) bool {
	for _, rule := range k.customRules {
		if rule.Name == name && k.world().CustomRulesListed {
			return true
		}
	}
	_, there := k.rules[name]
	return there
}

// deleteRule deletes those rules of a name that the list shows: where it has those for custom events, these too. Nothing
// else is documented to delete them.
func (k *KMS) deleteRule(name string) {
	delete(k.rules, name)
	if !k.world().TargetsOutliveRules {
		delete(k.targets, name)
	}
	if k.world().CustomRulesListed {
		maps.DeleteFunc(k.customRules, func(_ string, r CustomRule) bool { return r.Name == name })
	}
}
