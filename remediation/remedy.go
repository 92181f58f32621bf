package remediation

import (
	"fmt"
	"strings"
)

// advice says what a person can do about a cause. A cause that is missing here has none; none ends a
// series early, since no document lists the codes that rotation events carry.
//
// The first group are the codes of Cloud Assistant, which rotates ECS secrets; that they reach the event unchanged is
// inferred. https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describeinvocationresults
// The second are codes of KMS. https://www.alibabacloud.com/help/en/kms/key-management-service/developer-reference/common-error-codes-1
var advice = map[string]string{
	"InstanceNotRunning":          "start the ECS instance",
	"InstanceNotExists":           "the ECS instance does not exist: delete the secret, or bind it to another instance",
	"InstanceReleased":            "the ECS instance was released: delete the secret, or bind it to another instance",
	"ClientNotRunning":            "start the Cloud Assistant agent on the instance",
	"ClientNotResponse":           "the Cloud Assistant agent does not answer: check the instance and restart the agent",
	"ClientIsUpgrading":           "the Cloud Assistant agent is being upgraded: wait some minutes",
	"ClientNeedUpgrade":           "upgrade the Cloud Assistant agent on the instance",
	"DeliveryTimeout":             "the command did not reach the instance in time: check its load, network and agent",
	"ExecutionTimeout":            "the command did not end in time: check the load of the instance",
	"ExecutionInterrupted":        "the command was interrupted: check whether the instance restarted",
	"ExecutionException":          "the command could not be run: check the Cloud Assistant agent on the instance",
	"ExitCodeNonzero":             "the script failed on the instance: check password policy, locked user and full disk",
	"CommandNotApplicable":        "the command does not fit the operating system of the instance",
	"AccountNotExists":            "the operating system user of the secret does not exist on the instance",
	"DirectoryNotExists":          "a directory that the command needs does not exist on the instance",
	"SecurityGroupRuleDenied":     "a security group blocks Cloud Assistant: allow it",
	"NoPermission":                "grant the function's role the action (internal/policy/README.md)",
	"RAM":                         "grant the function's role the action (internal/policy/README.md)",
	"AccessForbidden":             "grant the function's role the action (internal/policy/README.md)",
	"AccessKey":                   "the access key is not enabled: check the function's role",
	"InvalidAccessKeyId.NotFound": "the access key does not exist: check the function's role",
	"NotFound":                    "what the code names does not exist: check the access key of the function's role, the instance and the secret",
	causeNoAnswer:                 "the answers of KMS were lost, so no cause is known: check the instance, and whether KMS was reached",
	"KmsServiceNotEnabled":        "enable KMS for the account",
	"InDebt":                      "settle the account's bill",
	"InDebtOverdue":               "settle the account's bill",
	"ProhibitedByRiskControl":     "the account is blocked by risk control: contact Alibaba Cloud",
	"UbsmsInvalidUserid":          "the account is not valid for KMS: contact Alibaba Cloud",
	"UbsmsInvalidBid":             "the account is not valid for KMS: contact Alibaba Cloud",
	"SignatureDoesNotMatch":       "the credentials of the function do not fit: check its role",
	"IncompleteSignature":         "the credentials of the function do not fit: check its role",
	"KeyNotFound":                 "the key that encrypts the secret is gone: create the secret anew with another key",
	"KeyVersionNotFound":          "the key version that encrypts the secret is gone: create the secret anew with another key",
	"AliasNotFound":               "the alias of the key that encrypts the secret is gone: create it again",
	"Disabled":                    "enable the key that encrypts the secret",
	"PendingDeletion":             "cancel the deletion of the key that encrypts the secret",
	"PendingImport":               "import the material of the key that encrypts the secret",
	"Unavailable":                 "the KMS instance of the secret has expired: renew it within 15 days, or it is released",
	"DKMSInstanceStateInvalid":    "the KMS instance of the secret has expired or is not ready: check it, and renew it within 15 days, or it is released",
	"UnsupportedOperation":        "KMS cannot rotate this secret: check its type and its rotation settings",
	"LimitExceeded":               "a quota of KMS is used up: check tags and rotations of the account",
	"InvalidParameter":            "KMS does not take the request: check that the secret's type can be rotated",
	"ResourceInDeleteWindow":      "restore the secret if it is still needed",
}

// adviceFor names a cause and what can be done about it, as the end of a sentence. A code is found as it is and, since a
// record keeps only that, without its prefix.
func adviceFor(code, instance string) string {
	where := ""
	if instance != "" {
		where = " on instance " + clean(instance)
	}
	if code == "" {
		return "no cause was given" + where + ": check the instance and the events of the secret"
	}
	for _, key := range []string{code, shortCause(code)} {
		if text, ok := advice[key]; ok {
			return fmt.Sprintf("last cause %s%s: %s", shortCause(code), where, text)
		}
	}
	return fmt.Sprintf("last cause %s%s, for which no advice is known: check the instance and the events of the secret", shortCause(code), where)
}

// Advice names the cause in the record and what can be done about it.
func (r Record) Advice() string { return adviceFor(r.Cause, "") }

// remedyFor is the end of each needs-human: what to repair, then the command to paste. An Invalid schedule is enabled after
// the rotation only, since that starts a rotation of its own where the date has passed.
func remedyFor(code string, target Target, secret Secret) string {
	text := adviceFor(code, secret.InstanceID) + "; then run " + RetryCommand(target.Region, target.Name)
	if secret.AutomaticRotation == scheduleInvalid {
		text += "; the schedule is Invalid: " + enableAfterwards(target.Region, target.Name, secret)
	}
	return text
}

func enableAfterwards(region, name string, secret Secret) string {
	secret.Name = name
	return "enable it after the secret is rotated, not before, since that starts a rotation at once where its date has passed: " + EnableCommand(region, secret)
}

// RetryCommand is the command that has the function try a secret again.
func RetryCommand(region, name string) string {
	end := ""
	if strings.HasPrefix(name, "-") {
		end = "-- "
	}
	return "remediator --real --region " + pasted(region) + " retry " + end + pasted(name)
}

// RotateCommand is the command that rotates a secret by hand, under an id that is new each second.
func RotateCommand(region, name string) string {
	return "aliyun kms RotateSecret --RegionId " + pasted(region) + " --SecretName " + pasted(name) + ` --VersionId "by-hand-$(date +%s)"`
}

// UntagCommand is the command that removes the record of a secret.
func UntagCommand(region, name string) string {
	return "aliyun kms UntagResource --RegionId " + pasted(region) + " --SecretName " + pasted(name) + ` --TagKeys '["` + RecordTag + `"]'`
}

// EnableCommand is the command that enables the schedule of a secret again. The interval of an Invalid one may be unknown:
// then it is a week.
func EnableCommand(region string, secret Secret) string {
	seconds := int64(secret.RotationInterval.Seconds())
	if seconds <= 0 {
		seconds = 7 * 24 * 60 * 60
	}
	return fmt.Sprintf("aliyun kms UpdateSecretRotationPolicy --RegionId %s --SecretName %s --EnableAutomaticRotation true --RotationInterval %ds",
		pasted(region), pasted(secret.Name), seconds)
}

// pasted keeps a name from being read by the shell that it is pasted into. A shell may take = at its beginning for a path.
func pasted(name string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./@=+"
	if name != "" && strings.Trim(name, plain) == "" && name[0] != '-' && name[0] != '=' {
		return name
	}
	return "'" + strings.ReplaceAll(clean(name), "'", `'\''`) + "'"
}
