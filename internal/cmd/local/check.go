package main

import (
	"cmp"
	"errors"
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
	// maxAge is the longest that an event may wait on which all documents agree, in seconds.
	maxAge = 604800
	// defaultInterval is SWEEP_INTERVAL where it is not set, as the function has it.
	defaultInterval = "5m"
)

// variableName is on what all editions of the page on environment variables agree, and the underscore of all samples.
var variableName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

type checkCommand struct{}

func (checkCommand) Run(line *commandLine, s streams) error {
	p, err := readProps(s.in)
	if err != nil {
		return err
	}
	return p.check(line.Folder)
}

// findings are what is wrong, one line each: what, where, and what would be right.
type findings []error

func (f *findings) add(wrong bool, format string, args ...any) {
	if wrong {
		*f = append(*f, fmt.Errorf(format, args...))
	}
}

// check refuses what the schema lets pass and the platform, or the function, does not. The limits are those of
// https://www.alibabacloud.com/help/en/functioncompute/api-fc-2023-03-30-struct-createfunctioninput.
func (p props) check(folder string) error {
	var f findings
	p.checkStart(&f, folder)
	p.checkSize(&f)
	p.checkVariables(&f)
	p.checkFailures(&f)
	p.checkLog(&f)
	p.checkTriggers(&f)
	return errors.Join(f...)
}

func (p props) checkStart(f *findings, folder string) {
	f.add(p.Runtime != "go1", "runtime is %q: want go1, the one that the function is built for", p.Runtime)
	f.add(p.Handler != "main", "handler is %q: want main, the executable that make build writes", p.Handler)
	f.add(p.Role == "" || p.Role == "auto", "role is %q: want a role of the function's own, so that its rights are the ones that README lists", p.Role)
	f.add(p.Concurrency.Reserved != 1, "concurrencyConfig.reservedConcurrency is %d: want 1, since two instances could rotate a secret twice", p.Concurrency.Reserved)
	file, err := os.Stat(p.executable(folder))
	f.add(err != nil || !file.Mode().IsRegular() || file.Mode()&0o111 == 0, "code is %q: want a folder with the executable %s in it (make build)", p.Code, p.Handler)
}

func (p props) checkSize(f *findings) {
	steps := p.CPU / cpuStep
	f.add(p.CPU < cpuStep || math.Abs(steps-math.Round(steps)) > 1e-6, "cpu is %v: want a multiple of %v", p.CPU, cpuStep)
	f.add(p.MemorySize <= 0 || p.MemorySize%memoryStep != 0, "memorySize is %d: want a multiple of %d", p.MemorySize, memoryStep)
	gigabytes := float64(p.MemorySize) / 1024
	f.add(gigabytes < p.CPU || gigabytes > 4*p.CPU, "cpu is %v and memorySize %d: want 1 to 4 GB of memory for each vCPU", p.CPU, p.MemorySize)
	f.add(p.Timeout <= 0, "timeout is %d: want seconds, at least 1", p.Timeout)
}

// checkVariables names a variable and never its value.
func (p props) checkVariables(f *findings) {
	size := 0
	for _, name := range p.names() {
		value, isText := p.Variables[name].(string)
		size += len(name) + len(value)
		f.add(!isText, "environmentVariables.%s is no text: want quotes around it", name)
		f.add(strings.HasPrefix(name, "FC_"), "environmentVariables.%s: want a name that does not begin with FC_, which belongs to the platform", name)
		f.add(!variableName.MatchString(name), "environmentVariables has the name %q: want letters, digits and underscores, a letter first", name)
	}
	f.add(size > maxVariables, "environmentVariables are %d bytes long: want at most %d, names included", size, maxVariables)
}

func (p props) checkFailures(f *findings) {
	async := p.Async
	f.add(async.Retries == nil, "asyncInvokeConfig.maxAsyncRetryAttempts is missing: want it said, since documents disagree on the default")
	f.add(async.Age == nil || *async.Age > maxAge, "asyncInvokeConfig.maxAsyncEventAgeInSeconds: want it said, and at most %d", maxAge)
	f.add(async.Task, "asyncInvokeConfig.asyncTask is true: want false, since nobody here chooses the id of a task")
	f.add(!strings.HasPrefix(async.Destinations.OnFailure.Destination, "acs:"),
		"asyncInvokeConfig.destinationConfig.onFailure.destination is %q: want the ARN of a queue, so that an event that failed for good is kept", async.Destinations.OnFailure.Destination)
}

func (p props) checkLog(f *findings) {
	l := p.Log
	f.add(l.Project == "" || l.Store == "" || l.Requests == nil || l.Instances == nil,
		"logConfig: want project, logstore, enableRequestMetrics and enableInstanceMetrics, each said, and not auto")
	f.add(l.BeginRule != "None", "logConfig.logBeginRule is %q: want None, so that each line is an entry of its own", l.BeginRule)
}

func (p props) checkTriggers(f *findings) {
	var timers []trigger
	for _, t := range p.Triggers {
		if t.Type == "timer" {
			timers = append(timers, t)
		}
		f.add(t.Type == "http" && p.variable("HTTP_CALLBACK_TOKEN") == "",
			"triggers: %s is an http trigger, and environmentVariables.HTTP_CALLBACK_TOKEN is empty: want a token, since without one every request is refused", t.Name)
	}
	f.add(len(timers) != 1 || !timers[0].Config.Enable, "triggers: want one timer, and enable: true, since it takes up what is due")
	interval, err := time.ParseDuration(cmp.Or(p.variable("SWEEP_INTERVAL"), defaultInterval))
	if err != nil || interval < time.Minute || interval%time.Minute != 0 || time.Hour%interval != 0 {
		f.add(true, "environmentVariables.SWEEP_INTERVAL: want whole minutes that divide the hour, such as 5m")
		return
	}
	for _, t := range timers {
		f.add(t.Config.Cron != cron(interval), "triggers: the cronExpression of %s is %q: want %q, since the function is told so by SWEEP_INTERVAL", t.Name, t.Config.Cron, cron(interval))
	}
}

// cron is when a timer ticks on the hour and after every interval, by UTC.
func cron(interval time.Duration) string {
	if interval == time.Hour {
		return "0 0 * * * *"
	}
	return fmt.Sprintf("0 */%d * * * *", interval/time.Minute)
}
