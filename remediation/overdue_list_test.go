package remediation

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// roll is a region with many secrets that are well, in memory, where only the reads at them count.
type roll struct {
	KMS
	total int // what each page says
	names []string
	due   []Tagged // records
	fails string   // the action that hangs until its time is over

	reads map[string]int
	lists []time.Time
	acts  []time.Time
}

func newRoll(n int) *roll {
	r := &roll{total: n, reads: map[string]int{}}
	for i := range n {
		r.names = append(r.names, fmt.Sprintf("acs/ecs/web-%05d", i))
	}
	return r
}

// call takes the time of one that hangs.
func (r *roll) call(ctx context.Context, action string) error {
	if action == r.fails {
		<-ctx.Done()
	}
	if ctx.Err() != nil {
		return &CallError{Action: action, Class: Transient}
	}
	return nil
}

func (r *roll) ListTagged(ctx context.Context, _, _ string) (TagPage, error) {
	return TagPage{Tagged: r.due}, r.call(ctx, "ListTagResources")
}

func (r *roll) ListSecrets(ctx context.Context, page, size int) (SecretPage, error) {
	r.lists = append(r.lists, time.Now())
	got := SecretPage{Total: r.total}
	for i := min((page-1)*size, len(r.names)); i < min(page*size, len(r.names)); i++ {
		got.Secrets = append(got.Secrets, ListedSecret{Name: r.names[i], Type: "ECS"})
	}
	return got, r.call(ctx, "ListSecrets")
}

func (r *roll) DescribeSecret(ctx context.Context, name string) (Secret, error) {
	s := Secret{Name: name, Type: "ECS", AutomaticRotation: scheduleEnabled, NextRotation: time.Now().Add(day)}
	for _, one := range r.due {
		if one.Secret == name { // what is due answers also where all others hang
			s.Tags = map[string]string{RecordTag: one.Value}
			return s, nil
		}
	}
	if err := r.call(ctx, "DescribeSecret"); err != nil {
		return Secret{}, err
	}
	r.reads[name]++
	return s, nil
}

func (r *roll) CurrentVersion(context.Context, string) (Version, error) { return v2, nil }

func (r *roll) TagSecret(context.Context, string, string, string) error {
	r.acts = append(r.acts, time.Now())
	return nil
}

// rolls is one function that serves these regions.
type rolls map[string]*roll

// tick serves that of a time, with so much time for work, in regions in this order.
func (r rolls) tick(at time.Time, interval, work time.Duration, regions ...string) SweepResult {
	ctx, cancel := context.WithTimeout(context.Background(), work+workReserve)
	defer cancel()
	remediator := &Remediator{
		Connect: func(region string) KMS { return r[region] },
		Policy:  Policy{Scope: Scope{Regions: regions, Types: []string{"ECS"}, Allow: []string{"**"}}, MaxAttempts: 5},
		Memory:  &InstanceMemory{},
		Now:     time.Now,
	}
	return remediator.Sweep(ctx, SweepPlan{
		Tick: Tick{At: at, Interval: interval}, PerHour: 1, OverdueAfter: day,
		Monitor: func(string) CloudMonitor { return nil },
	})
}

// tick serves one of a function with a single region.
func (r *roll) tick(at time.Time, interval, work time.Duration) SweepResult {
	return rolls{"cn-hangzhou": r}.tick(at, interval, work, "cn-hangzhou")
}

// A fleet that is too large for the time of a tick must not leave out the same secrets each day.
func TestATickThatIsAlwaysTooShortLeavesOutOthersEachDay(t *testing.T) {
	const days, ticks = 10, 24
	synctest.Test(t, func(t *testing.T) {
		r := newRoll(60 * ticks) // each tick has time for about half of its part
		for k := range days * ticks {
			got := r.tick(newYear.Add(time.Duration(k)*time.Hour), time.Hour, 2*time.Second)
			if len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "were not checked for overdue rotations: no time was left") {
				t.Fatalf("notes %q, want one that says how many were not checked", got.Notes)
			}
		}
		if len(r.reads) != len(r.names) {
			t.Errorf("%d of %d secrets were observed in %d days, want all", len(r.reads), len(r.names), days)
		}
	})
}

