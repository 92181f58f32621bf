package alicloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/cms"
)

const (
	// rulesPerPage is the documented default. The largest page is not documented.
	rulesPerPage = 10
	// maxRulePages is for a total that is wrong; no document says how many rules an account may have.
	maxRulePages = 100
	// maxDeleted is how many rules, or targets of a rule, one call deletes at most.
	maxDeleted = 20
)

// ErrTooMany is the error of a list that is longer than is read: a part of it would be taken for the whole.
var ErrTooMany = errors.New("the list is longer than is read at once: narrow the question")

var (
	errFiltered = errors.New("a rule without its filter would let more through")
	errNoName   = errors.New("a name is empty")
)

// Rule is an event rule of CloudMonitor. Its name is its key.
type Rule struct {
	Name        string
	Description string
	EventType   string // SYSTEM or CUSTOM
	State       string // ENABLED or DISABLED

	// Silence is how long a notification keeps the next one away, in whole seconds. Where the answer has none,
	// SilenceKnown is false: one document gives a day as the default.
	Silence      time.Duration
	SilenceKnown bool

	Product    string // in the case that the answer has
	Names      []string
	Levels     []string
	EventTypes []string
	Filter     string // in words, whatever else narrows the rule; "" for nothing. It can be read and not written.
}

// EventRules reads the rules whose name begins with prefix, disabled ones included. One document has a switch that
// defaults to the enabled ones, and the SDK has no field for it: so both questions are asked.
func (m *CloudMonitor) EventRules(ctx context.Context, prefix string) ([]Rule, error) {
	var rules []Rule
	for _, disabledOnly := range []bool{false, true} {
		read, err := m.allRules(ctx, prefix, disabledOnly)
		if err != nil {
			return nil, err
		}
		for _, rule := range read {
			if !slices.ContainsFunc(rules, func(known Rule) bool { return known.Name == rule.Name }) {
				rules = append(rules, rule)
			}
		}
	}
	return rules, nil
}

func (m *CloudMonitor) allRules(ctx context.Context, prefix string, disabledOnly bool) ([]Rule, error) {
	var rules []Rule
	for page := 1; page <= maxRulePages; page++ {
		read, total, err := m.rulePage(ctx, prefix, disabledOnly, page)
		if err != nil {
			return nil, err
		}
		rules = append(rules, read...)
		if len(read) == 0 || len(rules) >= total && (total > 0 || len(read) < rulesPerPage) {
			return rules, nil
		}
	}
	return nil, ErrTooMany
}

// rulePage reads one page. total is 0 where the answer has none; then a page that is not full is the last.
func (m *CloudMonitor) rulePage(ctx context.Context, prefix string, disabledOnly bool, page int) (rules []Rule, total int, err error) {
	request := cms.CreateDescribeEventRuleListRequest()
	request.NamePrefix = prefix
	request.PageNumber = strconv.Itoa(page)
	request.PageSize = strconv.Itoa(rulesPerPage)
	if disabledOnly {
		request.GetQueryParams()["IsEnable"] = "false"
	}
	var reply struct {
		Total      flexString
		EventRules json.RawMessage
	}
	r, err := m.call(ctx, request, &reply)
	if err != nil {
		return nil, 0, err
	}
	read, ok := decodeRows[ruleReply](reply.EventRules, "EventRule")
	if !ok {
		return nil, 0, r.unreadable("EventRules")
	}
	for _, one := range read {
		rule, unreadable := one.rule()
		if unreadable != "" {
			return nil, 0, r.unreadable(unreadable)
		}
		rules = append(rules, rule)
	}
	total, _ = reply.Total.count()
	return rules, total, nil
}

// ruleReply is a rule as DescribeEventRuleList gives it.
type ruleReply struct {
	Name, Description, EventType, State, GroupId, SilenceTime flexString

	EventPattern json.RawMessage
}

// patternReply is what a rule lets through. No document lists StatusList in this answer, though it can be written.
type patternReply struct {
	Product, SQLFilter, CustomFilters flexString

	NameList, LevelList, EventTypeList, StatusList, KeywordFilter json.RawMessage
}

