package events

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// kmsTime is failureTime or successTime of all fixtures that are not the vendor's, and sentTime their eventTime.
var (
	kmsTime  = time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)
	sentTime = time.Date(2026, time.January, 2, 3, 4, 6, 789e6, time.UTC)
)

// The two that the fixtures vary.
var (
	realFailure = Event{
		Kind: Failure, ID: "5d7c9a10-failure", Name: "Secret:RotateSecret:Failure", Level: "CRITICAL", Product: "KMS",
		Region: "cn-hangzhou", Account: "1234567890123456",
		ARN: "acs:kms:cn-hangzhou:1234567890123456:secret/acs/ecs/web-1", SecretName: "acs/ecs/web-1",
		SecretType: "ECS", SubType: "Password", RotationStatus: "Invalid", Time: kmsTime,
		Cause: Cause{Code: "Kms:InstanceNotRunning", Message: "The instance is not running."},
	}
	realSuccess = Event{
		Kind: Success, ID: "5d7c9a10-success", Name: "Secret:RotateSecret:Success", Level: "INFO", Product: "KMS",
		Region: "cn-hangzhou", Account: "1234567890123456",
		ARN: "acs:kms:cn-hangzhou:1234567890123456:secret/acs/ecs/web-1", SecretName: "acs/ecs/web-1",
		SecretType: "ECS", SubType: "Password", RotationStatus: "Enabled", Time: kmsTime,
	}
	vendorTime = time.Date(2012, time.March, 12, 5, 55, 36, 0, time.UTC)
)

// but returns e with a change.
func but(e Event, change func(*Event)) Event {
	change(&e)
	return e
}

// withoutContent drops what only the content says.
func withoutContent(e *Event) {
	e.ID, e.SecretType, e.SubType, e.RotationStatus, e.Time, e.Cause = "", "", "", "", time.Time{}, Cause{}
}

