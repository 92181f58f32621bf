package remediation_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/accounttest"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	region    = accounttest.Region
	accountID = accounttest.ID
	secret    = accounttest.Secret
)

// account is a virtual account and a Remediator that serves it. A step that takes no time there takes none at all.
type account struct {
	*accounttest.Account
	t          *testing.T
	remediator *remediation.Remediator
	timeout    time.Duration // of an invocation
	every      time.Duration // the interval of the timer
	overdue    time.Duration // how late a rotation may be before a tick reports it; 0 = no tick checks
	before     func(call)    // is called before each call
	delivered  time.Time     // when the last invocation began
	calls      []call        // of that
}

// call is one try of a call, as the Remediator made it.
type call struct {
	action string        // describe, list, tag, rotate
	at     time.Duration // since the delivery
	bound  time.Duration // what its context leaves it
}

// inAccount runs script in an account with one secret, an hour old and well.
func inAccount(t *testing.T, options standin.Options, script func(*account)) {
	t.Helper()
	accounttest.Run(t, time.Time{}, options, func(t *testing.T, connected *accounttest.Account) {
		a := newAccount(t, connected)
		a.Put(standin.Secret{Name: secret})
		a.wait(time.Hour)
		script(a)
	})
}

func newAccount(t *testing.T, connected *accounttest.Account) *account {
	a := &account{Account: connected, t: t, timeout: time.Minute, every: every, before: func(call) {}}
	a.remediator = &remediation.Remediator{
		Connect: func(region string) remediation.KMS { return a.watch(region) },
		Policy:  accounttest.Policy(),
		Memory:  &remediation.InstanceMemory{},
		Now:     time.Now,
	}
	return a
}

// wait lets time go by.
func (a *account) wait(d time.Duration) { accounttest.Wait(d) }

// fail lets the schedule rotate the secret, without success, and returns the event when it arrives.
func (a *account) fail() events.Event {
	a.t.Helper()
	return a.failOf(secret)
}

func (a *account) failOf(name string) events.Event {
	a.t.Helper()
	a.DrainEvents()
	if err := a.ScheduledFailure(name, standin.Failure{Code: "Kms:InstanceNotRunning"}); err != nil {
		a.t.Fatal(err)
	}
	failed := a.raised()[0]
	a.wait(time.Second) // on its way; a version created in the very second of the failure would not end it
	return failed
}

func (a *account) raised() []events.Event {
	a.t.Helper()
	return a.Raised(a.t)
}

// succeeded is a Success event of the secret.
func succeeded() events.Event {
	return events.Event{
		Kind: events.Success, Region: region, Account: accountID, ARN: "acs:kms:" + region + ":" + accountID + ":secret/" + secret,
		SecretName: secret, SecretType: "ECS", Time: time.Now(),
	}
}

// handle delivers an event, and returns what came of it.
func (a *account) handle(event events.Event) remediation.Result {
	ctx, cancel := context.WithTimeout(context.Background(), a.timeout)
	defer cancel()
	a.delivered, a.calls = time.Now(), nil
	return a.remediator.HandleEvent(ctx, event)
}

// record returns the record on the secret, if there is one.
func (a *account) record() (r remediation.Record, found bool) {
	a.t.Helper()
	r, found = a.RecordOf(secret)
	if text := a.RecordText(secret); !found && text != "" {
		a.t.Fatalf("the record %q cannot be read", text)
	}
	return r, found
}

// rotations counts what RotateSecret started.
func (a *account) rotations() int { return len(a.Requested(secret)) }

func (a *account) current() standin.Version { return a.Current(secret) }

// promote makes a new version current by somebody's hand, also while a rotation runs.
func (a *account) promote(id string) { a.Promote(secret, id) }

// did names the calls of the last invocation, tries included.
func (a *account) did() string {
	var names []string
	for _, c := range a.calls {
		names = append(names, c.action)
	}
	return strings.Join(names, " ")
}

// watched is the real client, and notes what is asked of it.
type watched struct {
	*alicloud.KMS
	a *account
}

func (a *account) watch(region string) *watched {
	kms, _ := a.Client(region)
	return &watched{kms, a}
}

func (k *watched) note(ctx context.Context, action string) {
	deadline, _ := ctx.Deadline()
	c := call{action: action, at: time.Since(k.a.delivered), bound: time.Until(deadline)}
	k.a.calls = append(k.a.calls, c)
	k.a.before(c)
}

func (k *watched) DescribeSecret(ctx context.Context, name string) (remediation.Secret, error) {
	k.note(ctx, "describe")
	return k.KMS.DescribeSecret(ctx, name)
}

func (k *watched) CurrentVersion(ctx context.Context, name string) (remediation.Version, error) {
	k.note(ctx, "list")
	return k.KMS.CurrentVersion(ctx, name)
}

