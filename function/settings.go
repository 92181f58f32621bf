package main

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// settings are the environment variables of the function; README lists them with their meaning.
type settings struct {
	Mode               mode      `env:"REMEDIATION_MODE"`
	Types              types     `env:"SECRET_TYPES" envDefault:"ECS"`
	Allow              patterns  `env:"SECRET_ALLOW" envDefault:"**"`
	Deny               patterns  `env:"SECRET_DENY"`
	Regions            regions   `env:"REGIONS"`
	MaxAttempts        attempts  `env:"MAX_ATTEMPTS" envDefault:"5"`
	Backoff            duration  `env:"RETRY_BACKOFF" envDefault:"10m"`
	BackoffMax         duration  `env:"RETRY_BACKOFF_MAX" envDefault:"6h"`
	VerifyWait         duration  `env:"VERIFY_WAIT" envDefault:"20s"`
	KMSEndpoint        endpoint  `env:"KMS_ENDPOINT" envDefault:"https://kms.{region}.aliyuncs.com"`
	CloudMonitor       endpoint  `env:"CLOUDMONITOR_ENDPOINT" envDefault:"https://metrics.{region}.aliyuncs.com"`
	SweepInterval      interval  `env:"SWEEP_INTERVAL" envDefault:"5m"`
	SweepHistory       yesNo     `env:"SWEEP_HISTORY" envDefault:"true"`
	RotationsPerHour   perHour   `env:"ROTATIONS_PER_HOUR" envDefault:"46"`
	ReportCustomEvents yesNo     `env:"REPORT_CUSTOM_EVENTS" envDefault:"false"`
	CallbackToken      token     `env:"HTTP_CALLBACK_TOKEN"`
	OverdueAfter       duration  `env:"OVERDUE_AFTER" envDefault:"24h"`
	FunctionRegion     oneRegion `env:"FC_REGION"`     // set by the platform: the default of REGIONS
	FunctionAccount    string    `env:"FC_ACCOUNT_ID"` // set by the platform: where an invocation does not name the account
}

const (
	callbackToken = "HTTP_CALLBACK_TOKEN"

	minBackoff = time.Second
	// maxBackoff is the history that a tick reads before it removes a record.
	maxBackoff = 24 * time.Hour
)

// loadSettings reads the environment. Its error is one line that names the variable, the value and what would be right.
// A variable that is set to nothing counts as not set.
func loadSettings(environ []string) (settings, error) {
	var s settings
	set := env.ToMap(environ)
	if err := env.ParseWithOptions(&s, env.Options{Environment: set}); err != nil {
		return settings{}, settingError(err, set)
	}
	if len(s.Regions) == 0 && s.FunctionRegion != "" {
		s.Regions = regions{string(s.FunctionRegion)}
	}
	return s, s.check(set)
}

// settingError says of the first variable that could not be read what the library says of a struct field.
func settingError(err error, set map[string]string) error {
	var all env.AggregateError
	var parse env.ParseError
	if !errors.As(err, &all) || !errors.As(all.Errors[0], &parse) {
		return err
	}
	field, _ := reflect.TypeFor[settings]().FieldByName(parse.Name)
	return refuse(field.Tag.Get("env"), set, parse.Err.Error())
}

// check refuses what only two variables together can say, or what a missing one says.
func (s settings) check(set map[string]string) error {
	switch {
	case s.Mode == "":
		return refuse("REMEDIATION_MODE", set, "want act or observe: there is no default, so that nothing rotates by accident")
	case s.Backoff < duration(minBackoff):
		return refuse("RETRY_BACKOFF", set, "want at least 1s")
	case s.BackoffMax > duration(maxBackoff):
		return refuse("RETRY_BACKOFF_MAX", set, "want at most 24h")
	case s.BackoffMax < s.Backoff:
		return refuse("RETRY_BACKOFF_MAX", set, fmt.Sprintf("want at least RETRY_BACKOFF, which is %s", time.Duration(s.Backoff)))
	}
	if len(s.Regions) < 2 {
		return nil
	}
	const want = "want {region} in it, since REGIONS names several"
	switch {
	case !strings.Contains(string(s.KMSEndpoint), "{region}"):
		return refuse("KMS_ENDPOINT", set, want)
	case !strings.Contains(string(s.CloudMonitor), "{region}"):
		return refuse("CLOUDMONITOR_ENDPOINT", set, want)
	}
	return nil
}

// refuse repeats the value, unless it is a secret.
func refuse(name string, set map[string]string, want string) error {
	if name == callbackToken {
		return fmt.Errorf("%s, whose value is not shown: %s", name, want)
	}
	return fmt.Errorf("%s=%q: %s", name, set[name], want)
}

// policy is what the settings allow to an invocation of this account and region.
func (s settings) policy(account, region string) remediation.Policy {
	allowed := s.Regions
	if len(allowed) == 0 {
		allowed = regions{region}
	}
	return remediation.Policy{
		Observe: s.Mode == observe,
		Scope: remediation.Scope{
			Account: cmp.Or(account, s.FunctionAccount),
			Regions: allowed,
			Types:   s.Types,
			Allow:   s.Allow,
			Deny:    s.Deny,
		},
		MaxAttempts: int(s.MaxAttempts),
		Backoff:     time.Duration(s.Backoff),
		BackoffMax:  time.Duration(s.BackoffMax),
		VerifyWait:  time.Duration(s.VerifyWait),
	}
}
