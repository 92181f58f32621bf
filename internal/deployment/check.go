package deployment

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strings"
	"time"
)

const (
	// maxVariables is the size of all environment variables, in bytes. How it is counted is not documented; here it is
	// all names and values.
	maxVariables = 4 << 10
	// cpuStep is the smallest difference between two sizes of a processor, in vCPU.
	cpuStep = 0.05
	// memoryStep is the same for the memory, in MB.
	memoryStep = 64
)

// unrendered marks a variable that only Serverless Devs fills in, such as the account of the access.
const unrendered = "${"

var (
	// variableName is on what all editions of the page on environment variables agree, and the underscore of all samples.
	variableName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	roleARN      = regexp.MustCompile(`^acs:ram::\d+:role/[A-Za-z0-9.-]{1,64}$`)
	roleName     = regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`)
)

// Findings returns what is wrong with s.yaml: with the file, and with each function in it.
func (d *Deployment) Findings() []Finding {
	all := d.findings
	for _, f := range d.Functions {
		all = append(all, f.Findings()...)
	}
	all.note(len(d.Functions) > 1, "resources", "deploy %d functions that remediate: keep their REGIONS, or SECRET_ALLOW and SECRET_DENY, apart, "+
		"since on one secret they would undo each other's records", len(d.Functions))
	return all
}

// Findings returns what the platform, or the function, would refuse or misunderstand.
func (f *Function) Findings() []Finding {
	all := findings(f.checkSchema())
	f.checkStart(&all)
	f.checkSize(&all)
	f.checkVariables(&all)
	f.checkSettings(&all)
	f.checkFailures(&all)
	f.checkLog(&all)
	f.checkTriggers(&all)
	f.checkTimer(&all)
	f.checkPolicies(&all)
	return all
}

// CheckCode says whether the executable is where the platform will look for it.
func (f *Function) CheckCode(folder string) []Finding {
	var all findings
	file, err := os.Stat(f.Executable(folder))
	all.when(err != nil || !file.Mode().IsRegular() || file.Mode()&0o111 == 0, "props.code",
		fmt.Sprintf("a folder with the executable %s in it (make build)", f.Handler), "is %q", f.Code)
	return all
}

func (f *Function) checkStart(all *findings) {
	all.when(f.Runtime != "go1", "props.runtime", "go1, for which the function is built", "is %q", f.Runtime)
	all.when(f.Handler != "main", "props.handler", "main, the executable that make build writes", "is %q", f.Handler)
	checkRole(all, "props.role", f.Role)
	const one = "1, since two invocations at once could rotate a secret twice"
	if reserved := f.Concurrency.Reserved; reserved == nil {
		all.when(true, "props.concurrencyConfig.reservedConcurrency", one, "is missing")
	} else {
		all.when(*reserved != 1, "props.concurrencyConfig.reservedConcurrency", one, "is %d", *reserved)
	}
	all.when(f.InstanceRun != nil && *f.InstanceRun > 1, "props.instanceConcurrency", one, "is above 1")
}

// checkRole refuses what Serverless Devs would complete to the ARN of a role that cannot exist, and the role that it would
// make by itself.
func checkRole(all *findings, where, role string) {
	const want = "the name or ARN of a role of its own"
	switch {
	case role == "", role == "auto":
		all.when(true, where, want+", so that its rights are those of internal/policy", "is %q", role)
	case strings.Contains(role, unrendered):
	default:
		all.when(!roleARN.MatchString(role) && !roleName.MatchString(role), where, want, "is %q, which is neither", role)
		all.note(role != strings.ToLower(role), where, "has capital letters, and Serverless Devs writes it in lower case")
	}
}

// checkSize has the limits of
// https://www.alibabacloud.com/help/en/functioncompute/api-fc-2023-03-30-struct-createfunctioninput.
func (f *Function) checkSize(all *findings) {
	steps := f.CPU / cpuStep
	all.when(math.Abs(steps-math.Round(steps)) > 1e-6, "props.cpu", fmt.Sprintf("a multiple of %v", cpuStep), "is %v", f.CPU)
	all.when(f.MemorySize%memoryStep != 0, "props.memorySize", fmt.Sprintf("a multiple of %d", memoryStep), "is %d", f.MemorySize)
	gigabytes := float64(f.MemorySize) / 1024
	all.when(gigabytes < f.CPU || gigabytes > 4*f.CPU, "props.memorySize", "1 to 4 GB of memory for each vCPU", "is %d and cpu %v", f.MemorySize, f.CPU)
}

// checkVariables names a variable and never its value.
func (f *Function) checkVariables(all *findings) {
	size := 0
	for name, value := range f.Environment {
		size += len(name) + len(value)
		all.when(strings.HasPrefix(name, "FC_"), "props.environmentVariables."+name, "another name, since FC_ belongs to the platform", "begins with FC_")
		all.when(!variableName.MatchString(name), "props.environmentVariables", "letters, digits and underscores, a letter first", "has the name %q", name)
	}
	all.when(size > maxVariables, "props.environmentVariables", fmt.Sprintf("at most %d, names included", maxVariables), "are %d bytes long", size)
}

func (f *Function) checkFailures(all *findings) {
	all.when(f.Async.Task, "props.asyncInvokeConfig.asyncTask", "false, since the caller chooses the id of a task, and CloudMonitor chooses none", "is true")
	all.when(!strings.HasPrefix(f.FailureQueue(), "acs:"), "props.asyncInvokeConfig.destinationConfig.onFailure.destination",
		"the ARN of a queue, so that an event that failed for good is kept", "is %q", f.FailureQueue())
}

func (f *Function) checkLog(all *findings) {
	all.when(f.Log.Project == "" || f.Log.Store == "", "props.logConfig", "project and logstore, since those of auto are shared by all functions of the region", "names none")
	all.when(f.Log.BeginRule != "None", "props.logConfig.logBeginRule", "None, so that each line is an entry of its own", "is %q", f.Log.BeginRule)
}

func (f *Function) checkTriggers(all *findings) {
	seen := map[string]bool{}
	for i, t := range f.Triggers {
		where := "trigger " + t.Name
		all.when(seen[t.Name], where, "each name once, since the later one would replace the earlier one", "is there twice")
		seen[t.Name] = true
		all.when(t.Type == "http" && f.Environment["HTTP_CALLBACK_TOKEN"] == "", where, "HTTP_CALLBACK_TOKEN set, since without it every request is refused", "is an http trigger")
		f.noteCallback(all, t)
		if t.Type == "mns_topic" {
			checkRole(all, where+": invocationRole", t.InvocationRole)
		}
		queue := t.Config.Source.Type == "MNS"
		all.when(queue && t.Config.Source.Parameters.Queue.Name == "", where, "sourceMNSParameters with the queue", "names no queue")
		all.note(t.Type == "eventbridge" && i < len(f.Triggers)-1, where, "is before another one: fc3 ends its list at an EventBridge trigger that has not changed, so name a new one first")
	}
}

// noteCallback has what a URL callback wants beyond other triggers: CloudMonitor waits five seconds for an answer, and a
// request of up to 32 MB is in memory before its token can be read.
func (f *Function) noteCallback(all *findings, t Trigger) {
	const wait, memory = 3 * time.Second, 256
	settings, _ := f.Settings()
	where := "trigger " + t.Name
	all.note(t.Type == "http" && settings.VerifyWait > wait, where, "answers after VERIFY_WAIT=%s, and CloudMonitor waits five seconds: VERIFY_WAIT=2s is in time", settings.VerifyWait)
	all.note(t.Type == "http" && f.MemorySize < memory, where, "may get requests of 32 MB, and memorySize is %d: %d holds them", f.MemorySize, memory)
}

// checkTimer compares the timer with SWEEP_INTERVAL, from which the function takes its part of the hour.
func (f *Function) checkTimer(all *findings) {
	var timers []Trigger
	for _, t := range f.Triggers {
		if t.Type == "timer" {
			timers = append(timers, t)
		}
	}
	all.when(len(timers) != 1 || !timers[0].Config.Enable, "props.triggers", "one timer, with enable: true, since it goes on with what is due", "have %d timers, or one that is off", len(timers))
	interval := f.interval()
	want, ok := Cron(interval)
	all.when(!ok, "props.environmentVariables.SWEEP_INTERVAL", "whole minutes that divide the hour, such as 5m", "has no cron expression on the hour")
	for _, t := range timers {
		all.when(ok && strings.Join(strings.Fields(t.Config.Cron), " ") != want, "trigger "+t.Name, fmt.Sprintf("%q, since SWEEP_INTERVAL is %s", want, interval),
			"has the cronExpression %q", t.Config.Cron)
	}
}

// Cron is when a timer ticks on the hour and after every interval, by UTC.
func Cron(interval time.Duration) (string, bool) {
	switch {
	case interval < time.Minute || interval%time.Minute != 0 || time.Hour%interval != 0:
		return "", false
	case interval == time.Hour:
		return "0 0 * * * *", true
	}
	return fmt.Sprintf("0 */%d * * * *", interval/time.Minute), true
}
