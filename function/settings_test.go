package main

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// plainSettings are what a function gets that sets only what it must.
func plainSettings() settings {
	return settings{
		Mode: observe, Types: types{"ECS"}, Allow: patterns{"**"}, Regions: regions{"cn-hangzhou"}, MaxAttempts: 5,
		Backoff: duration(10 * time.Minute), BackoffMax: duration(6 * time.Hour), VerifyWait: duration(20 * time.Second),
		KMSEndpoint: "https://kms.{region}.aliyuncs.com", CloudMonitor: "https://metrics.{region}.aliyuncs.com",
		SweepInterval: interval(5 * time.Minute), SweepHistory: true, RotationsPerHour: 46, OverdueAfter: duration(24 * time.Hour),
		FunctionRegion: "cn-hangzhou",
	}
}

var plainEnvironment = []string{"REMEDIATION_MODE=observe", "FC_REGION=cn-hangzhou"}

// goodSettings has one value for each variable, and what it changes.
var goodSettings = []struct {
	variable, value string
	change          func(*settings)
}{
	{"REMEDIATION_MODE", "act", func(s *settings) { s.Mode = act }},
	{"SECRET_TYPES", "rds, POLARDB ,", func(s *settings) { s.Types = types{"Rds", "PolarDB"} }},
	{"SECRET_ALLOW", "acs/ecs/*, web-?", func(s *settings) { s.Allow = patterns{"acs/ecs/*", "web-?"} }},
	{"SECRET_DENY", "**/db-*", func(s *settings) { s.Deny = patterns{"**/db-*"} }},
	{"REGIONS", "cn-beijing, ap-southeast-1", func(s *settings) { s.Regions = regions{"cn-beijing", "ap-southeast-1"} }},
	{"MAX_ATTEMPTS", "1", func(s *settings) { s.MaxAttempts = 1 }},
	{"RETRY_BACKOFF", "1s", func(s *settings) { s.Backoff = duration(time.Second) }},
	{"RETRY_BACKOFF_MAX", "24h", func(s *settings) { s.BackoffMax = duration(24 * time.Hour) }},
	{"VERIFY_WAIT", "0", func(s *settings) { s.VerifyWait = 0 }},
	{"KMS_ENDPOINT", "https://kms-vpc.{region}.aliyuncs.com", func(s *settings) { s.KMSEndpoint = "https://kms-vpc.{region}.aliyuncs.com" }},
	{"CLOUDMONITOR_ENDPOINT", "http://127.0.0.1:8080", func(s *settings) { s.CloudMonitor = "http://127.0.0.1:8080" }},
	{"SWEEP_INTERVAL", "1h", func(s *settings) { s.SweepInterval = interval(time.Hour) }},
	{"SWEEP_HISTORY", "false", func(s *settings) { s.SweepHistory = false }},
	{"ROTATIONS_PER_HOUR", "50", func(s *settings) { s.RotationsPerHour = 50 }},
	{"REPORT_CUSTOM_EVENTS", "true", func(s *settings) { s.ReportCustomEvents = true }},
	{"HTTP_CALLBACK_TOKEN", callbackSecret, func(s *settings) { s.CallbackToken = callbackSecret }},
	{"OVERDUE_AFTER", "0", func(s *settings) { s.OverdueAfter = 0 }},
	{"FC_ACCOUNT_ID", "1000000000000009", func(s *settings) { s.FunctionAccount = "1000000000000009" }},
	{"FC_REGION", "cn-beijing", func(s *settings) { s.FunctionRegion, s.Regions = "cn-beijing", regions{"cn-beijing"} }},
}

// A value that is stored in another field is a rule that nobody set, and one that nobody keeps.
func TestEachVariableChangesItsOwnFieldAndNoOther(t *testing.T) {
	for _, row := range goodSettings {
		want := plainSettings()
		row.change(&want)
		got, err := loadSettings(append(plainEnvironment, row.variable+"="+row.value))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s=%s: %v (-want +got):\n%s", row.variable, row.value, err, diff)
		}
	}
}

