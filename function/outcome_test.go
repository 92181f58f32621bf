package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

var update = flag.Bool("update", false, "write the fixtures of outcomes anew; read them before they are kept")

// outcomeCase is one way to one outcome.
type outcomeCase struct {
	name    string // of the fixture: the outcome, then what led to it
	options standin.Options
	secret  standin.Secret
	env     []string
	// before is what happened, through earlier invocations too. Only what comes after it is compared.
	before func(f *function)
	// event returns the payload; the Failure if nil.
	event func(f *function) []byte
}

// Everything outside relies on this table: alarms on outcome and errorType, people on the reason, the platform's queue on
// whether the invocation failed. A fixture holds all that one invocation does and says.
func TestEachOutcomeIsWhatTheContractSays(t *testing.T) {
	for _, c := range outcomeCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cloud := newCloud(t, c.options, c.secret)
			f := startFunction(t, cloud, fcruntime.Options{}, c.env...)
			if c.before != nil {
				c.before(f)
			}
			payload, skip := cloud.failure, len(cloud.Calls())
			if c.event != nil {
				payload = c.event(f)
			}
			a := f.invoke(payload)
			compareFixture(t, c.name, fixtureOf(t, f, a, skip))
		})
	}
}

// outcomeFixture is a file in testdata/outcomes.
type outcomeFixture struct {
	Invocation string          `json:"invocation"`
	Calls      []string        `json:"calls"`
	Record     string          `json:"record"`
	Answer     json.RawMessage `json:"answer"`
}

