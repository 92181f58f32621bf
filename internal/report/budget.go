package report

import (
	"encoding/json"
	"fmt"
)

const (
	// maxKept is what a queue takes as a failure destination, in bytes, less the envelope around the failure.
	// https://www.alibabacloud.com/help/en/fc/user-guide/result-callback
	maxKept = 62 << 10
	// TickBudget bounds what a tick lists, in bytes as they are kept: its own payload is short.
	TickBudget = maxKept - 2<<10
	// minBudget is listed even beside a payload that leaves no room, which is then too large to be kept anyway.
	minBudget = 4 << 10
)

// BudgetBeside returns what a payload leaves for the report of a failed invocation. Escaping only lengthens a text, so a
// payload that is too long as it is, is not escaped to measure it: it may have megabytes.
func BudgetBeside(payload []byte) int {
	if len(payload) >= maxKept-minBudget {
		return minBudget
	}
	return max(minBudget, maxKept-encodedSize(string(payload)))
}

// Truncate moves results that do not fit into so many bytes from the list to the counts. The log has a line for each.
func (r *Report) Truncate(budget int) {
	size := 0
	for i, result := range r.Results {
		if size += keptSize(result); size <= budget {
			continue
		}
		if r.Counts == nil { // a tick that panicked counted nothing, and an event never does
			r.Counts = map[string]int{}
		}
		for _, dropped := range r.Results[i:] {
			r.Counts[string(dropped.Outcome)]++
		}
		r.Notes = append(r.Notes, fmt.Sprintf("%d results are only counted, since the report would be too large; the log has a line for each", len(r.Results)-i))
		r.Results = r.Results[:i]
		return
	}
}

// keptSize is how many bytes a result has in a kept failure: there the report is a text in the error, which is a text itself.
func keptSize(r Result) int {
	line, err := json.Marshal(r)
	if err != nil {
		return 0
	}
	inError, err := json.Marshal(string(line) + ",")
	if err != nil {
		return 0
	}
	return encodedSize(string(inError))
}

// encodedSize is how many bytes a text has in JSON.
func encodedSize(text string) int {
	line, err := json.Marshal(text)
	if err != nil {
		return len(text)
	}
	return len(line)
}
