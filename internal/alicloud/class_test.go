package alicloud

import (
	"testing"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// A wrong class either hammers KMS, gives up a secret that would have healed, or drops one that is not gone.
func TestEachDocumentedAnswerHasItsClass(t *testing.T) {
	rows := []struct {
		status        int
		code, message string
		want          remediation.Class
	}{
		{429, "Rejected.Throttling", "QPS Limit Exceeded", remediation.Throttled},
		{429, "", "", remediation.Throttled},
		{400, "Throttling", "", remediation.Throttled},
		{400, "Throttling.User", "", remediation.Throttled},
		{400, "Throttling.Api", "", remediation.Throttled},
		{503, "Throttling", "", remediation.Throttled},

		{400, "Rejected.LimitExceeded", "", remediation.Limit},
		{400, "QuotaExceeded.Rotation", "", remediation.Limit},
		{403, "Rejected.RateLimit", "", remediation.Limit},

		{409, "Rejected.Something", "Your secret is being rotated, please try again later.", remediation.Busy},
		{503, "", "Your secret is Being Rotated", remediation.Busy},

		{404, "Forbidden.ResourceNotFound", "", remediation.Gone},
		{404, "Forbidden.DKMSInstanceNotFound", "", remediation.Gone},
		{404, "EntityNotExist.Secret", "", remediation.Gone},
		{409, "Rejected.ResourceInDeleteWindow", "", remediation.Gone},

		{403, "AccessForbidden", "", remediation.Account},
		{403, "Forbidden.NoPermission", "", remediation.Account},
		{403, "Forbidden.RAM", "", remediation.Account},
		{403, "NoPermission", "", remediation.Account},
		{403, "Forbidden.AccessKey", "", remediation.Account},
		{403, "Forbidden.KmsServiceNotEnabled", "", remediation.Account},
		{403, "Forbidden.InDebt", "", remediation.Account},
		{403, "Forbidden.InDebtOverdue", "", remediation.Account},
		{403, "Forbidden.ProhibitedByRiskControl", "", remediation.Account},
		{403, "Forbidden.UbsmsInvalidUserid", "", remediation.Account},
		{403, "Forbidden.UbsmsInvalidBid", "", remediation.Account},
		{404, "InvalidAccessKeyId.NotFound", "", remediation.Account},
		{403, "InvalidAccessKeyId.Inactive", "", remediation.Account},
		{400, "SignatureDoesNotMatch", "", remediation.Account},
		{400, "IncompleteSignature", "", remediation.Account},

		{404, "Forbidden.KeyNotFound", "", remediation.SecretBlocked},
		{404, "Forbidden.KeyVersionNotFound", "", remediation.SecretBlocked},
		{404, "Forbidden.AliasNotFound", "", remediation.SecretBlocked},
		{409, "Rejected.Disabled", "", remediation.SecretBlocked},
		{409, "Rejected.PendingDeletion", "", remediation.SecretBlocked},
		{409, "Rejected.PendingImport", "", remediation.SecretBlocked},
		{409, "Rejected.Unavailable", "", remediation.SecretBlocked},
		{400, "Rejected.UnsupportedOperation", "", remediation.SecretBlocked},
		{400, "UnsupportedOperation", "", remediation.SecretBlocked},

		{400, "InvalidSecurityToken.Expired", "", remediation.Expired},
		{400, "InvalidSecurityToken.Malformed", "", remediation.Expired},
		{400, "InvalidSecurityToken.MismatchWithAccessKey", "", remediation.Expired},
		{400, "MissingSecurityToken", "", remediation.Expired},

		{400, "InternalError", "", remediation.Transient},
		{500, "InternalFailure", "", remediation.Transient},
		{400, "InternalFailure", "", remediation.Transient},
		{503, "ServiceUnavailableTemporary", "", remediation.Transient},
		{400, "ServiceUnavailable", "", remediation.Transient},
		{400, "SerivceUnavailableTemporary", "", remediation.Transient},
		{500, "Forbidden.ResourceNotFound", "", remediation.Transient},
		{502, "", "", remediation.Transient},
		{403, "", "", remediation.Transient},
		{302, "Forbidden.ResourceNotFound", "", remediation.Transient},
		{101, "", "", remediation.Transient},

		{400, "InvalidParameter", "", remediation.Refused},
		{404, "Another.NotFound", "", remediation.Refused},
		{403, "UnsupportedHTTPMethod", "", remediation.Refused},
		{409, "Rejected.StateModifiedFailed", "", remediation.Refused},
		{409, "Rejected.ResourceExist", "", remediation.Refused},
	}
	seen := map[string]bool{}
	for _, row := range rows {
		seen[row.code] = true
		if got := classify(row.status, row.code, row.message); got != row.want {
			t.Errorf("HTTP %d %s %q: got %s, want %s", row.status, row.code, row.message, got, row.want)
		}
	}
	for code := range byCode {
		if !seen[code] {
			t.Errorf("%s stands in the table of codes but not in this test", code)
		}
	}
}
