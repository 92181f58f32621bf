package alertrules

import (
	"net/url"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
)

// sameTarget reports whether two targets send to the same place in the same way. The protocol of a URL is not compared:
// the address says it.
func sameTarget(a, b alicloud.Target) bool {
	if !strings.EqualFold(a.Method, b.Method) {
		return false
	}
	for _, t := range []*alicloud.Target{&a, &b} {
		t.ID, t.ARN, t.Method, t.Protocol = "", "", "", ""
	}
	return a == b
}

// ReachesFunction says whether events that are sent there can come to a function.
func ReachesFunction(t alicloud.Target) bool {
	switch t.Kind {
	case alicloud.FunctionTarget, alicloud.QueueTarget, alicloud.TopicTarget, alicloud.URLTarget:
		return true
	}
	return false
}

// TargetTexts names all targets of a rule.
func TargetTexts(targets []alicloud.Target) string {
	if len(targets) == 0 {
		return "none"
	}
	texts := make([]string, 0, len(targets))
	for _, t := range targets {
		texts = append(texts, TargetText(t))
	}
	return strings.Join(texts, ", ")
}

// TargetText names a target for people. Names come from outside: whatever is in them, they stay in one line.
func TargetText(t alicloud.Target) string { return cli.OneLine(description(t), cli.MaxCell) }

// description of an address has its host alone.
func description(t alicloud.Target) string {
	switch t.Kind {
	case alicloud.FunctionTarget:
		if t.Service != "" {
			return "function " + t.Service + "/" + t.Function + " in " + t.Region
		}
		return "function " + t.Function + " in " + t.Region
	case alicloud.QueueTarget:
		return "queue " + t.Queue + " in " + t.Region
	case alicloud.TopicTarget:
		return "topic " + t.Topic + " in " + t.Region
	case alicloud.URLTarget:
		return "URL " + host(t.URL) + " (" + strings.ToUpper(t.Method) + ")"
	case alicloud.LogTarget:
		return "log " + t.Project + "/" + t.Logstore + " in " + t.Region
	case alicloud.ContactTarget:
		return "contact group " + t.ContactGroup + " at level " + levelName(t.Level)
	}
	return "call of another API"
}

func named(t alicloud.Target) string {
	return TargetText(t) + " (" + cli.OneLine(t.ID, cli.MaxCell) + ")"
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "of an odd form"
	}
	return u.Scheme + "://" + u.Host + "/…"
}

func levelName(level string) string {
	for name, number := range ContactLevels {
		if number == level {
			return name
		}
	}
	return level
}
