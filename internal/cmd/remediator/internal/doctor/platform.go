package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/alertrules"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/episodes"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/eventlog"
)

const (
	// byCall begins the id of a version that the function asked for.
	byCall = "remediation-"
	// soon is how near two clocks put the same rotation, work on the instance included.
	soon = 15 * time.Minute
)

// evidence is what the checks saw on their way.
type evidence struct {
	rules     []seenRule
	past      [][]eventlog.Event // each list in the order of its answers
	catalogue []alicloud.EventMeta
	secrets   []subject
}

func (e evidence) with(other evidence) evidence {
	return evidence{
		rules:     append(e.rules, other.rules...),
		past:      append(e.past, other.past...),
		catalogue: append(e.catalogue, other.catalogue...),
		secrets:   append(e.secrets, other.secrets...),
	}
}

// answer is what this account shows of one thing that no document says. Its fields are what -o json prints.
type answer struct {
	Question string `json:"question"`
	Seen     string `json:"seen,omitempty"`
	How      string `json:"howItCanBeSeen,omitempty"`
}

// questions lists what no document says, or about which documents disagree.
var questions = []struct {
	question string
	how      string
	seen     func(evidence) string
}{
	{"Is a silence of 0 kept by an alert rule, or changed?", "alert-rules apply, then doctor", silenceOfZero},
	{"Is a function without a service taken as a target of an alert rule?", "alert-rules apply --function NAME, then doctor", functionWithoutService},
	{"How does CloudMonitor's catalogue describe the two events?", "where the catalogue can be read", inCatalogue},
	{"Does an event of the history have an id?", "after the next rotation", idInHistory},
	{"Is the content of an event of the history the content alone, or whole events?", "after the next rotation", contentInHistory},
	{"In which order does the history come?", "after two rotations with the same result", orderOfHistory},
	{"Does a rotation by call raise an event when it works?", "after the function has rotated a secret", eventByCall},
	{"Does an Invalid schedule have a next rotation date?", "while a schedule is Invalid", dateWhileInvalid},
	{"Does a rotation that works make an Invalid schedule Enabled again?", "after a rotation that worked after one that failed", clearsInvalid},
	{"Does a rotation that failed move the date of the last rotation?", "after a failed rotation, before the next that works", failureMovesDate},
}

func (e evidence) answers() []answer {
	answers := make([]answer, 0, len(questions))
	for _, q := range questions {
		a := answer{Question: q.question, Seen: q.seen(e)}
		if a.Seen == "" {
			a.How = q.how
		}
		answers = append(answers, a)
	}
	return answers
}

func silenceOfZero(e evidence) string {
	for _, rule := range e.rules {
		switch {
		case rule.SilenceKnown && rule.Silence == 0:
			return "kept: the rule " + rule.Name + " has it"
		case rule.SilenceKnown && alertrules.IsOurs(rule.Rule):
			return fmt.Sprintf("changed: the rule %s was made with 0 and has %s, if nobody changed it by hand", rule.Name, rule.Silence)
		}
	}
	return ""
}

func functionWithoutService(e evidence) string {
	for _, rule := range e.rules {
		for _, t := range rule.targets {
			if t.Kind == alicloud.FunctionTarget && t.Service == "" {
				return fmt.Sprintf("taken: the rule %s has function %s, with the ARN %q", rule.Name, t.Function, t.ARN)
			}
		}
	}
	return ""
}

func inCatalogue(e evidence) string {
	var found []string
	for _, meta := range e.catalogue {
		text := fmt.Sprintf("%s is type %s, level %s, status %s", meta.Name, meta.EventType, meta.Level, meta.Status)
		if strings.Contains(strings.ToLower(meta.Name), "rotatesecret") && !slices.Contains(found, text) {
			found = append(found, text)
		}
	}
	if len(found) == 0 && len(e.catalogue) > 0 {
		return fmt.Sprintf("it has %d events of KMS, and neither of the two", len(e.catalogue))
	}
	return strings.Join(found, "; ")
}

func idInHistory(e evidence) string {
	seen := ""
	for _, event := range slices.Concat(e.past...) {
		if event.ID != "" {
			return "yes, as that of " + event.Name + " at " + cli.ShownTime(event.At())
		}
		seen = "no"
	}
	return seen
}

func contentInHistory(e evidence) string {
	for _, event := range slices.Concat(e.past...) {
		switch text := strings.TrimSpace(event.Content); {
		case strings.HasPrefix(text, "["):
			return "whole events, in an array"
		case strings.HasPrefix(text, "{"):
			return "the content alone"
		}
	}
	return ""
}

func orderOfHistory(e evidence) string {
	for _, list := range e.past {
		times := make([]time.Time, 0, len(list))
		for _, event := range list {
			times = append(times, event.Time)
		}
		rising := slices.IsSortedFunc(times, time.Time.Compare)
		slices.Reverse(times)
		falling := slices.IsSortedFunc(times, time.Time.Compare)
		switch {
		case len(times) < 2 || rising && falling:
		case rising:
			return "oldest first"
		case falling:
			return "newest first"
		default:
			return "neither by time"
		}
	}
	return ""
}

func eventByCall(e evidence) string {
	missing := ""
	for _, s := range e.secrets {
		created := s.current.CreateTime
		if !strings.HasPrefix(s.current.ID, byCall) || time.Since(created) > events.HistoryKept-soon || time.Since(created) < soon {
			continue
		}
		for _, event := range s.events {
			if event.Kind == events.Success && isNear(event.Time, created) {
				return fmt.Sprintf("yes: that of %s at %s", s.Name, cli.ShownTime(created))
			}
		}
		missing = fmt.Sprintf("no: the function rotated %s at %s, and the history has no success of it", s.Name, cli.ShownTime(created))
	}
	return missing
}

func dateWhileInvalid(e evidence) string {
	for _, s := range e.secrets {
		switch {
		case s.AutomaticRotation != episodes.Invalid:
		case s.NextRotation.IsZero():
			return "no: " + s.Name + " has none"
		default:
			return fmt.Sprintf("yes: %s has %s", s.Name, cli.ShownTime(s.NextRotation))
		}
	}
	return ""
}

func clearsInvalid(e evidence) string {
	for _, s := range e.secrets {
		for i, event := range s.events {
			if i == 0 || event.Kind != events.Success || s.events[i-1].RotationStatus != episodes.Invalid {
				continue
			}
			return fmt.Sprintf("after a failure with Invalid, the success of %s at %s has %s", s.Name, cli.ShownTime(event.Time), event.RotationStatus)
		}
	}
	return ""
}

func failureMovesDate(e evidence) string {
	for _, s := range e.secrets {
		if len(s.events) == 0 || s.LastRotation.IsZero() || s.current.ID == "" {
			continue
		}
		failed := s.events[len(s.events)-1]
		if failed.Kind != events.Failure || !s.current.CreateTime.Before(failed.Time.Add(-soon)) {
			continue
		}
		moved := "no"
		if isNear(s.LastRotation, failed.Time) {
			moved = "yes"
		}
		return fmt.Sprintf("%s: %s failed at %s, and its last rotation is %s", moved, s.Name, cli.ShownTime(failed.Time), cli.ShownTime(s.LastRotation))
	}
	return ""
}

func isNear(a, b time.Time) bool { return a.Sub(b).Abs() <= soon }
