package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

var quotedWords = regexp.MustCompile("`([^`]+)`")

// A person who grants less than everything goes by the rows: one that names the wrong command is granted for nothing, and
// one that leaves a command out is missed at night.
func TestTheRowsOfThePolicyNameTheCommandsThatCall(t *testing.T) {
	called := map[string][]string{} // commands by the action that they call
	for command, args := range map[string]string{
		"status": "", "doctor": "", "retry": "acs/ecs/web-2 --yes", "events": "", "replay": "--latest --secret acs/ecs/web-1 --print",
		"alert-rules apply": "--yes --topic t", "alert-rules apply --reports": "--yes --topic t --contact-group ops", "alert-rules show": "",
		"alert-rules test": "--yes --secret acs/ecs/web-1 --wait 0s", "alert-rules remove": "--yes",
	} {
		clitest.Virtually(t, func(t *testing.T) {
			c := clitest.Account(t, standin.Behavior{})
			c.Put(standin.Secret{Name: "acs/ecs/web-1"})
			c.Put(clitest.Recorded("acs/ecs/web-2", remediation.PhaseNeedsHuman))
			c.FailedAgo("acs/ecs/web-1", time.Hour)
			if command != "alert-rules apply" {
				remediator(t, strings.Fields("--real alert-rules apply --yes --topic before")...)
			}
			before := len(c.Calls())
			remediator(t, append([]string{"--real"}, strings.Fields(command+" "+args)...)...)
			for _, call := range c.Calls()[before:] {
				called[call.Action] = append(called[call.Action], command)
			}
		})
	}
	for _, need := range policy.Needs["operator.json"] {
		_, action, _ := strings.Cut(need.Action, ":")
		var named []string
		for _, word := range quotedWords.FindAllStringSubmatch(need.For, -1) {
			named = append(named, word[1])
		}
		is := func(command, word string) bool { return strings.HasPrefix(command+" ", word+" ") }
		for _, command := range called[action] {
			if !slices.ContainsFunc(named, func(word string) bool { return is(command, word) }) {
				t.Errorf("%s calls %s, whose row says %q", command, need.Action, need.For)
			}
		}
		for _, word := range named {
			if !slices.ContainsFunc(called[action], func(command string) bool { return is(command, word) }) {
				t.Errorf("%s does not call %s, whose row says %q", word, need.Action, need.For)
			}
		}
	}
}
