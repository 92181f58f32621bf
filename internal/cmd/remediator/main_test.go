package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/internal/version"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// asCommand is the variable with which a process is the command, and does not test it.
const asCommand = "REMEDIATOR_AS_COMMAND"

// TestMain is the command in a process that a test starts as such.
func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

func remediator(t *testing.T, args ...string) clitest.Said {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), args, clitest.Dial(), &stdout, &stderr)
	return clitest.Said{Status: status, Stdout: stdout.String(), Stderr: stderr.String()}
}

func account(t *testing.T, secrets ...standin.Secret) *standin.KMS {
	t.Helper()
	k := clitest.Account(t, standin.Behavior{}).KMS
	for _, s := range secrets {
		k.Put(s)
	}
	return k
}

// A script that watches goes by the exit status: a person who is needed must not seem as if all is well, nor like a failure.
func TestTheExitStatusSaysWhetherAPersonIsNeeded(t *testing.T) {
	foreign := standin.Secret{Name: "foreign", Tags: map[string]string{remediation.RecordTag: "hello"}}
	for _, row := range []struct {
		name    string
		secrets []standin.Secret
		args    []string
		want    int
	}{
		{"nothing open", []standin.Secret{{Name: "healthy"}}, []string{"--real", "status"}, clitest.Done},
		{"open and done", []standin.Secret{clitest.Recorded("a", remediation.PhaseOpen), clitest.Recorded("b", remediation.PhaseDone)}, []string{"--real", "status"}, clitest.Done},
		{"given up", []standin.Secret{clitest.Recorded("a", remediation.PhaseNeedsHuman)}, []string{"--real", "status"}, clitest.Person},
		{"a value that is no record", []standin.Secret{foreign}, []string{"--real", "status"}, clitest.Person},
		{"on the stand-in, which has one of each", nil, []string{"status"}, clitest.Person},
		{"a region without a stand-in", nil, []string{"--region", "cn-beijing", "status"}, clitest.Usage},
		{"a region without a stand-in, for a command about one", nil, []string{"--region", "cn-beijing", "retry", "a"}, clitest.Usage},
		{"a region that is none", nil, []string{"--real", "--region", "evil.example/", "status"}, clitest.Usage},
		{"no command", nil, nil, clitest.Usage},
		{"an unknown command", nil, []string{"rotate"}, clitest.Usage},
		{"an unknown format", nil, []string{"-o", "yaml", "status"}, clitest.Usage},
		{"help", nil, []string{"--help"}, clitest.Done},
	} {
		t.Run(row.name, func(t *testing.T) {
			account(t, row.secrets...)
			got := remediator(t, row.args...)
			got.Want(t, row.want)
			if row.name == "on the stand-in, which has one of each" {
				if got.Stderr != cli.OnStandIn+"\n" {
					t.Errorf("stderr %q, want a word that this is no account", got.Stderr)
				}
				return
			}
			if failed := row.want == clitest.Failed || row.want == clitest.Usage; failed != (strings.Count(got.Stderr, "\n") == 1) || failed && got.Stdout != "" || strings.Contains(got.Stderr, "cli.") {
				t.Errorf("stdout %q, stderr %q; want one line on stderr if it failed, and none else", got.Stdout, got.Stderr)
			}
		})
	}
}

// A bug report begins with the version.
func TestTheVersionIsShown(t *testing.T) {
	if got := remediator(t, "--version"); got != (clitest.Said{Stdout: version.Version + "\n"}) {
		t.Errorf("%+v, want the version and nothing else", got)
	}
}

// The example is what a newcomer sees first: each command has something to show, and apply something to repair.
func TestTheExampleHasSomethingForEachCommand(t *testing.T) {
	for _, row := range []struct {
		args   string
		status int
		shown  []string
	}{
		{"alert-rules show", clitest.Person, []string{"silence: 24h0m0s → 0s", "secrets_rotation_success: missing"}},
		{"alert-rules apply --yes --topic t --contact-group operators --reports", clitest.Done, []string{"silence: 24h0m0s → 0s", "+ target topic t", "+ event RotationRemediation"}},
		{"alert-rules test --yes --secret acs/ecs/web-4 --wait 0s", clitest.Person, []string{"\naccepted  holds", "\nhistory   holds"}},
		{"alert-rules remove --yes", clitest.Done, []string{"removed: secrets_rotation_failed"}},
		{"events", clitest.Done, []string{"InstanceNotRunning", "InstanceReleased", "Secret:RotateSecret:Success"}},
	} {
		got := remediator(t, strings.Fields(row.args)...)
		for _, shown := range row.shown {
			got.Want(t, row.status, shown)
		}
	}
}

// At night a person reads the first screen of the help: it has to be about the command, and end in a line to copy.
func TestHelpOfEachCommandBeginsWithItsOwnFlags(t *testing.T) {
	const common = "\nFlags of all commands:\n"
	for _, row := range []struct {
		command, own string // a flag or an argument with its default
	}{
		{"status", "Exit status: 0"},
		{"retry", "--yes"},
		{"alert-rules apply", "Default: info."},
		{"alert-rules show", "Exit status 3"},
		{"alert-rules test", "Default: 2m."},
		{"alert-rules remove", "--adopt"},
		{"events list", "Default: all."},
		{"events show", "--since"},
		{"replay", "Default: observe."},
		{"doctor", "Default: 1000."},
	} {
		got := remediator(t, append(strings.Fields(row.command), "--help")...)
		own, others, found := strings.Cut(got.Stdout, common)
		own = strings.Join(strings.Fields(own), " ")
		if got.Status != clitest.Done || !found || !strings.Contains(own, row.own) || !strings.Contains(own, "Example: remediator --real") || strings.Contains(own, "--call-timeout") {
			t.Errorf("%s: status %d, want %q and an example before the flags of all commands\n%s", row.command, got.Status, row.own, own)
		}
		if !strings.Contains(others, "Default: 10s.") || !strings.Contains(others, "Default: table.") {
			t.Errorf("%s: the flags of all commands lack their defaults\n%s", row.command, others)
		}
	}
}

