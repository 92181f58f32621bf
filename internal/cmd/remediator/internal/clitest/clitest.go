// Package clitest runs commands in tests: a stand-in that they take for the real account, and what they print.
package clitest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alecthomas/kong"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// The exit statuses, as tests name them.
const (
	Done   = cli.StatusDone
	Failed = cli.StatusFailed
	Usage  = cli.StatusUsage
	Person = cli.StatusPerson
)

// Said is what a command printed, and its exit status.
type Said struct {
	Status         int
	Stdout, Stderr string
}

// Want ends a test whose command ended otherwise, or printed nothing with one of these parts.
func (s Said) Want(t *testing.T, status int, parts ...string) {
	t.Helper()
	for _, part := range append(parts, "") {
		if s.Status != status || !strings.Contains(s.Stdout+s.Stderr, part) {
			t.Fatalf("status %d, want %d, and %q in\n%s%s", s.Status, status, part, s.Stdout, s.Stderr)
		}
	}
}

var dial cli.DialFunc

// Run runs one of some commands, which are the fields of a struct; example is the stand-in without --real.
func Run(t *testing.T, commands any, example func() *standin.KMS, args ...string) Said {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := RunTo(t.Context(), commands, example, args, &stdout, &stderr)
	return Said{status, stdout.String(), stderr.String()}
}

// RunTo is Run with a context that may end.
func RunTo(ctx context.Context, commands any, example func() *standin.KMS, args []string, stdout, stderr io.Writer) int {
	grammar := struct {
		cli.Line
		kong.Plugins
	}{cli.Line{Dial: dial, Example: example}, kong.Plugins{commands}}
	return cli.Run(ctx, &grammar, &grammar.Line, args, stdout, stderr)
}

// Dial is how the commands of this process reach the account of the test; nil for the network.
func Dial() cli.DialFunc { return dial }

// Virtually runs a test in a bubble, in which a pause takes no time. No record of a test is later than its clock.
func Virtually(t *testing.T, run func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 3, 4, 5, 6, 7, 250_000_000, time.UTC)))
		run(t)
	})
}

// VirtualRow is Virtually for a row of a table.
func VirtualRow(t *testing.T, name string, run func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { Virtually(t, run) })
}

// Serve lets the commands find an account in memory: in virtual time it belongs to the bubble.
func Serve(t *testing.T, k http.Handler) {
	t.Helper()
	pipe, stop := standin.Pipe(k)
	dial = pipe
	t.Cleanup(func() { dial = nil; stop() })
	setEnvironment(t, cli.InMemory)
}

// ServeProcesses lets other processes find it, too.
func ServeProcesses(t *testing.T, k http.Handler) {
	t.Helper()
	url, stop, err := standin.Serve(k)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	dial = nil
	setEnvironment(t, url)
}

func setEnvironment(t *testing.T, url string) {
	t.Helper()
	t.Setenv("KMS_ENDPOINT", url)
	t.Setenv("CLOUDMONITOR_ENDPOINT", url)
	t.Setenv("FC_ACCOUNT_ID", "")
	t.Setenv("FC_REGION", cli.StandinRegion)
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", standin.DefaultCredentials.AccessKeyID)
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", standin.DefaultCredentials.AccessKeySecret)
	t.Setenv("ALIBABA_CLOUD_SECURITY_TOKEN", standin.DefaultCredentials.SecurityToken)
}

// Clocked is an account whose clock can be put back, so that things happened a while ago.
type Clocked struct {
	*standin.KMS

	back time.Duration
}

// Account is a stand-in that the commands take for the real account, and an operator's.
func Account(t *testing.T, behavior standin.Behavior, allow ...string) *Clocked {
	t.Helper()
	c := &Clocked{}
	if allow == nil {
		allow = policy.Operator.Actions()
	}
	c.KMS = standin.New(standin.Options{Behavior: behavior, Allow: allow, Now: func() time.Time { return time.Now().Add(-c.back) }})
	Serve(t, c.KMS)
	return c
}

// Ago does something as if it were so long ago.
func (c *Clocked) Ago(back time.Duration, do func() error) {
	c.back = back
	defer func() { c.back = 0 }()
	if err := do(); err != nil {
		panic(err)
	}
}

