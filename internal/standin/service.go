package standin

import "net/http"

// service is one of the two that a stand-in serves at the same address. No action occurs in both, so that the action
// says which one is meant.
type service struct {
	version    string
	prefix     string // how its RAM actions begin
	permission *refusal
	actions    map[string]action
}

var (
	keyManagement = &service{version: "2016-01-20", prefix: "kms:", permission: errPermission, actions: map[string]action{
		"DescribeSecret":       describeSecret,
		"ListSecretVersionIds": listSecretVersionIDs,
		"ListSecrets":          listSecrets,
		"RotateSecret":         rotateSecret,
		"TagResource":          tagResource,
		"UntagResource":        untagResource,
		"UntagResources":       untagResources,
		"ListTagResources":     listTagResources,
	}}
	cloudMonitor = &service{version: "2019-01-01", prefix: "cms:", permission: errNotAuthorized, actions: map[string]action{
		"DescribeSystemEventAttribute": describeSystemEventAttribute,
		"DescribeSystemEventMetaList":  describeSystemEventMetaList,
		"SendDryRunSystemEvent":        sendDryRunSystemEvent,

		"PutEventRule":               putEventRule,
		"DescribeEventRuleList":      describeEventRuleList,
		"DescribeEventRuleAttribute": describeEventRuleAttribute,
		"DeleteEventRules":           deleteEventRules,

		"PutEventRuleTargets":         putEventRuleTargets,
		"DescribeEventRuleTargetList": describeEventRuleTargetList,
		"DeleteEventRuleTargets":      deleteEventRuleTargets,

		"PutCustomEvent":               putCustomEvent,
		"DescribeCustomEventAttribute": describeCustomEventAttribute,
		"PutCustomEventRule":           putCustomEventRule,
	}}
)

// errNotAuthorized is CloudMonitor's word for a missing permission, where KMS has errPermission.
var errNotAuthorized = &refusal{
	http.StatusForbidden, "AccessForbidden", "User not authorized to operate on the specified resource.",
}

// serviceOf returns KMS for an action that neither of them has.
func serviceOf(action string) *service {
	if _, has := cloudMonitor.actions[action]; has {
		return cloudMonitor
	}
	return keyManagement
}
