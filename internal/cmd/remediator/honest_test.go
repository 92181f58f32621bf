package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// A history that cannot be read is not one without events: whoever rotates by hand on that word does so for nothing.
func TestDoctorDoesNotSayThatNoEventCameWhereItCouldNotLook(t *testing.T) {
	p := healthy(t, standin.Behavior{})
	p.overdue("acs/ecs/x", 48*time.Hour, nil)
	p.Inject(standin.Fault{Action: "DescribeSystemEventAttribute", Kind: standin.Refuse, Status: http.StatusForbidden, Code: "AccessForbidden"})
	got := p.examine(t)
	for _, finding := range got.in(stateFinding) {
		if strings.HasPrefix(finding, "overdue") {
			t.Errorf("found %q without a history", finding)
		}
	}
	if !slices.ContainsFunc(got.in(stateUnknown), func(said string) bool { return strings.HasPrefix(said, "overdue: acs/ecs/x") }) {
		t.Errorf("unknown %q, want the secret among them", got.in(stateUnknown))
	}
}

// Others watch the same events with rules of their own. What apply does not touch must not be a finding for ever.
func TestARuleOfOthersThatOnlyMailsIsNoFinding(t *testing.T) {
	p := healthy(t, standin.Behavior{})
	p.PutRule(standin.EventRule{Name: "security-team", EventType: "SYSTEM", State: "ENABLED", Patterns: []standin.EventPattern{{Product: "KMS", Levels: []string{"CRITICAL"}}}})
	p.PutTarget("security-team", standin.EventTarget{Kind: standin.ContactTarget, ID: "1", ContactGroup: "security", Level: "4"})
	if got := p.examine(t); got.status != statusDone {
		t.Errorf("status %d, findings %q", got.status, got.in(stateFinding))
	}
}

// forgetful is a CloudMonitor that says that it made a rule for reports, and made none.
type forgetful struct{ *standin.KMS }

func (f forgetful) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("Action") != "PutCustomEventRule" {
		f.KMS.ServeHTTP(w, r)
		return
	}
	fmt.Fprint(w, `{"RequestId":"1","Success":true,"Code":"200"}`)
}

// That a call is answered with success is not that its rule is there.
func TestApplyFailsWhereTheRuleForReportsIsListedAndNotThere(t *testing.T) {
	k := accountIn(t, standin.Behavior{CustomRulesListed: true})
	args := []string{"--topic", "rotation-events", "--contact-group"}
	apply(t, append(args, "a", "--reports")...)
	serveAccount(t, forgetful{k})
	got := apply(t, append(args, "b", "--reports")...)
	if got.status != statusFailed || strings.Contains(got.stdout, "all as wanted") || !strings.Contains(got.stderr, "is not there when read back") {
		t.Errorf("status %d, %q, %q; want a failure that says so", got.status, got.stdout, got.stderr)
	}
}

// Who reads "remains to be seen" is careful; who reads "all as wanted" goes to bed.
func TestApplyDoesNotClaimToHaveReadWhatIsNotListed(t *testing.T) {
	account(t)
	got := apply(t, "--topic", "rotation-events", "--contact-group", "a", "--reports")
	if got.status != statusDone || strings.Contains(got.stdout, "read back: all as wanted") || !strings.Contains(got.stdout, "but for the rule for reports") {
		t.Errorf("status %d, %q", got.status, got.stdout)
	}
}

// An address in the wrong place is repeated to whoever typed it, and to all who read the log of the job.
func TestAnAddressInTheWrongPlaceIsNotRepeated(t *testing.T) {
	account(t)
	for _, args := range [][]string{
		{"replay", "https://u.example/?token=SEKRET"},
		{"replay", "u.example/?token=SEKRET"},
		{"alert-rules", "apply", "u.example/?token=SEKRET"},
	} {
		if got := remediator(t, args...); strings.Contains(got.stdout+got.stderr, "SEKRET") || got.status == statusDone {
			t.Errorf("%v: status %d, %q", args, got.status, got.stderr)
		}
	}
}

// A question that names nothing is answered with yes.
func TestReplayNamesTheSecretOfARequestBeforeItAsks(t *testing.T) {
	account(t)
	besideTheFunction(t)
	t.Setenv("FC_ACCOUNT_ID", "1000000000000001")
	file := filepath.Join(t.TempDir(), "request.json")
	event := `{\"name\":\"Secret:RotateSecret:Failure\",\"regionId\":\"cn-hangzhou\",\"resourceId\":\"acs:kms:cn-hangzhou:1000000000000001:secret/acs/ecs/web-9\",\"content\":{\"failureTime\":\"2026-01-02T03:04:05Z\"}}`
	if err := os.WriteFile(file, []byte(`{"rawPath":"/","requestContext":{"http":{"method":"POST"}},"body":"`+event+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	got := remediator(t, "--real", "replay", file, "--mode", "act")
	if got.status != statusUsage || !strings.Contains(got.stderr, "acs/ecs/web-9") {
		t.Errorf("status %d, %q; want a question about acs/ecs/web-9 that nobody answers", got.status, got.stderr)
	}
}
