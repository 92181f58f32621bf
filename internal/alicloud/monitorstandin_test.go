package alicloud

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// serveMonitor starts a stand-in of this behavior, and returns it with the calls to its CloudMonitor.
func serveMonitor(t *testing.T, behavior standin.Behavior) (*standin.KMS, *CloudMonitor) {
	t.Helper()
	service := standinOf(behavior)
	return service, newCloudMonitor(t, addressOf(t, service))
}

// A rule is compared as it is stored with what was wanted: it has to come back as it was sent, and where
// the documents leave it open, as what CloudMonitor made of it.
func TestARuleComesBackAsItIsStored(t *testing.T) {
	wanted := failureRule()
	wanted.SilenceKnown = true
	day, lower, off := wanted, wanted, wanted
	day.Silence = 24 * time.Hour
	lower.Product = "kms"
	off.State = "DISABLED"
	rows := []struct {
		name     string
		behavior standin.Behavior
		want     Rule
	}{
		{"as it was sent", standin.Behavior{}, wanted},
		{"with a day of silence for none", standin.Behavior{ZeroSilenceIsADay: true}, day},
		{"with its product in lower case", standin.Behavior{RuleProductsInLowerCase: true}, lower},
		{"switched off, where such rules are listed on demand", standin.Behavior{}, off},
		{"switched off, where all are listed", standin.Behavior{DisabledRulesListed: true}, off},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, m := serveMonitor(t, row.behavior)
			sent := failureRule()
			sent.State = row.want.State
			if err := m.PutEventRule(t.Context(), sent); err != nil {
				t.Fatal(err)
			}
			got, err := m.EventRules(t.Context(), "secrets_")
			if diff := cmp.Diff([]Rule{row.want}, got); err != nil || diff != "" {
				t.Errorf("error %v, rules (-want +got):\n%s", err, diff)
			}
			if err := m.DeleteEventRules(t.Context(), ruleName); err != nil {
				t.Error(err)
			}
			if got, err := m.EventRules(t.Context(), ""); err != nil || len(got) > 0 {
				t.Errorf("got %v, %v after it was deleted, want none", got, err)
			}
		})
	}
}

// A target that was not taken is a failure that nobody hears of; one that stays is a function that is called twice.
func TestTargetsComeBackAsTheyAreStored(t *testing.T) {
	service, m := serveMonitor(t, standin.Behavior{FunctionTargetNeedsService: true})
	if err := m.PutEventRule(t.Context(), failureRule()); err != nil {
		t.Fatal(err)
	}
	refused, err := m.PutEventTargets(t.Context(), ruleName, eachTarget())
	if err != nil || refused != nil {
		t.Fatalf("got %v, %v, want all of them taken", refused, err)
	}
	got, err := m.EventTargets(t.Context(), ruleName)
	if diff := cmp.Diff(eachTarget(), got, cmpopts.IgnoreFields(Target{}, "ARN")); err != nil || diff != "" {
		t.Errorf("error %v, targets (-want +got):\n%s", err, diff)
	}
	if err := m.DeleteEventTargets(t.Context(), ruleName, "1", "2", "3", "4", "5"); err != nil {
		t.Fatal(err)
	}
	if got := service.Targets(ruleName); len(got) != 1 || got[0].ID != "6" {
		t.Errorf("left are %v, want the contact group", got)
	}
}

// Documents do not show how CloudMonitor says that it did not take a target: however it does, it is an error, and the
// target is named where the answer names it.
func TestARefusedTargetIsAnErrorHoweverItIsSaid(t *testing.T) {
	for _, how := range standin.TargetRefusals {
		_, m := serveMonitor(t, standin.Behavior{FunctionTargetNeedsService: true, TargetRefusal: how})
		if err := m.PutEventRule(t.Context(), failureRule()); err != nil {
			t.Fatal(err)
		}
		alone := Target{Kind: FunctionTarget, ID: "1", Region: region, Function: "fn"}
		got, err := m.PutEventTargets(t.Context(), ruleName, []Target{alone, eachTarget()[1]})
		checkClass(t, err, remediation.Refused)
		want := []Target{alone}
		if how == standin.RefusedTogether {
			want = nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: refused (-want +got):\n%s", how, diff)
		}
	}
}

