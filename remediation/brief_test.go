package remediation_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// Secrets that hang must not take the time of all others of a payload, and what was asked for is looked for as ever.
func TestOneOfSeveralEventsIsReadOnceBeforeTheClaim(t *testing.T) {
	const s = time.Second
	type course struct {
		Outcome remediation.Outcome
		Calls   string
		Took    time.Duration
	}
	hang := func(action string, skip int) standin.Fault {
		return standin.Fault{Action: action, Kind: standin.HangBefore, Skip: skip}
	}
	once := func(action string, skip int) standin.Fault {
		f := refuse(action, 500, "InternalFailure")
		f.Skip, f.Times = skip, 1
		return f
	}
	for _, row := range []struct {
		name  string
		fault standin.Fault
		want  course
	}{
		{"all is well", standin.Fault{Action: "none"}, course{remediation.Rotated, works, 0}},
		{"reading the secret hangs", hang(describe, 0), course{remediation.Undecided, "describe", 2 * s}},
		{"reading the version hangs", hang(list, 0), course{remediation.Undecided, "describe list", 2 * s}},
		{"reading the secret fails once", once(describe, 0), course{remediation.Undecided, "describe", 0}},
		{"the claim fails once", once(tag, 0), course{remediation.Rotated, "describe list tag tag describe list rotate list tag describe", 200 * time.Millisecond}},
		{"a look for the proof fails once", once(list, 1), course{remediation.Rotated, "describe list tag rotate list list tag describe", 200 * time.Millisecond}},
		{"all looks for the proof hang", hang(list, 1), course{remediation.Pending, "describe list tag rotate list list list list", 21400 * time.Millisecond}},
		{"reading the schedule fails once", once(describe, 1), course{remediation.Rotated, "describe list tag rotate list tag describe describe", 200 * time.Millisecond}},
	} {
		inWorld(t, standin.Options{}, func(w *world) {
			w.remediator.SingleTry = true
			event := w.fail()
			w.Inject(row.fault)
			r := w.handle(event)
			if diff := cmp.Diff(row.want, course{r.Outcome, w.did(), r.Elapsed}); diff != "" {
				t.Errorf("%s (-want +got):\n%s", row.name, diff)
			}
			if r.Outcome == remediation.Undecided {
				w.wantWords(r.Reason, "no rotation was asked for", "a retry of this invocation may help")
			}
		})
	}
}
