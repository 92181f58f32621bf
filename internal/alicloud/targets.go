package alicloud

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/cms"

	"github.com/rotation-remediator/rotation-remediator/remediation"
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

var errKind = errors.New("a target of this kind cannot be put")

// Target is where a rule sends its events. A kind uses the fields that are its own; the others are empty.
type Target struct {
	Kind TargetKind
	ID   string // names the target in its rule: a put with the ID of another changes that one
	ARN  string // only in answers

	Region            string
	Service, Function string // documents know a function only with its service, which those of version 3.0 have not
	Queue, Topic      string
	URL               string // may hold a token: not for printing
	Method, Protocol  string // in answers, upper and lower case, as documents spell them
	Project, Logstore string
	ContactGroup      string
	Level             string
}

// PutEventTargets adds targets to a rule, or changes those with the same IDs. More than 5 of one list are ErrTooLarge. An
// answer with HTTP status 200 can say that CloudMonitor did not take all of them: that is an error, of class Refused if
// nothing else is said, and refused holds those that the answer names. Of log and URL targets documents show no names.
func (m *CloudMonitor) PutEventTargets(ctx context.Context, rule string, targets []Target) (refused []Target, err error) {
	if len(targets) == 0 {
		return nil, nil
	}
	request := cms.CreatePutEventRuleTargetsRequest()
	request.RuleName = rule
	if err := fill(request, targets); err != nil {
		return nil, notMade(request, err)
	}
	var said remediation.Class // a refusal names the targets too, so that the answer is read whatever it says
	listen := func(h head) remediation.Class {
		said = cloudMonitorSuccess(h)
		return ""
	}
	var body json.RawMessage
	r, err := m.checkedBy(listen).call(ctx, request, &body)
	if err != nil {
		return nil, err
	}
	refused, some, ok := refusedOf(body, targets)
	switch {
	case some && (said == "" || said == remediation.Transient): // Success is false, and Code that of a success
		return refused, r.failure(remediation.Refused)
	case said != "":
		return refused, r.failure(said)
	case !ok:
		return nil, r.unreadable("FailedParameters")
	}
	return nil, nil
}

// fill gives the request each target in the list of its kind.
func fill(request *cms.PutEventRuleTargetsRequest, targets []Target) error {
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
			return errKind
		}
	}
	if max(len(functions), len(messages), len(urls), len(logs), len(contacts)) > maxTargets {
		return ErrTooLarge
	}
	request.FcParameters, request.MnsParameters, request.WebhookParameters = &functions, &messages, &urls
	request.SlsParameters, request.ContactParameters = &logs, &contacts
	return nil
}

// refusedOf reads which targets were not taken, and whether there are any. ok is false where it cannot be read.
func refusedOf(body []byte, sent []Target) (refused []Target, some, ok bool) {
	var reply struct {
		FailedParameterCount flexString

		FailedFcParameters, FailedMnsParameters, FailedContactParameters json.RawMessage
	}
	if json.Unmarshal(body, &reply) != nil {
		return nil, false, false
	}
	failed, ok := targetLists{
		FcParameters: reply.FailedFcParameters, MnsParameters: reply.FailedMnsParameters, ContactParameters: reply.FailedContactParameters,
	}.targets()
	for _, target := range failed {
		refused = append(refused, asSent(target, sent))
	}
	count := reply.FailedParameterCount
	return refused, len(refused) > 0 || count != "" && count != "0", ok
}

// asSent returns the target that was sent, if the answer names one, and what the answer says of it otherwise.
func asSent(named Target, sent []Target) Target {
	for _, target := range sent {
		if target.Kind == named.Kind && target.ID == named.ID {
			return target
		}
	}
	return named
}

// EventTargets reads the targets of a rule.
func (m *CloudMonitor) EventTargets(ctx context.Context, rule string) ([]Target, error) {
	request := cms.CreateDescribeEventRuleTargetListRequest()
	request.RuleName = rule
	var reply targetLists
	r, err := m.checkedBy(codeSuccess).call(ctx, request, &reply)
	if err != nil {
		return nil, err
	}
	targets, ok := reply.targets()
	if !ok {
		return nil, r.unreadable("targets")
	}
	return targets, nil
}

// DeleteEventTargets deletes targets of a rule by their IDs. More than 20 are ErrTooLarge.
func (m *CloudMonitor) DeleteEventTargets(ctx context.Context, rule string, ids ...string) error {
	if len(ids) == 0 {
		return nil
	}
	request := cms.CreateDeleteEventRuleTargetsRequest()
	if err := checkDeleted(ids); err != nil {
		return notMade(request, err)
	}
	request.RuleName = rule
	request.Ids = &ids
	_, err := m.call(ctx, request, nil)
	return err
}

// targetLists is what DescribeEventRuleTargetList answers.
type targetLists struct {
	FcParameters, MnsParameters, WebhookParameters, SlsParameters, ContactParameters, OpenApiParameters json.RawMessage
}

// targetReply is a row of any of the lists. The ID is a number in one answer and text in another.
type targetReply struct {
	Id, Level, Arn, Region, ServiceName, FunctionName, Queue, Topic, Url, Method, Protocol, Project, LogStore, ContactGroupName flexString
}

func (l targetLists) targets() (targets []Target, ok bool) {
	for _, list := range []struct {
		kind   TargetKind
		rows   json.RawMessage
		member string
	}{
		{FunctionTarget, l.FcParameters, "FcParameter"}, // FCParameter in one answer; case does not count
		{QueueTarget, l.MnsParameters, "MnsParameter"},
		{URLTarget, l.WebhookParameters, "WebhookParameter"},
		{LogTarget, l.SlsParameters, "SlsParameter"},
		{ContactTarget, l.ContactParameters, "ContactParameter"},
		{OpenAPITarget, l.OpenApiParameters, "OpenApiParameters"},
	} {
		read, ok := decodeRows[targetReply](list.rows, list.member)
		if !ok {
			return nil, false
		}
		for _, row := range read {
			targets = append(targets, row.target(list.kind))
		}
	}
	return targets, true
}

func (r targetReply) target(kind TargetKind) Target {
	if kind == QueueTarget && r.Queue == "" {
		kind = TopicTarget
	}
	return Target{
		Kind: kind, ID: string(r.Id), ARN: string(r.Arn), Region: string(r.Region), Service: string(r.ServiceName),
		Function: string(r.FunctionName), Queue: string(r.Queue), Topic: string(r.Topic), URL: string(r.Url),
		Method: strings.ToUpper(string(r.Method)), Protocol: strings.ToLower(string(r.Protocol)), Project: string(r.Project),
		Logstore: string(r.LogStore), ContactGroup: string(r.ContactGroupName), Level: string(r.Level),
	}
}