var accepted = map[string]Event{
	"rotate-failure-ecs.json": {
		Kind: Failure, ID: "eventId", Name: "Secret:RotateSecret:Failure", Level: "CRITICAL", Product: "KMS",
		Region: "cn-hangzhou", Account: "188989715694****",
		ARN: "acs:kms:cn-hangzhou:188989715694****:secret/secretName", SecretName: "secretName", ContentName: "SecretName",
		SecretType: "ECS", SubType: "Password", RotationStatus: "Invalid", Time: vendorTime,
		Cause: Cause{Code: "Kms:ErrorCode", Message: "errorMessage"},
	},
	"rotate-success-ecs.json": {
		Kind: Success, ID: "eventId", Name: "Secret:RotateSecret:Success", Level: "INFO", Product: "KMS",
		Region: "cn-hangzhou", Account: "188989715694****",
		ARN: "acs:kms:cn-hangzhou:188989715694****:secret/secretName", SecretName: "secretName", ContentName: "SecretName",
		SecretType: "ECS", SubType: "Password", RotationStatus: "Enabled", Time: vendorTime,
	},
	"rotate-failure-rds.json": {
		Kind: Failure, ID: "eventId", Name: "Secret:RotateSecret:Failure", Level: "CRITICAL", Product: "KMS",
		Region: "cn-hangzhou", Account: "123456789",
		ARN: "acs:kms:cn-hangzhou:123456789:secret/secretId", SecretName: "secretId", ContentName: "SecretName",
		SecretType: "Rds", SubType: "SingleUser", RotationStatus: "Invalid", Time: vendorTime,
		Cause: Cause{Code: "Kms:ErrorCode", Message: "errorMessage"},
	},
	"rotate-success-rds.json": {
		Kind: Success, ID: "eventId", Name: "Secret:RotateSecret:Success", Level: "INFO", Product: "KMS",
		Region: "cn-hangzhou", Account: "123456789",
		ARN: "acs:kms:cn-hangzhou:123456789:secret/secretId", SecretName: "secretId", ContentName: "SecretName",
		SecretType: "Rds", SubType: "SingleUser", RotationStatus: "Enabled", Time: vendorTime,
	},

	"failure-real-name.json":              realFailure,
	"failure-blanks-around-payload.json":  realFailure,
	"failure-blanks-around-resource.json": realFailure,
	"failure-both-times.json":             realFailure,
	"failure-byte-order-mark.json":        realFailure,
	"failure-content-as-text.json":        realFailure,
	"failure-keys-in-pascal-case.json":    realFailure,
	"failure-secret-sub-type.json":        realFailure,
	"failure-with-user.json":              realFailure,
	"failure-with-masked-user.json":       realFailure,
	"failure-time-in-basic-form.json":     realFailure,
	"failure-unknown-status.json":         realFailure,
	"failure-without-event-time.json":     realFailure,
	"failure-event-time-unreadable.json":  but(realFailure, func(e *Event) { e.UnreadableTime = "1767323045000" }),
	"failure-without-status.json":         realFailure,
	"failure-without-ver.json":            realFailure,

	"failure-without-level.json":       but(realFailure, func(e *Event) { e.Level = "" }),
	"failure-null-level.json":          but(realFailure, func(e *Event) { e.Level = "" }),
	"failure-without-product.json":     but(realFailure, func(e *Event) { e.Product = "" }),
	"failure-product-with-prefix.json": but(realFailure, func(e *Event) { e.Product = "acs.kms" }),
	"failure-name-in-brackets.json":    but(realFailure, func(e *Event) { e.Name = "Secret[RotateSecret:Failure]" }),
	"failure-words-in-lower-case.json": but(realFailure, func(e *Event) {
		e.Name, e.Level, e.Product = "secret:rotatesecret:failure", "critical", "kms"
	}),
	"failure-without-failure-time.json":  but(realFailure, func(e *Event) { e.Time, e.TimeFromEventTime = sentTime, true }),
	"failure-event-time-in-rfc3339.json": but(realFailure, func(e *Event) { e.Time, e.TimeFromEventTime = sentTime, true }),
	"failure-null-content.json": but(realFailure, func(e *Event) {
		withoutContent(e)
		e.Time, e.TimeFromEventTime = sentTime, true
	}),
	"failure-time-of-second-60.json": but(realFailure, func(e *Event) { e.Time = kmsTime.Add(55 * time.Second) }),
	"failure-event-time-of-second-60.json": but(realFailure, func(e *Event) {
		e.Time, e.TimeFromEventTime = time.Date(2026, time.January, 2, 3, 4, 0, 789e6, time.UTC), true
	}),
	"failure-entity-is-no-secret.json": realFailure,
	"failure-entity-names-other-secret.json": but(realFailure, func(e *Event) {
		e.EntityARN = "acs:kms:cn-hangzhou:1234567890123456:secret/acs/ecs/web-2"
	}),
	"failure-forged-fields.json": but(realFailure, func(e *Event) {
		e.ID, e.Name, e.Level = "e1;outcome;rotated", "Secret:RotateSecret:Failure;outcome:rotated", "Critical"
		e.ContentName, e.SecretType, e.RotationStatus = "web-1;secret;other", "(a href=x)ECS(/a)", "Invalid level=error"
		e.Cause = Cause{Code: "Kms:Bad;(b)", Message: "a; b; c (script)"}
	}),
	"failure-without-cause.json":        but(realFailure, func(e *Event) { e.Cause = Cause{} }),
	"failure-cause-as-array.json":       but(realFailure, func(e *Event) { e.Cause = Cause{} }),
	"failure-numbers-for-strings.json":  but(realFailure, func(e *Event) { e.ID, e.Cause.Code = "7", "500" }),
	"failure-message-of-two-lines.json": but(realFailure, func(e *Event) { e.Cause.Message = "first line second line" }),
	"failure-id-at-the-top.json":        but(realFailure, func(e *Event) { e.ID = "2534340E" }),
	"failure-name-in-content-differs.json": but(realFailure, func(e *Event) {
		e.ContentName = "acs/ecs/web-2"
	}),
	"failure-service-owned-name.json": but(realFailure, func(e *Event) {
		e.Region, e.SecretName = "ap-southeast-1", "alb!x.y_z=1+2@3/"
		e.ARN = "acs:kms:ap-southeast-1:1234567890123456:secret/alb!x.y_z=1+2@3/"
	}),

	"success-real-name.json":             realSuccess,
	"success-without-instance-name.json": realSuccess,
	"success-without-level.json":         but(realSuccess, func(e *Event) { e.Level = "" }),
	"success-rotation-sub-type.json":     but(realSuccess, func(e *Event) { e.SubType = "KeyPair" }),
	"success-schedule-off.json":          but(realSuccess, func(e *Event) { e.RotationStatus = "Disabled" }),
	"success-without-any-time.json":      but(realSuccess, func(e *Event) { e.Time = time.Time{} }),
	"success-without-content.json":       but(realSuccess, withoutContent),
	"success-empty-content-text.json":    but(realSuccess, withoutContent),

	"timer-tick.json":            {Kind: Timer, Name: "sweep", Time: time.Date(2026, time.January, 2, 3, 5, 0, 0, time.UTC)},
	"timer-without-time.json":    {Kind: Timer, Name: "sweep"},
	"timer-unreadable-time.json": {Kind: Timer, Name: "sweep"},

	"foreign-ecs-event.json":                  {Kind: Foreign, ID: "2534340E", Name: "Instance:StateChange", Level: "INFO", Product: "ECS"},
	"foreign-kms-event.json":                  {Kind: Foreign, Name: "Key:Delete:Success", Level: "WARN", Product: "KMS"},
	"foreign-product-with-prefix.json":        {Kind: Foreign, Name: "Secret:RotateSecret:Failure", Level: "CRITICAL", Product: "acs.oos"},
	"foreign-product-with-rotation-name.json": {Kind: Foreign, Name: "Secret:RotateSecret:Failure", Level: "CRITICAL", Product: "OOS"},
	"foreign-odd-fields.json":                 {Kind: Foreign, Name: "Disk:Stopped", Level: "x", Product: "7"},
	"foreign-test-notification.json":          {Kind: Foreign, Name: "Agent_Status_Stopped", Level: "INFO", Product: "CloudMonitor"},
}