func (k *watched) RotateSecret(ctx context.Context, name, versionID string) (string, error) {
	k.note(ctx, "rotate")
	return k.KMS.RotateSecret(ctx, name, versionID)
}

func (k *watched) TagSecret(ctx context.Context, name, key, value string) error {
	k.note(ctx, "tag")
	return k.KMS.TagSecret(ctx, name, key, value)
}

// works are the calls of a remediation that works at the first read.
const works = "describe list tag rotate list tag describe"

// came is what a delivery came to, compared at once so that a claim cannot pass on another branch: the answer, what then
// is on the secret, and what was asked of KMS for it.
type handled struct {
	Outcome remediation.Outcome
	Attempt int
	Next    string // nextAttempt, counted from the delivery; "" for none
	Record  string // phase, attempts, and due counted from the delivery; "" for none
	Calls   string
	Failed  bool // the invocation
}

// deliver delivers an event and returns what it came to, and the reason that was given.
func (a *account) deliver(event events.Event) (handled, string) {
	a.t.Helper()
	r := a.handle(event)
	c := handled{Outcome: r.Outcome, Attempt: r.Attempt, Calls: a.did(), Failed: r.Failed()}
	if !r.NextAttempt.IsZero() {
		c.Next = r.NextAttempt.Sub(a.delivered).String()
	}
	if record, found := a.record(); found {
		c.Record = fmt.Sprintf("%s %d %s", record.Phase, record.Attempts, record.Due.Sub(a.delivered))
	}
	return c, r.Reason
}

// expect delivers an event and compares what it came to. The reason has to say each of says.
func (a *account) expect(name string, event events.Event, want handled, says ...string) {
	a.t.Helper()
	got, reason := a.deliver(event)
	if diff := cmp.Diff(want, got); diff != "" {
		a.t.Errorf("%s (-want +got):\n%s%s", name, diff, reason)
	}
	for _, part := range says {
		if !strings.Contains(reason, part) {
			a.t.Errorf("%s: the reason %q does not say %q", name, reason, part)
		}
	}
}

// delivery is one delivery of a Failure in an account with something given.
type delivery struct {
	name    string
	options standin.Options
	faults  []standin.Fault
	given   func(*account) // what else is; nil for nothing
	want    handled
	says    []string
}

func handleEach(t *testing.T, stories []delivery) {
	t.Helper()
	for _, s := range stories {
		t.Run(strings.ReplaceAll(s.name, " ", "-"), func(t *testing.T) {
			inAccount(t, s.options, func(a *account) {
				event := a.fail()
				if s.given != nil {
					s.given(a)
				}
				for _, fault := range s.faults {
					a.Inject(fault)
				}
				a.expect(s.name, event, s.want, s.says...)
			})
		})
	}
}

// refuse is KMS refusing an action with a code, for ever.
func refuse(action string, status int, code string) standin.Fault {
	return standin.Fault{Action: action, Kind: standin.Refuse, Status: status, Code: code}
}

// later lets so many calls of the action pass first.
func later(skip int, f standin.Fault) standin.Fault {
	f.Skip = skip
	return f
}

// slow is an account in which the work on the instance takes longer than anybody verifies.
func slow() standin.Options {
	return standin.Options{Behavior: standin.Behavior{Work: 15 * time.Minute}}
}

// put writes a record of the version that is current, due so long from now.
func (a *account) put(phase remediation.Phase, n int, due time.Duration) {
	v := a.current()
	a.putOf(remediation.Version{ID: v.ID, CreateTime: v.CreateTime}, phase, n, due)
}

func (a *account) putOf(v remediation.Version, phase remediation.Phase, n int, due time.Duration) {
	r := remediation.Record{
		Phase: phase, Attempts: n, Opened: time.Now().Add(-time.Hour), Due: time.Now().Add(due).Truncate(time.Second),
		Replaces: remediation.HashOf(succeeded().ARN, v),
	}
	a.Tag(secret, remediation.RecordTag, r.String())
}

// every is the interval of the timer, and seldom that of tests that last for days.
const (
	every  = 5 * time.Minute
	seldom = 30 * time.Minute
)

// morning is when an account with a timer begins: an hour that opens no day, and one in which nothing happened yet. The
// stand-in takes no times of the last century. The day after it is one whose first tick has the first of all secrets.
var morning = time.Date(2029, 2, 19, 6, 0, 0, 0, time.UTC)

const (
	listTagged = "ListTagResources"
	history    = "DescribeSystemEventAttribute"
)

