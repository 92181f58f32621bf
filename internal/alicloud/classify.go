package alicloud

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// busyMessage is all that is published of the answer while a rotation runs, in lower case; it has neither a code nor a
// status: https://www.alibabacloud.com/help/en/kms/key-management-service/user-guide/secrets-faq
const busyMessage = "being rotated"

// byCode holds the codes of the KMS, CloudMonitor and gateway documents that mean more than a refusal:
// https://www.alibabacloud.com/help/en/kms/key-management-service/developer-reference/common-error-codes-1
var byCode = map[string]remediation.Class{
	"Forbidden.ResourceNotFound":      remediation.Gone,
	"Forbidden.DKMSInstanceNotFound":  remediation.Gone,
	"EntityNotExist.Secret":           remediation.Gone,
	"Rejected.ResourceInDeleteWindow": remediation.Gone,

	"AccessForbidden":                    remediation.Account,
	"Forbidden.NoPermission":             remediation.Account,
	"Forbidden.RAM":                      remediation.Account,
	"NoPermission":                       remediation.Account,
	"Forbidden.AccessKey":                remediation.Account,
	"Forbidden.KmsServiceNotEnabled":     remediation.Account,
	"Forbidden.InDebt":                   remediation.Account,
	"Forbidden.InDebtOverdue":            remediation.Account,
	"Forbidden.ProhibitedByRiskControl":  remediation.Account,
	"Forbidden.UbsmsInvalidUserid":       remediation.Account,
	"Forbidden.UbsmsInvalidBid":          remediation.Account,
	"Forbidden.DKMSInstanceStateInvalid": remediation.Account,
	"Rejected.Unavailable":               remediation.Account, // the KMS instance of the secret has expired, and with it all its secrets
	"SignatureDoesNotMatch":              remediation.Account,
	"IncompleteSignature":                remediation.Account,

	"Forbidden.KeyNotFound":         remediation.SecretBlocked,
	"Forbidden.KeyVersionNotFound":  remediation.SecretBlocked,
	"Forbidden.AliasNotFound":       remediation.SecretBlocked,
	"Rejected.Disabled":             remediation.SecretBlocked,
	"Rejected.PendingDeletion":      remediation.SecretBlocked,
	"Rejected.PendingImport":        remediation.SecretBlocked,
	"Rejected.UnsupportedOperation": remediation.SecretBlocked,
	"UnsupportedOperation":          remediation.SecretBlocked,

	"MissingSecurityToken": remediation.Expired,

	"RequestTimeTooSkewed": remediation.StaleSignature,
	"SignatureNonceUsed":   remediation.Transient, // an earlier copy of this request may have arrived, so that its answer was lost

	"InternalError":               remediation.Transient,
	"InternalFailure":             remediation.Transient,
	"SerivceUnavailableTemporary": remediation.Transient, // as an older page spells it
}

// byPart is asked when the whole code is not listed, from top to bottom and in lower case. The code of the 51st rotation
// of an hour is not documented, so whatever speaks of a limit counts as one.
var byPart = []struct {
	part  string
	class remediation.Class
}{
	{"invalidsecuritytoken", remediation.Expired},
	{"invalidaccesskeyid", remediation.Account},
	{"invalidtimestamp", remediation.StaleSignature},
	{"illegaltimestamp", remediation.StaleSignature},
	{"serviceunavailable", remediation.Transient},
	{"limit", remediation.Limit},
	{"quota", remediation.Limit},
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
	code = strings.ToLower(code)
	for _, row := range byPart {
		if strings.Contains(code, row.part) {
			return row.class
		}
	}
	return remediation.Refused
}

// Problem says which part of the caller's own setup an error shows to be wrong. It is a closed set.
type Problem string

const (
	ClockProblem     Problem = "clock"     // the time stamp of a signature is not of the service's time
	EndpointProblem  Problem = "endpoint"  // nothing there answers as the service does
	KeyProblem       Problem = "key"       // the access key or its token is unknown, disabled or over
	SignatureProblem Problem = "signature" // the secret of the access key is another
	PolicyProblem    Problem = "policy"    // known, and not permitted
	NoProblem        Problem = ""          // none of these
)

// problems is asked from top to bottom; the first that fits counts.
var problems = []struct {
	problem Problem
	shows   func(*remediation.CallError) bool
}{
	{ClockProblem, func(e *remediation.CallError) bool { return e.Class == remediation.StaleSignature }},
	{KeyProblem, func(e *remediation.CallError) bool { return e.Class == remediation.Expired }},
	{KeyProblem, codeBegins("InvalidAccessKeyId", "Forbidden.AccessKey")},
	{SignatureProblem, codeBegins("SignatureDoesNotMatch", "IncompleteSignature", "InvalidAccessKeySecret")},
	{PolicyProblem, codeBegins("AccessForbidden", "Forbidden.NoPermission", "Forbidden.RAM", "Forbidden.STS", "NoPermission")},
	{EndpointProblem, codeBegins("InvalidApi", "InvalidAction", "InvalidVersion", "InvalidProduct", "UnsupportedHTTPMethod")}, // of a gateway that serves others
	{EndpointProblem, func(e *remediation.CallError) bool {
		return e.Network != "" || e.Class == remediation.NotSent || e.Unreadable == wholeBody
	}},
	{EndpointProblem, func(e *remediation.CallError) bool { // no service of Alibaba Cloud refuses without a code
		return e.Class == remediation.Transient && e.Code == "" && e.Unreadable == "" && e.Status != 0 && e.Status < 500
	}},
}

func codeBegins(codes ...string) func(*remediation.CallError) bool {
	return func(e *remediation.CallError) bool {
		return slices.ContainsFunc(codes, func(code string) bool { return strings.HasPrefix(e.Code, code) })
	}
}

// ProblemOf returns the Problem that the error of a call shows.
func ProblemOf(err error) Problem {
	call, ok := errors.AsType[*remediation.CallError](err)
	if !ok {
		return NoProblem
	}
	for _, row := range problems {
		if row.shows(call) {
			return row.problem
		}
	}
	return NoProblem
}

// networkKinds is asked from top to bottom. The error itself is not repeated: it can hold the address with the token.
var networkKinds = []struct {
	kind string
	is   func(error) bool
}{
	{"the answer is too long", func(err error) bool { return errors.Is(err, errLongBody) }},
	{"cancelled", func(err error) bool { return errors.Is(err, context.Canceled) }},
	{"TLS failed", isTLS},
	{"no such host", func(err error) bool {
		dns, ok := errors.AsType[*net.DNSError](err)
		return ok && dns.IsNotFound
	}},
	{"timed out", isTimeout},
	{"the name could not be resolved", isA[*net.DNSError]},
	{"connection refused", func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }},
}

// networkFailure names the kind of a failure without an answer. sent is whether bytes may have left before it.
func networkFailure(err error, sent bool) string {
	for _, row := range networkKinds {
		if row.is(err) {
			return row.kind
		}
	}
	if sent {
		return "connection lost"
	}
	return "connection failed"
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

// isTLS reports whether the two sides did not agree on a connection, or the certificate is not trusted.
func isTLS(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "remote error" || op.Op == "local error") || // an alert
		errors.Is(err, http.ErrSchemeMismatch) || isA[*tls.CertificateVerificationError](err) || isA[tls.RecordHeaderError](err)
}
