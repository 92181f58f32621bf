package standin

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// maxCustomEvents is the limit of EventInfo on the page of PutCustomEvent.
	maxCustomEvents = 50
	// noGroup is the GroupId of what belongs to no application group.
	noGroup = "0"
	// customEventLayout is the form of Time on that page, beside milliseconds.
	customEventLayout = "20060102T150405.000-0700"
)

// CustomEvent is an event that a user reported, by the page of PutCustomEvent.
type CustomEvent struct {
	ID      string // chosen by CloudMonitor
	Name    string
	Content string
	GroupID string // 0 if empty: of no application group
	Time    time.Time
}

type customEventList struct {
	textSuccess
	CustomEvents struct {
		CustomEvent []customEventRow `json:"CustomEvent"`
	} `json:"CustomEvents"`
}

type customEventRow struct {
	ID      string `json:"Id"`
	Name    string `json:"Name"`
	GroupID string `json:"GroupId"`
	Content string `json:"Content"`
	Time    string `json:"Time"`
}

// CustomEvents returns the events reported so far, in the order in which they came.
func (k *KMS) CustomEvents() []CustomEvent {
	k.lock()
	defer k.mu.Unlock()
	return slices.Clone(k.customEvents)
}

// ReportCustomEvent reports an event by somebody else's hand, now if it has no Time.
func (k *KMS) ReportCustomEvent(e CustomEvent) {
	now := k.lock()
	defer k.mu.Unlock()
	k.report(e, now)
}

func (k *KMS) report(e CustomEvent, now time.Time) {
	e.ID = cmp.Or(e.ID, fmt.Sprintf("custom-event-%d", len(k.customEvents)+1))
	e.GroupID = cmp.Or(e.GroupID, noGroup)
	if e.Time.IsZero() {
		e.Time = now
	}
	k.customEvents = append(k.customEvents, e)
}

// putCustomEvent takes all events of a request, or none.
func putCustomEvent(k *KMS, p url.Values, now time.Time) (identified, *refusal) {
	sent := members(p, "EventInfo")
	if len(sent) == 0 || len(sent) > maxCustomEvents {
		return nil, parameterInvalid("EventInfo")
	}
	var all []CustomEvent
	for _, one := range sent {
		e := CustomEvent{Name: one.Get("EventName"), Content: one.Get("Content"), GroupID: one.Get("GroupId")}
		var ok bool
		if e.Time, ok = customEventTime(one.Get("Time")); !ok || e.Name == "" || e.Content == "" {
			return nil, parameterInvalid("EventInfo")
		}
		all = append(all, e)
	}
	for _, e := range all {
		k.report(e, now)
	}
	answer := succeeded()
	return &answer, nil
}

// customEventTime returns no time for a text that is empty.
func customEventTime(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(ms), ms >= firstMillisecond
	}
	at, err := time.Parse(customEventLayout, text)
	return at, err == nil
}

func describeCustomEventAttribute(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	from, to, refused := between(p)
	if refused != nil {
		return nil, refused
	}
	var asked []CustomEvent
	for _, e := range k.customEvents {
		if at := e.Time.UnixMilli(); from <= at && at <= to && e.isAsked(p) {
			asked = append(asked, e)
		}
	}
	slices.SortStableFunc(asked, func(a, b CustomEvent) int { return a.Time.Compare(b.Time) })
	if k.behavior().HistoryOrder == NewestFirst {
		slices.Reverse(asked)
	}
	if asked, refused = cutMonitor(asked, p); refused != nil {
		return nil, refused
	}
	list := &customEventList{textSuccess: textSuccessTrue()}
	list.CustomEvents.CustomEvent = []customEventRow{}
	for _, e := range asked {
		row := customEventRow{e.ID, e.Name, e.GroupID, e.Content, strconv.FormatInt(e.Time.UnixMilli(), 10)}
		list.CustomEvents.CustomEvent = append(list.CustomEvents.CustomEvent, row)
	}
	return list, nil
}

func (e CustomEvent) isAsked(p url.Values) bool {
	for name, value := range map[string]string{"EventId": e.ID, "Name": e.Name, "GroupId": e.GroupID} {
		if want := p.Get(name); want != "" && want != value {
			return false
		}
	}
	return keywordsIn(e.Content, p.Get("SearchKeywords"))
}

const (
	// defaultPeriod and periodUnit are those of Period on the page of PutCustomEventRule.
	defaultPeriod = "300"
	periodUnit    = time.Minute
)

var errNoCustomEvent = &refusal{http.StatusNotFound, "ResourceNotFound", "The custom event does not exist."}

// effectiveIntervals have the form on the page of PutCustomEventRule: from one time of the day to another.
var effectiveIntervals = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$`)

// CustomRule notifies contacts of a custom event that came so often within a period, by the page of PutCustomEventRule. Its
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
	answer := successTrue()
	return &answer, nil
}

// wrong returns the parameter that is missing or must not be as it is, or "".
func (r CustomRule) wrong() string {
	for _, required := range [][2]string{{"RuleId", r.ID}, {"RuleName", r.Name}, {"EventName", r.EventName}, {"GroupId", r.GroupID}} {
		if required[1] == "" {
			return required[0]
		}
	}
	switch {
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
