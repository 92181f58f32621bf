package standin

import (
	"net/url"
	"slices"
)

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
	if t.ID == "" {
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
		return t.URL != "" && slices.Contains([]string{"GET", "POST"}, t.Method) &&
			slices.Contains([]string{"http", "telnet", "ping"}, t.Protocol)
	}
	return t.Action != ""
}
