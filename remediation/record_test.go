package remediation

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const recordText = "v1/open/n=2/opened=2026-01-02T03:04:05Z/due=2026-01-02T03:44:05Z/of=0123456789abcdef/cause=InstanceNotRunning"

// sampleRecords are the shapes that a record can have, the longest last.
func sampleRecords() []Record {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	short := Record{Phase: PhaseOpen, Opened: at, Due: at.Add(40 * time.Minute), Replaces: VersionHash([]byte("0123456789abcdef"))}
	plain, done, longest := short, short, short
	plain.Attempts, plain.Cause = 2, "InstanceNotRunning"
	done.Phase, done.Attempts = PhaseDone, 1
	longest.Phase, longest.Attempts, longest.Cause = PhaseNeedsHuman, MaxAttemptsLimit, shortCause(strings.Repeat("Cause_-9", 9))
	return []Record{short, plain, done, longest}
}

// A memory that does not come back as it was written is none.
func TestARecordComesBackAsItWasWritten(t *testing.T) {
	for _, want := range sampleRecords() {
		got, err := ParseRecord(want.String())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: error %v (-want +got):\n%s", want, err, diff)
		}
	}
	got, err := ParseRecord(recordText)
	if diff := cmp.Diff(sampleRecords()[1], got); err != nil || diff != "" {
		t.Errorf("the record that the documentation shows: error %v (-want +got):\n%s", err, diff)
	}
}

