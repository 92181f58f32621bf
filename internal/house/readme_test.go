package house

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// Alerts and dashboards are built on outcomes, and the failure destination on which of them fail.
func TestREADMEListsEveryOutcome(t *testing.T) {
	var listed, wanted [][]string
	for _, row := range rows(t, "Outcomes", "outcome") {
		fails := row[2] == "fails" || strings.HasSuffix(row[2], "; else fails")
		succeeds := strings.HasPrefix(row[2], "succeeds")
		listed = append(listed, []string{code(row[0]), ends(succeeds, fails)})
	}
	for _, outcome := range remediation.Outcomes {
		// Whether a needs-human stands on the secret is the only thing besides the outcome that decides.
		best := remediation.Result{Outcome: outcome, Recorded: true}.Failed()
		worst := remediation.Result{Outcome: outcome}.Failed()
		wanted = append(wanted, []string{string(outcome), ends(!best, worst)})
	}
	if diff := cmp.Diff(wanted, listed); diff != "" {
		t.Errorf("outcomes in their order, and how the invocation ends (-code +README):\n%s", diff)
	}
}

func ends(succeeds, fails bool) string {
	switch {
	case succeeds && fails:
		return "succeeds or fails"
	case fails:
		return "fails"
	}
	return "succeeds"
}

// Queries on the log use these names.
func TestREADMEExplainsEveryFieldOfAResult(t *testing.T) {
	wanted := slices.Concat(jsonNames(t, "function", "logLine"), jsonNames(t, "function", "tickLine"), jsonNames(t, "function", "refusedLine"), jsonNames(t, "internal/report", "Report"), jsonNames(t, "internal/report", "Result"))
	for _, name := range jsonNames(t, "internal/report", "Event") {
		wanted = append(wanted, "event."+name)
	}
	wanted = slices.DeleteFunc(wanted, func(name string) bool { return name == "event" || name == "-" }) // its fields are listed
	var listed []string
	for _, row := range rows(t, "Result and log line", "field") {
		listed = append(listed, code(row[0]))
	}
	slices.Sort(wanted)
	slices.Sort(listed)
	if diff := cmp.Diff(slices.Compact(wanted), listed); diff != "" {
		t.Errorf("fields (-code +README):\n%s", diff)
	}
	for name := range logLineExample(t) {
		if name != "event" && !slices.Contains(listed, name) {
			t.Errorf("the example of a log line has a field %s that is not explained", name)
		}
	}
}

func logLineExample(t *testing.T) map[string]any {
	t.Helper()
	var line map[string]any
	if err := json.Unmarshal([]byte(blocks(t, "Result and log line", "json")[0]), &line); err != nil {
		t.Fatalf("reading the example of a log line: %v", err)
	}
	return line
}

// Who reads a tag on a secret looks here for what it means.
func TestREADMEExplainsARecordThatTheFunctionWouldWrite(t *testing.T) {
	text := section(t, "The episode and its record")
	for _, key := range []string{remediation.RecordTag, remediation.SwitchTag} {
		if !strings.Contains(text, "`"+key+"`") {
			t.Errorf("the tag %s is not named", key)
		}
	}
	example := strings.TrimSpace(blocks(t, "The episode and its record", "text")[0])
	if _, err := remediation.ParseRecord(example); err != nil {
		t.Errorf("the example %s: %v", example, err)
	}
	for _, phase := range []remediation.Phase{remediation.PhaseOpen, remediation.PhaseDone, remediation.PhaseNeedsHuman} {
		if !strings.Contains(text, "`"+string(phase)+"`") {
			t.Errorf("the phase %s is not explained", phase)
		}
	}
}

const contributing = ".github/CONTRIBUTING.md"

var target = regexp.MustCompile(`(?m)^([a-z-]+):.*## `)

// A command that is documented and not there, or there and not documented, is the first thing a newcomer meets.
func TestEveryMakeTargetIsListed(t *testing.T) {
	var wanted, listed []string
	for _, found := range target.FindAllStringSubmatch(read(t, "Makefile"), -1) {
		wanted = append(wanted, "make "+found[1])
	}
	for _, row := range rowsOf(t, contributing, "", "command") {
		listed = append(listed, code(row[0]))
	}
	slices.Sort(wanted)
	slices.Sort(listed)
	if diff := cmp.Diff(wanted, listed); diff != "" {
		t.Errorf("targets with a text (-Makefile +%s):\n%s", contributing, diff)
	}
	for _, page := range []string{readme, contributing, componentREADME, policyFolder + "/README.md"} {
		for _, used := range regexp.MustCompile("(?m)(?:^|`)make ([a-z-]+)").FindAllStringSubmatch(read(t, page), -1) {
			if !slices.Contains(wanted, "make "+used[1]) {
				t.Errorf("%s names make %s, which Makefile does not have", page, used[1])
			}
		}
	}
}
