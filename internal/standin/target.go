package standin

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// TargetKind says where a target leads. It is a closed set.
type TargetKind string

const (
	ContactTarget  TargetKind = "contact"  // a group of alert contacts
	FunctionTarget TargetKind = "function" // a function of Function Compute
	MessageTarget  TargetKind = "message"  // a queue or a topic of the message service
	LogTarget      TargetKind = "log"      // a store of Log Service
	URLTarget      TargetKind = "url"      // a callback
	OpenAPITarget  TargetKind = "openapi"  // a call of another service
)

// TargetKinds lists every TargetKind.
var TargetKinds = []TargetKind{ContactTarget, FunctionTarget, MessageTarget, LogTarget, URLTarget, OpenAPITarget}

// EventTarget is where a rule sends its events, by the page of PutEventRuleTargets. Its ID is its key within the rule,
// whatever its kind: deleting one names nothing else.
type EventTarget struct {
	Kind                TargetKind
	ID, ARN, Region     string
	Service, Function   string // of a function
	Queue, Topic        string // of a message
	Project, LogStore   string // of a log
	URL                 string // of a callback
	Method, Protocol    string
	ContactGroup, Level string // of a contact
	Product, Version    string // of a call
	Action, Role        string
	JSONParams          string
}

// maxDeletedTargets is the limit of Ids on the page of DeleteEventRuleTargets.
const maxDeletedTargets = 20

// Targets returns the targets of a rule in the order in which they came.
func (k *KMS) Targets(rule string) []EventTarget {
	k.lock()
	defer k.mu.Unlock()
	return slices.Clone(k.targets[rule])
}

// PutTarget stores a target by a person's hand, over one that has its ID. Nothing about it is checked.
func (k *KMS) PutTarget(rule string, t EventTarget) {
	k.lock()
	defer k.mu.Unlock()
	k.putTarget(rule, t)
}

// RefuseTargets makes CloudMonitor refuse those targets of PutEventRuleTargets of which refused says so; nil refuses
// none. No document says which targets it refuses, nor why.
func (k *KMS) RefuseTargets(refused func(EventTarget) bool) {
	k.lock()
	defer k.mu.Unlock()
	k.refusesTarget = refused
}

func (k *KMS) putTarget(rule string, t EventTarget) {
	t.ARN = k.targetARN(t)
	there := slices.IndexFunc(k.targets[rule], func(old EventTarget) bool { return old.ID == t.ID })
	if there >= 0 {
		k.targets[rule][there] = t
		return
	}
	k.targets[rule] = append(k.targets[rule], t)
}

// targetARN has the form that published Terraform configurations use; that of a queue lacks the account.
func (k *KMS) targetARN(t EventTarget) string {
	arn := func(service, account, resource string) string {
		return "acs:" + service + ":" + t.Region + ":" + account + ":" + resource
	}
	switch {
	case t.ARN != "":
		return t.ARN
	case t.Kind == FunctionTarget && t.Service != "":
		return arn("fc", k.options.Account, "services/"+t.Service+"/functions/"+t.Function)
	case t.Kind == FunctionTarget:
		return arn("fc", k.options.Account, "functions/"+t.Function)
	case t.Kind == MessageTarget && t.Topic != "":
		return arn("mns", "", "/topics/"+t.Topic+"/messages")
	case t.Kind == MessageTarget:
		return arn("mns", "", "/queues/"+t.Queue+"/messages")
	case t.Kind == LogTarget:
		return arn("log", k.options.Account, "project/"+t.Project+"/logstore/"+t.LogStore)
	}
	return ""
}

func deleteEventRuleTargets(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	rule, refused := k.namedRule(p)
	if refused != nil {
		return nil, refused
	}
	ids, there := repeated(p, "Ids", ""), k.targets[rule.Name]
	if len(ids) == 0 || len(ids) > maxDeletedTargets {
		return nil, parameterInvalid("Ids")
	}
	left := slices.DeleteFunc(slices.Clone(there), func(t EventTarget) bool { return slices.Contains(ids, t.ID) })
	if k.behavior().DeletingNothingFails && len(there)-len(left) < len(ids) {
		return nil, parameterInvalid("Ids")
	}
	k.targets[rule.Name] = left
	answer := successTrue()
	return &answer, nil
}

