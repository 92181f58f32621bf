package config

import (
	"slices"
	"time"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// Variables that other packages name.
const (
	ModeVariable  = "REMEDIATION_MODE"
	TokenVariable = "HTTP_CALLBACK_TOKEN"

	backoffVariable    = "RETRY_BACKOFF"
	backoffMaxVariable = "RETRY_BACKOFF_MAX"
	regionsVariable    = "REGIONS"
	kmsVariable        = "KMS_ENDPOINT"
	monitorVariable    = "CLOUDMONITOR_ENDPOINT"
)

// Setting is one environment variable.
type Setting struct {
	Name    string
	Default string // "" where there is none
	Unset   string // what README shows where there is no default
	Meaning string // at most twelve words

	parse func(s *Settings, value string) error // the error says what would be right
}

const (
	minBackoff = time.Second
	// maxBackoff is the history that a tick reads before it removes a record.
	maxBackoff = 24 * time.Hour
	// maxPerHour is the quota of RotateSecret for an account in a region, which cannot be raised.
	// https://www.alibabacloud.com/help/en/kms/key-management-service/product-overview/performance-data
	maxPerHour = 50
)

// Table lists the variables in the order of README. Functions without state keep it free at the start of the process.
var Table = []Setting{
	{ModeVariable, "", "none: must be set", "`act`, or `observe`: report what would be done, write nothing",
		func(s *Settings, v string) (err error) { s.Mode, err = parseMode(v); return }},
	{"SECRET_TYPES", "ECS", "", "comma-separated, any case: ECS, Rds, Redis, PolarDB",
		func(s *Settings, v string) (err error) { s.Types, err = parseTypes(v); return }},
	{"SECRET_ALLOW", "**", "", "comma-separated globs on the whole name; ECS names begin with `acs/ecs/`",
		func(s *Settings, v string) (err error) { s.Allow, err = parsePatterns(v); return }},
	{"SECRET_DENY", "", "empty", "the same; deny wins",
		func(s *Settings, v string) (err error) { s.Deny, err = parsePatterns(v); return }},
	{regionsVariable, "", "the function's own region", "where secrets may be touched; several need `{region}` in endpoints",
		func(s *Settings, v string) (err error) { s.Regions, err = parseRegions(v); return }},
	{"MAX_ATTEMPTS", "5", "", "attempts of one episode, 1 to 1000",
		func(s *Settings, v string) (err error) {
			s.MaxAttempts, err = parseNumber(v, 1, remediation.MaxAttemptsLimit)
			return
		}},
	{backoffVariable, "10m", "", "first wait, at least 1s; each further one three times longer",
		func(s *Settings, v string) (err error) {
			s.Backoff, err = parseDuration(v, minBackoff, noLimit)
			return
		}},
	{backoffMaxVariable, "6h", "", "longest wait, at most 24h; also how long a version settles",
		func(s *Settings, v string) (err error) { s.BackoffMax, err = parseDuration(v, 0, maxBackoff); return }},
	{"VERIFY_WAIT", "20s", "", "how long one invocation verifies a rotation; 0 = one read",
		func(s *Settings, v string) (err error) { s.VerifyWait, err = parseDuration(v, 0, noLimit); return }},
	{kmsVariable, "https://kms.{region}.aliyuncs.com", "", "KMS; inside a VPC `https://kms-vpc.{region}.aliyuncs.com`",
		func(s *Settings, v string) (err error) { s.KMSEndpoint, err = parseEndpoint(v); return }},
	{monitorVariable, "https://metrics.{region}.aliyuncs.com", "", "CloudMonitor: history and custom events",
		func(s *Settings, v string) (err error) { s.CloudMonitorEndpoint, err = parseEndpoint(v); return }},
	{"SWEEP_INTERVAL", "5m", "", "the timer's schedule in `s.yaml`: a divisor of the hour",
		func(s *Settings, v string) (err error) { s.SweepInterval, err = parseInterval(v); return }},
	{"SWEEP_HISTORY", "true", "", "ticks ask CloudMonitor for failures whose event never came",
		func(s *Settings, v string) (err error) { s.SweepHistory, err = parseBool(v); return }},
	{"ROTATIONS_PER_HOUR", "46", "", "the timer's part, 1 to 50, of KMS's 50 rotations an hour",
		func(s *Settings, v string) (err error) {
			s.RotationsPerHour, err = parseNumber(v, 1, maxPerHour)
			return
		}},
	{"REPORT_CUSTOM_EVENTS", "false", "", "important outcomes also go to CloudMonitor as custom events",
		func(s *Settings, v string) (err error) { s.ReportCustomEvents, err = parseBool(v); return }},
	{TokenVariable, "", "empty: closed", "what an HTTP callback must carry: 24 or more of `A-Za-z0-9-._~`",
		func(s *Settings, v string) (err error) { s.CallbackToken, err = parseToken(v); return }},
	{"OVERDUE_AFTER", "24h", "", "how long past its date a rotation may be; 0 = off",
		func(s *Settings, v string) (err error) { s.OverdueAfter, err = parseDuration(v, 0, noLimit); return }},
}

// platform are the variables that Function Compute itself sets.
// https://www.alibabacloud.com/help/en/functioncompute/fc/environment-variables
var platform = []Setting{
	{"FC_REGION", "", "", "", func(s *Settings, v string) (err error) { s.FunctionRegion, err = v, checkRegion(v); return }},
	{"FC_ACCOUNT_ID", "", "", "", func(s *Settings, v string) error { s.FunctionAccount = v; return nil }},
}

// Lookup returns the setting of that name.
func Lookup(name string) (Setting, bool) {
	i := slices.IndexFunc(Table, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return Setting{}, false
	}
	return Table[i], true
}
