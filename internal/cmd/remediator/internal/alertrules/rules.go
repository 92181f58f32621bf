package alertrules

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
)

const (
	failedRule  = "secrets_rotation_failed"
	successRule = "secrets_rotation_success"
	// rulePrefix begins both names, so that one question finds them.
	rulePrefix = "secrets_rotation_"
	// marker is in the description of a rule that this command made. A rule of our name without it is somebody else's.
	marker = "managed by rotation-remediator"
)

// Recommended are the rules of the page on the rotation of ECS secrets, one for each event, with no silence: a second
// secret that fails on the same day must not be kept back. Whether CloudMonitor keeps a silence of 0 is not documented.
// https://www.alibabacloud.com/help/en/kms/key-management-service/user-guide/monitor-the-rotation-of-dynamic-ecs-secrets
var Recommended = []alicloud.Rule{
	recommendedRule(failedRule, events.FailureName, "CRITICAL", "Exception"),
	recommendedRule(successRule, events.SuccessName, "INFO", "StatusNotification"),
}

func recommendedRule(name, event, level, eventType string) alicloud.Rule {
	return alicloud.Rule{
		Name: name, Description: marker, EventType: "SYSTEM", State: "ENABLED", SilenceKnown: true,
		Product: "KMS", Names: []string{event}, Levels: []string{level}, EventTypes: []string{eventType},
	}
}

// change is one thing that is not as wanted.
type change struct {
	Rule   string `json:"rule"`
	Field  string `json:"field"`
	Now    string `json:"now,omitempty"`
	Wanted string `json:"wanted,omitempty"`
}

// The fields of a change that somebody asks for.
const (
	wholeRule    = "rule"
	silenceField = "silence"
	targetField  = "target"
)

// String is one line of a difference.
func (c change) String() string {
	switch {
	case c.Now == "":
		return "+ " + c.Field + " " + c.Wanted
	case c.Wanted == "":
		return "- " + c.Field + " " + c.Now
	}
	return c.Field + ": " + c.Now + " → " + c.Wanted
}

// PhasedOut is what the vendor's page on alert rules of system events says of them, and where the other routes are described.
const PhasedOut = "the vendor phases alert rules out: events/README.md shows EventBridge and event subscription"

func IsOurs(r alicloud.Rule) bool { return strings.Contains(r.Description, marker) }

// ruleChanges compares a rule with the one that is wanted. A silence that the answer does not show is no difference:
// nothing could repair it.
func ruleChanges(now, want alicloud.Rule) []change {
	var changes []change
	compare := func(field, now, wanted string) {
		if !strings.EqualFold(now, wanted) { // examples write products and levels in either case
			changes = append(changes, change{want.Name, field, cmp.Or(now, "none"), cmp.Or(wanted, "none")})
		}
	}
	compare("made by", maker(now), maker(want))
	compare("state", now.State, want.State)
	compare("kind of event", now.EventType, want.EventType)
	compare("product", now.Product, want.Product)
	compare("events", list(now.Names), list(want.Names))
	compare("levels", list(now.Levels), list(want.Levels))
	compare("event types", list(now.EventTypes), list(want.EventTypes))
	compare("filter", now.Filter, want.Filter)
	if now.SilenceKnown {
		compare(silenceField, now.Silence.String(), want.Silence.String())
	}
	return changes
}

func maker(r alicloud.Rule) string {
	if IsOurs(r) {
		return "rotation-remediator"
	}
	return "somebody else"
}

func list(values []string) string {
	return strings.Join(slices.Sorted(slices.Values(values)), ", ")
}

// ruleState is one of the two rules as it is. Found is false where there is none of that name.
type ruleState struct {
	Name    string
	Found   bool
	Rule    alicloud.Rule
	Targets []alicloud.Target
}

// ruleSet is both, in the order of Recommended.
type ruleSet []ruleState

func readRules(ctx context.Context, r cli.Region) (ruleSet, error) {
	rules, err := cli.Read(ctx, r, "the alert rules", r.Monitor().EventRules, rulePrefix)
	if err != nil {
		return nil, err
	}
	var set ruleSet
	for _, want := range Recommended {
		state := ruleState{Name: want.Name}
		if i := slices.IndexFunc(rules, func(r alicloud.Rule) bool { return r.Name == want.Name }); i >= 0 {
			state.Found, state.Rule = true, rules[i]
			state.Targets, err = cli.Read(ctx, r, "the targets of "+want.Name, r.Monitor().EventTargets, want.Name)
			if err != nil {
				return nil, err
			}
		}
		set = append(set, state)
	}
	return set, nil
}

// foreign returns the rules of our names that somebody else made.
func (s ruleSet) foreign() []string {
	var names []string
	for _, state := range s {
		if state.Found && !IsOurs(state.Rule) {
			names = append(names, state.Name)
		}
	}
	return names
}

// silences says of which rules the silence is not shown.
func (s ruleSet) silences() []string {
	var remarks []string
	for _, state := range s {
		if state.Found && !state.Rule.SilenceKnown {
			remarks = append(remarks, state.Name+": CloudMonitor does not show the silence, and one document gives a day as the default; "+SilenceCaveat)
		}
	}
	return remarks
}

// differences compares a rule with what is recommended, whatever its targets are, as long as there is one.
func (s ruleState) differences() []change {
	want := Recommended[slices.IndexFunc(Recommended, func(r alicloud.Rule) bool { return r.Name == s.Name })]
	if !s.Found {
		return []change{{s.Name, wholeRule, "missing", "there"}}
	}
	changes := ruleChanges(s.Rule, want)
	if len(s.Targets) == 0 {
		changes = append(changes, change{s.Name, targetField, "none", "one at least"})
	}
	return changes
}
