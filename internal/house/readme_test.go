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
	type ends struct {
		Outcome string
		Fails   bool // at least where nothing could be recorded
	}
	var listed, wanted []ends
	for _, row := range chapter(t, "Outcomes").rows(t, "outcome") {
		listed = append(listed, ends{code(row[0]), strings.Contains(strings.Join(row[1:], " "), "fails")})
	}
	for _, outcome := range remediation.Outcomes {
		wanted = append(wanted, ends{string(outcome), remediation.Result{Outcome: outcome}.Failed()})
	}
	if diff := cmp.Diff(wanted, listed); diff != "" {
		t.Errorf("outcomes in their order, and how the invocation ends (-code +README):\n%s", diff)
	}
}

// Queries on the log use these names.
func TestEveryFieldOfAResultIsExplained(t *testing.T) {
	explained := page(t, resultPage)
	wanted := slices.DeleteFunc(logFields(t), func(name string) bool { return name == "event" }) // its fields are listed
	var listed []string
	for _, row := range explained.rows(t, "field") {
		listed = append(listed, code(row[0]))
	}
	slices.Sort(listed)
	if diff := cmp.Diff(wanted, listed); diff != "" {
		t.Errorf("fields (-code +%s):\n%s", explained.name, diff)
	}
	for _, example := range explained.blocks(t, "json") {
		var line map[string]any
		if err := json.Unmarshal([]byte(example), &line); err != nil {
			t.Errorf("an example is no JSON: %v", err)
		}
		for name := range line {
			if name != "event" && !slices.Contains(listed, name) {
				t.Errorf("an example has a field %s that is not explained", name)
			}
		}
	}
}

// A person who sees the tag on a secret finds its meaning here.
func TestARecordThatTheFunctionWouldWriteIsExplained(t *testing.T) {
	explained := page(t, recordPage)
	for _, name := range []string{remediation.RecordTag, remediation.SwitchTag, string(remediation.PhaseOpen), string(remediation.PhaseDone), string(remediation.PhaseNeedsHuman)} {
		if !strings.Contains(explained.body, "`"+name+"`") {
			t.Errorf("%s does not name %s", explained.name, name)
		}
	}
	for _, example := range explained.blocks(t, "text") {
		if _, err := remediation.ParseRecord(strings.TrimSpace(example)); err == nil {
			return
		}
	}
	t.Errorf("%s has no example of a record that can be read", explained.name)
}

var target = regexp.MustCompile(`(?m)^([a-z-]+):.*## `)

// A command that is documented and not there, or there and not documented, is the first thing a newcomer meets.
func TestEveryMakeTargetIsListed(t *testing.T) {
	var wanted, listed []string
	for _, found := range target.FindAllStringSubmatch(read(t, "Makefile"), -1) {
		wanted = append(wanted, "make "+found[1])
	}
	for _, row := range page(t, contributing).rows(t, "command") {
		listed = append(listed, code(row[0]))
	}
	slices.Sort(wanted)
	slices.Sort(listed)
	if diff := cmp.Diff(wanted, listed); diff != "" {
		t.Errorf("targets with a text (-Makefile +%s):\n%s", contributing, diff)
	}
	for _, path := range pages(t) {
		for _, used := range regexp.MustCompile("(?m)(?:^|`)make ([a-z-]+)").FindAllStringSubmatch(read(t, path), -1) {
			if !slices.Contains(wanted, "make "+used[1]) {
				t.Errorf("%s names make %s, which Makefile does not have", path, used[1])
			}
		}
	}
}
