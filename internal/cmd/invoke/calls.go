package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// showCalls lists what the function called; k is nil where that was the real account.
func showCalls(out io.Writer, k *standin.KMS) {
	if k == nil {
		fmt.Fprintln(out, "\nThe calls went to the real account; ActionTrail lists them.")
		return
	}
	fmt.Fprintln(out, "\nThe calls")
	if len(k.Calls()) == 0 {
		fmt.Fprintln(out, "  none")
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for i, call := range k.Calls() {
		answer := fmt.Sprint(call.Status)
		if call.Code != "" {
			answer += " " + call.Code
		}
		fmt.Fprintf(table, "  %d\t%s\t%s\t%s\n", i+1, call.Action, answer, strings.TrimSpace(call.VersionID+tagText(call)))
	}
	_ = table.Flush() // to the same place as the lines before
}

func tagText(call standin.Call) string {
	for key, value := range call.Tags {
		return key + " = " + value
	}
	return ""
}
