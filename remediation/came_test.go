package remediation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// works are the calls of a remediation that works at the first look.
const works = "describe list tag rotate list tag describe"

// came is what a delivery came to, compared at once so that a claim cannot pass on another branch: the answer, what then
// stands on the secret, and what was asked of KMS for it.
type came struct {
	Outcome remediation.Outcome
	Attempt int
	Next    string // nextAttempt, counted from the delivery; "" for none
	Record  string // phase, attempts, and due counted from the delivery; "" for none
	Calls   string
	Failed  bool // the invocation
}

// deliver delivers an event and returns what it came to, and the reason that was given.
func (w *world) deliver(event events.Event) (came, string) {
	w.t.Helper()
	r := w.handle(event)
	c := came{Outcome: r.Outcome, Attempt: r.Attempt, Calls: w.did(), Failed: r.Failed()}
	if !r.NextAttempt.IsZero() {
		c.Next = r.NextAttempt.Sub(w.delivered).String()
	}
	if record, found := w.record(); found {
		c.Record = fmt.Sprintf("%s %d %s", record.Phase, record.Attempts, record.Due.Sub(w.delivered))
	}
	return c, r.Reason
}

// expect delivers an event and compares what it came to. The reason has to say each of says.
func (w *world) expect(name string, event events.Event, want came, says ...string) {
	w.t.Helper()
	got, reason := w.deliver(event)
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("%s (-want +got):\n%s%s", name, diff, reason)
	}
	for _, part := range says {
		if !strings.Contains(reason, part) {
			w.t.Errorf("%s: the reason %q does not say %q", name, reason, part)
		}
	}
}

// story is one delivery of a Failure in a world with something amiss.
type story struct {
	name    string
	options standin.Options
	faults  []standin.Fault
	amiss   func(*world) // what else is; nil for nothing
	want    came
	says    []string
}

func tell(t *testing.T, stories []story) {
	t.Helper()
	for _, s := range stories {
		t.Run(strings.ReplaceAll(s.name, " ", "-"), func(t *testing.T) {
			inWorld(t, s.options, func(w *world) {
				event := w.fail()
				if s.amiss != nil {
					s.amiss(w)
				}
				for _, fault := range s.faults {
					w.Inject(fault)
				}
				w.expect(s.name, event, s.want, s.says...)
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

// slow is a world in which the work on the instance takes longer than anybody looks.
func slow() standin.Options {
	return standin.Options{Behavior: standin.Behavior{Work: 15 * time.Minute}}
}

// put writes a record of the version that is current, due so long from now.
func (w *world) put(phase remediation.Phase, n int, due time.Duration) {
	v := w.current()
	w.putOf(remediation.Version{ID: v.ID, CreateTime: v.CreateTime}, phase, n, due)
}

func (w *world) putOf(v remediation.Version, phase remediation.Phase, n int, due time.Duration) {
	r := remediation.Record{
		Phase: phase, Attempts: n, Opened: time.Now().Add(-time.Hour), Due: time.Now().Add(due).Truncate(time.Second),
		Replaces: remediation.HashOf(succeeded().ARN, v),
	}
	w.Tag(secret, remediation.RecordTag, r.String())
}
