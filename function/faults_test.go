package main

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// faultColumns are the calls of a whole remediation.
var faultColumns = []struct {
	name, action string
	skip         int
}{
	{"describe", "DescribeSecret", 0},
	{"version", "ListSecretVersionIds", 0},
	{"claim", "TagResource", 0},
	{"rotate", "RotateSecret", 0},
	{"verify", "ListSecretVersionIds", 1},
	{"mark", "TagResource", 1},
	{"schedule", "DescribeSecret", 1},
}

// faultRows are what can become of each.
var faultRows = func() []standin.Fault {
	rows := []standin.Fault{
		{Kind: standin.Refuse, Status: http.StatusTooManyRequests, Code: "Rejected.Throttling"},
		{Kind: standin.Refuse, Status: http.StatusForbidden, Code: "Forbidden.NoPermission"},
		{Kind: standin.Refuse, Status: http.StatusNotFound, Code: "Forbidden.ResourceNotFound"},
		{Kind: standin.Refuse, Status: http.StatusConflict, Code: "Rejected.Disabled"},
		{Kind: standin.Refuse, Status: http.StatusBadRequest, Code: "InvalidParameter"},
		{Kind: standin.Refuse, Status: http.StatusBadRequest, Code: "Rejected.LimitExceeded"},
		{Kind: standin.Refuse, Status: http.StatusBadRequest, Code: "InvalidSecurityToken.Expired"},
		{Kind: standin.Refuse, Status: http.StatusServiceUnavailable, Code: "ServiceUnavailableTemporary"},
	}
	for _, kind := range standin.FaultKinds {
		rows = append(rows, standin.Fault{Kind: kind})
	}
	return rows
}()

func rowName(f standin.Fault) string {
	if f.Code == "" {
		return string(f.Kind)
	}
	return fmt.Sprintf("%s %d %s", f.Kind, f.Status, f.Code)
}

// faultBehaviors are the ways in which a rotation may go: when the stage moves, how long the work takes, whether our first
// rotation works. Where a version is current before its work has failed, only an event says so.
var faultBehaviors = func() []faultBehavior {
	var all []faultBehavior
	for _, moves := range standin.StageMovesAll {
		for _, work := range []time.Duration{0, 3 * time.Second} {
			for _, failures := range []int{0, 1} {
				all = append(all, faultBehavior{failures: failures, Behavior: standin.Behavior{
					StageMoves: moves, Work: work, FailedRaisesEvent: moves != standin.AfterWork, FailedLeavesVersion: work > 0,
					SucceededRaisesEvent: failures > 0,
				}})
			}
		}
	}
	return all
}()

type faultBehavior struct {
	standin.Behavior
	failures int // so many of our rotations fail
}

func (w faultBehavior) String() string {
	return fmt.Sprintf("stage moves %s, work %s, %d failures first", w.StageMoves, w.Work, w.failures)
}

// behaviorsPerCell bounds the time that the matrix takes with the race detector: it then sees each cell with one of the behaviors,
// and each column with all of them.
const behaviorsPerCell = 1

// A network is wrong in more ways than anybody thinks of, and at any call. Whichever it is, a second rotation retires a
// live password, a lost failure leaves a password for ever, and after a false success nobody checks.
func TestNoFaultOfAnyCallBreaksAPromise(t *testing.T) {
	grid := newGrid()
	t.Cleanup(func() { grid.show(t) })
	for r, fault := range faultRows {
		t.Run(rowName(fault), func(t *testing.T) {
			t.Parallel()
			for c, column := range faultColumns {
				fault := fault
				fault.Action, fault.Skip, fault.Message = column.action, column.skip, canaryMessage
				for w, behavior := range faultBehaviors {
					if raceDetector && (w+r+c)%(len(faultBehaviors)/behaviorsPerCell) != 0 {
						continue
					}
					for _, times := range timesOf(fault) {
						fault.Times = times
						grid.add(r, c, runFaultStory(t, fault, behavior), fmt.Sprintf("%s, %s %s, times %d", behavior, rowName(fault), column.name, times))
					}
				}
			}
		})
	}
}

