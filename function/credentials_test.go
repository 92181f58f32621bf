package main

import (
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// A token lives an hour, an instance can live a day. What was kept from the environment or from an invocation before is
// over, or belongs to a role that was taken away.
func TestEachInvocationUsesItsOwnCredentials(t *testing.T) {
	t.Parallel()
	old := canaryCredentials
	old.SecurityToken = otherCredentials.SecurityToken
	c := newCloud(t, standin.Options{}, failing) // knows the new token only
	f := startFunction(t, c, fcruntime.Options{Credentials: platformCredentials(old)})
	for n, row := range []struct {
		credentials standin.Credentials
		want        remediation.Outcome
	}{
		{old, remediation.Undecided},
		{canaryCredentials, remediation.Pending},
		{old, remediation.Undecided},
		{canaryCredentials, remediation.Waiting},
	} {
		f.SetCredentials(platformCredentials(row.credentials))
		skip := len(c.Calls())
		r, err := f.Invoke(t.Context(), c.failure)
		if err != nil || n > 0 && r.SinceExec != 0 {
			t.Fatalf("%v, or another process: what one keeps cannot be seen", err)
		}
		a := f.read(r)
		if a.result().Outcome != row.want || a.failed() != (row.want == remediation.Undecided) {
			t.Errorf("invocation %d: got %s after %q, want %s", n+1, a.text, c.calls(skip), row.want)
		}
		if calls := c.calls(skip); row.want == remediation.Undecided && len(calls) != 1 {
			t.Errorf("invocation %d: a token that is over was tried again: %q", n+1, calls)
		}
	}
	for _, call := range c.Calls() {
		if call.AccessKeyID != "STS.…" {
			t.Errorf("%s was called by %s", call.Action, call.AccessKeyID)
		}
	}
}
