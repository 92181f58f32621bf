package config

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// plainSettings are those of a function that sets only what it must.
func plainSettings() Settings {
	return Settings{
		Mode: Observe, Types: []string{"ECS"}, Allow: []string{"**"}, Regions: []string{"cn-hangzhou"}, MaxAttempts: 5,
		Backoff: 10 * time.Minute, BackoffMax: 6 * time.Hour, VerifyWait: 20 * time.Second,
		KMSEndpoint: "https://kms.{region}.aliyuncs.com", CloudMonitorEndpoint: "https://metrics.{region}.aliyuncs.com",
		SweepInterval: 5 * time.Minute, SweepHistory: true, RotationsPerHour: 46, OverdueAfter: 24 * time.Hour,
		FunctionRegion: "cn-hangzhou",
	}
}

var plainEnvironment = []string{"REMEDIATION_MODE=observe", "FC_REGION=cn-hangzhou"}

const goodToken = "canary-callback-token-0123456789"

// goodSettings has one value for each variable, and what it changes.
var goodSettings = []struct {
	variable, value string
	change          func(*Settings)
}{
	{"REMEDIATION_MODE", "act", func(s *Settings) { s.Mode = Act }},
	{"SECRET_TYPES", "rds, POLARDB ,", func(s *Settings) { s.Types = []string{"Rds", "PolarDB"} }},
	{"SECRET_ALLOW", "acs/ecs/*, web-?", func(s *Settings) { s.Allow = []string{"acs/ecs/*", "web-?"} }},
	{"SECRET_DENY", "**/db-*", func(s *Settings) { s.Deny = []string{"**/db-*"} }},
	{"REGIONS", "cn-beijing, ap-southeast-1", func(s *Settings) { s.Regions = []string{"cn-beijing", "ap-southeast-1"} }},
	{"MAX_ATTEMPTS", "1", func(s *Settings) { s.MaxAttempts = 1 }},
	{"RETRY_BACKOFF", "1s", func(s *Settings) { s.Backoff = time.Second }},
	{"RETRY_BACKOFF_MAX", "24h", func(s *Settings) { s.BackoffMax = 24 * time.Hour }},
	{"VERIFY_WAIT", "0", func(s *Settings) { s.VerifyWait = 0 }},
	{"KMS_ENDPOINT", "https://kms-vpc.{region}.aliyuncs.com", func(s *Settings) { s.KMSEndpoint = "https://kms-vpc.{region}.aliyuncs.com" }},
	{"CLOUDMONITOR_ENDPOINT", "http://127.0.0.1:8080", func(s *Settings) { s.CloudMonitorEndpoint = "http://127.0.0.1:8080" }},
	{"SWEEP_INTERVAL", "1h", func(s *Settings) { s.SweepInterval = time.Hour }},
	{"SWEEP_HISTORY", "false", func(s *Settings) { s.SweepHistory = false }},
	{"ROTATIONS_PER_HOUR", "50", func(s *Settings) { s.RotationsPerHour = 50 }},
	{"REPORT_CUSTOM_EVENTS", "true", func(s *Settings) { s.ReportCustomEvents = true }},
	{"HTTP_CALLBACK_TOKEN", goodToken, func(s *Settings) { s.CallbackToken = goodToken }},
	{"OVERDUE_AFTER", "0", func(s *Settings) { s.OverdueAfter = 0 }},
	{"FC_ACCOUNT_ID", "1000000000000009", func(s *Settings) { s.FunctionAccount = "1000000000000009" }},
	{"FC_REGION", "cn-beijing", func(s *Settings) { s.FunctionRegion, s.Regions = "cn-beijing", []string{"cn-beijing"} }},
}

// A value that is stored in another field is a rule that nobody set, and one that nobody keeps.
func TestEachVariableChangesItsOwnFieldAndNoOther(t *testing.T) {
	rows := map[string]bool{}
	for _, row := range goodSettings {
		rows[row.variable] = true
		want := plainSettings()
		row.change(&want)
		got, err := Load(append(plainEnvironment, row.variable+"="+row.value))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s=%s: %v (-want +got):\n%s", row.variable, row.value, err, diff)
		}
	}
	for _, setting := range append(platform, Table...) {
		if !rows[setting.Name] {
			t.Errorf("%s has no row: nobody ever set it", setting.Name)
		}
	}
}

