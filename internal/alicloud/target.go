package alicloud

import (
	"context"
	"slices"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/cms"
)

// maxTargets is how many targets of one list a call puts at most; queues and topics share one.
const maxTargets = 5

// TargetKind says what a target of a rule is. It is a closed set.
type TargetKind string

const (
	FunctionTarget TargetKind = "function" // of Function Compute
	QueueTarget    TargetKind = "queue"    // of MNS
	TopicTarget    TargetKind = "topic"    // of MNS
	URLTarget      TargetKind = "url"      // a callback
	LogTarget      TargetKind = "log"      // a Logstore of Log Service
	ContactTarget  TargetKind = "contact"  // a contact group
	OpenAPITarget  TargetKind = "openapi"  // a call of another service; can be read and deleted, not put
)

// TargetKinds lists every TargetKind, in the order in which targets are read.
var TargetKinds = []TargetKind{FunctionTarget, QueueTarget, TopicTarget, URLTarget, LogTarget, ContactTarget, OpenAPITarget}

// Target is where a rule sends its events. A kind uses the fields that are its own; the others are empty.
type Target struct {
	Kind TargetKind
	ID   string // names the target in its rule: a put with the ID of another changes that one
	ARN  string // only in answers

	Region            string
	Service, Function string // documents know a function only with its service, which those of version 3.0 have not
	Queue, Topic      string
	URL               string // may hold a token: not for printing
	Method, Protocol  string
	Project, Logstore string
	ContactGroup      string
	Level             string
}

// PutEventTargets adds targets to a rule, or changes those with the same IDs. An answer with HTTP status 200 can tell
// that CloudMonitor did not take all of them: that is an error, of class Refused if nothing else is said, and refused
// holds those that the answer names. Of log and URL targets documents show no names.
func (m *CloudMonitor) PutEventTargets(ctx context.Context, rule string, targets []Target) (refused []Target, err error) {
	if len(targets) == 0 {
		return nil, nil
	}
	request := cms.CreatePutEventRuleTargetsRequest()
	request.RuleName = rule
	if !fill(request, targets) {
		return nil, declined(request)
	}
	return m.putTargets(ctx, request, targets)
}

// fill gives the request each target in the list of its kind. It reports whether all of them can be sent.
func fill(request *cms.PutEventRuleTargetsRequest, targets []Target) bool {
	var functions []cms.PutEventRuleTargetsFcParameters
	var messages []cms.PutEventRuleTargetsMnsParameters
	var urls []cms.PutEventRuleTargetsWebhookParameters
	var logs []cms.PutEventRuleTargetsSlsParameters
	var contacts []cms.PutEventRuleTargetsContactParameters
	for _, t := range targets {
		switch t.Kind {
		case FunctionTarget:
			functions = append(functions, cms.PutEventRuleTargetsFcParameters{Id: t.ID, Region: t.Region, ServiceName: t.Service, FunctionName: t.Function})
		case QueueTarget:
			messages = append(messages, cms.PutEventRuleTargetsMnsParameters{Id: t.ID, Region: t.Region, Queue: t.Queue})
		case TopicTarget:
			messages = append(messages, cms.PutEventRuleTargetsMnsParameters{Id: t.ID, Region: t.Region, Topic: t.Topic})
		case URLTarget:
			urls = append(urls, cms.PutEventRuleTargetsWebhookParameters{Id: t.ID, Url: t.URL, Method: t.Method, Protocol: t.Protocol})
		case LogTarget:
			logs = append(logs, cms.PutEventRuleTargetsSlsParameters{Id: t.ID, Region: t.Region, Project: t.Project, LogStore: t.Logstore})
		case ContactTarget:
			contacts = append(contacts, cms.PutEventRuleTargetsContactParameters{Id: t.ID, ContactGroupName: t.ContactGroup, Level: t.Level})
		default:
			return false
		}
	}
	request.FcParameters, request.MnsParameters, request.WebhookParameters = &functions, &messages, &urls
	request.SlsParameters, request.ContactParameters = &logs, &contacts
	return max(len(functions), len(messages), len(urls), len(logs), len(contacts)) <= maxTargets
}

// EventTargets reads the targets of a rule.
func (m *CloudMonitor) EventTargets(ctx context.Context, rule string) ([]Target, error) {
	request := cms.CreateDescribeEventRuleTargetListRequest()
	request.RuleName = rule
	var reply targetLists
	if _, err := m.judgedBy(judgeCode).call(ctx, request, &reply); err != nil {
		return nil, err
	}
	return reply.targets(), nil
}

// DeleteEventTargets deletes targets of a rule by their IDs, 20 at most.
func (m *CloudMonitor) DeleteEventTargets(ctx context.Context, rule string, ids ...string) error {
	if len(ids) == 0 {
		return nil
	}
	request := cms.CreateDeleteEventRuleTargetsRequest()
	if len(ids) > maxDeleted || slices.Contains(ids, "") {
		return declined(request)
	}
	request.RuleName = rule
	request.Ids = &ids
	_, err := m.call(ctx, request, &struct{}{})
	return err
}