// number is a target's ID as the lists of those that were refused show it. ok is false for a text: every published target
// has a number, and a text would not fit there.
func (t EventTarget) number() (n int32, ok bool) {
	parsed, err := strconv.ParseInt(t.ID, 10, 32)
	return int32(parsed), err == nil
}

// maxTargets is how many targets of one kind a call may carry, by the page of PutEventRuleTargets.
const maxTargets = 5

// channel is how targets of one kind stand in requests and answers. The keys are odd, and as documented.
type channel struct {
	kind    TargetKind
	list    string   // the parameter of PutEventRuleTargets, and the list of DescribeEventRuleTargetList
	row     string   // a row of that list
	members []string // of the parameter; the list shows them, and Arn where there is one

	refused, refusedRow string   // the list of those refused, and its rows; "" where the page has none
	refusedMembers      []string // besides Id
}

var channels = []channel{
	{
		kind: ContactTarget, list: "ContactParameters", row: "ContactParameter", members: []string{"Id", "ContactGroupName", "Level"},
		refused: "FailedContactParameters", refusedRow: "ContactParameter", refusedMembers: []string{"ContactGroupName", "Level"},
	},
	{
		kind: FunctionTarget, list: "FcParameters", row: "FCParameter", members: []string{"Id", "Region", "ServiceName", "FunctionName"},
		refused: "FailedFcParameters", refusedRow: "FcParameter", refusedMembers: []string{"Region", "ServiceName", "FunctionName"},
	},
	{
		kind: MessageTarget, list: "MnsParameters", row: "MnsParameter", members: []string{"Id", "Region", "Queue", "Topic"},
		refused: "FailedMnsParameters", refusedRow: "MnsParameter", refusedMembers: []string{"Region", "Queue"},
	},
	{kind: LogTarget, list: "SlsParameters", row: "SlsParameter", members: []string{"Id", "Region", "Project", "LogStore"}},
	{kind: URLTarget, list: "WebhookParameters", row: "WebhookParameter", members: []string{"Id", "Url", "Method", "Protocol"}},
	{
		kind: OpenAPITarget, list: "OpenApiParameters", row: "OpenApiParameters",
		members: []string{"Id", "Arn", "Region", "Product", "Version", "Action", "Role", "JsonParams"},
	},
}

// member returns the field that a member is kept in, or nil.
func (t *EventTarget) member(name string) *string {
	return map[string]*string{
		"Id": &t.ID, "Arn": &t.ARN, "Region": &t.Region, "ServiceName": &t.Service, "FunctionName": &t.Function,
		"Queue": &t.Queue, "Topic": &t.Topic, "Project": &t.Project, "LogStore": &t.LogStore,
		"Url": &t.URL, "Method": &t.Method, "Protocol": &t.Protocol, "ContactGroupName": &t.ContactGroup, "Level": &t.Level,
		"Product": &t.Product, "Version": &t.Version, "Action": &t.Action, "Role": &t.Role, "JsonParams": &t.JSONParams,
	}[name]
}

// show returns the members that have a value.
func (t EventTarget) show(names ...string) map[string]any {
	shown := map[string]any{}
	for _, name := range names {
		if value := *t.member(name); value != "" {
			shown[name] = value
		}
	}
	return shown
}

// sentTargets reads the targets of all kinds that a request carries.
func sentTargets(p url.Values) ([]EventTarget, *refusal) {
	var all []EventTarget
	for _, c := range channels {
		sent := members(p, c.list)
		if len(sent) > maxTargets {
			return nil, parameterInvalid(c.list)
		}
		for _, one := range sent {
			target := EventTarget{Kind: c.kind}
			for _, name := range c.members {
				*target.member(name) = one.Get(name)
			}
			if !target.valid() {
				return nil, parameterInvalid(c.list)
			}
			all = append(all, target)
		}
	}
	if len(all) == 0 {
		return nil, parameterInvalid("a target")
	}
	return all, nil
}

