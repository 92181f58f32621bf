package alicloud

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/cms"
)

// noGroup stands for a rule that belongs to no application group; the parameter is required.
const noGroup = "0"

// CustomEventRule tells contact groups of custom events. ID is its key.
type CustomEventRule struct {
	ID, Name, EventName, Level string

	ContactGroups []string      // a comma parts them, so that a name has none
	Threshold     int           // how many events within Period
	Period        time.Duration // a multiple of a minute; 0 for the default of five
}

// PutCustomEventRule creates the rule, or overwrites the one that has its ID. An event of its name has to be reported
// before.
func (m *CloudMonitor) PutCustomEventRule(ctx context.Context, rule CustomEventRule) error {
	request := cms.CreatePutCustomEventRuleRequest()
	request.RuleId = rule.ID
	request.RuleName = rule.Name
	request.EventName = rule.EventName
	request.Level = rule.Level
	request.GroupId = noGroup
	request.ContactGroups = strings.Join(rule.ContactGroups, ",")
	request.Threshold = strconv.Itoa(rule.Threshold)
	if rule.Period != 0 {
		request.Period = strconv.Itoa(int(rule.Period / time.Second))
	}
	_, err := m.call(ctx, request, &struct{}{})
	return err
}
