package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
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

// A fixture without a row looks like a promise that is kept, and an outcome without one is none.
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
