package doctor

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/alertrules"
	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/deployment"
)

const phasedOut = "; " + alertrules.PhasedOut

// checkRoutes says how failures come to the function, as far as it can be seen. No route is no fault, since the timer
// finds each failure in the history; neither are two, since the copy of an event rotates nothing.
func checkRoutes(region string, s setup, rules []seenRule, rulesRead bool) Check {
	check := Check{"routes", OK, region, "", ""}
	connected, elsewhere, byRule := routesOf(s.function, rules)
	switch {
	case len(connected) > 0:
		check.What = "connected: " + strings.Join(connected, "; ")
		if byRule {
			check.What += phasedOut
		}
	case !rulesRead:
		check.State, check.What = Unknown, "the alert rules could not be read, and no trigger in s.yaml is one for events"
	case !s.settings.SweepHistory:
		check.State = Finding
		check.What = "none is connected, and SWEEP_HISTORY is false: no failure comes to the function"
		check.Remedy = "connect one (events/README.md says which), or set SWEEP_HISTORY=true"
	default:
		check.What = fmt.Sprintf("none is connected: failures are found by the timer within %s, in CloudMonitor's history; events/README.md shows how to connect one", config.Short(s.settings.SweepInterval))
	}
	if len(elsewhere) > 0 {
		check.What += "; not seen to come to the function: " + strings.Join(elsewhere, "; ")
	}
	return check
}

// routesOf names each connected route, and the rules whose events s.yaml takes nowhere; byRule says that a connected one is by
// an alert rule.
func routesOf(f *deployment.Function, rules []seenRule) (connected, elsewhere []string, byRule bool) {
	var triggers []deployment.Trigger
	if f != nil {
		triggers = f.Triggers
	}
	matched := map[string]bool{}
	for _, feed := range feedsOf(rules) {
		i := slices.IndexFunc(triggers, func(t deployment.Trigger) bool { return takes(t, feed.target) })
		switch {
		case i >= 0:
			feed.text += ", trigger " + triggers[i].Name
			matched[triggers[i].Name] = true
			if feed.target.Kind == alicloud.URLTarget {
				feed.text += ", if that is its address"
			}
		case f != nil && (feed.target.Kind != alicloud.FunctionTarget || feed.target.Function != f.Name):
			elsewhere = append(elsewhere, feed.text)
			continue
		}
		connected, byRule = append(connected, feed.text), true
	}
	for _, t := range triggers {
		if route := routeOf(t); route != "" && !matched[t.Name] {
			connected = append(connected, route)
		}
	}
	return connected, elsewhere, byRule
}

// feed is a target to which an enabled rule sends failures, and from which a function can get them.
type feed struct {
	text   string
	target alicloud.Target
}

func feedsOf(rules []seenRule) (feeds []feed) {
	for _, rule := range rules {
		if !rule.isAbout(events.FailureName) || !strings.EqualFold(rule.State, "ENABLED") {
			continue
		}
		for _, target := range rule.targets {
			if alertrules.ReachesFunction(target) {
				feeds = append(feeds, feed{"alert rule " + rule.Name + " to " + alertrules.TargetText(target), target})
			}
		}
	}
	return feeds
}

// takes says whether a trigger takes what a rule sends to a target.
func takes(t deployment.Trigger, target alicloud.Target) bool {
	switch target.Kind {
	case alicloud.TopicTarget:
		return t.Type == "mns_topic" && path.Base(t.SourceARN) == target.Topic
	case alicloud.QueueTarget:
		return queueOf(t) != "" && queueOf(t) == target.Queue
	case alicloud.URLTarget:
		return t.Type == "http"
	}
	return false
}

// queueOf returns the queue that a trigger reads, "" for none.
func queueOf(t deployment.Trigger) string {
	if t.Config.Source.Type != "MNS" {
		return ""
	}
	return t.Config.Source.Parameters.Queue.Name
}

// routeOf names a trigger for events that no rule was seen to feed: an event subscription has no API that could be asked.
func routeOf(t deployment.Trigger) string {
	const unseen = ", whose sender cannot be seen from here"
	switch {
	case t.Type == "eventbridge" && t.Config.Source.Type == "Default":
		return "EventBridge, trigger " + t.Name
	case t.Type == "eventbridge" && queueOf(t) != "":
		return "queue " + queueOf(t) + ", trigger " + t.Name + unseen
	case t.Type == "mns_topic":
		return "topic " + path.Base(t.SourceARN) + ", trigger " + t.Name + unseen
	case t.Type == "http":
		return "HTTP callback, trigger " + t.Name + unseen
	}
	return ""
}
