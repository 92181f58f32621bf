package cli

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// A person behind a proxy, or with a misspelt region, must not be sent to try again.
func TestARemedyFitsTheFailure(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
		want string
	}{
		{"no such host", &remediation.CallError{Class: remediation.NotSent, Network: "kms.cn-hangzho.aliyuncs.com: no such host"}, "proxy variables are not used"},
		{"refused", &remediation.CallError{Class: remediation.NotSent, Network: "127.0.0.1:1: refused"}, "check the region, KMS_ENDPOINT"},
		{"the answer was lost", &remediation.CallError{Class: remediation.Transient, Network: "h: connection lost"}, "run it again; if that does not help, check the region"},
		{"a service that fails", &remediation.CallError{Class: remediation.Transient, Status: 503}, "run it again"},
		{"a missing policy", &remediation.CallError{Class: remediation.Account, Action: "TagResource"}, "kms:TagResource is granted by internal/policy/repair.json"},
		{"an expired token", &remediation.CallError{Class: remediation.Expired}, "renew the credentials"},
		{"throttled", &remediation.CallError{Class: remediation.Throttled}, "wait a minute"},
		{"no call at all", errors.New("odd"), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := Remedy(fmt.Errorf("reading: %w", row.err)); !strings.Contains(got, row.want) || (row.want == "") != (got == "") {
				t.Errorf("the remedy is %q, want %q", got, row.want)
			}
		})
	}
}