// FailedAgo lets the schedule of a secret fail.
func (c *Clocked) FailedAgo(secret string, back time.Duration) {
	c.Ago(back, func() error {
		return c.ScheduledFailure(secret, standin.Failure{Code: "InstanceNotRunning", Message: "not running"})
	})
}

// WorkedAgo lets the schedule of a secret rotate it.
func (c *Clocked) WorkedAgo(secret string, back time.Duration) {
	c.Ago(back, func() error { return c.ScheduledSuccess(secret) })
}

// Written are the calls that could change something.
func Written(k *standin.KMS) []string {
	var actions []string
	for _, call := range k.Calls() {
		if !strings.HasPrefix(call.Action, "Describe") && !strings.HasPrefix(call.Action, "List") {
			actions = append(actions, call.Action)
		}
	}
	return actions
}

// HoldsNoSecret fails where the credentials are in an output.
func HoldsNoSecret(t *testing.T, got Said) {
	t.Helper()
	for _, canary := range []string{standin.DefaultCredentials.AccessKeyID, standin.DefaultCredentials.AccessKeySecret, standin.DefaultCredentials.SecurityToken, "Signature="} {
		if strings.Contains(got.Stdout+got.Stderr, canary) {
			t.Errorf("the output holds %q", canary)
		}
	}
}

// FinalLine is the last line of a text.
func FinalLine(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return lines[len(lines)-1]
}

// Refuse lets no connection through, as a port that nothing listens on.
func Refuse(t *testing.T) {
	t.Helper()
	dial = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	t.Cleanup(func() { dial = nil })
}

// FailureOf is the event of a failed rotation.
func FailureOf(secret string, at time.Time) standin.Event {
	return standin.Event{Time: at, Name: events.FailureName, Secret: secret, Payload: fmt.Appendf(nil,
		`{"product":"KMS","level":"CRITICAL","name":%q,"regionId":"cn-hangzhou","resourceId":"acs:kms:cn-hangzhou:1000000000000001:secret/%s","status":"Failed",`+
			`"content":{"secretName":%[2]q,"secretType":"ECS","rotationStatus":"Invalid","failureInfo":{"errorCode":"X"},"failureTime":%[3]q}}`,
		events.FailureName, secret, at.UTC().Format(time.RFC3339))}
}

// Histories are the forms in which CloudMonitor may give its history.
func Histories() map[string]standin.Behavior {
	behaviors := map[string]standin.Behavior{}
	for _, content := range standin.HistoryContents {
		for _, order := range standin.HistoryOrders {
			for _, id := range []bool{false, true} {
				behaviors[fmt.Sprintf("%s, %s, id %t", content, order, id)] = standin.Behavior{HistoryContent: content, HistoryOrder: order, HistoryGivesID: id}
			}
		}
	}
	return behaviors
}

// StoredRules are the two rules as CloudMonitor keeps them after apply.
func StoredRules() []standin.EventRule {
	stored := func(name, event, level, eventType string) standin.EventRule {
		return standin.EventRule{
			Name: name, Description: "managed by rotation-remediator", EventType: "SYSTEM", State: "ENABLED",
			Patterns: []standin.EventPattern{{Product: "KMS", Names: []string{event}, Levels: []string{level}, EventTypes: []string{eventType}}},
		}
	}
	return []standin.EventRule{
		stored("secrets_rotation_failed", events.FailureName, "CRITICAL", "Exception"),
		stored("secrets_rotation_success", events.SuccessName, "INFO", "StatusNotification"),
	}
}

// Opened is when the episodes of Recorded began.
var Opened = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// Recorded is a secret with a record of two attempts.
func Recorded(name string, phase remediation.Phase) standin.Secret {
	r := remediation.Record{Phase: phase, Attempts: 2, Opened: Opened, Due: Opened.Add(time.Hour), Cause: "InstanceNotRunning"}
	copy(r.Replaces[:], "0123456789abcdef")
	return standin.Secret{Name: name, Tags: map[string]string{remediation.RecordTag: r.String()}}
}

// Healthy is a stand-in without any failure, for commands without --real.
func Healthy() *standin.KMS {
	k := standin.New(standin.Options{Allow: policy.Operator.Actions()})
	k.Put(standin.Secret{Name: "acs/ecs/web-1"})
	return k
}
