package policy

import "slices"

// Need is an action with the call that needs it.
type Need struct {
	Action string
	For    string
}

// Needs lists what each policy has to grant, no more and no less; README.md of this folder shows the same rows. Those of
// deployer.json are what the component fc3 0.1.22 was seen to call: no page lists them.
var Needs = map[string][]Need{
	"function.json": {
		{"cms:DescribeSystemEventAttribute", "CloudMonitor's history, unless `SWEEP_HISTORY=false`"},
		{"cms:PutCustomEvent", "notifications, with `REPORT_CUSTOM_EVENTS=true`"},
		{"kms:DescribeSecret", "observing a secret, with its tags"},
		{"kms:ListSecretVersionIds", "observing and verifying: which version is current"},
		{"kms:ListSecrets", "the check for overdue secrets, unless `OVERDUE_AFTER=0`"},
		{"kms:ListTagResources", "the records of a region, in each tick"},
		{"kms:RotateSecret", "the rotation"},
		{"kms:TagResource", "the record: claim, refund, `done`, `needs-human`"},
		{"kms:UntagResource", "removing a record that has settled"},
	},
	"platform.json": {
		{"log:PostLogStoreLogs", "the function's log, written by Function Compute"},
		{"mns:SendMessage", "the failure destination, and the dead-letter queue of a trigger"},
	},
	"cloudmonitor.json": {
		{"fc:InvokeFunction", "an alert rule with the function as its target"},
		{"mns:PublishMessage", "an alert rule with a topic as its target"},
		{"mns:SendMessage", "an alert rule with a queue as its target"},
	},
	"topic.json": {
		{"fc:InvokeFunction", "the MNS topic trigger: `invocationRole`"},
	},
	"operator.json": {
		{"cms:DeleteEventRuleTargets", "`alert-rules apply`, `alert-rules remove`"},
		{"cms:DeleteEventRules", "`alert-rules remove`"},
		{"cms:DescribeCustomEventAttribute", "`alert-rules test`, `alert-rules apply --reports`: what the function reported"},
		{"cms:DescribeEventRuleList", "`alert-rules`, `doctor`"},
		{"cms:DescribeEventRuleTargetList", "`alert-rules`, `doctor`"},
		{"cms:DescribeSystemEventAttribute", "`events`, `replay`, `doctor`, `alert-rules test`"},
		{"cms:DescribeSystemEventMetaList", "`doctor`: the catalogue of events"},
		{"cms:PutCustomEvent", "`alert-rules apply --reports`: a first event, which its rule needs"},
		{"cms:PutCustomEventRule", "`alert-rules apply --reports`"},
		{"cms:PutEventRule", "`alert-rules apply`"},
		{"cms:PutEventRuleTargets", "`alert-rules apply`"},
		{"cms:SendDryRunSystemEvent", "`alert-rules test`"},
		{"kms:DescribeSecret", "`status`, `doctor`, `retry`, `alert-rules test`, and a secret by its name"},
		{"kms:ListSecretVersionIds", "`doctor`, `retry`, `alert-rules test`"},
		{"kms:ListSecrets", "`doctor`, and names that a misspelt one may mean"},
		{"kms:ListTagResources", "`status`, `doctor`"},
	},
	"repair.json": {
		{"kms:RotateSecret", "rotating by hand"},
		{"kms:TagResource", "`remediator retry`, and switching a secret off"},
		{"kms:UntagResource", "removing a record, or a switch, by hand"},
		{"kms:UpdateSecretRotationPolicy", "enabling an `Invalid` schedule again"},
	},
	"deployer.json": {
		{"fc:CreateFunction", "`s deploy`, the first time"},
		{"fc:CreateTrigger", "`s deploy`: a trigger that is new"},
		{"fc:DeleteConcurrencyConfig", "`s remove`"},
		{"fc:DeleteFunction", "`s remove`"},
		{"fc:DeleteFunctionAsyncInvokeConfig", "`s remove`"},
		{"fc:DeleteTrigger", "`s remove`, `s remove --trigger NAME`"},
		{"fc:GetConcurrencyConfig", "`s deploy`, `s plan`, `s info`, `s remove`"},
		{"fc:GetFunction", "`s deploy`, `s plan`, `s info`, `s remove`"},
		{"fc:GetFunctionAsyncInvokeConfig", "`s deploy`, `s plan`, `s info`"},
		{"fc:GetProvisionConfig", "`s deploy`, `s plan`, `s info`; tolerated when denied"},
		{"fc:GetScalingConfig", "`s deploy`, `s plan`, `s info`; tolerated when denied"},
		{"fc:GetTempBucketToken", "`s deploy`: each upload of code"},
		{"fc:GetTrigger", "`s deploy`, `s plan`, `s info`"},
		{"fc:InvokeFunction", "`s invoke`"},
		{"fc:ListAliases", "`s remove`"},
		{"fc:ListFunctionAsyncInvokeConfigs", "`s remove`"},
		{"fc:ListFunctionVersions", "`s remove`"},
		{"fc:ListScalingConfigs", "`s remove`; tolerated when denied"},
		{"fc:ListTriggers", "`s remove`"},
		{"fc:ListVpcBindings", "`s deploy`, `s plan`, `s info`, `s remove`; tolerated when denied"},
		{"fc:PutConcurrencyConfig", "`s deploy`: one instance"},
		{"fc:PutFunctionAsyncInvokeConfig", "`s deploy`: retries and the failure destination"},
		{"fc:UpdateFunction", "`s deploy`"},
		{"fc:UpdateTrigger", "`s deploy`"},
		{"log:GetLogStoreLogs", "`s logs`"},
		{"ram:GetRole", "a topic trigger: its role, before it is passed"},
		{"ram:PassRole", "`s deploy`: the roles of the function and of the topic trigger"},
		{"ram:CheckServiceLinkedRoleExistence", "an EventBridge trigger: every command, `s info` included"},
		{"ram:CreateServiceLinkedRole", "an EventBridge trigger, the first time in an account, `s plan` included"},
	},
}

// Differs returns the actions that are needed and not granted, and those that are granted and not needed.
func Differs(file string, granted []string) (lacking, unneeded []string) {
	needed := map[string]bool{}
	for _, need := range Needs[file] {
		needed[need.Action] = true
		if !slices.Contains(granted, need.Action) {
			lacking = append(lacking, need.Action)
		}
	}
	for _, action := range granted {
		if !needed[action] {
			unneeded = append(unneeded, action)
		}
	}
	return lacking, unneeded
}
