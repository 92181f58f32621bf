package remediation

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A person who repaired the cause wants the series anew; whoever wants more than that has misunderstood the secret.
func TestReopenBeginsTheSeriesOfAFailedEpisodeAnew(t *testing.T) {
	const arn = "acs:kms:cn-hangzhou:1:secret/acs/ecs/a"
	now := time.Date(2026, 1, 2, 3, 4, 5, 6789, time.UTC)
	second := now.Truncate(time.Second)
	current := Version{ID: "v1", CreateTime: now.Add(-24 * time.Hour)}
	policy := Policy{Scope: Scope{Types: []string{"ECS"}}, MaxAttempts: 5, Backoff: 10 * time.Minute, BackoffMax: 6 * time.Hour}
	base := Record{Phase: PhaseNeedsHuman, Attempts: 5, Opened: second.Add(-time.Hour), Due: second.Add(-time.Minute), Replaces: HashOf(arn, current), Cause: "X"}
	reopened := func(opened, due time.Time) Record {
		return Record{Phase: PhaseOpen, Opened: opened, Due: due, Replaces: base.Replaces, Cause: "X"}
	}
	for _, row := range []struct {
		name   string
		change func(*Record, *State)
		want   Record
		err    string
	}{
		{"given up", func(*Record, *State) {}, reopened(second, second), ""},
		{"still open, waiting for hours", func(r *Record, _ *State) {
			r.Phase, r.Attempts, r.Due = PhaseOpen, 4, second.Add(4*time.Hour) // claimed 30 minutes ago
		}, reopened(second, second), ""},
		{"rolled back after it was done", func(r *Record, _ *State) { r.Phase, r.Due = PhaseDone, second.Add(5*time.Hour) }, reopened(second, second), ""},
		{"opened in this very second", func(r *Record, _ *State) { r.Opened = second }, reopened(second.Add(time.Second), second), ""},
		{"opened by a clock that was ahead", func(r *Record, _ *State) { r.Opened = second.Add(time.Hour) }, reopened(second.Add(time.Hour+time.Second), second), ""},
		{"the last attempt was 4 minutes ago", func(r *Record, _ *State) { r.Due = second.Add(6 * time.Minute) }, reopened(second, second.Add(6*time.Minute)), ""},
		{"refused for good at the second attempt, 4 minutes ago", func(r *Record, _ *State) {
			r.Attempts, r.Due = 2, second.Add(26*time.Minute)
		}, reopened(second, second.Add(6*time.Minute)), ""},
		{"a due time of nobody's clock", func(r *Record, _ *State) { r.Due = second.AddDate(50, 0, 0) }, reopened(second, second.Add(10*time.Minute)), ""},

		{"no record", func(_ *Record, s *State) { s.Secret.Tags = map[string]string{} }, Record{}, "no failed episode is known"},
		{"a tag that is no record", func(_ *Record, s *State) { s.Secret.Tags = map[string]string{RecordTag: "hello"} }, Record{}, "remove the tag"},
		{"rotated since", func(_ *Record, s *State) { s.Current.ID = "v2" }, Record{}, "another version became current"},
		{"rotated since, with the same id", func(_ *Record, s *State) { s.Current.CreateTime = now }, Record{}, "another version became current"},
		{"a record of another secret", func(_ *Record, s *State) { s.Secret.ARN += "b" }, Record{}, "another version became current"},
		{"switched off", func(_ *Record, s *State) { s.Secret.Tags[SwitchTag] = "off" }, Record{}, "switched off"},
		{"planned for deletion", func(_ *Record, s *State) { s.Secret.PlannedDeleteTime = "2026-01-03T00:00:00Z" }, Record{}, "planned for deletion"},
		{"of a type out of scope", func(_ *Record, s *State) { s.Secret.Type = "Rds" }, Record{}, "SECRET_TYPES"},
		{"gone", func(_ *Record, s *State) { s.Gone = true }, Record{}, "KMS does not know"},
	} {
		record := base
		state := State{Secret: Secret{ARN: arn, Type: "ECS", Tags: map[string]string{}}, Current: current}
		row.change(&record, &state)
		if state.Secret.Tags == nil {
			state.Secret.Tags = map[string]string{}
		}
		if _, has := state.Secret.Tags[RecordTag]; !has && row.name != "no record" {
			state.Secret.Tags[RecordTag] = record.String()
		}
		got, err := Reopen(state, policy, now)
		if diff := cmp.Diff(row.want, got); diff != "" || (err == nil) != (row.err == "") || err != nil && !strings.Contains(err.Error(), row.err) {
			t.Errorf("%s: %v, want %q (-want +got):\n%s", row.name, err, row.err, diff)
		}
	}
}

// KMS answers a VersionId that it knows with success and does nothing: the series after a retry must share none with the
// one before it.
func TestASeriesThatBeginsAnewRepeatsNoVersionID(t *testing.T) {
	const arn = "acs:kms:cn-hangzhou:1:secret/acs/ecs/a"
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	current := Version{ID: "v1", CreateTime: now.Add(-24 * time.Hour)}
	policy := Policy{Scope: Scope{Types: []string{"ECS"}}, MaxAttempts: 5, Backoff: time.Second, BackoffMax: time.Hour}
	record := Record{Phase: PhaseNeedsHuman, Attempts: 5, Opened: now, Due: now, Replaces: HashOf(arn, current)}
	seen := map[string]bool{}
	for series := range 5 { // all within one second
		for n := 1; n <= policy.MaxAttempts; n++ {
			id := attemptID(arn, current, record.Opened, n)
			if seen[id] {
				t.Fatalf("series %d repeats %s", series, id)
			}
			seen[id] = true
		}
		state := State{Secret: Secret{ARN: arn, Type: "ECS", Tags: map[string]string{RecordTag: record.String()}}, Current: current}
		var err error
		if record, err = Reopen(state, policy, now); err != nil {
			t.Fatal(err)
		}
	}
}
