package remediation

import (
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

// Whatever a person or another program wrote under our key is told, and never overwritten.
func TestWhatWeDidNotWriteIsUnreadable(t *testing.T) {
	with := func(old, new string) string {
		if !strings.Contains(recordText, old) {
			t.Fatalf("%q is not part of the sample", old)
		}
		return strings.Replace(recordText, old, new, 1)
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

// Whatever can be read would be written just so again: there are no two ways to say one thing.
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