// rule returns the rule, or the member that cannot be read: a rule that is read in part would be written anew.
func (r ruleReply) rule() (rule Rule, unreadable string) {
	rule = Rule{Name: string(r.Name), Description: string(r.Description), EventType: string(r.EventType), State: string(r.State)}
	seconds, known := r.SilenceTime.count()
	rule.Silence, rule.SilenceKnown = time.Duration(seconds)*time.Second, known
	if r.GroupId != noGroup {
		rule.narrow("application group", string(r.GroupId))
	}
	patterns, ok := patternsOf(r.EventPattern)
	if !ok {
		return Rule{}, "EventPattern"
	}
	if len(patterns) == 0 {
		return rule, ""
	}
	if len(patterns) > 1 { // it can be written, and every document shows one
		rule.narrow(fmt.Sprintf("the first of %d", len(patterns)), "patterns")
	}
	unreadable = patterns[0].fill(&rule)
	return rule, unreadable
}

// narrow adds to the words for what has no field in a Rule.
func (r *Rule) narrow(name, value string) {
	switch {
	case value == "":
	case r.Filter == "":
		r.Filter = name + " " + value
	default:
		r.Filter += "; " + name + " " + value
	}
}

// patternsOf reads both forms of EventPattern: by the vendor's documents it holds a list of its own name, and by what the
// vendor's Terraform provider reads on real accounts it is one pattern itself.
func patternsOf(pattern json.RawMessage) ([]patternReply, bool) {
	if read, ok := decodeRows[patternReply](pattern, "EventPattern"); ok {
		return read, true
	}
	var one struct {
		EventPattern json.RawMessage
		patternReply
	}
	return []patternReply{one.patternReply}, json.Unmarshal(pattern, &one) == nil && one.EventPattern == nil
}

// fill gives the rule what the pattern says, and returns the member that cannot be read.
func (p patternReply) fill(rule *Rule) (unreadable string) {
	rule.Product = string(p.Product)
	var statuses, keywords []string
	var filter struct {
		Relation flexString
		Keywords json.RawMessage
	}
	if !isNone(p.KeywordFilter) && json.Unmarshal(p.KeywordFilter, &filter) != nil {
		return "KeywordFilter"
	}
	for _, list := range []struct {
		member string
		rows   json.RawMessage
		into   *[]string
	}{
		{"NameList", p.NameList, &rule.Names},
		{"LevelList", p.LevelList, &rule.Levels},
		{"EventTypeList", p.EventTypeList, &rule.EventTypes},
		{"StatusList", p.StatusList, &statuses},
		{"Keywords", filter.Keywords, &keywords},
	} {
		texts, ok := decodeRows[flexString](list.rows, list.member)
		if !ok {
			return list.member
		}
		for _, text := range texts {
			*list.into = append(*list.into, string(text))
		}
	}
	rule.narrow("status", strings.Join(statuses, ", "))
	rule.narrow("SQL filter", string(p.SQLFilter))
	rule.narrow("custom filter", string(p.CustomFilters))
	if len(keywords) > 0 {
		rule.narrow("keywords", strings.TrimSpace(string(filter.Relation)+" "+strings.Join(keywords, ", ")))
	}
	return ""
}

// PutEventRule creates the rule, or overwrites the one that has its name. A silence of 0 is sent as such, since leaving
// it out would mean the default; what CloudMonitor makes of 0 is not documented.
func (m *CloudMonitor) PutEventRule(ctx context.Context, rule Rule) error {
	request := cms.CreatePutEventRuleRequest()
	if rule.Filter != "" {
		return notMade(request, errFiltered)
	}
	request.RuleName = rule.Name
	request.Description = rule.Description
	request.EventType = rule.EventType
	request.State = rule.State
	request.SilenceTime = requests.NewInteger(int(rule.Silence / time.Second))
	request.EventPattern = &[]cms.PutEventRuleEventPattern{{
		Product: rule.Product, NameList: &rule.Names, LevelList: &rule.Levels, EventTypeList: &rule.EventTypes,
	}}
	_, err := m.call(ctx, request, nil)
	return err
}

// DeleteEventRules deletes rules by their names. More than 20 are ErrTooLarge.
func (m *CloudMonitor) DeleteEventRules(ctx context.Context, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	request := cms.CreateDeleteEventRulesRequest()
	if err := checkDeleted(names); err != nil {
		return notMade(request, err)
	}
	request.RuleNames = &names
	_, err := m.call(ctx, request, nil)
	return err
}

func checkDeleted(names []string) error {
	switch {
	case len(names) > maxDeleted:
		return ErrTooLarge
	case slices.Contains(names, ""):
		return errNoName
	}
	return nil
}