// timesOf says how often a fault hits: once, or until it is cleared. An endless body is a megabyte each time, so once has
// to do.
func timesOf(f standin.Fault) []int {
	if f.Kind == standin.EndlessBody {
		return []int{1}
	}
	return []int{1, 0}
}

// runFaultStory delivers a failure while a fault is there, then clears it and delivers all events again until nothing
// changes. It returns what was broken.
func runFaultStory(t *testing.T, fault standin.Fault, behavior faultBehavior) (broken []string) {
	inVirtualTime(t, func(t *testing.T) {
		p := newPromises(4)
		p.cloud = newCloud(t, standin.Options{Behavior: behavior.Behavior, OnCall: p.onCall}, standin.Secret{Rotation: standin.FailFirst(behavior.failures, standin.Failure{})})
		i := newInstance(t, p.cloud, "MAX_ATTEMPTS=4", "VERIFY_WAIT=2s")
		after := func(a answer) { p.after(a, false) }
		p.cloud.Inject(fault)
		last := i.deliver(p.cloud.failure, after)
		p.cloud.ClearFaults()
		last = i.deliverUntilQuiet(p, last, after)
		settled := p.repaired() || p.cloud.record().Phase == remediation.PhaseNeedsHuman && fault.Code == "Rejected.Disabled"
		if !settled {
			p.breach("all is quiet, but the secret is not repaired: %s, record %q", last.text, p.cloud.recordText())
		}
		broken = p.breaches()
	})
	return broken
}

// Past the deadline the platform kills the process, and nobody learns what was done.
func TestACallThatHangsDoesNotOutlastTheInvocation(t *testing.T) {
	for _, column := range faultColumns {
		for _, seconds := range []time.Duration{3, 8, 15} {
			inVirtualTime(t, func(t *testing.T) {
				p := newPromises(5)
				p.cloud = newCloud(t, standin.Options{OnCall: p.onCall}, standin.Secret{})
				i := newInstance(t, p.cloud)
				i.timeout = seconds * time.Second
				p.cloud.Inject(standin.Fault{Action: column.action, Skip: column.skip, Kind: standin.HangAfter})
				p.after(i.invoke(p.cloud.failure), false) // fails where the answer comes too late
				if broken := p.breaches(); len(broken) > 0 {
					t.Errorf("%s hangs, timeout %ds: %q", column.name, seconds, broken)
				}
			})
		}
	}
}

// deliverUntilQuiet delivers the events that KMS raised meanwhile, and copies of all, at the times at which something is
// due, until a round changes nothing.
func (i *instance) deliverUntilQuiet(p *promises, last answer, after func(answer)) answer {
	i.t.Helper()
	const rounds = 12
	events := [][]byte{p.cloud.failure}
	for range rounds {
		before := p.fingerprint()
		time.Sleep(max(time.Until(p.cloud.record().Due), retryPause))
		events = append(events, i.deliverRaised(p, after)...)
		for _, event := range events {
			last = i.deliver(event, after)
		}
		if p.fingerprint() == before && len(p.cloud.Events()) == 0 && !p.running() {
			return last
		}
	}
	p.breach("still not quiet after %d rounds: %s", rounds, p.cloud.recordText())
	return last
}

// deliverRaised delivers the events that KMS raised since it was asked last, and returns them.
func (i *instance) deliverRaised(p *promises, after func(answer)) [][]byte {
	i.t.Helper()
	var delivered [][]byte
	raised := p.cloud.DrainEvents()
	for n, event := range raised {
		p.onTheWay = len(raised) - n - 1
		i.deliver(event.Payload, after)
		delivered = append(delivered, event.Payload)
	}
	return delivered
}

