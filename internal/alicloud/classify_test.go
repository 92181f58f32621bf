package alicloud

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

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
		{409, "Rejected.Unavailable", "", remediation.Account},
		{403, "Forbidden.DKMSInstanceStateInvalid", "", remediation.Account},
		{400, "SignatureDoesNotMatch", "", remediation.Account},
		{400, "IncompleteSignature", "", remediation.Account},

		{404, "Forbidden.KeyNotFound", "", remediation.SecretBlocked},
		{404, "Forbidden.KeyVersionNotFound", "", remediation.SecretBlocked},
		{404, "Forbidden.AliasNotFound", "", remediation.SecretBlocked},
		{409, "Rejected.Disabled", "", remediation.SecretBlocked},
		{409, "Rejected.PendingDeletion", "", remediation.SecretBlocked},
		{409, "Rejected.PendingImport", "", remediation.SecretBlocked},
		{400, "Rejected.UnsupportedOperation", "", remediation.SecretBlocked},
		{400, "UnsupportedOperation", "", remediation.SecretBlocked},

		{400, "InvalidSecurityToken.Expired", "", remediation.Expired},
		{400, "InvalidSecurityToken.Malformed", "", remediation.Expired},
		{400, "InvalidSecurityToken.MismatchWithAccessKey", "", remediation.Expired},
		{400, "MissingSecurityToken", "", remediation.Expired},

		{400, "InvalidTimeStamp.Expired", "", remediation.StaleSignature},
		{400, "InvalidTimeStamp.Format", "", remediation.StaleSignature},
		{400, "InvalidTimestamp.Expired", "", remediation.StaleSignature},
		{400, "IllegalTimestamp", "", remediation.StaleSignature},
		{400, "RequestTimeTooSkewed", "", remediation.StaleSignature},

		{400, "SignatureNonceUsed", "", remediation.Transient},
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
			t.Errorf("%s is in the table of codes but not in this test", code)
		}
	}
}

// A person who checks the policy while the clock is off loses an hour. Each cause has its own finding.
func TestEachMistakeInTheSetupHasItsProblem(t *testing.T) {
	refused := func(status int, code string) error {
		_, err := readResponse("DescribeSecret", status, []byte(`{"Code":"`+code+`","RequestId":"r"}`), kmsSuccess, nil)
		return err
	}
	body := func(status int, text string) error {
		_, err := readResponse("DescribeSecret", status, []byte(text), kmsSuccess, nil)
		return err
	}
	for _, row := range []struct {
		name string
		err  error
		want Problem
	}{
		{"a time stamp of the past", refused(400, "InvalidTimeStamp.Expired"), ClockProblem},
		{"a time stamp that is none", refused(400, "IllegalTimestamp"), ClockProblem},
		{"a time stamp of another hour", refused(400, "RequestTimeTooSkewed"), ClockProblem},
		{"a key that does not exist", refused(404, "InvalidAccessKeyId.NotFound"), KeyProblem},
		{"a key that is switched off", refused(403, "Forbidden.AccessKey"), KeyProblem},
		{"a token that is over", refused(400, "InvalidSecurityToken.Expired"), KeyProblem},
		{"no token", refused(400, "MissingSecurityToken"), KeyProblem},
		{"no credentials", response{}.failure(remediation.Expired), KeyProblem},
		{"another secret of the key", refused(400, "SignatureDoesNotMatch"), SignatureProblem},
		{"half a signature", refused(400, "IncompleteSignature"), SignatureProblem},
		{"no permission in KMS", refused(403, "Forbidden.NoPermission"), PolicyProblem},
		{"no permission in CloudMonitor", refused(403, "AccessForbidden"), PolicyProblem},
		{"another service at the endpoint", refused(404, "InvalidAction.NotFound"), EndpointProblem},
		{"another version at the endpoint", refused(400, "InvalidApiVersion"), EndpointProblem},
		{"a page at the endpoint", body(404, "<html>"), EndpointProblem},
		{"a page that says success", body(200, "<html>"), EndpointProblem},
		{"nobody at the endpoint", &remediation.CallError{Class: remediation.NotSent, Network: "h: no such host"}, EndpointProblem},
		{"a service in trouble", body(503, ""), NoProblem},
		{"throttled", refused(429, "Rejected.Throttling"), NoProblem},
		{"a debt", refused(403, "Forbidden.InDebt"), NoProblem},
		{"a secret that does not exist", refused(404, "Forbidden.ResourceNotFound"), NoProblem},
		{"a member that cannot be read", response{status: 200}.unreadable("Tags"), NoProblem},
		{"no error of a call", errors.New("x"), NoProblem},
		{"no error", nil, NoProblem},
	} {
		if got := ProblemOf(row.err); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}

// A misspelt region, a closed port, a certificate and a wall that swallows packets are repaired in four places.
func TestAFailureOfTheNetworkNamesHostAndKind(t *testing.T) {
	server := newRecorder(t)
	trusted, _ := serveTLS(t, answerAccepted, nil)
	closed := closedPort(t)
	for _, row := range []struct {
		name, endpoint, want string
		dial                 dialFunc
	}{
		{"a host that does not exist", "https://kms.cn-hangzuo.aliyuncs.com", "kms.cn-hangzuo.aliyuncs.com: no such host", failingDial(&net.DNSError{Err: "x", IsNotFound: true})},
		{"a name server that fails", "https://kms.example.com", "kms.example.com: the name could not be resolved", failingDial(&net.DNSError{Err: "x", IsTemporary: true})},
		{"a name server that hangs", "https://kms.example.com", "kms.example.com: timed out", failingDial(&net.DNSError{Err: "x", IsTimeout: true})},
		{"a port that is closed", "http://" + closed, closed + ": connection refused", nil},
		{"a dial that takes too long", "https://kms.example.com", "kms.example.com: timed out", failingDial(context.DeadlineExceeded)},
		{"a certificate that nobody trusts", trusted.URL, strings.TrimPrefix(trusted.URL, "https://") + ": TLS failed", nil},
		{"http where https is expected", strings.Replace(server.address, "http:", "https:", 1), strings.TrimPrefix(server.address, "http://") + ": TLS failed", nil},
		{"anything else", "https://kms.example.com", "kms.example.com: connection failed", failingDial(errors.New(canaries.SecurityToken))},
	} {
		client, err := New(Options{KMSEndpoint: row.endpoint, DialContext: row.dial})
		if err != nil {
			t.Fatal(err)
		}
		got := failure(t, rotate(within(t, 20*time.Second), client.KMS(region, canaries)))
		if got.Network != row.want || got.Class != remediation.NotSent || !strings.Contains(got.Error(), row.want) {
			t.Errorf("%s: got %v, want it not sent, and %s", row.name, got, row.want)
		}
	}
	lost := failure(t, rotate(within(t, 20*time.Second), newKMS(t, serveRaw(t, discardRequest))))
	if !strings.HasSuffix(lost.Network, ": connection lost") || lost.Class != remediation.Transient {
		t.Errorf("an answer that was lost: got %v, want its host and kind", lost)
	}
}

func failingDial(err error) dialFunc {
	return func(context.Context, string, string) (net.Conn, error) { return nil, err }
}

// closedPort returns an address of this machine where nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	return listener.Addr().String()
}