// Due secrets must not wait for reads of late ones in another region, nor may one that hangs take the time of all.
func TestWhatIsDueInAnyRegionComesBeforeWhatIsOverdueInOne(t *testing.T) {
	for _, order := range [][]string{{"hangs", "answers", "unlisted"}, {"answers", "unlisted", "hangs"}, {"unlisted", "hangs", "answers"}} {
		synctest.Test(t, func(t *testing.T) {
			<-time.After(time.Until(now))
			r := rolls{"hangs": newRoll(24 * 50), "answers": newRoll(24 * 50), "unlisted": newRoll(24)}
			spent := Tagged{Secret: "acs/ecs/spent", Value: of(v2, PhaseOpen, 5, past).String()}
			for _, one := range r {
				one.due = []Tagged{spent}
			}
			r["hangs"].fails, r["unlisted"].fails = "DescribeSecret", "ListTagResources"
			got := r.tick(now.Truncate(time.Hour), time.Hour, 30*time.Second, order...)
			var acted time.Time // when the last was
			for _, name := range []string{"hangs", "answers"} {
				if len(r[name].acts) == 0 {
					t.Fatalf("%v: nothing was done for what is due in %s: %v", order, name, got)
				}
				if last := r[name].acts[0]; last.After(acted) {
					acted = last
				}
			}
			for _, name := range []string{"hangs", "answers"} {
				if first := r[name].lists[0]; first.Before(acted) {
					t.Errorf("%v: secrets of %s were listed %s before all was done that is due", order, name, acted.Sub(first))
				}
			}
			if observed := len(r["answers"].reads); observed != 50 || len(r["unlisted"].lists) != 0 {
				t.Errorf("%v: observed %d of 50 in the region that answers, %d lists where no record could be read; want all and none", order, observed, len(r["unlisted"].lists))
			}
			if notes := strings.Join(got.Notes, "; "); !strings.HasPrefix(notes, "hangs: ") || len(got.Notes) != 1 {
				t.Errorf("%v: notes %q, want one about the region that hangs", order, notes)
			}
		})
	}
}

// A total that is wrong must not become thousands of calls, nor a fleet that is larger than any: others need KMS as well.
func TestATotalBeyondAllSecretsCostsFewLists(t *testing.T) {
	const perDay = 288 * maxSecretPages * maxSecretPage
	for _, row := range []struct {
		total, lists int
		note         string
	}{
		{-1, 1, ""},
		{-300_000, 1, ""},
		{0, 1, ""},
		{perDay, 1 + maxSecretPages, ""},
		{perDay + 1, 1 + maxSecretPages, "cn-hangzhou: of 288001 secrets only the first 288000 are checked for overdue rotations: the ticks of a day reach no more"},
		{1 << 31, 1 + maxSecretPages, "cn-hangzhou: of 2147483648 secrets only the first 288000 are checked for overdue rotations: the ticks of a day reach no more"},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRoll(0)
			r.total = row.total
			for k := range 2 { // it is noted once a day
				r.lists = nil
				notes := strings.Join(r.tick(newYear.Add(time.Duration(k)*5*time.Minute), 5*time.Minute, time.Minute).Notes, "; ")
				if want := []string{row.note, ""}[k]; notes != want || len(r.lists) != row.lists {
					t.Errorf("a total of %d, tick %d: %d lists and notes %q, want %d and %q", row.total, k, len(r.lists), notes, row.lists, want)
				}
				for i := 1; i < len(r.lists); i++ {
					if gap := r.lists[i].Sub(r.lists[i-1]); gap < observeInterval {
						t.Errorf("a total of %d: lists follow each other in %s, want no faster than observations", row.total, gap)
					}
				}
			}
		})
	}
}

// A list that the time is over for is nothing that an operator may take for a fleet that is well.
func TestAListThatTheTimeIsOverForIsNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoll(5)
		r.fails = "ListSecrets"
		want := "cn-hangzhou: not all secrets were listed to check for overdue rotations: no time was left"
		if notes := strings.Join(r.tick(newYear, time.Hour, time.Second).Notes, "; "); notes != want {
			t.Errorf("notes %q, want %q", notes, want)
		}
	})
}
