package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// asCommand is the variable with which a process is the command, and does not test it.
const asCommand = "REMEDIATOR_AS_COMMAND"

// TestMain is the command in a process that a test starts as such.
func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	status := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(status)
}

type said struct {
	status         int
	stdout, stderr string
}

func remediator(t *testing.T, args ...string) said {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), args, dialAccount, &stdout, &stderr)
	return said{status, stdout.String(), stderr.String()}
}

// virtually runs a test in a bubble, in which a pause takes no time. No record that a test makes is of later than its clock.
func virtually(t *testing.T, run func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 3, 4, 5, 6, 7, 250_000_000, time.UTC)))
		run(t)
	})
}

// virtualRow does so with a row of a table.
func virtualRow(t *testing.T, name string, run func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { virtually(t, run) })
}

// account is a stand-in that the commands take for the real account, and an operator's.
func account(t *testing.T, secrets ...standin.Secret) *standin.KMS {
	t.Helper()
	return accountIn(t, standin.Behavior{}, secrets...)
}

func accountIn(t *testing.T, world standin.Behavior, secrets ...standin.Secret) *standin.KMS {
	t.Helper()
	k := standin.New(standin.Options{Behavior: world, Allow: policy.Operator.Actions()})
	serveAccount(t, k)
	for _, s := range secrets {
		k.Put(s)
	}
	return k
}

// dialAccount is how the commands of this process reach the account of the test.
var dialAccount dialFunc

// serveAccount lets the commands find it, in memory: in virtual time it belongs to the bubble.
func serveAccount(t *testing.T, k http.Handler) {
	t.Helper()
	dial, stop := standin.Pipe(k)
	dialAccount = dial
	t.Cleanup(func() { dialAccount = nil; stop() })
	setEnvironment(t, inMemory)
}

// serveProcesses lets other processes find it, too.
func serveProcesses(t *testing.T, k http.Handler) {
	t.Helper()
	url, stop, err := standin.Serve(k)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	dialAccount = nil
	setEnvironment(t, url)
}

func setEnvironment(t *testing.T, url string) {
	t.Helper()
	t.Setenv("KMS_ENDPOINT", url)
	t.Setenv("CLOUDMONITOR_ENDPOINT", url)
	t.Setenv("FC_ACCOUNT_ID", "")
	t.Setenv("FC_REGION", standinRegion)
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", standin.DefaultCredentials.AccessKeyID)
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", standin.DefaultCredentials.AccessKeySecret)
	t.Setenv("ALIBABA_CLOUD_SECURITY_TOKEN", standin.DefaultCredentials.SecurityToken)
}

var opened = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func recorded(name string, phase remediation.Phase) standin.Secret {
	r := remediation.Record{Phase: phase, Attempts: 2, Opened: opened, Due: opened.Add(time.Hour), Cause: "InstanceNotRunning"}
	copy(r.Replaces[:], "0123456789abcdef")
	return standin.Secret{Name: name, Tags: map[string]string{remediation.RecordTag: r.String()}}
}

// A script that watches goes by the exit status: a person who is needed must not look like all is well, nor like a failure.
func TestTheExitStatusSaysWhetherAPersonIsNeeded(t *testing.T) {
	foreign := standin.Secret{Name: "foreign", Tags: map[string]string{remediation.RecordTag: "hello"}}
	for _, row := range []struct {
		name    string
		secrets []standin.Secret
		args    []string
		want    int
	}{
		{"nothing open", []standin.Secret{{Name: "healthy"}}, []string{"--real", "status"}, statusDone},
		{"open and done", []standin.Secret{recorded("a", remediation.PhaseOpen), recorded("b", remediation.PhaseDone)}, []string{"--real", "status"}, statusDone},
		{"given up", []standin.Secret{recorded("a", remediation.PhaseNeedsHuman)}, []string{"--real", "status"}, statusPerson},
		{"a value that is no record", []standin.Secret{foreign}, []string{"--real", "status"}, statusPerson},
		{"on the stand-in, which has one of each", nil, []string{"status"}, statusPerson},
		{"a region without a stand-in", nil, []string{"--region", "cn-beijing", "status"}, statusUsage},
		{"a region that is none", nil, []string{"--real", "--region", "evil.example/", "status"}, statusUsage},
		{"no command", nil, nil, statusUsage},
		{"an unknown command", nil, []string{"rotate"}, statusUsage},
		{"an unknown format", nil, []string{"-o", "yaml", "status"}, statusUsage},
		{"help", nil, []string{"--help"}, statusDone},
	} {
		t.Run(row.name, func(t *testing.T) {
			account(t, row.secrets...)
			got := remediator(t, row.args...)
			if got.status != row.want {
				t.Errorf("status %d, want %d\n%s%s", got.status, row.want, got.stdout, got.stderr)
			}
			if row.name == "on the stand-in, which has one of each" {
				if got.stderr != onStandIn+"\n" {
					t.Errorf("stderr %q, want a word that this is no account", got.stderr)
				}
				return
			}
			if failed := row.want == statusFailed || row.want == statusUsage; failed != (strings.Count(got.stderr, "\n") == 1) || failed && got.stdout != "" {
				t.Errorf("stdout %q, stderr %q; want one line on stderr if it failed, and none else", got.stdout, got.stderr)
			}
		})
	}
}

// What reads the JSON needs one value with all that the table shows, the most urgent first.
func TestStatusAsJSONIsOneValueWithWhatNeedsAPersonFirst(t *testing.T) {
	account(t, recorded("a", remediation.PhaseOpen), recorded("b", remediation.PhaseNeedsHuman))
	var got struct{ Records []row }
	if err := json.Unmarshal([]byte(remediator(t, "--real", "-o", "json", "status").stdout), &got); err != nil {
		t.Fatal(err)
	}
	want := []row{
		{standinRegion, "b", "needs-human", opened, 2, opened.Add(time.Hour), "InstanceNotRunning", "given up; last cause InstanceNotRunning: start the ECS instance"},
		{standinRegion, "a", "open", opened, 2, opened.Add(time.Hour), "InstanceNotRunning", "last cause InstanceNotRunning: start the ECS instance"},
	}
	if diff := cmp.Diff(want, got.Records); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// Status is run by people who are allowed to look.
func TestStatusOnlyListsAndShowsNoSecret(t *testing.T) {
	k := account(t, recorded("a", remediation.PhaseOpen))
	got := remediator(t, "--real", "status")
	for _, call := range k.Calls() {
		if call.Action != "ListTagResources" {
			t.Errorf("called %s, want ListTagResources only", call.Action)
		}
	}
	for _, canary := range []string{standin.DefaultCredentials.AccessKeySecret, standin.DefaultCredentials.SecurityToken, "Signature"} {
		if strings.Contains(got.stdout+got.stderr, canary) {
			t.Errorf("the output holds %q", canary)
		}
	}
}

// A refusal is one clear line, not an empty table.
func TestARefusedListingIsAFailure(t *testing.T) {
	k := account(t)
	k.Inject(standin.Fault{Kind: standin.Refuse, Status: 403, Code: "Forbidden.NoPermission"})
	got := remediator(t, "--real", "status")
	if got.status != statusFailed || got.stdout != "" || !strings.Contains(got.stderr, "Forbidden.NoPermission") {
		t.Errorf("status %d, stdout %q, stderr %q; want one line that names the refusal", got.status, got.stdout, got.stderr)
	}
}