// A report that reaches nobody, or a test event that comes to nothing, is taken for a broken chain.
func TestReportsAndTestEventsArrive(t *testing.T) {
	service, m := serveMonitor(t, standin.Behavior{HistoryGivesID: true})
	now := time.Now().Truncate(time.Millisecond).UTC()
	report := CustomEvent{Name: "RotationRemediation", Content: `outcome:needs-human,secret:acs/ecs/é&=+ "1"`, Time: now}
	if err := m.PutCustomEvents(t.Context(), []CustomEvent{report, {Name: "RotationRemediation", Content: "outcome:rotated"}}); err != nil {
		t.Fatal(err)
	}
	reports, err := m.CustomEvents(t.Context(), "RotationRemediation", "needs-human", now.Add(-time.Hour), now.Add(time.Hour))
	if diff := cmp.Diff([]CustomEvent{report}, reports, cmpopts.IgnoreFields(CustomEvent{}, "ID")); err != nil || diff != "" || reports[0].ID == "" {
		t.Errorf("error %v, reports (-want +got):\n%s", err, diff)
	}
	rule := CustomEventRule{ID: "r", Name: "reports", EventName: "RotationRemediation", Level: "WARN", ContactGroups: []string{"a", "b"}, Threshold: 1}
	if err := m.PutCustomEventRule(t.Context(), rule); err != nil {
		t.Fatal(err)
	}
	if got := service.CustomRules(); len(got) != 1 || len(got[0].ContactGroups) != 2 || got[0].Period != 5*time.Minute {
		t.Errorf("got rules %v, want one of two groups and the default period", got)
	}

	content := `{"product":"KMS","name":"Secret:RotateSecret:Failure","level":"CRITICAL","status":"Failed","regionId":"cn-hangzhou",
		"resourceId":"acs:kms:cn-hangzhou:1000000000000001:secret/a","content":{"secretName":"a"}}`
	if err := m.SendDryRunEvent(t.Context(), "KMS", standin.EventFailure, content); err != nil {
		t.Fatal(err)
	}
	query := EventQuery{Name: standin.EventFailure, Level: "CRITICAL", From: now.Add(-time.Hour), To: now.Add(time.Hour)}
	history, more, err := m.SystemEvents(t.Context(), query, 1)
	if err != nil || more || len(history) != 1 || history[0].ID == "" || history[0].ResourceID != "acs:kms:cn-hangzhou:1000000000000001:secret/a" {
		t.Errorf("got %v, more %v, %v, want the test event with its id", history, more, err)
	}
	meta, err := m.SystemEventMeta(t.Context())
	if err != nil || len(meta) != 2 || meta[0].Name != standin.EventFailure || meta[1].Name != standin.EventSuccess {
		t.Errorf("got %v, %v, want the two events of KMS", meta, err)
	}
}

// A command that lacks a permission has to say so, whichever call it stops at.
func TestEachCallWithoutPermissionIsOfTheAccount(t *testing.T) {
	cred := standin.Credentials{AccessKeyID: canaries.AccessKeyID, AccessKeySecret: canaries.AccessKeySecret, SecurityToken: canaries.SecurityToken}
	address, stop, err := standin.Serve(standin.New(standin.Options{Credentials: []standin.Credentials{cred}, Allow: []string{}}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	for _, row := range monitorCalls {
		got := failure(t, row.call(t.Context(), newCloudMonitor(t, address)))
		if got.Class != remediation.Account || got.Status != http.StatusForbidden || got.Action != row.action {
			t.Errorf("%s: got %v, want it refused for the account", row.action, got)
		}
	}
	_, err = newKMS(t, address).ListSecrets(t.Context(), 1, 100)
	checkClass(t, err, remediation.Account)
}

// If anything fails on the way, nothing is called done, and nothing is sent again by itself.
func TestEachFaultOfEachCallIsTransient(t *testing.T) {
	for _, kind := range standin.FaultKinds {
		synctest.Test(t, func(t *testing.T) {
			service := newStandin()
			service.Inject(standin.Fault{Kind: kind})
			dial, stop := standin.Pipe(service)
			defer stop()
			client, err := New(Options{DialContext: dial, CloudMonitorEndpoint: "http://127.0.0.1:1", KMSEndpoint: "http://127.0.0.1:1"})
			if err != nil {
				t.Fatal(err)
			}
			defer client.CloseIdleConnections()
			for _, row := range monitorCalls {
				if got := failure(t, row.call(t.Context(), client.CloudMonitor(region, canaries))); got.Class != remediation.Transient {
					t.Errorf("%s of %s: got %v, want transient", kind, row.action, got)
				}
			}
			_, err = client.KMS(region, canaries).ListSecrets(t.Context(), 1, 100)
			checkClass(t, err, remediation.Transient)
			if got, want := len(service.Calls()), len(monitorCalls)+1; got != want {
				t.Errorf("%s: %d requests for %d calls", kind, got, want)
			}
		})
	}
}

// A page of secrets that is skipped is never read.
func TestAllSecretsAreListedPageByPage(t *testing.T) {
	service, k := serveStandin(t)
	for _, name := range []string{"b", "c", "d"} {
		service.Put(standin.Secret{Name: name, Type: "Rds"})
	}
	var got []remediation.ListedSecret
	for page := 1; page <= 2; page++ {
		secrets, err := k.ListSecrets(t.Context(), page, 3)
		if err != nil || secrets.Total != 4 {
			t.Fatalf("page %d: total %d, %v", page, secrets.Total, err)
		}
		got = append(got, secrets.Secrets...)
	}
	want := []remediation.ListedSecret{{Name: secretName, Type: "ECS"}, {Name: "b", Type: "Rds"}, {Name: "c", Type: "Rds"}, {Name: "d", Type: "Rds"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
}
