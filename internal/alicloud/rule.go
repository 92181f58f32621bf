package alicloud

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/cms"
)

const (
	// rulesPerPage is the documented default. What more a page may hold is not documented.
	rulesPerPage = 10
	// maxRulePages is for a total that is wrong; no document says how many rules an account may have.
	maxRulePages = 100
	// maxDeleted is how many rules, or targets of a rule, one call deletes at most.
	maxDeleted = 20
)

// ErrTooMany is the error of a list that is longer than is read: a part of it would be taken for the whole.
var ErrTooMany = errors.New("the list is longer than is read at once: narrow the question")

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
		reply, err := m.rulePage(ctx, prefix, disabledOnly, page)
		if err != nil {
			return nil, err
		}
		for _, row := range reply.EventRules.EventRule {
			rules = append(rules, row.rule())
		}
		rows, total := len(reply.EventRules.EventRule), reply.total()
		if rows == 0 || len(rules) >= total && (total > 0 || rows < rulesPerPage) {
			return rules, nil
		}
	}
	return nil, ErrTooMany
}

type rulePage struct {
	Total      loose
	EventRules struct{ EventRule []ruleRow }
}

// total returns 0 where the answer has none; then a page that is not full is the last.
func (p rulePage) total() int {
	n, _ := p.Total.count()
	return n
}

func (m *CloudMonitor) rulePage(ctx context.Context, prefix string, disabledOnly bool, page int) (rulePage, error) {
	request := cms.CreateDescribeEventRuleListRequest()
	request.NamePrefix = prefix
	request.PageNumber = strconv.Itoa(page)
	request.PageSize = strconv.Itoa(rulesPerPage)
	if disabledOnly {
		request.GetQueryParams()["IsEnable"] = "false"
	}
	var reply rulePage
	_, err := m.call(ctx, request, &reply)
	return reply, err
}

// PutEventRule creates the rule, or overwrites the one that has its name. A silence of 0 is sent as such, since leaving
// it out would mean the default; what CloudMonitor makes of 0 is not documented.
func (m *CloudMonitor) PutEventRule(ctx context.Context, rule Rule) error {
	request := cms.CreatePutEventRuleRequest()
	if rule.Filter != "" {
		return declined(request) // a rule without its filter would let more through
	}
	request.RuleName = rule.Name
	request.Description = rule.Description
	request.EventType = rule.EventType
	request.State = rule.State
	request.SilenceTime = requests.NewInteger(int(rule.Silence / time.Second))
	request.EventPattern = &[]cms.PutEventRuleEventPattern{{
		Product: rule.Product, NameList: &rule.Names, LevelList: &rule.Levels, EventTypeList: &rule.EventTypes,
	}}
	_, err := m.call(ctx, request, &struct{}{})
	return err
}

// DeleteEventRules deletes rules by their names, 20 at most.
func (m *CloudMonitor) DeleteEventRules(ctx context.Context, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	request := cms.CreateDeleteEventRulesRequest()
	if len(names) > maxDeleted || slices.Contains(names, "") {
		return declined(request)
	}
	request.RuleNames = &names
	_, err := m.call(ctx, request, &struct{}{})
	return err
}