// A variable without a row is one that nobody ever set.
func TestEachVariableHasARow(t *testing.T) {
	rows := map[string]bool{}
	for _, row := range goodSettings {
		rows[row.variable] = true
	}
	for field := range reflect.TypeFor[settings]().Fields() {
		if name := field.Tag.Get("env"); !rows[name] {
			t.Errorf("%s (%s) has no row", name, field.Name)
		}
	}
}

// In a console a variable is emptied rather than removed; that must not stop a function that ran a minute ago.
func TestAnEmptyVariableIsAsGoodAsNone(t *testing.T) {
	environment := []string{"REMEDIATION_MODE=observe", "FC_REGION=cn-hangzhou", "SOMETHING_ELSE=x"}
	for field := range reflect.TypeFor[settings]().Fields() {
		if name := field.Tag.Get("env"); name != "REMEDIATION_MODE" && name != "FC_REGION" {
			environment = append(environment, name+"=")
		}
	}
	got, err := loadSettings(environment)
	if diff := cmp.Diff(plainSettings(), got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

const (
	wantMode      = "want act or observe"
	wantDuration  = "want a duration such as 20s, 10m or 6h"
	wantTypes     = "want some of ECS, Rds, Redis, PolarDB, separated by commas"
	wantSomeOrNot = "want at least one, or leave the variable out"
	wantEndpoint  = "want https://HOST or https://HOST:PORT and nothing after it; {region} may stand in HOST"
	wantHTTPS     = "want https: plain http is for a loopback address only, such as http://127.0.0.1:8080"
	wantRegions   = "want a region id such as cn-hangzhou: want region ids such as cn-hangzhou, separated by commas"
	wantInterval  = "want a divisor of the hour of at least 1m, such as 5m, 10m or 1h"
	wantYesNo     = "want true or false"
	wantRegionIn  = "want {region} in it, since REGIONS names several"
)

// badSettings are refused with one line: variable, value, and what would be right. Others may have to be set for a value
// to be wrong.
var badSettings = []struct{ variable, value, want, others string }{
	{"REMEDIATION_MODE", "", "want act or observe: there is no default, so that nothing rotates by accident", ""},
	{"REMEDIATION_MODE", "Act", wantMode, ""},
	{"REMEDIATION_MODE", " act", wantMode, ""},
	{"REMEDIATION_MODE", "dry-run", wantMode, ""},
	{"SECRET_TYPES", "ECS,RDSS", wantTypes, ""},
	{"SECRET_TYPES", "Generic", wantTypes, ""},
	{"SECRET_TYPES", "ECS, ramcredentials", "RAMCredentials rotate over two days, so no retry can be proved: leave it out", ""},
	{"SECRET_TYPES", " , ", wantSomeOrNot, ""},
	{"SECRET_ALLOW", "a,acs/[", `pattern "acs/[" cannot be read: want globs such as acs/ecs/web-*, separated by commas, so without {a,b}`, ""},
	{"SECRET_ALLOW", ",", wantSomeOrNot, ""},
	{"REGIONS", "cn-hangzhou,cn-beijing,cn-hangzhou", `want each region once`, ""},
	{"SECRET_DENY", "web-{1", `pattern "web-{1" cannot be read: want globs such as acs/ecs/web-*, separated by commas, so without {a,b}`, ""},
	{"SECRET_DENY", " ", wantSomeOrNot, ""},
	{"REGIONS", "hangzhou", wantRegions, ""},
	{"REGIONS", "cn-hangzhou,cn-beijing.evil.example", wantRegions, ""},
	{"REGIONS", ",", wantSomeOrNot, ""},
	{"MAX_ATTEMPTS", "0", "want a whole number from 1 to 1000", ""},
	{"MAX_ATTEMPTS", "-1", "want a whole number from 1 to 1000", ""},
	{"MAX_ATTEMPTS", "1001", "want a whole number from 1 to 1000", ""},
	{"MAX_ATTEMPTS", "5.5", "want a whole number from 1 to 1000", ""},
	{"MAX_ATTEMPTS", "five", "want a whole number from 1 to 1000", ""},
	{"RETRY_BACKOFF", "10", wantDuration, ""},
	{"RETRY_BACKOFF", "-10m", wantDuration, ""},
	{"RETRY_BACKOFF", "10 m", wantDuration, ""},
	{"RETRY_BACKOFF", "999ms", "want at least 1s", ""},
	{"RETRY_BACKOFF_MAX", "1d", wantDuration, ""},
	{"RETRY_BACKOFF_MAX", "24h1s", "want at most 24h", ""},
	{"RETRY_BACKOFF_MAX", "9m", "want at least RETRY_BACKOFF, which is 10m0s", ""},
	{"RETRY_BACKOFF_MAX", "", "want at least RETRY_BACKOFF, which is 7h0m0s", "RETRY_BACKOFF=7h"},
	{"VERIFY_WAIT", "20", wantDuration, ""},
	{"VERIFY_WAIT", "-1s", wantDuration, ""},
	{"VERIFY_WAIT", "9999999h", wantDuration, ""},
	{"KMS_ENDPOINT", "kms.aliyuncs.com", wantEndpoint, ""},
	{"KMS_ENDPOINT", "https://kms.aliyuncs.com/path", wantEndpoint, ""},
	{"KMS_ENDPOINT", "https://user@kms.aliyuncs.com", wantEndpoint, ""},
	{"KMS_ENDPOINT", "http://kms.aliyuncs.com", wantHTTPS, ""},
	{"KMS_ENDPOINT", "http://localhost:8080", wantHTTPS, ""},
	{"KMS_ENDPOINT", "https://kms.cn-hangzhou.aliyuncs.com", wantRegionIn, "REGIONS=cn-hangzhou,cn-beijing"},
	{"CLOUDMONITOR_ENDPOINT", "ftp://metrics.aliyuncs.com", wantEndpoint, ""},
	{"CLOUDMONITOR_ENDPOINT", "https://metrics.cn-hangzhou.aliyuncs.com", wantRegionIn, "REGIONS=cn-hangzhou,cn-beijing"},
	{"SWEEP_INTERVAL", "7m", wantInterval, ""},
	{"SWEEP_INTERVAL", "30s", wantInterval, ""},
	{"SWEEP_INTERVAL", "2h", wantInterval, ""},
	{"SWEEP_INTERVAL", "0", wantInterval, ""},
	{"SWEEP_HISTORY", "yes", wantYesNo, ""},
	{"SWEEP_HISTORY", "True", wantYesNo, ""},
	{"ROTATIONS_PER_HOUR", "0", "want a whole number from 1 to 50", ""},
	{"ROTATIONS_PER_HOUR", "51", "want a whole number from 1 to 50", ""},
	{"REPORT_CUSTOM_EVENTS", "1", wantYesNo, ""},
	{"FC_REGION", "nowhere", "want a region id such as cn-hangzhou", ""},
	{"MAX_ATTEMPTS", "5\nREMEDIATION_MODE=act", "want a whole number from 1 to 1000", ""},
}

// A setting that is passed over in silence is found when a password was rotated that nobody meant, or none was.
func TestABadSettingIsRefusedInOneLineThatSaysWhatWouldBeRight(t *testing.T) {
	for _, row := range badSettings {
		environment := append(plainEnvironment, row.variable+"="+row.value)
		if row.others != "" {
			environment = append(environment, row.others)
		}
		_, err := loadSettings(environment)
		if want := refuse(row.variable, map[string]string{row.variable: row.value}, row.want).Error(); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		} else if strings.Contains(want, "\n") {
			t.Errorf("%s takes more than one line", want)
		}
	}
}

// Two settings that are wrong must not end in a line that names neither.
func TestOfSeveralBadSettingsTheFirstIsNamed(t *testing.T) {
	_, err := loadSettings([]string{"ROTATIONS_PER_HOUR=x", "REMEDIATION_MODE=maybe", "VERIFY_WAIT=soon"})
	if want := `REMEDIATION_MODE="maybe": ` + wantMode; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
