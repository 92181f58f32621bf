package config

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// Settings are the values of the variables in Table.
type Settings struct {
	Mode                 Mode
	Types                []string // spelled as KMS does
	Allow, Deny          []string // glob patterns on the whole name of a secret
	Regions              []string // empty where neither REGIONS nor the platform names one
	MaxAttempts          int
	Backoff, BackoffMax  time.Duration
	VerifyWait           time.Duration
	KMSEndpoint          string
	CloudMonitorEndpoint string
	SweepInterval        time.Duration
	SweepHistory         bool
	RotationsPerHour     int
	ReportCustomEvents   bool
	CallbackToken        Token
	OverdueAfter         time.Duration

	FunctionRegion  string // of the platform: the default of REGIONS
	FunctionAccount string // of the platform: where an invocation does not name the account
}

// Mode says whether the function may write.
type Mode string

const (
	Act     Mode = "act"     // rotates, and writes the record
	Observe Mode = "observe" // reports what it would do, and writes nothing
)

// Token is a shared secret: no verb of fmt and no JSON shows it.
type Token string

const hidden = "(not shown)"

func (t Token) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, hidden) }
func (t Token) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Policy is what the settings allow to an invocation of this account and region.
func (s Settings) Policy(account, region string) remediation.Policy {
	regions := s.Regions
	if len(regions) == 0 {
		regions = []string{region}
	}
	return remediation.Policy{
		Observe: s.Mode == Observe,
		Scope: remediation.Scope{
			Account: cmp.Or(account, s.FunctionAccount),
			Regions: regions,
			Types:   s.Types,
			Allow:   s.Allow,
			Deny:    s.Deny,
		},
		MaxAttempts: s.MaxAttempts,
		Backoff:     s.Backoff,
		BackoffMax:  s.BackoffMax,
		VerifyWait:  s.VerifyWait,
	}
}