const (
	wantString = "a JSON string"
	wantOnce   = "each key once, whatever its case"
	wantTime   = "a time such as 2012-03-12T05:55:36Z or 20180816T135935.689+0800"
	wantYear   = "a year from 2000 to 2100"
	wantARN    = "acs:kms:<region>:<account>:secret/<name>"
	wantName   = wantARN + " with a name of 1 to 192 letters, digits and _/+=.-@!"
	wantRegion = "cn-hangzhou, the region of resourceId"
	wantForms  = wantEvent + ", or one of timer tick, event subscription, MNS topic, MNS queue, HTTPEvent, CloudEvent, failure destination"
)

var rejected = map[string]RejectError{
	"rejected-empty-array.json":   {"payload", "an empty array", "at least one event"},
	"rejected-boolean.json":       {"payload", "a boolean", wantObject},
	"rejected-empty.json":         {"payload", "empty", wantObject},
	"rejected-null.json":          {"payload", "null", wantObject},
	"rejected-number.json":        {"payload", "a number", wantObject},
	"rejected-string.json":        {"payload", "a string", wantObject},
	"rejected-not-json.json":      {"payload", "not JSON: an unexpected letter or digit at byte 1", wantObject},
	"rejected-not-utf8.json":      {"payload", "not UTF-8", wantObject},
	"rejected-trailing-data.json": {"payload", "not JSON, but several values, as in NDJSON, of which an array is wanted: the second begins at byte 638", wantObject},

	"rejected-nested-too-deep.json":         {"payload", "nested too deep", "at most 32 levels"},
	"rejected-nested-too-deep-in-text.json": {"content", "nested too deep", "at most 32 levels"},

	"rejected-name-twice.json":       {"payload", `an object with "name" twice`, wantOnce},
	"rejected-level-twice.json":      {"payload", `an object with "level" twice`, wantOnce},
	"rejected-product-twice.json":    {"payload", `an object with "product" twice`, wantOnce},
	"rejected-unread-key-twice.json": {"payload", `an object with "ver" twice`, wantOnce},
	"rejected-content-twice.json":    {"payload", `an object with "content" twice`, wantOnce},

	"rejected-content-key-twice.json": {"content", `an object with "failuretime" twice`, wantOnce},

	"rejected-object-without-members.json": {"name", "missing", wantForms},
	"rejected-without-name.json":           {"name", "missing", wantForms},
	"rejected-name-blank.json":             {"name", "missing", wantEvent},
	"rejected-name-number.json":            {"name", "a number", wantString},
	"rejected-product-number.json":         {"product", "a number", wantString},

	"rejected-failure-level-info.json":     {"level", `"INFO"`, "CRITICAL with Secret:RotateSecret:Failure"},
	"rejected-failure-level-warn.json":     {"level", `"WARN"`, "CRITICAL with Secret:RotateSecret:Failure"},
	"rejected-success-level-critical.json": {"level", `"CRITICAL"`, "INFO with Secret:RotateSecret:Success"},
	"rejected-level-number.json":           {"level", "a number", wantString},
	"rejected-failure-status-normal.json":  {"status", `"Normal"`, "Failed with Secret:RotateSecret:Failure"},
	"rejected-success-status-failed.json":  {"status", `"Failed"`, "Normal with Secret:RotateSecret:Success"},

	"rejected-without-resource.json":            {"resourceId", "missing", wantARN},
	"rejected-resource-number.json":             {"resourceId", "a number", wantString},
	"rejected-resource-of-a-key.json":           {"resourceId", `"acs:kms:cn-hangzhou:1234567890123456:key/k1"`, wantARN},
	"rejected-resource-of-another-product.json": {"resourceId", `"acs:rds:cn-hangzhou:1234567890123456:dbinstance/rm-1"`, wantARN},
	"rejected-region-odd.json":                  {"resourceId", `"acs:kms:cn-hangzhou.example.com:1234567890123456:secret/acs…"`, wantARN + " with a region such as cn-hangzhou"},
	"rejected-account-odd.json":                 {"resourceId", `"acs:kms:cn-hangzhou:*:secret/acs/ecs/web-1"`, wantARN + " with an account of digits"},
	"rejected-secret-name-empty.json":           {"resourceId", `"acs:kms:cn-hangzhou:1234567890123456:secret/"`, wantName},
	"rejected-secret-name-too-long.json":        {"resourceId", `"acs:kms:cn-hangzhou:1234567890123456:secret/nnnnnnnnnnnnnnn…"`, wantName},
	"rejected-secret-name-with-line-break.json": {"resourceId", `"acs:kms:cn-hangzhou:1234567890123456:secret/acs/ecs/web-1\n…"`, wantName},
	"rejected-secret-name-with-colon.json":      {"resourceId", `"acs:kms:cn-hangzhou:1234567890123456:secret/acs/ecs/web-1:w…"`, wantARN},

	"rejected-without-region.json": {"regionId", "missing", wantRegion},
	"rejected-region-number.json":  {"regionId", "a number", wantString},
	"rejected-other-region.json":   {"regionId", `"cn-beijing"`, wantRegion},

	"rejected-other-user.json": {"userId", `"9999999999999999"`, "1234567890123456, the account of resourceId"},

	"rejected-content-array.json":             {"content", "an array", wantObject},
	"rejected-content-number.json":            {"content", "a number", wantObject},
	"rejected-content-text-of-no-object.json": {"content", "not JSON: an unexpected letter or digit at byte 2", wantObject},
	"rejected-content-in-text-in-text.json":   {"content", "a string", wantObject},

	"rejected-failure-with-success-time.json":        {"content.successTime", "there without failureTime", "failureTime with Secret:RotateSecret:Failure"},
	"rejected-success-with-failure-time.json":        {"content.failureTime", "there without successTime", "successTime with Secret:RotateSecret:Success"},
	"rejected-failure-without-any-time.json":         {"content.failureTime", "missing", "a time, here or in eventTime, with Secret:RotateSecret:Failure"},
	"rejected-failure-blank-without-event-time.json": {"content.failureTime", "missing", "a time, here or in eventTime, with Secret:RotateSecret:Failure"},
	"rejected-test-notification.json":                {"content.failureTime", "missing", "a time, here or in eventTime, with Secret:RotateSecret:Failure"},
	"rejected-failure-time-unreadable.json":          {"content.failureTime", `"yesterday\nat noon"`, wantTime},
	"rejected-failure-time-number.json":              {"content.failureTime", "a number", wantString},
	"rejected-failure-time-of-year-one.json":         {"content.failureTime", `"0001-01-01T00:00:00Z"`, wantYear},
	"rejected-success-time-of-year-9999.json":        {"content.successTime", `"9999-12-31T23:59:59Z"`, wantYear},
	"rejected-event-time-unreadable.json":            {"eventTime", `"1767323045000"`, wantTime},
}

