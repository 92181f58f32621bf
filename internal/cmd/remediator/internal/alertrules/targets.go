package alertrules

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/config"
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
	return slices.Contains([]alicloud.TargetKind{alicloud.FunctionTarget, alicloud.QueueTarget, alicloud.TopicTarget, alicloud.URLTarget}, t.Kind)
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
	case alicloud.URLTarget:
		return "URL " + host(t.URL) + " (" + strings.ToUpper(t.Method) + ", " + tokenText(t.URL) + ")"
	case alicloud.ContactTarget:
		return "contact group " + t.ContactGroup + " at level " + levelName(t.Level)
	case alicloud.OpenAPITarget:
		return "call of another API"
	}
	names := []string{t.Service, t.Function, t.Queue, t.Topic, t.Project, t.Logstore}
	return string(t.Kind) + " " + strings.Join(slices.DeleteFunc(names, func(name string) bool { return name == "" }), "/") + " in " + t.Region
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

func tokenText(address string) string {
	if u, err := url.Parse(address); err == nil && u.Query().Has("token") {
		return "with a token"
	}
	return "without a token"
}

func levelName(level string) string {
	for name, number := range ContactLevels {
		if number == level {
			return name
		}
	}
	return level
}

// maxTargets is how many targets of a kind one call takes; queues and topics count as one kind.
const maxTargets = 5

const messageFlags = "--queue and --topic"

// targetFlags say where the events go.
type targetFlags struct {
	Function          []string `sep:"none" placeholder:"NAME" help:"Function of Function Compute. One of version 2.0 needs --service as well. One of version 3.0 has no service, and no document says how CloudMonitor's API names it: this command leaves the service out, reads back what was stored, and says what came of it. The way that is certain to work is --topic, with an mns_topic trigger at the function."`
	Service           string   `placeholder:"NAME" help:"Service of Function Compute 2.0 that the functions belong to."`
	FunctionRegion    string   `placeholder:"REGION" help:"Region of functions, queues, topics and logstores; that of --region if it is not given."`
	Queue             []string `sep:"none" placeholder:"NAME" help:"Queue of MNS."`
	Topic             []string `sep:"none" placeholder:"NAME" help:"Topic of MNS."`
	URL               []string `sep:"none" name:"url" placeholder:"URL" help:"URL callback, https only; CloudMonitor calls it with POST. The token of the function comes from HTTP_CALLBACK_TOKEN. Only the host is ever printed."`
	Log               []string `sep:"none" placeholder:"PROJECT/LOGSTORE" help:"Logstore of Log Service, as an archive: it cannot start a function."`
	ContactGroup      []string `sep:"none" placeholder:"NAME" help:"Contact group of CloudMonitor that is notified by mail, DingTalk or what else the level means."`
	NotificationLevel string   `enum:"critical,warn,info" default:"info" help:"How contact groups are notified: ${enum}, levels 2, 3 and 4 of the API. Documents disagree: for the international site one knows info only."`
}

// ContactLevels are the levels of the API by their names in the console.
var ContactLevels = map[string]string{"critical": "2", "warn": "3", "info": "4"}

// targetFlag is a flag, and what its values mean.
type targetFlag struct {
	name   string
	values []string
	check  func(string) error
	target func(string) alicloud.Target // without an ID
}

func (f targetFlags) flags(region string) []targetFlag {
	region = cmp.Or(f.FunctionRegion, region)
	return []targetFlag{
		{"--function", f.Function, checkFunction, func(name string) alicloud.Target {
			return alicloud.Target{Kind: alicloud.FunctionTarget, Region: region, Service: f.Service, Function: name}
		}},
		{messageFlags, f.Queue, checkName, func(name string) alicloud.Target {
			return alicloud.Target{Kind: alicloud.QueueTarget, Region: region, Queue: name}
		}},
		{messageFlags, f.Topic, checkName, func(name string) alicloud.Target {
			return alicloud.Target{Kind: alicloud.TopicTarget, Region: region, Topic: name}
		}},
		{"--url", f.URL, checkURL, func(address string) alicloud.Target { // the documented protocols are http, telnet and ping; https is in the address
			return alicloud.Target{Kind: alicloud.URLTarget, URL: withToken(address, os.Getenv(config.TokenVariable)), Method: "POST", Protocol: "http"}
		}},
		{"--log", f.Log, checkLog, func(name string) alicloud.Target {
			project, store, _ := strings.Cut(name, "/")
			return alicloud.Target{Kind: alicloud.LogTarget, Region: region, Project: project, Logstore: store}
		}},
		{"--contact-group", f.ContactGroup, checkGroup, func(name string) alicloud.Target {
			return alicloud.Target{Kind: alicloud.ContactTarget, ContactGroup: name, Level: ContactLevels[f.NotificationLevel]}
		}},
	}
}

// targets are those that are wanted, without IDs.
func (f targetFlags) targets(region string) (targets []alicloud.Target) {
	for _, flag := range f.flags(region) {
		for _, value := range flag.values {
			targets = append(targets, flag.target(value))
		}
	}
	return targets
}

// Validate is called when the flags were read.
func (f targetFlags) Validate() error {
	given := map[string]int{}
	for _, flag := range f.flags("") {
		if given[flag.name] += len(flag.values); given[flag.name] > maxTargets {
			return fmt.Errorf("%s: %d of them, want %d at most", flag.name, given[flag.name], maxTargets)
		}
		for _, value := range flag.values {
			if err := flag.check(value); err != nil {
				return fmt.Errorf("%s: %w", flag.name, err)
			}
		}
	}
	for i, t := range f.targets("") {
		if slices.Contains(f.targets("")[:i], t) {
			return errors.New("one target is given twice")
		}
	}
	if f.Service != "" && len(f.Function) == 0 {
		return errors.New("--service: want --function as well")
	}
	if f.FunctionRegion != "" {
		if err := events.CheckRegion(f.FunctionRegion); err != nil {
			return fmt.Errorf("--function-region: %w", err)
		}
	}
	return nil
}

func checkName(name string) error {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' }) {
		return errors.New("want a name without blanks")
	}
	return nil
}

func checkFunction(name string) error {
	if strings.Contains(name, "/") {
		return errors.New("want the name of the function alone; --service names its service")
	}
	return checkName(name)
}

// checkURL does not repeat the value, which may hold a token.
func checkURL(value string) error {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return errors.New("want an address that begins with https:// and names no user")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil { // what cannot be read would be lost when the token is added
		return errors.New("want a query that can be read: parameters are parted by & and percent-encoded")
	}
	if slices.ContainsFunc(slices.Collect(maps.Keys(query)), func(key string) bool { return strings.EqualFold(key, "token") }) {
		return errors.New("want no token in it, since others read a command line: set HTTP_CALLBACK_TOKEN, and the token is added")
	}
	return nil
}

// withToken adds the token of the function's HTTP trigger to an address that passed checkURL.
func withToken(address, token string) string {
	u, err := url.Parse(address)
	if err != nil || token == "" {
		return address
	}
	query := u.Query()
	query.Set("token", token)
	u.RawQuery = query.Encode()
	return u.String()
}

func checkLog(value string) error {
	project, store, found := strings.Cut(value, "/")
	if !found || checkName(project) != nil || checkName(store) != nil {
		return errors.New("want PROJECT/LOGSTORE")
	}
	return nil
}

// checkGroup refuses commas, which part the groups of a rule for custom events.
func checkGroup(name string) error {
	if strings.TrimSpace(name) == "" || strings.Contains(name, ",") {
		return errors.New("want the name of one contact group; give the flag again for another")
	}
	return nil
}