func fixtureOf(t *testing.T, f *function, a answer, skip int) []byte {
	t.Helper()
	fixture := outcomeFixture{
		Invocation: "succeeds", Calls: f.cloud.calls(skip), Record: masked(f.cloud.recordText()), Answer: json.RawMessage(masked(string(a.text))),
	}
	if a.failed() {
		fixture.Invocation = "fails with errorType " + a.errorType
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(fixture); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// A person builds alarms from the sample of a log line.
func TestREADMEShowsALineAsItIsWritten(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, sample, _ := strings.Cut(string(page), "```json\n")
	sample, _, _ = strings.Cut(sample, "\n```")
	var line resultLine
	if err := json.Unmarshal([]byte(sample), &line); err != nil {
		t.Fatalf("%q: %v", sample, err)
	}
	var printed bytes.Buffer
	resultLog{out: &printed}.write(line)
	if diff := cmp.Diff(sample+"\n", printed.String()); diff != "" {
		t.Errorf("the same facts (-README +printed):\n%s", diff)
	}
	fixture, err := os.ReadFile(filepath.Join("testdata", "outcomes", "rotated.json"))
	if err != nil {
		t.Fatal(err)
	}
	if reason := masked(line.Reason); line.Outcome != remediation.Rotated || !strings.Contains(string(fixture), `"reason": "`+reason) {
		t.Errorf("%s: %q is the reason of no rotation", line.Outcome, reason)
	}
}

// masks hide what differs from run to run.
var masks = []struct {
	found *regexp.Regexp
	mask  string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "TIME"},
	{regexp.MustCompile(`remediation-(\d+)-[0-9a-f]{32}`), "remediation-$1-HASH"},
	{regexp.MustCompile(`/of=[0-9a-f]{16}`), "/of=MARK"},
	{regexp.MustCompile(`acs/ecs/overdue-\d\d`), "acs/ecs/overdue-N"},
	{regexp.MustCompile(`"version":"[^"]+"`), `"version":"VERSION"`},
	{regexp.MustCompile(`"requestId":"1-[-0-9a-f]{30}"`), `"requestId":"REQUEST"`},
	{regexp.MustCompile(`00000000-0000-4000-8000-\d{12}`), "KMS-REQUEST"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "KMS-HOST"},
	{regexp.MustCompile(`"elapsedMs":\d+`), `"elapsedMs":"MS"`},
}

func masked(text string) string {
	for _, m := range masks {
		text = m.found.ReplaceAllString(text, m.mask)
	}
	return text
}

func compareFixture(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "outcomes", name+".json")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// A fixture without a row seems a promise that is kept, and an outcome without one is none.
func TestFixturesRowsAndOutcomesMatch(t *testing.T) {
	rows, covered := map[string]bool{}, map[remediation.Outcome]bool{}
	for _, c := range outcomeCases {
		rows[c.name+".json"] = true
	}
	files, err := filepath.Glob(filepath.Join("testdata", "outcomes", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !rows[filepath.Base(file)] {
			t.Errorf("%s belongs to no row", file)
		}
		covered[outcomeIn(t, file)] = true
	}
	for _, outcome := range remediation.Outcomes {
		if !covered[outcome] {
			t.Errorf("no row ends as %s", outcome)
		}
	}
}

func outcomeIn(t *testing.T, file string) remediation.Outcome {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var fixture struct {
		Answer struct {
			Results []struct{ Outcome remediation.Outcome }
		}
	}
	if err := json.Unmarshal(text, &fixture); err != nil || len(fixture.Answer.Results) != 1 {
		t.Fatalf("%s: %v, or not one result", file, err)
	}
	return fixture.Answer.Results[0].Outcome
}

// waitUntil returns when the function's clock has passed a due time. The binary has no other clock than this one.
func waitUntil(due time.Time) { <-time.After(time.Until(due) + time.Millisecond) }

// slow has work on the instance that outlasts every test.
var slow = standin.Options{Behavior: standin.Behavior{Work: time.Hour}}

var failing = standin.Secret{Rotation: standin.FailFirst(100, standin.Failure{})}

func refusing(action string, status int, code string) func(*function) {
	return func(f *function) {
		f.cloud.Inject(standin.Fault{Action: action, Kind: standin.Refuse, Status: status, Code: code, Message: canaryMessage})
	}
}

// failedBefore delivers the failure, so that there is a record.
func failedBefore(f *function) { f.invoke(f.cloud.failure) }

// rotatedByOther is what somebody else does. It raises a Success event where the options say so.
func rotatedByOther(f *function) {
	if err := f.cloud.Rotate(secretName, "by-hand"); err != nil {
		f.t.Error(err)
	}
}

func inOrder(steps ...func(*function)) func(*function) {
	return func(f *function) {
		for _, step := range steps {
			step(f)
		}
	}
}

func waitForDue(f *function) { waitUntil(f.cloud.record().Due) }

func successEvent(f *function) []byte { return f.cloud.lastEvent(f.t, standin.EventSuccess) }

func failureWith(old, changed string) func(*function) []byte {
	return func(f *function) []byte {
		payload := bytes.ReplaceAll(f.cloud.failure, []byte(old), []byte(changed))
		if bytes.Equal(payload, f.cloud.failure) {
			f.t.Errorf("the event has no %s", old)
		}
		return payload
	}
}

// fromFile delivers an event as documents show it.
func fromFile(name string) func(*function) []byte {
	return func(f *function) []byte {
		payload, err := os.ReadFile(filepath.Join("..", "events", "testdata", name))
		if err != nil {
			f.t.Error(err)
		}
		return payload
	}
}

// oneOverdueForEachHour leaves as many overdue secrets as ticks check in a day, so that each tick meets one of them.
func oneOverdueForEachHour(f *function) {
	f.cloud.Delete(secretName)
	for n := range 24 {
		f.cloud.Put(standin.Secret{
			Name: fmt.Sprintf("acs/ecs/overdue-%02d", n), AutomaticRotation: "Enabled", NextRotationDate: time.Now().AddDate(0, 0, -2),
			Versions: []standin.Version{{ID: "v1", CreateTime: time.Now().AddDate(0, -2, 0), Stages: []string{"ACSCurrent"}}},
		})
	}
}

var raisesSuccess = standin.Behavior{SucceededRaisesEvent: true}

var outcomeCases = []outcomeCase{
	{name: "rotated", options: standin.Options{Behavior: standin.Behavior{SuccessClearsInvalid: true}}},
	{name: "rotated-schedule-still-invalid"},
	{name: "rotated-answer-lost", before: func(f *function) {
		f.cloud.Inject(standin.Fault{Action: "RotateSecret", Kind: standin.ResetAfter})
	}},
	{name: "rotated-done-not-marked", before: func(f *function) {
		f.cloud.Inject(standin.Fault{Action: "TagResource", Kind: standin.Refuse, Skip: 1, Status: http.StatusForbidden, Code: "Forbidden.NoPermission"})
	}},
	{name: "rotated-name-in-content-differs", event: failureWith(`"secretName":"acs/ecs/web-1"`, `"secretName":"SecretName"`)},

	{name: "pending", options: slow},
	{name: "pending-answer-lost", before: func(f *function) {
		f.cloud.Inject(standin.Fault{Action: "RotateSecret", Kind: standin.ResetBefore})
	}},
	{name: "pending-nonce-used-before", options: slow, before: refusing("RotateSecret", http.StatusBadRequest, "SignatureNonceUsed")},
	{name: "pending-verify-failed", before: func(f *function) {
		f.cloud.Inject(standin.Fault{Action: "ListSecretVersionIds", Kind: standin.Refuse, Skip: 1, Status: http.StatusForbidden, Code: "Forbidden.NoPermission"})
	}},

	{name: "recovered-by-somebody-else", options: standin.Options{Behavior: raisesSuccess}, secret: failing, before: func(f *function) {
		failedBefore(f)
		s := f.cloud.secret(f.t)
		s.Rotation = nil
		f.cloud.Put(s)
		rotatedByOther(f)
	}, event: successEvent},

	{name: "already-rotated-since-the-failure", before: rotatedByOther},
	{name: "already-rotated-reported-before", options: standin.Options{Behavior: raisesSuccess}, before: failedBefore, event: successEvent},
	{name: "already-rotated-no-episode", options: standin.Options{Behavior: raisesSuccess}, before: rotatedByOther, event: successEvent},

	{name: "waiting-not-due", secret: failing, before: failedBefore},
	{name: "waiting-being-rotated", options: slow, before: rotatedByOther},
	{name: "waiting-refused", before: refusing("RotateSecret", http.StatusBadRequest, "InvalidParameter")},
	{name: "waiting-other-limit", before: refusing("RotateSecret", http.StatusBadRequest, "LimitExceeded")},
	{name: "waiting-success-not-seen", options: standin.Options{Behavior: standin.Behavior{Work: time.Hour, StageMoves: standin.AfterWork}},
		before: failedBefore, event: func(f *function) []byte {
			return bytes.ReplaceAll(fromFile("rotate-success-ecs.json")(f), []byte("188989715694****:secret/secretName"), []byte(account+":secret/"+secretName))
		}},
	{name: "waiting-queued", before: func(f *function) {
		refusing("RotateSecret", http.StatusTooManyRequests, "Rejected.Throttling")(f)
		failedBefore(f)
		f.cloud.Untag(secretName, remediation.RecordTag)
	}},

	{name: "throttled", before: refusing("RotateSecret", http.StatusTooManyRequests, "Rejected.Throttling")},

	{name: "needs-human-attempts-spent", secret: failing, env: []string{"MAX_ATTEMPTS=1", "RETRY_BACKOFF=1s"}, before: inOrder(failedBefore, waitForDue)},
	{name: "needs-human-given-up-before", before: func(f *function) {
		refusing("RotateSecret", http.StatusConflict, "Rejected.Disabled")(f)
		failedBefore(f)
	}, event: failureWith(`"errorCode":"Kms:InstanceNotRunning"`, `"errorCode":""`)},
	{name: "needs-human-key-disabled", before: refusing("RotateSecret", http.StatusConflict, "Rejected.Disabled")},
	{name: "needs-human-may-not-rotate", options: standin.Options{Allow: []string{"kms:DescribeSecret", "kms:ListSecretVersionIds", "kms:TagResource"}}},
	{name: "needs-human-kms-instance-expired", before: refusing("RotateSecret", http.StatusBadRequest, "Rejected.Unavailable")},
	{name: "needs-human-record-unreadable", before: func(f *function) { f.cloud.Tag(secretName, remediation.RecordTag, "paused/by/me") }},
	{name: "needs-human-unrecorded-may-not-tag", options: standin.Options{Allow: []string{"kms:DescribeSecret", "kms:ListSecretVersionIds"}}},
	{name: "needs-human-unrecorded-may-not-read", options: standin.Options{Allow: []string{}}},
	{name: "needs-human-unrecorded-no-room-for-a-tag", options: standin.Options{Behavior: standin.Behavior{TagMax: 1}}, secret: standin.Secret{Tags: map[string]string{"team": "a"}}},
	{name: "needs-human-unrecorded-giving-up", before: func(f *function) {
		refusing("RotateSecret", http.StatusConflict, "Rejected.Disabled")(f)
		f.cloud.Inject(standin.Fault{Action: "TagResource", Kind: standin.Refuse, Skip: 1, Status: http.StatusForbidden, Code: "Forbidden.NoPermission"})
	}},
	{name: "needs-human-observed-may-not-read", options: standin.Options{Allow: []string{}}, env: []string{"REMEDIATION_MODE=observe"}},

	{name: "would-rotate", env: []string{"REMEDIATION_MODE=observe"}},

	{name: "overdue", env: []string{"SWEEP_INTERVAL=1h", "SWEEP_HISTORY=false"}, before: oneOverdueForEachHour, event: func(*function) []byte { return tickAt(top()) }},

	{name: "skipped-region", event: failureWith(region, "cn-beijing")},
	{name: "skipped-name", env: []string{"SECRET_DENY=acs/ecs/web-*"}},
	{name: "skipped-type-of-the-event", event: failureWith(`"secretType":"ECS"`, `"secretType":"Rds"`)},
	{name: "skipped-type-by-kms", secret: standin.Secret{Type: "Rds"}, event: failureWith(`"secretType":"Rds"`, `"secretType":"ECS"`)},
	{name: "skipped-switched-off", secret: standin.Secret{Tags: map[string]string{remediation.SwitchTag: "Off"}}},
	{name: "skipped-gone", before: func(f *function) { f.cloud.Delete(secretName) }},
	{name: "skipped-planned-for-deletion", secret: standin.Secret{PlannedDeleteTime: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}},

	{name: "ignored-other-product", event: fromFile("foreign-ecs-event.json")},
	{name: "ignored-other-event", event: fromFile("foreign-kms-event.json")},

	{name: "rejected-unreadable", event: func(*function) []byte { return []byte(`{"name":` + canaryPayload) }},
	{name: "rejected-contradiction", event: failureWith(`"CRITICAL"`, `"INFO"`)},
	{name: "rejected-from-the-future", event: func(f *function) []byte {
		return regexp.MustCompile(`"failureTime":"[^"]+"`).ReplaceAll(f.cloud.failure, fmt.Appendf(nil, `"failureTime":%q`, time.Now().Add(2*time.Hour).UTC().Format(time.RFC3339)))
	}},
	{name: "rejected-other-account", event: failureWith(account, "1000000000000002")},

	{name: "undecided-no-answer", before: func(f *function) {
		f.cloud.Inject(standin.Fault{Action: "DescribeSecret", Kind: standin.ResetBefore})
	}},
	{name: "undecided-claim-throttled", before: refusing("TagResource", http.StatusTooManyRequests, "Rejected.Throttling")},
	{name: "undecided-token-over", before: refusing("ListSecretVersionIds", http.StatusBadRequest, "InvalidSecurityToken.Expired")},
	{name: "undecided-token-over-after-the-claim", before: refusing("RotateSecret", http.StatusBadRequest, "InvalidSecurityToken.Expired")},
	{name: "undecided-time-stamp-refused", before: refusing("RotateSecret", http.StatusBadRequest, "InvalidTimeStamp.Expired")},
	{name: "undecided-no-credentials", before: func(f *function) { f.SetCredentials(platformCredentials(standin.Credentials{})) }},
}