// An event in testdata without its row would be believed to be tested.
func TestEveryFixtureHasItsRow(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = filepath.Base(file)
	}
	rows := slices.Concat(slices.Collect(maps.Keys(accepted)), slices.Collect(maps.Keys(rejected)))
	slices.Sort(rows)
	if diff := cmp.Diff(names, rows); diff != "" {
		t.Errorf("files (-) and rows (+) differ, so some event is not tested:\n%s", diff)
	}
}

// A field that is read wrongly sends a rotation to the wrong secret, or to none.
func TestWhatIsDocumentedIsRead(t *testing.T) {
	for file, want := range accepted {
		t.Run(file, func(t *testing.T) {
			got, err := decodeOne(t, fixture(t, file))
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("read with error %v, the event differs (-want +got):\n%s", err, diff)
			}
			if got.Time.Location() != time.UTC {
				t.Errorf("got a time in %v, want UTC: two events of one moment would be shown as two", got.Time.Location())
			}
		})
	}
}

// A contradiction must be found before anything acts on one half of it, and the person on call must learn which half.
func TestWhatContradictsItselfIsRejected(t *testing.T) {
	for file, want := range rejected {
		t.Run(file, func(t *testing.T) {
			got, err := decodeOne(t, fixture(t, file))
			var reject *RejectError
			if !errors.As(err, &reject) {
				t.Fatalf("read as %+v with error %v, want a rejection", got, err)
			}
			if diff := cmp.Diff(want, *reject); diff != "" {
				t.Errorf("rejected for another reason (-want +got):\n%s", diff)
			}
			if got != (Event{}) {
				t.Errorf("a rejected event still says %+v: somebody would act on it", got)
			}
		})
	}
}

func fixture(t testing.TB, file string) []byte {
	t.Helper()
	payload, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return payload
}
