package standin

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// defaultPeriod and periodUnit are those of Period on the page of PutCustomEventRule.
	defaultPeriod = "300"
	periodUnit    = time.Minute
)

var errNoCustomEvent = &refusal{http.StatusNotFound, "ResourceNotFound", "The custom event does not exist."}

// effectiveIntervals have the form on the page of PutCustomEventRule: from one time of the day to another.
var effectiveIntervals = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$`)

// CustomRule tells contacts of a custom event that came so often within a period, by the page of PutCustomEventRule. Its
// ID is its key.
type CustomRule struct {
	ID                string
	Name              string
	EventName         string
	GroupID           string
	Level             string // CRITICAL, WARN or INFO
	Threshold         int
	Period            time.Duration
	ContactGroups     []string
	EffectiveInterval string
	EmailSubject      string
	Webhook           string
}

// CustomRules returns the rules for custom events in the order of their ids.
func (k *KMS) CustomRules() []CustomRule {
	k.lock()
	defer k.mu.Unlock()
	var all []CustomRule
	for _, id := range sortedKeys(k.customRules) {
		rule := k.customRules[id]
		rule.ContactGroups = slices.Clone(rule.ContactGroups)
		all = append(all, rule)
	}
	return all
}

// eventRule is a CustomRule as DescribeEventRuleList would show it, if it does.
func (r CustomRule) eventRule() EventRule {
	return EventRule{
		Name: r.Name, EventType: ruleOfCustomEvents, State: ruleEnabled, GroupID: r.GroupID,
		Patterns: []EventPattern{{Names: []string{r.EventName}, Levels: []string{r.Level}}},
	}
}

func putCustomEventRule(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	rule := CustomRule{
		ID: p.Get("RuleId"), Name: p.Get("RuleName"), EventName: p.Get("EventName"), GroupID: p.Get("GroupId"),
		Level: p.Get("Level"), EffectiveInterval: p.Get("EffectiveInterval"), EmailSubject: p.Get("EmailSubject"),
		Webhook: p.Get("Webhook"),
	}
	if p.Get("ContactGroups") != "" {
		rule.ContactGroups = strings.Split(p.Get("ContactGroups"), ",")
	}
	rule.Threshold, _ = strconv.Atoi(p.Get("Threshold")) // what is no number is no threshold
	seconds, _ := strconv.Atoi(cmp.Or(p.Get("Period"), defaultPeriod))
	rule.Period = time.Duration(seconds) * time.Second
	if wrong := rule.wrong(); wrong != "" {
		return nil, parameterInvalid(wrong)
	}
	// The page sends a reader to the list of events for the name; how it refuses one that is not there it does not say.
	if !slices.ContainsFunc(k.customEvents, func(e CustomEvent) bool { return e.Name == rule.EventName }) {
		return nil, errNoCustomEvent
	}
	k.customRules[rule.ID] = rule
	answer := verdictTrue()
	return &answer, nil
}

// wrong returns the parameter that is missing or must not be as it is, or "".
func (r CustomRule) wrong() string {
	switch {
	case r.ID == "":
		return "RuleId"
	case r.Name == "":
		return "RuleName"
	case r.EventName == "":
		return "EventName"
	case r.GroupID == "":
		return "GroupId"
	case !slices.Contains([]string{"CRITICAL", "WARN", "INFO"}, r.Level):
		return "Level"
	case r.Threshold < 1:
		return "Threshold"
	case r.Period < periodUnit || r.Period%periodUnit != 0:
		return "Period"
	case len(r.ContactGroups) == 0 || slices.Contains(r.ContactGroups, ""):
		return "ContactGroups"
	case r.EffectiveInterval != "" && !effectiveIntervals.MatchString(r.EffectiveInterval):
		return "EffectiveInterval"
	}
	return ""
}
