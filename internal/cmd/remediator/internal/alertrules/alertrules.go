package alertrules

import (
	"slices"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
)

// Command are the commands about alert rules.
type Command struct {
	Apply  rulesApply  `cmd:"" help:"Create the two rules and their targets, or make them as wanted: shows the differences, asks, writes, and reads back."`
	Show   rulesShow   `cmd:"" help:"Show the two rules, their targets and silence, and how they differ from what is recommended. Reads only."`
	Test   rulesTest   `cmd:"" help:"Send a dry-run event of a failed rotation through the failure rule, and say which link of the chain holds."`
	Remove rulesRemove `cmd:"" help:"Remove the two rules and their targets: shows them, asks, removes, and reads back."`
}

// ruleView is a rule as it is printed.
type ruleView struct {
	Rule        string       `json:"rule"`
	Found       bool         `json:"found"`
	Ours        bool         `json:"managed"`
	State       string       `json:"state,omitempty"`
	Silence     string       `json:"silence,omitempty"` // "" where CloudMonitor does not show it
	Targets     []targetView `json:"targets"`
	Differences []change     `json:"differences"`
}

type targetView struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	What string `json:"target"`
}

func viewOf(s ruleState, differences []change) ruleView {
	v := ruleView{Rule: s.Name, Found: s.Found, Ours: IsOurs(s.Rule), State: s.Rule.State, Targets: []targetView{}, Differences: append([]change{}, differences...)}
	if s.Rule.SilenceKnown {
		v.Silence = s.Rule.Silence.String()
	}
	for _, t := range s.Targets {
		v.Targets = append(v.Targets, targetView{t.ID, string(t.Kind), TargetText(t)})
	}
	return v
}

// output prints the result of a command, and remarks beside it.
func output(console *cli.Console, remarks []string, value any, lines ...string) error {
	for _, remark := range remarks {
		console.Warnf("%s", remark)
	}
	if console.JSON {
		return console.Value(value)
	}
	console.ShowLines(slices.DeleteFunc(lines, func(line string) bool { return line == "" }))
	return nil
}
