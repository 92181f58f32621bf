package standin

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
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
	success
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
	return &storedRule{successTrue(), "1"}, nil
}

func (k *KMS) silence(p url.Values) (time.Duration, *refusal) {
	if p.Get("SilenceTime") == "" {
		return defaultSilence, nil
	}
	seconds, err := strconv.Atoi(p.Get("SilenceTime"))
	if err != nil || seconds < 0 {
		return 0, parameterInvalid("SilenceTime")
	}
	if seconds == 0 && k.behavior().ZeroSilenceIsADay {
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
		if k.behavior().DeletingNothingFails && !k.deletable(name) {
			return nil, errNoRule
		}
	}
	for _, name := range names {
		k.deleteRule(name)
	}
	answer := successTrue()
	return &answer, nil
}

// deletable says whether deleteRule would find something to delete.
func (k *KMS) deletable(name string) bool {
	for _, rule := range k.customRules {
		if rule.Name == name && k.behavior().CustomRulesListed {
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
	if !k.behavior().TargetsOutliveRules {
		delete(k.targets, name)
	}
	if k.behavior().CustomRulesListed {
		maps.DeleteFunc(k.customRules, func(_ string, r CustomRule) bool { return r.Name == name })
	}
}

// The limits on the page of PutEventRule.
const (
	maxPatterns      = 50
	maxPatternValues = 50
)

// The values of the lists that are closed, and of the Relation of a KeywordFilter.
var (
	patternLevels     = []string{"CRITICAL", "WARN", "INFO", "*"}
	patternEventTypes = []string{"StatusNotification", "Exception", "Maintenance", "*"}
	keywordRelations  = []string{"", "OR", "NOT"}
)

// EventPattern says of which events an EventRule speaks: by EventPattern.N on the page of PutEventRule. An empty list is
// no restriction.
type EventPattern struct {
	Product         string
	Names           []string
	Statuses        []string
	Levels          []string
	EventTypes      []string
	SQLFilter       string
	CustomFilters   string
	Keywords        []string
	KeywordRelation string // OR or NOT
}

func (e EventPattern) clone() EventPattern {
	for _, list := range []*[]string{&e.Names, &e.Statuses, &e.Levels, &e.EventTypes, &e.Keywords} {
		*list = slices.Clone(*list)
	}
	return e
}

func eventPatterns(p url.Values) ([]EventPattern, *refusal) {
	sent := members(p, "EventPattern")
	if len(sent) == 0 || len(sent) > maxPatterns {
		return nil, parameterInvalid("EventPattern")
	}
	var all []EventPattern
	for _, one := range sent {
		pattern := EventPattern{
			Product: one.Get("Product"), Names: repeated(one, "NameList", ""), Statuses: repeated(one, "StatusList", ""),
			Levels: repeated(one, "LevelList", ""), EventTypes: repeated(one, "EventTypeList", ""),
			SQLFilter: one.Get("SQLFilter"), CustomFilters: one.Get("CustomFilters"),
			Keywords: repeated(one, "KeywordFilter.Keywords", ""), KeywordRelation: one.Get("KeywordFilter.Relation"),
		}
		if wrong := pattern.wrong(); wrong != "" {
			return nil, parameterInvalid("EventPattern." + wrong)
		}
		all = append(all, pattern)
	}
	return all, nil
}

// wrong returns the member that must not be as it is, or "".
func (e EventPattern) wrong() string {
	outside := func(values, known []string) bool {
		return slices.ContainsFunc(values, func(value string) bool { return !slices.Contains(known, value) })
	}
	switch {
	case e.Product == "":
		return "Product"
	case len(e.Names) > maxPatternValues:
		return "NameList"
	case len(e.Statuses) > maxPatternValues:
		return "StatusList"
	case outside(e.Levels, patternLevels):
		return "LevelList"
	case outside(e.EventTypes, patternEventTypes):
		return "EventTypeList"
	case !slices.Contains(keywordRelations, e.KeywordRelation):
		return "KeywordFilter.Relation"
	}
	return ""
}

// patternRow is a pattern as both Describe actions show it: each list is in an object, under its own name again.
type patternRow struct {
	Product       string              `json:"Product"`
	CustomFilters string              `json:"CustomFilters,omitempty"`
	SQLFilter     string              `json:"SQLFilter,omitempty"`
	LevelList     map[string][]string `json:"LevelList"`
	EventTypeList map[string][]string `json:"EventTypeList"`
	NameList      map[string][]string `json:"NameList"`
}

func (e EventPattern) row(b Behavior) patternRow {
	row := patternRow{
		Product: e.Product, CustomFilters: e.CustomFilters, SQLFilter: e.SQLFilter,
		LevelList: boxed("LevelList", e.Levels), EventTypeList: boxed("EventTypeList", e.EventTypes),
		NameList: boxed("NameList", e.Names),
	}
	if b.RuleProductsInLowerCase {
		row.Product = strings.ToLower(row.Product)
	}
	return row
}

func boxed(name string, values []string) map[string][]string {
	return map[string][]string{name: append([]string{}, values...)}
}
