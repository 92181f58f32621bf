package doctor

import (
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/deployment"
)

func trigger(kind, name string, change func(*deployment.Trigger)) deployment.Trigger {
	t := deployment.Trigger{Name: name, Type: kind}
	if change != nil {
		change(&t)
	}
	return t
}

// A person who asks how failures come to the function must not read of a route that is none, nor sent to connect one
// where the timer is enough.
func TestEachRouteThatIsConnectedIsNamed(t *testing.T) {
	timer := trigger("timer", "sweep", nil)
	bridge := trigger("eventbridge", "bridge", func(t *deployment.Trigger) { t.Config.Source.Type = "Default" })
	queue := trigger("eventbridge", "queue", func(t *deployment.Trigger) {
		t.Config.Source.Type, t.Config.Source.Parameters.Queue.Name = "MNS", "q"
	})
	topic := trigger("mns_topic", "topic", func(t *deployment.Trigger) { t.SourceARN = "acs:mns:cn-hangzhou:1:/topics/rotation-events" })
	http := trigger("http", "callback", nil)
	rule := func(state string, targets ...alicloud.Target) seenRule {
		return seenRule{alicloud.Rule{Name: "r", State: state, Product: "KMS", Names: []string{events.FailureName}}, targets}
	}
	to := func(kind alicloud.TargetKind, name string) alicloud.Target {
		return alicloud.Target{Kind: kind, Topic: name, Queue: name, Function: name, URL: "https://f.example/", ContactGroup: name}
	}
	const unseen = "whose sender cannot be seen from here"
	for _, row := range []struct {
		name     string
		triggers []deployment.Trigger
		rules    []seenRule
		rulesErr bool
		history  bool
		state    State
		want     []string
		absent   string
	}{
		{"the timer alone", []deployment.Trigger{timer}, nil, false, true, OK, []string{"none is connected: failures are found by the timer within 5m, in"}, ""},
		{"the timer alone, without the history", []deployment.Trigger{timer}, nil, false, false, Finding, []string{"no failure comes to the function"}, ""},
		{"rules that could not be read", []deployment.Trigger{timer}, nil, true, true, Unknown, []string{"the alert rules could not be read"}, ""},
		{"EventBridge, and rules that could not be read", []deployment.Trigger{timer, bridge}, nil, true, true, OK, []string{"connected: EventBridge, trigger bridge"}, "phases"},
		{"a rule to a topic with its trigger", []deployment.Trigger{timer, topic}, []seenRule{rule("ENABLED", to(alicloud.TopicTarget, "rotation-events"))}, false, true, OK, []string{"alert rule r to", ", trigger topic", "phases alert rules out"}, unseen},
		{"a rule to another topic", []deployment.Trigger{timer, topic}, []seenRule{rule("ENABLED", to(alicloud.TopicTarget, "other"))}, false, true, OK, []string{"connected: topic rotation-events, trigger topic, " + unseen, "; not seen to come to the function: alert rule r to topic other"}, "phases"},
		{"a rule to a topic without its trigger", []deployment.Trigger{timer}, []seenRule{rule("ENABLED", to(alicloud.TopicTarget, "other"))}, false, true, OK, []string{"none is connected", "; not seen to come to the function: alert rule r to topic other"}, ""},
		{"a rule to a queue without its trigger, and no history", []deployment.Trigger{timer}, []seenRule{rule("ENABLED", to(alicloud.QueueTarget, "q"))}, false, false, Finding, []string{"no failure comes to the function; not seen"}, ""},
		{"a rule to an address without an HTTP trigger", []deployment.Trigger{timer}, []seenRule{rule("ENABLED", to(alicloud.URLTarget, ""))}, false, true, OK, []string{"none is connected", "; not seen to come to the function: alert rule r to URL"}, ""},
		{"a rule to another function", []deployment.Trigger{timer}, []seenRule{rule("ENABLED", to(alicloud.FunctionTarget, "other"))}, false, true, OK, []string{"none is connected", "; not seen to come to the function: alert rule r to function other"}, ""},
		{"a rule to a queue with its trigger", []deployment.Trigger{timer, queue}, []seenRule{rule("ENABLED", to(alicloud.QueueTarget, "q"))}, false, true, OK, []string{", trigger queue"}, unseen},
		{"a queue that an event subscription may feed", []deployment.Trigger{timer, queue}, nil, false, true, OK, []string{"queue q, trigger queue, " + unseen}, "phases"},
		{"a rule to the HTTP trigger", []deployment.Trigger{timer, http}, []seenRule{rule("ENABLED", to(alicloud.URLTarget, ""))}, false, true, OK, []string{", trigger callback, if that is its address"}, unseen},
		{"a callback of nobody's rule", []deployment.Trigger{timer, http}, nil, false, true, OK, []string{"HTTP callback, trigger callback, " + unseen}, ""},
		{"a rule to the function", []deployment.Trigger{timer}, []seenRule{rule("ENABLED", to(alicloud.FunctionTarget, "f"))}, false, true, OK, []string{"alert rule r to"}, ""},
		{"two routes", []deployment.Trigger{timer, bridge}, []seenRule{rule("ENABLED", to(alicloud.FunctionTarget, "f"))}, false, true, OK, []string{"alert rule r to", "; EventBridge, trigger bridge"}, ""},
		{"a rule that is off", []deployment.Trigger{timer}, []seenRule{rule("DISABLED", to(alicloud.FunctionTarget, "f"))}, false, true, OK, []string{"none is connected"}, ""},
		{"a rule that only notifies people", []deployment.Trigger{timer}, []seenRule{rule("ENABLED", to(alicloud.ContactTarget, "ops"))}, false, true, OK, []string{"none is connected"}, ""},
		{"no s.yaml", nil, []seenRule{rule("ENABLED", to(alicloud.FunctionTarget, "f"))}, false, true, OK, []string{"alert rule r to"}, ""},
	} {
		s := setup{settings: config.Settings{SweepHistory: row.history, SweepInterval: 5 * time.Minute}}
		if row.triggers != nil {
			s.function = &deployment.Function{Name: "f", Triggers: row.triggers}
		}
		got := checkRoutes("cn-hangzhou", s, row.rules, !row.rulesErr)
		if got.State != row.state || row.absent != "" && strings.Contains(got.What, row.absent) {
			t.Errorf("%s: %s, %q; want %s without %q", row.name, got.State, got.What, row.state, row.absent)
		}
		for _, want := range row.want {
			if !strings.Contains(got.What, want) {
				t.Errorf("%s: %q, want %q in it", row.name, got.What, want)
			}
		}
	}
}
