package report

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// A queue takes 64 KB: a larger report would be lost with the invocation that it belongs to.
func TestTheReportOfATickIsBounded(t *testing.T) {
	const many = 2000
	r := Report{Trigger: OnTimer, Counts: map[string]int{"waiting": 7}}
	for n := range many {
		r.Results = append(r.Results, Result{Outcome: remediation.Waiting, Secret: fmt.Sprintf("acs:kms:cn-hangzhou:1:secret/acs/ecs/web-%d", n), Reason: strings.Repeat("r", 100)})
	}
	r.Truncate(TickBudget)
	text, err := json.Marshal(r)
	if err != nil || len(text) > 64<<10 {
		t.Errorf("%d bytes, %v; want at most 64 KB", len(text), err)
	}
	if len(r.Results) == 0 || r.Counts["waiting"] != 7+many-len(r.Results) || len(r.Notes) != 1 {
		t.Errorf("%d listed, counts %v, notes %q: what is dropped has to be counted and said", len(r.Results), r.Counts, r.Notes)
	}
}

// A payload of megabytes that is escaped in order to measure it takes many times its size, and the instance with it.
func TestALargePayloadIsNotMarshalledToMeasureIt(t *testing.T) {
	payload := []byte(strings.Repeat("\x01", 32<<20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	budget := BudgetBeside(payload)
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; budget != minBudget || allocated > 1<<20 {
		t.Errorf("budget %d, %d bytes allocated; want %d, and less than 1 MB", budget, allocated, minBudget)
	}
}

// A payload takes its part of the 64 KB, and some of the report is always listed.
func TestTheBudgetIsWhatAPayloadLeaves(t *testing.T) {
	for _, row := range []struct {
		name    string
		payload string
		want    int
	}{
		{"nothing", "", maxKept - len(`""`)},
		{"plain text", strings.Repeat("x", 1000), maxKept - 1002},
		{"text that is escaped", strings.Repeat("\x01", 1000), maxKept - 6002},
		{"escaped beyond the budget", strings.Repeat("\x01", 20<<10), minBudget},
		{"one byte short of the budget", strings.Repeat("x", maxKept-minBudget-1), minBudget},
		{"the whole budget", strings.Repeat("x", maxKept), minBudget},
	} {
		if got := BudgetBeside([]byte(row.payload)); got != row.want {
			t.Errorf("%s: %d, want %d", row.name, got, row.want)
		}
	}
}