// In a console a variable is emptied rather than removed; that must not stop a function that ran a minute ago.
func TestAnEmptyVariableIsAsGoodAsNone(t *testing.T) {
	environment := []string{"REMEDIATION_MODE=observe", "FC_REGION=cn-hangzhou", "SOMETHING_ELSE=x"}
	for _, setting := range append(platform, Table...) {
		if setting.Name != "REMEDIATION_MODE" && setting.Name != "FC_REGION" {
			environment = append(environment, setting.Name+"=")
		}
	}
	got, err := Load(environment)
	if diff := cmp.Diff(plainSettings(), got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

const (
	wantDuration  = "want a duration such as 20s, 10m or 6h"
	wantTypes     = "want some of ECS, Rds, Redis, PolarDB, separated by commas"
	wantSomeOrNot = "want at least one, or leave the variable out"
	wantEndpoint  = "want https://HOST or https://HOST:PORT and nothing after it; {region} may stand in HOST"
	wantHTTPS     = "want https: plain http is for a loopback address only, such as http://127.0.0.1:8080"
	wantInterval  = "want a divisor of the hour of at least 1m, such as 5m, 10m or 1h"
	wantYesNo     = "want true or false"
	wantRegionIn  = "want {region} in it, since REGIONS names several"
)

// badSettings are refused with one line: variable, value, and what would be right. Others may have to be set for a value
// to be wrong.
var badSettings = []struct{ variable, value, want, others string }{
	{"REMEDIATION_MODE", "", wantMode + ": there is no default, so that nothing rotates by accident", ""},
	{"REMEDIATION_MODE", "Act", wantMode, ""},
	{"REMEDIATION_MODE", " act", wantMode, ""},
	{"REMEDIATION_MODE", "dry-run", wantMode, ""},
	{"SECRET_TYPES", "ECS,RDSS", wantTypes, ""},
	{"SECRET_TYPES", "Generic", wantTypes, ""},
	{"SECRET_TYPES", "ECS, ramcredentials", "RAMCredentials rotate over two days, so no retry can be verified: leave it out", ""},
	{"SECRET_TYPES", " , ", wantSomeOrNot, ""},
	{"SECRET_ALLOW", ",", wantSomeOrNot, ""},
	{"REGIONS", "cn-hangzhou,cn-beijing,cn-hangzhou", `want each region once`, ""},
	{"SECRET_DENY", " ", wantSomeOrNot, ""},
	{"REGIONS", "hangzhou", `"hangzhou" is no region id: want such as cn-hangzhou, separated by commas`, ""},
	{"REGIONS", "cn-hangzhou,cn-beijing.evil.example", `"cn-beijing.evil.example" is no region id: want such as cn-hangzhou, separated by commas`, ""},
	{"REGIONS", ",", wantSomeOrNot, ""},
	{"MAX_ATTEMPTS", "0", "want a whole number from 1 to 1000", ""},
	{"MAX_ATTEMPTS", "-1", "want a whole number from 1 to 1000", ""},
	{"MAX_ATTEMPTS", "1001", "want a whole number from 1 to 1000", ""},
	{"MAX_ATTEMPTS", "5.5", "want a whole number from 1 to 1000", ""},
	{"MAX_ATTEMPTS", "five", "want a whole number from 1 to 1000", ""},
	{"RETRY_BACKOFF", "10", wantDuration + "; the unit is missing", ""},
	{"RETRY_BACKOFF", "-10m", wantDuration, ""},
	{"RETRY_BACKOFF", "10 m", wantDuration + `; " m" is no unit, h, m and s are`, ""},
	{"RETRY_BACKOFF", "999ms", "want at least 1s", ""},
	{"RETRY_BACKOFF_MAX", "1d", wantDuration + `; "d" is no unit, h, m and s are`, ""},
	{"RETRY_BACKOFF_MAX", "24h1s", "want at most 24h", ""},
	{"RETRY_BACKOFF_MAX", "9m", "want at least RETRY_BACKOFF, which is 10m", ""},
	{"RETRY_BACKOFF", "7h", "want at most RETRY_BACKOFF_MAX, whose default is 6h", ""},
	{"RETRY_BACKOFF_MAX", "90m", "want at least RETRY_BACKOFF, which is 1h31m5s", "RETRY_BACKOFF=1h31m5s"},
	{"VERIFY_WAIT", "20", wantDuration + "; the unit is missing", ""},
	{"VERIFY_WAIT", "-1s", wantDuration, ""},
	{"VERIFY_WAIT", "9999999h", wantDuration, ""},
	{"KMS_ENDPOINT", "kms.aliyuncs.com", wantEndpoint, ""},
	{"KMS_ENDPOINT", "https://kms.aliyuncs.com/path", wantEndpoint, ""},
	{"KMS_ENDPOINT", "http://kms.aliyuncs.com", wantHTTPS, ""},
	{"KMS_ENDPOINT", "http://localhost:8080", wantHTTPS, ""},
	{"KMS_ENDPOINT", "https://kms.cn-hangzhou.aliyuncs.com", wantRegionIn, "REGIONS=cn-hangzhou,cn-beijing"},
	{"CLOUDMONITOR_ENDPOINT", "ftp://metrics.aliyuncs.com", wantEndpoint, ""},
	{"CLOUDMONITOR_ENDPOINT", "https://metrics.cn-hangzhou.aliyuncs.com", wantRegionIn, "REGIONS=cn-hangzhou,cn-beijing"},
	{"SWEEP_INTERVAL", "7m", wantInterval, ""},
	{"SWEEP_INTERVAL", "5min", wantInterval + `; "min" is no unit, h, m and s are`, ""},
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

// A setting that is ignored in silence is found when a password was rotated that nobody meant, or none was.
func TestABadSettingIsRefusedInOneLineThatSaysWhatWouldBeRight(t *testing.T) {
	for _, row := range badSettings {
		environment := append(plainEnvironment, row.variable+"="+row.value)
		if row.others != "" {
			environment = append(environment, row.others)
		}
		_, err := Load(environment)
		if want := fmt.Sprintf("%s=%q: %s", row.variable, row.value, row.want); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		} else if strings.Contains(want, "\n") {
			t.Errorf("%s takes more than one line", want)
		}
	}
}

// A password in an address is refused, and not repeated: the line goes to the log, and to the terminal of whoever deploys.
func TestAPasswordInAnAddressIsNeverPrinted(t *testing.T) {
	for _, variable := range []string{"KMS_ENDPOINT", "CLOUDMONITOR_ENDPOINT"} {
		for value, shown := range map[string]string{
			"https://user:canary@kms.example": "https://…@kms.example", "https://user:can@canary@kms.example": "https://…@kms.example",
			"https://canary@kms.example": "https://…@kms.example", "http://u:canary@127.0.0.1:1/x": "http://…@127.0.0.1:1/x",
			"https://kms.example/?AccessKeySecret=canary": "https://kms.example/?…", "user:canary@kms.example": "…@kms.example",
		} {
			_, err := Load(append(plainEnvironment, variable+"="+value))
			if want := fmt.Sprintf("%s=%q: %s", variable, shown, wantEndpoint); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		}
	}
}

// A person who repairs one setting at each deployment needs as many deployments as there are wrong settings.
func TestAllBadSettingsAreNamedAtOnce(t *testing.T) {
	s, err := Load([]string{
		"ROTATIONS_PER_HOUR=x", "REMEDIATION_MODE=maybe", "VERIFY_WAIT=soon", "RETRY_BACKOFF=7h", "HTTP_CALLBACK_TOKEN=short-secret",
		"REGIONS=cn-hangzhou,cn-beijing", "KMS_ENDPOINT=https://kms.example",
	})
	want := `REMEDIATION_MODE="maybe": want act or observe` +
		`; VERIFY_WAIT="soon": want a duration such as 20s, 10m or 6h; "soon" is no unit, h, m and s are` +
		`; ROTATIONS_PER_HOUR="x": want a whole number from 1 to 50` +
		`; HTTP_CALLBACK_TOKEN, whose value is not shown: want at least 24 letters, digits and signs of -._~, chosen at random` +
		`; RETRY_BACKOFF="7h": want at most RETRY_BACKOFF_MAX, whose default is 6h` +
		`; KMS_ENDPOINT="https://kms.example": want {region} in it, since REGIONS names several`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if s.VerifyWait != 20*time.Second || s.RotationsPerHour != 46 || len(s.Regions) != 2 {
		t.Errorf("got %+v, want defaults for the wrong ones and the values of the others: doctor reports them", s)
	}
}

// The line is for a person who set one variable: the name of another sends that person to the wrong place.
func TestAContradictionNamesTheVariableThatWasSet(t *testing.T) {
	for _, row := range []struct {
		name        string
		environment []string
		want        string
	}{
		{"only the wait", []string{"RETRY_BACKOFF=7h"}, `RETRY_BACKOFF="7h": want at most RETRY_BACKOFF_MAX, whose default is 6h`},
		{"only the cap", []string{"RETRY_BACKOFF_MAX=1m"}, `RETRY_BACKOFF_MAX="1m": want at least RETRY_BACKOFF, which is 10m`},
		{"both", []string{"RETRY_BACKOFF=7h", "RETRY_BACKOFF_MAX=6h"}, `RETRY_BACKOFF_MAX="6h": want at least RETRY_BACKOFF, which is 7h`},
		{"the wait is unreadable: the cap contradicts nothing", []string{"RETRY_BACKOFF=7d", "RETRY_BACKOFF_MAX=1m"}, `RETRY_BACKOFF="7d": want a duration such as 20s, 10m or 6h; "d" is no unit, h, m and s are`},
		{"a wait beyond any cap", []string{"RETRY_BACKOFF=25h"}, `RETRY_BACKOFF="25h": want at most RETRY_BACKOFF_MAX, whose default is 6h`},
	} {
		if _, err := Load(append(row.environment, plainEnvironment...)); err == nil || err.Error() != row.want {
			t.Errorf("%s:\ngot  %v\nwant %s", row.name, err, row.want)
		}
	}
}

// A default that Load refuses would be a zero, unnoticed.
func TestEachDefaultIsRight(t *testing.T) {
	for _, setting := range Table {
		var s Settings
		if setting.Default == "" {
			if setting.Unset == "" {
				t.Errorf("%s: README could not say what it is without a value", setting.Name)
			}
		} else if err := setting.parse(&s, setting.Default); err != nil {
			t.Errorf("%s=%q: %v", setting.Name, setting.Default, err)
		}
		if n := len(strings.Fields(setting.Meaning)); n == 0 || n > 12 {
			t.Errorf("the meaning of %s has %d words, want at most 12", setting.Name, n)
		}
	}
}

// Settings are printed when something is wrong, and a log is read by more people than may know the token.
func TestTheTokenIsNeverPrinted(t *testing.T) {
	for _, token := range []string{goodToken, "short-canary", goodToken + "&", "canary with a blank in it, long enough"} {
		s, err := Load(append(plainEnvironment, "HTTP_CALLBACK_TOKEN="+token))
		if refused := err != nil && strings.HasPrefix(err.Error(), "HTTP_CALLBACK_TOKEN"); refused != (token != goodToken) {
			t.Errorf("%q: %v", token, err)
		}
		encoded, _ := json.Marshal(s)
		for _, text := range []string{fmt.Sprint(err), fmt.Sprint(s), fmt.Sprintf("%+v %#v %s %q %d %x", s, s, s.CallbackToken, s.CallbackToken, s.CallbackToken, s.CallbackToken), string(encoded)} {
			if strings.Contains(text, token) || strings.Contains(text, fmt.Sprintf("%x", token)) {
				t.Errorf("printed: %s", text)
			}
		}
	}
}
