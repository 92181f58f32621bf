package remediation

import (
	"fmt"
	"strings"
	"time"
)

// Reason is why Decide decided as it did. It is a closed set; explain makes the sentence for the person on call.
type Reason string

const (
	SecretGone         Reason = "secret-gone"
	PlannedForDeletion Reason = "planned-for-deletion"
	SwitchedOff        Reason = "switched-off"
	TypeOutOfScope     Reason = "type-out-of-scope"
	RotatedSince       Reason = "rotated-since"
	RecordUnreadable   Reason = "record-unreadable"
	NoEpisode          Reason = "no-episode"
	VersionReplaced    Reason = "version-replaced"
	ReportedBefore     Reason = "reported-before"
	Settled            Reason = "settled"
	Settling           Reason = "settling"
	GivenUp            Reason = "given-up"
	SuccessNotSeen     Reason = "success-not-seen"
	NotDue             Reason = "not-due"
	AttemptsSpent      Reason = "attempts-spent"
	AskedRecently      Reason = "asked-recently"
	Queued             Reason = "queued"
	BudgetSpent        Reason = "budget-spent"
	AttemptDue         Reason = "attempt-due"
)

// Reasons lists every Reason, in the order of the rules.
var Reasons = []Reason{SecretGone, PlannedForDeletion, SwitchedOff, TypeOutOfScope, RotatedSince, RecordUnreadable, NoEpisode,
	VersionReplaced, ReportedBefore, Settled, Settling, GivenUp, SuccessNotSeen, NotDue, AttemptsSpent, AskedRecently, Queued,
	BudgetSpent, AttemptDue}

// explain says what is known, what will happen next, and what to do.
func explain(d Decision, s State, p Policy) string {
	r := d.Record
	switch d.Reason {
	case SecretGone:
		return "KMS does not know this secret, or it is planned for deletion"
	case PlannedForDeletion:
		return "the secret is planned for deletion at " + clean(s.Secret.PlannedDeleteTime)
	case SwitchedOff:
		return fmt.Sprintf("switched off by a person: tag %s is neither %q nor empty", SwitchTag, "on")
	case TypeOutOfScope:
		return fmt.Sprintf("type %s is not in SECRET_TYPES", clean(s.Secret.Type))
	case RotatedSince:
		return "the secret was rotated since this failure: the current version was created at " + s.Current.CreateTime.UTC().Format(time.RFC3339)
	case RecordUnreadable:
		return fmt.Sprintf("tag %s does not hold a record that this function wrote, so it is left alone: remove the tag, and the next failure is taken up", RecordTag)
	case NoEpisode:
		return "no failed rotation of this secret is open"
	case VersionReplaced:
		return fmt.Sprintf("another version is current, so the failure of the version before is over (after %s of ours)", attempts(d.Closed))
	case ReportedBefore:
		return "another version is current, which was told before"
	case Settled:
		return "another version is current, which was told before and has settled: the record is removed"
	case Settling:
		return "another version is current; the record stays until that has settled"
	case GivenUp:
		return fmt.Sprintf("given up after %s; %s; once it is mended, rotate the secret by hand, or remove tag %s to have it tried again", attempts(r.Attempts), adviceFor(r.Cause), RecordTag)
	case SuccessNotSeen:
		return "KMS reports a success, but the version that was to be replaced is still current"
	case NotDue:
		return fmt.Sprintf("%s of %d made; the next look is due at %s", attempts(r.Attempts), p.MaxAttempts, d.Next.Format(time.RFC3339))
	case AttemptsSpent:
		return fmt.Sprintf("%s made, and the version is still the same; %s; once it is mended, rotate the secret by hand, or remove tag %s to have it tried again", attempts(r.Attempts), adviceFor(r.Cause), RecordTag)
	case Queued:
		return "KMS throttled a rotation in this region a moment ago: queued for the timer"
	case BudgetSpent:
		return "this tick has sent as many rotations as are its part of ROTATIONS_PER_HOUR: the next tick goes on"
	case AskedRecently:
		return fmt.Sprintf("this instance asked KMS to rotate this secret at %s, but its record does not say so: something else writes tag %s back, leave it out there", s.LastRequest.UTC().Format(time.RFC3339), RecordTag)
	case AttemptDue:
		return fmt.Sprintf("attempt %d of %d", r.Attempts, p.MaxAttempts)
	}
	return string(d.Reason)
}

func attempts(n int) string {
	if n == 1 {
		return "1 attempt"
	}
	return fmt.Sprintf("%d attempts", n)
}

// clean keeps text that came from outside to one short line.
func clean(text string) string {
	const most = 64
	text = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c > 0x7e {
			return '?'
		}
		return c
	}, text)
	return text[:min(len(text), most)]
}

// advice says what a person can do about a cause. A cause that is missing here is told without advice; none ends a
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
	"NoPermission":                "grant the function's role the action (README, permissions)",
	"RAM":                         "grant the function's role the action (README, permissions)",
	"AccessForbidden":             "grant the function's role the action (README, permissions)",
	"AccessKey":                   "the access key is not enabled: check the function's role",
	"InvalidAccessKeyId.NotFound": "the access key does not exist: check the function's role",
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
	"Unavailable":                 "the key or the secret is unavailable: check the KMS instance and the key in the console",
	"UnsupportedOperation":        "KMS cannot rotate this secret: check its type and its rotation settings",
	"LimitExceeded":               "a quota of KMS is used up: check tags and rotations of the account",
	"InvalidParameter":            "KMS does not take the request: check that the secret's type can be rotated",
	"ResourceInDeleteWindow":      "restore the secret if it is still needed",
}

// adviceFor words a cause and what can be done about it as the end of a sentence. A code is looked up as it is and, since
// a record keeps only that, without its prefix.
func adviceFor(code string) string {
	if code == "" {
		return "no cause was given: check the instance and the events of the secret"
	}
	for _, key := range []string{code, shortCause(code)} {
		if text, ok := advice[key]; ok {
			return fmt.Sprintf("last cause %s: %s", code, text)
		}
	}
	return fmt.Sprintf("last cause %s, for which no advice is known: check the instance and the events of the secret", code)
}

// Advice words the cause in the record and what can be done about it.
func (r Record) Advice() string { return adviceFor(r.Cause) }