// fingerprint changes with all that an event can change.
func (p *promises) fingerprint() string {
	s, _ := p.cloud.Secret(secretName)
	return fmt.Sprint(s.Versions, s.Tags, p.cloud.rotateCalls())
}

// panickingKMS panics at one call, counted from 1, before or after the call was made.
type panickingKMS struct {
	remediation.KMS
	calls *int
	at    int
	after bool
	how   func()
}

func (k panickingKMS) DescribeSecret(ctx context.Context, name string) (remediation.Secret, error) {
	defer k.call()()
	return k.KMS.DescribeSecret(ctx, name)
}

func (k panickingKMS) CurrentVersion(ctx context.Context, name string) (remediation.Version, error) {
	defer k.call()()
	return k.KMS.CurrentVersion(ctx, name)
}

func (k panickingKMS) RotateSecret(ctx context.Context, name, versionID string) (string, error) {
	defer k.call()()
	return k.KMS.RotateSecret(ctx, name, versionID)
}

func (k panickingKMS) TagSecret(ctx context.Context, name, key, value string) error {
	defer k.call()()
	return k.KMS.TagSecret(ctx, name, key, value)
}

// call returns what is to be done after the call.
func (k panickingKMS) call() func() {
	*k.calls++
	switch {
	case *k.calls != k.at:
		return func() {}
	case k.after:
		return k.how
	}
	k.how()
	return nil
}

func panicWithText() {
	panic(fmt.Errorf("at the address %s with %s", canaryPanic, canaryCredentials.SecurityToken))
}

func panicOfTheRuntime() {
	var nowhere *answer
	nowhere.errorType = canaryPanic
}

// An invocation that panics and is called a success takes its event along, and a text that was printed on the way out can
// hold the token.
func TestAPanicIsAFailureThatNamesThePlaceAndNothingElse(t *testing.T) {
	t.Parallel()
	for _, panics := range []struct {
		how   func()
		place *regexp.Regexp
	}{
		{panicWithText, regexp.MustCompile(`panicked at \S+/function\.panicWithText:\d+: `)},
		{panicOfTheRuntime, regexp.MustCompile(`panicked at \S+/function\.panicOfTheRuntime:\d+: `)},
	} {
		for at := range faultColumns {
			for _, after := range []bool{false, true} {
				inVirtualTime(t, func(t *testing.T) {
					runPanicStory(t, panickingKMS{at: at + 1, after: after, how: panics.how}, panics.place)
				})
			}
		}
	}
}

func runPanicStory(t *testing.T, kms panickingKMS, place *regexp.Regexp) {
	story := fmt.Sprintf("call %d, after it %t", kms.at, kms.after)
	p := newPromises(5)
	p.cloud = newCloud(t, standin.Options{OnCall: p.onCall}, standin.Secret{})
	i := newInstance(t, p.cloud)
	kms.calls = new(int)
	connect := i.connect
	i.connect = func(region string, c alicloud.Credentials) remediation.KMS {
		k := kms
		k.KMS = connect(region, c)
		return k
	}
	first := i.invoke(p.cloud.failure)
	if first.errorType != report.Panic || !place.MatchString(first.result().Reason) {
		t.Errorf("%s: errorType %q, %s; want panic, and the place", story, first.errorType, first.text)
	}
	p.after(first, false)
	if i.memory.CooldownActive(region, time.Now()) {
		t.Errorf("%s: there is a cooldown although nothing was throttled", story)
	}
	for range 2 {
		time.Sleep(max(time.Until(p.cloud.record().Due), retryPause))
		p.after(i.invoke(p.cloud.failure), false)
	}
	if n := len(p.cloud.rotations()); n != 1 || !p.repaired() || len(p.breaches()) > 0 {
		t.Errorf("%s: %d rotations, want 1, and the secret repaired: record %q, broken %q", story, n, p.cloud.recordText(), p.breaches())
	}
}