// A limit of no time would let every call fail, and seem like an account that is out of reach.
func TestACallNeedsTime(t *testing.T) {
	account(t)
	for _, limit := range []string{"0s", "-1s", "soon"} {
		got := remediator(t, "--real", "--call-timeout="+limit, "status")
		if got.Status != clitest.Usage || !strings.Contains(got.Stderr, "--call-timeout") || strings.Count(got.Stderr, "\n") != 1 {
			t.Errorf("%s: status %d, %q; want one line of wrong use", limit, got.Status, got.Stderr)
		}
	}
}

// An address in the wrong place is repeated to the person who typed it, and to all who read the log of the job.
func TestAnAddressInTheWrongPlaceIsNotRepeated(t *testing.T) {
	account(t)
	for _, args := range [][]string{
		{"replay", "https://u.example/?token=SEKRET"},
		{"replay", "u.example/?token=SEKRET"},
		{"alert-rules", "apply", "u.example/?token=SEKRET"},
	} {
		if got := remediator(t, args...); strings.Contains(got.Stdout+got.Stderr, "SEKRET") || got.Status == clitest.Done {
			t.Errorf("%v: status %d, %q", args, got.Status, got.Stderr)
		}
	}
}

// Three commands at night without --real, and somebody believes in secrets that do not exist.
func TestWhatIsNoAccountSaysSo(t *testing.T) {
	for _, args := range [][]string{{"status"}, {"events"}, {"alert-rules", "show"}, {"-o", "json", "status"}} {
		if got := remediator(t, args...); !strings.HasPrefix(got.Stderr, cli.OnStandIn+"\n") {
			t.Errorf("%v: stderr %q, want it to begin with %q", args, got.Stderr, cli.OnStandIn)
		}
	}
	account(t)
	if got := remediator(t, "--real", "status"); strings.Contains(got.Stderr, "stand-in") {
		t.Errorf("with --real: stderr %q", got.Stderr)
	}
}

// A person who tries the commands has to see a healthy chain once: what one writes, the next finds.
func TestTryShowsAHealthyChainOnOneStandIn(t *testing.T) {
	t.Chdir(t.TempDir()) // without an s.yaml
	got := remediator(t, "try")
	before, after, found := strings.Cut(got.Stdout, "$ remediator doctor")
	if got.Status != clitest.Done || !found {
		t.Fatalf("status %d\n%s%s", got.Status, got.Stdout, got.Stderr)
	}
	for _, shown := range []string{"acs/ecs/web-3", "written; read back", "history   holds", "makes the attempt"} {
		if !strings.Contains(before, shown) {
			t.Errorf("%q is not shown before doctor:\n%s", shown, before)
		}
	}
	if strings.Contains(after, "finding      alert rule") || strings.Contains(after, "finding      record") || !strings.Contains(after, "routes: connected: alert rule secrets_rotation_failed") {
		t.Errorf("doctor does not find what apply and retry wrote:\n%s", after)
	}
	remediator(t, "--real", "try").Want(t, clitest.Usage)
}

// A name that holds the end of a line must not begin one that seems to be ours, and a failure is one line.
func TestANameFromOutsideBeginsNoLine(t *testing.T) {
	const hostile = "a\nFORGED"
	given := clitest.Recorded(hostile, remediation.PhaseNeedsHuman)
	given.AutomaticRotation = "Invalid"
	for _, args := range [][]string{
		{"status"}, {"doctor"}, {"retry", "--yes", hostile}, {"retry", hostile}, {"events", "--secret", "b\nFORGED"}, {"events", "show", hostile},
		{"replay", "b\nFORGED"}, {"replay", "--latest", "--secret", hostile, "--print"}, {"alert-rules", "test", "--secret", hostile, "--yes", "--wait", "0s"},
		{hostile}, {"status", "--call-timeout", hostile},
	} {
		account(t, given)
		got := remediator(t, append([]string{"--real"}, args...)...)
		for line := range strings.Lines(got.Stdout + got.Stderr) {
			if strings.HasPrefix(strings.TrimSpace(line), "FORGED") {
				t.Errorf("%q: a line from outside:\n%s%s", args, got.Stdout, got.Stderr)
				break
			}
		}
	}
}

// An address that was pasted in place of a name may hold a token, and what is refused is repeated in the log of a pipeline.
func TestAnAddressInPlaceOfANameIsNotRepeated(t *testing.T) {
	const address = "https://f.example/?token=canary"
	for _, args := range [][]string{
		{address}, {"status", "--region", address}, {"--real", "status", "--region", address}, {"--real", "events", "--secret", address},
		{"--real", "events", "--secret", "acs:" + address}, {"--real", "events", "show", address}, {"--real", "replay", address}, {"--real", "replay", "--event", address},
		{"--real", "replay", "--latest", "--secret", address}, {"--real", "retry", "--yes", address}, {"--real", "retry", "--yes", "x?token=canary"},
		{"--real", "alert-rules", "test", "--yes", "--secret", address}, {"replay", "events/x.json", "--binary", address}, {"-o", address, "status"}, {"status", "--call-timeout", address},
	} {
		account(t)
		got := remediator(t, args...)
		if strings.Contains(got.Stdout+got.Stderr, "canary") || got.Status != clitest.Failed && got.Status != clitest.Usage {
			t.Errorf("%q: status %d, %s%s", args, got.Status, got.Stdout, got.Stderr)
		}
	}
}
