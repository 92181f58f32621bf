package alertrules

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

func testRules(t *testing.T, args ...string) (clitest.Said, tested) {
	t.Helper()
	got := command(t, append([]string{"--real", "-o", "json", "alert-rules", "test", "--yes", "--secret", "acs/ecs/web-1", "--wait", "0s"}, args...)...)
	var value tested
	if err := json.Unmarshal([]byte(got.Stdout), &value); err != nil && got.Status != clitest.Failed {
		t.Fatalf("status %d, %v: %q %q", got.Status, err, got.Stdout, got.Stderr)
	}
	return got, value
}

// statesOf is each link with its state.
func statesOf(v tested) string {
	var states []string
	for _, l := range v.Links {
		states = append(states, l.Link+" "+string(l.State))
	}
	return strings.Join(states, ", ")
}

// A person who tests the chain has to learn which link is broken, and must not hear of one that was not seen.
func TestTheTestSaysOfEachLinkWhatWasSeen(t *testing.T) {
	healthy := []string{"--topic", "t"}
	for _, row := range []struct {
		name     string
		behavior standin.Behavior
		apply    []string
		change   func(*standin.KMS)
		status   int
		want     string
	}{
		{"all as wanted", standin.Behavior{}, healthy, nil, clitest.Done, "rule holds, targets holds, accepted holds, history holds, function not visible"},
		{"a history that shows whole events", standin.Behavior{HistoryContent: standin.WholeEvents}, healthy, nil, clitest.Done, "rule holds, targets holds, accepted holds, history holds, function not visible"},
		{"a history without dry runs", standin.Behavior{DryRunsForgotten: true}, healthy, nil, clitest.Person, "rule holds, targets holds, accepted holds, history not seen, function not visible"},
		{"a history that is refused", standin.Behavior{}, healthy, func(k *standin.KMS) {
			k.Inject(standin.Fault{Action: "DescribeSystemEventAttribute", Kind: standin.Refuse, Status: http.StatusForbidden, Code: "AccessForbidden"})
		}, clitest.Person, "rule holds, targets holds, accepted holds, history not seen, function not visible"},
		{"a rule that is disabled", standin.Behavior{}, healthy, func(k *standin.KMS) {
			off := clitest.StoredRules()[0]
			off.State = "DISABLED"
			k.PutRule(off)
		}, clitest.Person, "rule broken, targets holds, accepted holds, history holds, function not visible"},
		{"a rule that only notifies people", standin.Behavior{}, []string{"--contact-group", "ops"}, nil, clitest.Person, "rule holds, targets broken, accepted holds, history holds, function not visible"},
	} {
		clitest.VirtualRow(t, row.name, func(t *testing.T) {
			k := accountIn(t, row.behavior, standin.Secret{Name: "acs/ecs/web-1"})
			apply(t, row.apply...)
			if row.change != nil {
				row.change(k)
			}
			got, value := testRules(t)
			if diff := cmp.Diff(row.want, statesOf(value)); diff != "" || got.Status != row.status || !value.Sent {
				t.Errorf("status %d, want %d, links (-want +got):\n%s%s", got.Status, row.status, diff, got.Stderr)
			}
		})
	}
}

// A person who cannot read what comes next reads what to do about it as a clause of its own.
func TestALinkThatCannotBeReadEndsWithItsRemedy(t *testing.T) {
	const granted = "; cms:%s is granted by internal/policy/operator.json"
	for name, action := range map[string]string{"history": "DescribeSystemEventAttribute", "function": "DescribeCustomEventAttribute"} {
		k := account(t, standin.Secret{Name: "acs/ecs/web-1"})
		apply(t, "--topic", "t")
		k.Inject(standin.Fault{Action: action, Kind: standin.Refuse, Status: http.StatusForbidden, Code: "AccessForbidden"})
		_, value := testRules(t)
		i := slices.IndexFunc(value.Links, func(l link) bool { return l.Link == name })
		if want := fmt.Sprintf(granted, action); i < 0 || !strings.Contains(value.Links[i].What, want) {
			t.Errorf("%s: %v, want %q in it", name, value.Links, want)
		}
	}
}

// Without a rule nobody would get it; a test that nobody gets is not sent.
func TestWithoutARuleOrATargetNothingIsSent(t *testing.T) {
	k := account(t, standin.Secret{Name: "acs/ecs/web-1"})
	for range 2 {
		before := writes(k)
		got, value := testRules(t)
		want := "rule broken, targets broken"
		if len(k.Rules()) > 0 {
			want = "rule holds, targets broken"
		}
		if diff := cmp.Diff(want, statesOf(value)); diff != "" || got.Status != clitest.Person || value.Sent || writes(k) != before {
			t.Errorf("status %d, sent %t, links (-want +got):\n%s", got.Status, value.Sent, diff)
		}
		k.PutRule(clitest.StoredRules()[0])
	}
}