// inTimedAccount runs script in an account that begins in the morning. Its reads may go side by side, so that only the
// stand-in notes the calls.
func inTimedAccount(t *testing.T, options standin.Options, script func(*account)) {
	t.Helper()
	accounttest.Run(t, morning, options, func(t *testing.T, connected *accounttest.Account) {
		script(newTimedAccount(t, connected))
	})
}

func newTimedAccount(t *testing.T, connected *accounttest.Account) *account {
	a := newAccount(t, connected)
	a.remediator.Connect = func(region string) remediation.KMS {
		kms, _ := a.Client(region)
		return kms
	}
	return a
}

// fleet creates so many secrets, and returns their names in order.
func (a *account) fleet(prefix string, n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("%s-%03d", prefix, i))
		a.Put(standin.Secret{Name: names[i]})
	}
	return names
}

// v0 is a version that was replaced long ago.
var v0 = remediation.Version{ID: "v0", CreateTime: morning.Add(-1000 * time.Hour)}

// enter writes a record of the version that is current, due so long from now.
func (a *account) enter(phase remediation.Phase, n int, due time.Duration, names ...string) {
	for _, name := range names {
		s, _ := a.Secret(name)
		a.enterOf(remediation.Version{ID: s.Versions[0].ID, CreateTime: s.Versions[0].CreateTime}, phase, n, due, name)
	}
}

func (a *account) enterOf(v remediation.Version, phase remediation.Phase, n int, due time.Duration, name string) {
	r := remediation.Record{
		Phase: phase, Attempts: n, Opened: time.Now().Add(-time.Hour), Due: time.Now().Add(due).Truncate(time.Second),
		Replaces: remediation.HashOf("acs:kms:"+region+":"+accountID+":secret/"+name, v),
	}
	a.Tag(name, remediation.RecordTag, r.String())
}

// plan is that of a tick now.
func (a *account) plan() remediation.SweepPlan {
	return remediation.SweepPlan{
		Tick: remediation.TickAt(time.Time{}, time.Now(), a.every), History: true, PerHour: 46, OverdueAfter: a.overdue,
		Monitor: func(region string) remediation.CloudMonitor {
			_, monitor := a.Client(region)
			return monitor
		},
	}
}

func (a *account) sweep(plan remediation.SweepPlan) remediation.SweepResult {
	ctx, cancel := context.WithTimeout(context.Background(), a.timeout)
	defer cancel()
	return a.remediator.Sweep(ctx, plan)
}

// tick waits for the timer, and serves it.
func (a *account) tick() remediation.SweepResult {
	a.wait(time.Until(time.Now().Truncate(a.every).Add(a.every)))
	return a.sweep(a.plan())
}

// ticks serves the timer until then, and returns what was listed.
func (a *account) ticks(until time.Time) []remediation.Result {
	var listed []remediation.Result
	for time.Now().Before(until.Add(-a.every)) {
		listed = append(listed, a.tick().Listed...)
	}
	return listed
}

// summary says what a tick came to: each result that it lists, and its counts.
func summary(s remediation.SweepResult) string {
	parts := listing(s.Listed)
	for _, outcome := range remediation.Outcomes {
		if n := s.Counts[outcome]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", outcome, n))
		}
	}
	if s.Unreached > 0 {
		parts = append(parts, fmt.Sprintf("left=%d", s.Unreached))
	}
	if s.Failed {
		parts = append(parts, "failed")
	}
	return strings.Join(parts, ", ")
}

func listing(results []remediation.Result) []string {
	var parts []string
	for _, r := range results {
		_, name, _ := strings.Cut(r.Secret, ":secret/")
		parts = append(parts, strings.TrimSpace(string(r.Outcome)+" "+name))
	}
	return parts
}

// wantSummary serves the timer and compares what it came to.
func (a *account) wantSummary(when, want string) remediation.SweepResult {
	a.t.Helper()
	got := a.tick()
	if summary(got) != want {
		a.t.Errorf("%s: the tick came to %q, want %q; notes %q", when, summary(got), want, got.Notes)
	}
	return got
}

// asked counts the calls of an action, of one secret or of all.
func (a *account) asked(action, name string) int {
	n := 0
	for _, c := range a.Calls() {
		if c.Action == action && (name == "" || c.Secret == name) {
			n++
		}
	}
	return n
}

// recordOf is the phase and the attempts in the record of a secret, "" for no record.
func (a *account) recordOf(name string) string {
	r, found := a.RecordOf(name)
	if !found {
		return a.RecordText(name)
	}
	return fmt.Sprintf("%s %d", r.Phase, r.Attempts)
}

// rotated says whether a rotation that we asked for worked.
func (a *account) rotated(name string) bool {
	return slices.ContainsFunc(a.Requested(name), func(r standin.Rotation) bool { return !r.Failed && !r.Ended.IsZero() })
}
