package standin

import (
	"net/url"
	"slices"
	"strconv"
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

// targetARN is in the form that the pages give: arn:acs:service:region:account:type/id. They have no example of one.
func (k *KMS) targetARN(t EventTarget) string {
	arn := func(service, resource string) string {
		return "arn:acs:" + service + ":" + t.Region + ":" + k.options.Account + ":" + resource
	}
	switch {
	case t.ARN != "":
		return t.ARN
	case t.Kind == FunctionTarget && t.Service != "":
		return arn("fc", "services/"+t.Service+"/functions/"+t.Function)
	case t.Kind == FunctionTarget:
		return arn("fc", "functions/"+t.Function)
	case t.Kind == MessageTarget && t.Topic != "":
		return arn("mns", "topics/"+t.Topic)
	case t.Kind == MessageTarget:
		return arn("mns", "queues/"+t.Queue)
	case t.Kind == LogTarget:
		return arn("log", "project/"+t.Project+"/logstore/"+t.LogStore)
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
	if k.world().DeletingNothingFails && len(there)-len(left) < len(ids) {
		return nil, parameterInvalid("Ids")
	}
	k.targets[rule.Name] = left
	answer := verdictTrue()
	return &answer, nil
}

// numeric is a target's ID in the lists of those that were refused, where it is documented as a number.
func (t EventTarget) numeric() any {
	if n, err := strconv.Atoi(t.ID); err == nil {
		return n
	}
	return t.ID
}