// valid says whether a target has what makes it one, and only values that the page lists. All members are optional there,
// but a target that leads nowhere is a mistake of the client.
func (t EventTarget) valid() bool {
	if _, ok := t.number(); !ok {
		return false
	}
	switch t.Kind {
	case ContactTarget:
		return t.ContactGroup != "" && slices.Contains([]string{"2", "3", "4"}, t.Level)
	case FunctionTarget:
		return t.Function != ""
	case MessageTarget:
		return (t.Queue == "") != (t.Topic == "")
	case LogTarget:
		return t.Project != "" && t.LogStore != ""
	case URLTarget:
		return t.URL != "" && slices.Contains([]string{"GET", "POST"}, strings.ToUpper(t.Method)) &&
			slices.Contains([]string{"http", "telnet", "ping"}, t.Protocol)
	}
	return t.Action != ""
}

// TargetRefusal says how PutEventRuleTargets reports, with HTTP status 200, that it refused some targets. It is a closed set.
type TargetRefusal string

const (
	RefusedCounted  TargetRefusal = "counted"  // Success is true; a count and lists name those refused, the others are stored
	RefusedFailing  TargetRefusal = "failing"  // the same, but Success is false
	RefusedTogether TargetRefusal = "together" // Success is false, nothing is named, and nothing stored
)

// TargetRefusals lists every TargetRefusal.
var TargetRefusals = []TargetRefusal{RefusedCounted, RefusedFailing, RefusedTogether}

// document is an answer whose keys depend on the kinds of targets.
type document map[string]any

func (d document) identify(id string) { d["RequestId"] = id }

// putEventRuleTargets adds the targets that a request carries, or changes those whose Id is there. All others stay.
func putEventRuleTargets(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	rule, refused := k.namedRule(p)
	if refused != nil {
		return nil, refused
	}
	sent, refused := sentTargets(p)
	if refused != nil {
		return nil, refused
	}
	var taken, turnedAway []EventTarget
	for _, target := range sent {
		if k.refuses(target) {
			turnedAway = append(turnedAway, target)
			continue
		}
		taken = append(taken, target)
	}
	if len(turnedAway) > 0 && k.behavior().TargetRefusal == RefusedTogether {
		return document{"Code": "400", "Message": "The targets are not valid.", "Success": false}, nil
	}
	for _, target := range taken {
		k.putTarget(rule.Name, target)
	}
	return k.targetAnswer(turnedAway), nil
}

func (k *KMS) refuses(t EventTarget) bool {
	if t.Kind == FunctionTarget && t.Service == "" && k.behavior().FunctionTargetNeedsService {
		return true
	}
	return k.refusesTarget != nil && k.refusesTarget(t)
}

// targetAnswer is the answer about targets of which these were refused.
func (k *KMS) targetAnswer(refused []EventTarget) document {
	answer := document{"Code": "200", "Message": "success", "Success": true, "FailedParameterCount": strconv.Itoa(len(refused))}
	if len(refused) > 0 && k.behavior().TargetRefusal == RefusedFailing {
		answer["Code"], answer["Message"], answer["Success"] = "400", "Some targets are not valid.", false
	}
	for _, c := range channels {
		if c.refused == "" {
			continue
		}
		rows := []map[string]any{}
		for _, t := range refused {
			if t.Kind == c.kind {
				row := t.show(c.refusedMembers...)
				row["Id"], _ = t.number()
				rows = append(rows, row)
			}
		}
		answer[c.refused] = map[string]any{c.refusedRow: rows}
	}
	return answer
}

// describeEventRuleTargetList lists all targets of a rule in one answer, which has no Success.
func describeEventRuleTargetList(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	rule, refused := k.namedRule(p)
	if refused != nil {
		return nil, refused
	}
	answer := document{"Code": "200", "Message": "success"}
	for _, c := range channels {
		rows := []map[string]any{}
		for _, t := range k.targets[rule.Name] {
			if t.Kind == c.kind {
				rows = append(rows, t.show(append([]string{"Arn"}, c.members...)...))
			}
		}
		answer[c.list] = map[string]any{c.row: rows}
	}
	return answer, nil
}
