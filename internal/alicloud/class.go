package alicloud

import (
	"net/http"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// busyMessage is all that is published of the answer while a rotation runs, in lower case; it has neither a code nor a
// status: https://www.alibabacloud.com/help/en/kms/key-management-service/user-guide/secrets-faq
const busyMessage = "being rotated"

// byCode holds the codes of the KMS, CloudMonitor and gateway documents whose refusal is more than that:
// https://www.alibabacloud.com/help/en/kms/key-management-service/developer-reference/common-error-codes-1
var byCode = map[string]remediation.Class{
	"Forbidden.ResourceNotFound":      remediation.Gone,
	"Forbidden.DKMSInstanceNotFound":  remediation.Gone,
	"EntityNotExist.Secret":           remediation.Gone,
	"Rejected.ResourceInDeleteWindow": remediation.Gone,

	"AccessForbidden":                   remediation.Account,
	"Forbidden.NoPermission":            remediation.Account,
	"Forbidden.RAM":                     remediation.Account,
	"NoPermission":                      remediation.Account,
	"Forbidden.AccessKey":               remediation.Account,
	"Forbidden.KmsServiceNotEnabled":    remediation.Account,
	"Forbidden.InDebt":                  remediation.Account,
	"Forbidden.InDebtOverdue":           remediation.Account,
	"Forbidden.ProhibitedByRiskControl": remediation.Account,
	"Forbidden.UbsmsInvalidUserid":      remediation.Account,
	"Forbidden.UbsmsInvalidBid":         remediation.Account,
	"SignatureDoesNotMatch":             remediation.Account,
	"IncompleteSignature":               remediation.Account,

	"Forbidden.KeyNotFound":         remediation.SecretBlocked,
	"Forbidden.KeyVersionNotFound":  remediation.SecretBlocked,
	"Forbidden.AliasNotFound":       remediation.SecretBlocked,
	"Rejected.Disabled":             remediation.SecretBlocked,
	"Rejected.PendingDeletion":      remediation.SecretBlocked,
	"Rejected.PendingImport":        remediation.SecretBlocked,
	"Rejected.Unavailable":          remediation.SecretBlocked,
	"Rejected.UnsupportedOperation": remediation.SecretBlocked,
	"UnsupportedOperation":          remediation.SecretBlocked,

	"MissingSecurityToken": remediation.Expired,

	"InternalError":               remediation.Transient,
	"InternalFailure":             remediation.Transient,
	"SerivceUnavailableTemporary": remediation.Transient, // as an older page spells it
}

// byPart is asked when the whole code is not listed, from top to bottom. The code of the 51st rotation of an hour is not
// documented, so whatever speaks of a limit counts as one.
var byPart = []struct {
	part  string
	class remediation.Class
}{
	{"InvalidSecurityToken", remediation.Expired},
	{"InvalidAccessKeyId", remediation.Account},
	{"ServiceUnavailable", remediation.Transient},
	{"Limit", remediation.Limit},
	{"Quota", remediation.Limit},
}

// classify says what an answer that is no success means. Throttling comes first because it says that nothing was done,
// whatever the status; being rotated comes next because its status is not published.
func classify(status int, code, message string) remediation.Class {
	switch {
	case status < 400:
		return remediation.Transient
	case status == http.StatusTooManyRequests || strings.Contains(code, "Throttling"):
		return remediation.Throttled
	case strings.Contains(strings.ToLower(message), busyMessage):
		return remediation.Busy
	case status >= 500 || code == "":
		return remediation.Transient
	}
	if class, listed := byCode[code]; listed {
		return class
	}
	for _, row := range byPart {
		if strings.Contains(code, row.part) {
			return row.class
		}
	}
	return remediation.Refused
}