// The function's own report about the event is worth more than its delivery.
func TestAReportOfTheFunctionIsShown(t *testing.T) {
	for outcome, want := range map[string]string{"needs-human": "function holds", "rejected": "function broken"} {
		var k *standin.KMS
		k = standin.New(standin.Options{OnCall: func(c standin.Call, p standin.Phase) {
			if c.Action != "SendDryRunSystemEvent" || p != standin.AfterCommit {
				return
			}
			said := events.Decode(k.DrainEvents()[0].Payload).Items
			k.ReportCustomEvent(standin.CustomEvent{Name: "RotationRemediation", Content: "outcome:" + outcome + ",event:" + said[0].Event.ID})
		}})
		clitest.Serve(t, k)
		k.Put(standin.Secret{Name: "acs/ecs/web-1"})
		apply(t, "--topic", "t")
		got, value := testRules(t)
		if !strings.HasSuffix(statesOf(value), want) {
			t.Errorf("%s: %v, want %s\n%s", outcome, value.Links, want, got.Stderr)
		}
	}
}

// A dry run cannot be distinguished from a failure: a function that rotated for it would take a live password away for a test.
func TestTheEventOfATestIsOverBeforeItIsSent(t *testing.T) {
	k := account(t, standin.Secret{Name: "acs/ecs/web-1"})
	apply(t, "--topic", "t")
	k.DrainEvents()
	_, value := testRules(t)
	raised := k.DrainEvents()
	if len(raised) != 1 {
		t.Fatalf("%d events, want 1", len(raised))
	}
	said := events.Decode(raised[0].Payload).Items
	if len(said) != 1 || said[0].Err != nil {
		t.Fatalf("the function would not understand it: %v", said)
	}
	e := said[0].Event
	secret, _ := k.Secret("acs/ecs/web-1")
	if e.Kind != events.Failure || e.ID != value.EventID || e.ARN != value.Secret || e.TimeFromEventTime || !secret.Versions[0].CreateTime.After(e.Time) {
		t.Errorf("event %+v, version of %s: it has to be older than the version", e, secret.Versions[0].CreateTime)
	}
}

// An answer that is lost must not send the event twice: people would be woken twice.
func TestATestEventIsSentOnce(t *testing.T) {
	for _, kind := range []standin.FaultKind{standin.HangAfter, standin.ResetAfter, standin.ServerErrorAfter} {
		clitest.VirtualRow(t, string(kind), func(t *testing.T) {
			k := account(t, standin.Secret{Name: "acs/ecs/web-1"})
			apply(t, "--topic", "t")
			k.DrainEvents()
			k.Inject(standin.Fault{Action: "SendDryRunSystemEvent", Kind: kind})
			got, _ := testRules(t)
			if n := len(k.DrainEvents()); n != 1 || got.Status != clitest.Failed || !strings.Contains(got.Stderr, "whether it was sent is not known") {
				t.Errorf("%s: status %d, %d events, %q; want one, and that nobody knows", kind, got.Status, n, got.Stderr)
			}
		})
	}
}

// The wrong account would have the function reject the event.
func TestAnotherAccountIsSaidBeforeAnythingIsSent(t *testing.T) {
	k := account(t, standin.Secret{Name: "acs/ecs/web-1"})
	apply(t, "--topic", "t")
	before := writes(k)
	t.Setenv("FC_ACCOUNT_ID", "2000000000000002")
	got, _ := testRules(t)
	if got.Status != clitest.Failed || writes(k) != before || !strings.Contains(got.Stderr, "2000000000000002") {
		t.Errorf("status %d, %d writes, %q", got.Status, writes(k)-before, got.Stderr)
	}
}

// A secret that is not there, or whose versions cannot be read, is no secret to test with.
func TestATestNeedsItsSecret(t *testing.T) {
	k := account(t)
	apply(t, "--topic", "t")
	before := writes(k)
	if got, _ := testRules(t); got.Status != clitest.Failed || writes(k) != before || !strings.Contains(got.Stderr, "no secret acs/ecs/web-1 in cn-hangzhou") {
		t.Errorf("status %d, %d writes, %q", got.Status, writes(k)-before, got.Stderr)
	}
}

// KMS may name no account; then the environment does, and else nobody guesses.
func TestTheAccountComesFromKMSOrTheEnvironment(t *testing.T) {
	for _, row := range []struct{ name, arn, account, want string }{
		{"from KMS", "acs:kms:cn-hangzhou:1:secret/a/b", "", "acs:kms:cn-hangzhou:1:secret/a/b"},
		{"from the environment", "", "2", "acs:kms:cn-hangzhou:2:secret/a/b"},
		{"from neither", "", "", ""},
	} {
		d, err := newDryRun(cli.StandinRegion, row.account, remediation.Secret{Name: "a/b", ARN: row.arn}, remediation.Version{CreateTime: clitest.Opened}, time.Now())
		if d.arn != row.want || (err == nil) != (row.want != "") {
			t.Errorf("%s: %q, %v; want %q", row.name, d.arn, err, row.want)
		}
	}
}