// KMS refuses a tag beyond this, and without a tag there is no claim, and no rotation.
func TestTheLongestRecordFitsATag(t *testing.T) {
	const charset = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/\_-.+=:@`
	for _, record := range sampleRecords() {
		value := record.String()
		if len(value) > 128 || strings.Trim(value, charset) != "" {
			t.Errorf("%q has %d characters, want at most 128 of the charset of tags", value, len(value))
		}
	}
	if key := strings.ToLower(RecordTag); key == SwitchTag || strings.HasPrefix(key, "aliyun") || strings.HasPrefix(key, "acs:") {
		t.Errorf("key %s is taken", RecordTag)
	}
}

// The clock of a tag is UTC, whatever the machine thinks.
func TestARecordIsWrittenInUTC(t *testing.T) {
	record := sampleRecords()[1]
	record.Opened, record.Due = record.Opened.In(time.FixedZone("", 8*3600)), record.Due.In(time.FixedZone("", -3600))
	if got := record.String(); got != recordText {
		t.Errorf("got %s, want %s", got, recordText)
	}
}

// A value that a person or another program wrote under our key is reported, and never overwritten.
func TestWhatWeDidNotWriteIsUnreadable(t *testing.T) {
	with := func(old, changed string) string {
		if !strings.Contains(recordText, old) {
			t.Fatalf("%q is not part of the sample", old)
		}
		return strings.Replace(recordText, old, changed, 1)
	}
	for name, value := range map[string]string{
		"nothing":                     "",
		"a word":                      "on",
		"slashes":                     "//////",
		"another format":              with("v1", "v2"),
		"no format":                   with("v1/", ""),
		"another phase":               with("open/", "closed/"),
		"a phase in capitals":         with("open/", "Open/"),
		"no phase":                    with("open", ""),
		"attempts below none":         with("n=2", "n=-1"),
		"attempts beyond the limit":   with("n=2", "n=1001"),
		"attempts beyond all numbers": with("n=2", "n=99999999999999999999"),
		"attempts with a sign":        with("n=2", "n=+2"),
		"attempts with a zero before": with("n=2", "n=02"),
		"no attempts":                 with("n=2", "n="),
		"another time zone":           with("05Z/due", "05+08:00/due"),
		"a part of a second":          with("05Z/due", "05.5Z/due"),
		"a day that is none":          with("2026-01-02T03:04", "2026-02-30T03:04"),
		"no due time":                 with("/due=2026-01-02T03:44:05Z", ""),
		"the times the other way":     with("opened=2026-01-02T03:04:05Z/due=2026-01-02T03:44:05Z", "due=2026-01-02T03:44:05Z/opened=2026-01-02T03:04:05Z"),
		"a short mark":                with("cdef", "cde"),
		"a long mark":                 with("cdef", "cdef0"),
		"a mark in capitals":          with("cdef", "CDEF"),
		"a mark that is none":         with("cdef", "cdeg"),
		"a cause with a prefix":       with("InstanceNotRunning", "Kms:InstanceNotRunning"),
		"a cause of odd characters":   with("InstanceNotRunning", "@@"),
		"a cause that is too long":    with("InstanceNotRunning", strings.Repeat("x", 25)),
		"an empty cause":              with("InstanceNotRunning", ""),
		"another field":               recordText + "/x=1",
		"a blank before":              " " + recordText,
		"a blank after":               recordText + " ",
		"two of them":                 recordText + recordText,
		"zeros":                       string(make([]byte, 128)),
	} {
		if got, err := ParseRecord(value); err == nil {
			t.Errorf("%s: %q was read as %+v, and would be overwritten", name, value, got)
		}
	}
}

// A code from an event goes into a tag, where KMS takes few characters.
func TestACauseIsCutToWhatATagTakes(t *testing.T) {
	for code, want := range map[string]string{
		"":                              "",
		"InstanceNotRunning":            "InstanceNotRunning",
		"Kms:InstanceNotRunning":        "InstanceNotRunning",
		"Forbidden.InDebt":              "InDebt",
		"a.b:c.d":                       "d",
		"ends with a stop.":             "",
		"Ärger/mit=Zeichen\n":           "rgermitZeichen",
		"abcdefghijklmnopqrstuvwxyz123": "abcdefghijklmnopqrstuvwx",
	} {
		if got := shortCause(code); got != want {
			t.Errorf("%q: got %q, want %q", code, got, want)
		}
	}
}

// A value that can be read would be written just so again: there are no two ways to say one thing.
func FuzzParseRecord(f *testing.F) {
	for _, record := range sampleRecords() {
		f.Add(record.String())
	}
	f.Add(recordText + "/")
	f.Add("v1/open/n=1/opened=0000-01-01T00:00:00Z/due=9999-12-31T23:59:60Z/of=ffffffffffffffff")
	f.Fuzz(func(t *testing.T, value string) {
		r, err := ParseRecord(value)
		if err == nil && r.String() != value {
			t.Errorf("%q reads as %q", value, r)
		}
	})
}

// KMS ignores an id that it knows already and says success: whoever shares one believes in a rotation that never was.
func TestNoTwoAttemptsShareAVersionID(t *testing.T) {
	const charset = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
	reused := Version{ID: v1.ID, CreateTime: v1.CreateTime.Add(time.Second)}
	seen := map[string]string{}
	for _, arn := range []string{sceneARN, sceneARN + "1", "acs:kms:cn-beijing:1000000000000001:secret/acs/ecs/web-1"} {
		for _, version := range []Version{v1, v2, reused} {
			for _, opened := range []time.Time{opened, opened.Add(time.Second), second} {
				for n := 1; n <= MaxAttemptsLimit; n++ {
					id := attemptID(arn, version, opened, n)
					who := fmt.Sprintf("%s %s opened %s attempt %d", arn, version, opened, n)
					if other, taken := seen[id]; taken {
						t.Fatalf("%s has the id of %s: %s", who, other, id)
					}
					seen[id] = who
					if len(id) > 64 || strings.Trim(id, charset) != "" {
						t.Fatalf("%q: want at most 64 of [A-Za-z0-9-]", id)
					}
				}
			}
		}
	}
}

// The id names the attempt, not the moment: an answer that comes late is still recognized.
func TestAnAttemptKeepsItsVersionID(t *testing.T) {
	const want = "remediation-2-"
	id := attemptID(sceneARN, v1, opened, 2)
	if again := attemptID(sceneARN, v1, opened.In(time.FixedZone("", 8*3600)), 2); id != again || !strings.HasPrefix(id, want) {
		t.Errorf("got %s and %s, want one that begins with %s", id, again, want)
	}
}

// After giving up, recovery and a roll back the same version is to be replaced again. An id of the first series would be
// ignored with success, and each attempt of the second would be lost.
func TestAnEpisodeThatBeginsAnewRepeatsNoVersionID(t *testing.T) {
	s := plainScene()
	given := Record{Phase: PhaseNeedsHuman, Attempts: 3, Opened: opened, Due: past, Replaces: HashOf(sceneARN, v1)}
	s.record(given)
	used := map[string]bool{}
	for n := 1; n <= 3; n++ {
		used[attemptID(sceneARN, v1, given.Opened, n)] = true
	}
	s.success() // v2 became current
	recovered := s.decide()
	if recovered.Action != Close {
		t.Fatalf("got %s, want the episode closed", recovered.Action)
	}
	s.record(recovered.Record)
	s.state.Current = v1 // and was rolled back
	for _, trigger := range []Trigger{{Kind: OnTimer}, {Kind: OnFailure, FailedAt: failedAt}} {
		d := Decide(trigger, s.state, s.policy, s.budget, now.Add(settle+time.Minute))
		id := attemptID(sceneARN, v1, d.Record.Opened, d.Record.Attempts)
		if d.Action != Rotate || used[id] {
			t.Errorf("%s: got %s with %s, want an attempt with an id that was never used", trigger.Kind, d.Action, id)
		}
	}
}

// A mark that leaves something out takes a new version for the old one: the series would never end.
func TestAVersionHashNamesOneVersionOfOneSecret(t *testing.T) {
	mark := HashOf(sceneARN, v1)
	for name, other := range map[string]VersionHash{
		"another secret":           HashOf(sceneARN+"1", v1),
		"another id":               HashOf(sceneARN, Version{ID: "v3", CreateTime: v1.CreateTime}),
		"the id used again":        HashOf(sceneARN, Version{ID: v1.ID, CreateTime: v1.CreateTime.Add(time.Second)}),
		"no version at all":        HashOf(sceneARN, Version{}),
		"the name with the id":     HashOf(sceneARN+"v", Version{ID: "1", CreateTime: v1.CreateTime}),
		"the id with a digit more": HashOf(sceneARN, Version{ID: "v11", CreateTime: v1.CreateTime}),
	} {
		if other == mark {
			t.Errorf("%s has the same mark %s", name, mark[:])
		}
	}
	if again := HashOf(sceneARN, Version{ID: v1.ID, CreateTime: v1.CreateTime.Local()}); again != mark || !mark.valid() {
		t.Errorf("got %s and %s for one version, want one mark in hexadecimal", mark[:], again[:])
	}
}

// A due time that is early makes two attempts of one; one that is late by more than a second keeps people waiting.
func TestDueTimesAreRoundedUp(t *testing.T) {
	for _, row := range []struct {
		name string
		now  time.Time
		wait time.Duration
		want time.Time
	}{
		{"a whole second stays", second, time.Minute, second.Add(time.Minute)},
		{"a part of one becomes the next", now, time.Minute, second.Add(61 * time.Second)},
		{"the smallest part as well", second.Add(1), time.Minute, second.Add(61 * time.Second)},
		{"a part in the wait too", second, time.Minute + 1, second.Add(61 * time.Second)},
		{"another zone is the same moment", now.In(time.FixedZone("", 8*3600)), time.Minute, second.Add(61 * time.Second)},
	} {
		if got := dueAfter(row.now, row.wait); !got.Equal(row.want) || got.Location() != time.UTC {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
}

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
