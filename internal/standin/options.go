package standin

import (
	"log/slog"
	"net/http"
	"time"
)

const (
	defaultRegion  = "cn-hangzhou"
	defaultAccount = "1000000000000001"
)

// DefaultCredentials may call a stand-in whose Options have no Credentials.
var DefaultCredentials = Credentials{
	AccessKeyID:     "STS.standin",
	AccessKeySecret: "standin-secret",
	SecurityToken:   "standin-token",
}

// Options of a stand-in, which is one account's KMS in one region. All zero values are useful.
type Options struct {
	Region      string            // cn-hangzhou if empty
	Account     string            // 1000000000000001 if empty
	Credentials []Credentials     // who may call; DefaultCredentials if empty
	Allow       []string          // RAM actions that are permitted, such as kms:RotateSecret; nil permits all
	Now         func() time.Time  // time.Now if nil
	ClockSkew   time.Duration     // KMS's clock less Now; what KMS stamps carries it, the age of a signature does not
	GatewaySkew time.Duration     // the gateway's clock less Now: the age of a signature and the header Date carry it
	Behavior    Behavior          // what the documents leave open
	OnCall      func(Call, Phase) // is called for every authentic call, outside any lock; may be nil
}

// Phase says when OnCall is called.
type Phase string

const (
	// BeforeCommit comes when the call has arrived and nothing was done for it yet. Killing the caller here does not
	// call the request back; a test in which nothing may have happened injects ResetBefore as well.
	BeforeCommit Phase = "before-commit"
	// AfterCommit comes when the call was carried out or refused, before its answer leaves. A fault that keeps KMS from
	// acting keeps it from coming.
	AfterCommit Phase = "after-commit"
)

// Credentials are those of one caller. SecurityToken is empty for a caller without STS.
type Credentials struct {
	AccessKeyID     string
	AccessKeySecret string
	SecurityToken   string
}

const redacted = "standin.Credentials(redacted)"

func (Credentials) String() string       { return redacted }
func (Credentials) GoString() string     { return redacted }
func (Credentials) LogValue() slog.Value { return slog.StringValue(redacted) }

func (o Options) withDefaults() Options {
	if o.Region == "" {
		o.Region = defaultRegion
	}
	if o.Account == "" {
		o.Account = defaultAccount
	}
	if len(o.Credentials) == 0 {
		o.Credentials = []Credentials{DefaultCredentials}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Behavior = o.Behavior.withDefaults()
	return o
}

// Behavior chooses where the documents are silent or disagree. The zero Behavior is plausible.
type Behavior struct {
	// StageMoves says when ACSCurrent moves, relative to the work on the instance; AfterWork if empty.
	StageMoves StageMoves
	// Work is how long the work on the instance takes. With 0 it is done within the call that starts it.
	Work time.Duration

	FailedLeavesVersion         bool // a failed rotation leaves its version behind, without a stage
	FailedMovesLastRotationDate bool // a failed rotation moves LastRotationDate, and with it NextRotationDate
	InvalidHidesSchedule        bool // DescribeSecret shows no NextRotationDate and RotationInterval of an Invalid schedule
	FailedRaisesEvent           bool // a rotation by hand or by call that fails raises an event, as a scheduled one does
	SucceededRaisesEvent        bool // so does one that works
	SuccessClearsInvalid        bool // a rotation that works makes an Invalid schedule Enabled again
	FailureSparesSchedule       bool // a failure leaves AutomaticRotation as it was; the documented sample says Invalid

	HourlyWindow       Window // how an hour is counted; Fixed if empty
	RotationsPerHour   int    // RotateSecret calls an hour; 50 if 0, no limit if negative
	RotationsLimitCode string // the answer to the call beyond that; Rejected.Throttling if empty
	RefusedCallsCount  bool   // a refused RotateSecret uses up the quota too
	RequestsPerSecond  int    // calls of any action in one second; no limit if 0

	// BusyCode and BusyStatus answer a call while a rotation runs. Only the message is published; without a choice they
	// are the documented code that comes nearest.
	BusyCode   string
	BusyStatus int

	TagMax             int  // tags on one secret; 10 if 0, since one page says 10 and another 20
	TagRowsNameARNs    bool // ListTagResources names secrets by their ARN, not by their name
	TagRowsOfOtherKeys bool // ListTagResources with a filter gives all tags of a matching secret

	HistoryContent    HistoryContent // the field Content of DescribeSystemEventAttribute; ContentAlone if empty
	HistoryOrder      HistoryOrder   // the order of its events; NewestFirst if empty
	HistoryQuotesTime bool           // it gives Time as text, as an older example does, not as a number
	HistoryGivesID    bool           // it gives each event an Id, which is not in every version of its page
	DryRunsForgotten  bool           // a dry run is not in the history

	TargetRefusal              TargetRefusal // how PutEventRuleTargets says that it refused some; RefusedCounted if empty
	FunctionTargetNeedsService bool          // it refuses a function without ServiceName, which functions of version 3.0 have not
	ZeroSilenceIsADay          bool          // PutEventRule takes a SilenceTime of 0 for the default, 86400
	RuleProductsInLowerCase    bool          // a rule's product is shown in lower case, not as it was sent
	RulePatternIsObject        bool          // DescribeEventRuleList shows a rule's first pattern directly, not in a list
	DisabledRulesListed        bool          // it lists all rules, not just the enabled, or with IsEnable=false the disabled
	CustomRulesListed          bool          // it lists the rules for custom events too
	DeletingNothingFails       bool          // deleting a rule or a target that is not there is refused
	TargetsOutliveRules        bool          // the targets of a deleted rule stay, for a rule that gets its name
}

// StageMoves says when a rotation moves the stage ACSCurrent. It is a closed set.
type StageMoves string

const (
	AfterWork           StageMoves = "after-work"             // when the instance has taken the new credential
	BeforeAndKept       StageMoves = "before-and-kept"        // before the work; it stays moved when the work fails
	BeforeAndRolledBack StageMoves = "before-and-rolled-back" // before the work; it moves back when the work fails
)

// StageMovesAll lists every StageMoves.
var StageMovesAll = []StageMoves{AfterWork, BeforeAndKept, BeforeAndRolledBack}

// Window says how the hour of a quota is counted. It is a closed set.
type Window string

const (
	Fixed   Window = "fixed"   // from one full hour of the clock to the next
	Sliding Window = "sliding" // the sixty minutes before the call
)

// Windows lists every Window.
var Windows = []Window{Fixed, Sliding}

const (
	// documentedRotationsPerHour is the limit of the page on performance data: per account and region, not adjustable.
	documentedRotationsPerHour = 50
	// documentedTags is the limit on the page of TagResource.
	documentedTags = 10
)

func (b Behavior) withDefaults() Behavior {
	if b.StageMoves == "" {
		b.StageMoves = AfterWork
	}
	if b.HourlyWindow == "" {
		b.HourlyWindow = Fixed
	}
	if b.RotationsPerHour == 0 {
		b.RotationsPerHour = documentedRotationsPerHour
	}
	if b.RotationsLimitCode == "" {
		b.RotationsLimitCode = codeThrottling
	}
	if b.BusyCode == "" {
		b.BusyCode = "Rejected.StateModifiedFailed"
	}
	if b.BusyStatus == 0 {
		b.BusyStatus = http.StatusConflict
	}
	if b.HistoryContent == "" {
		b.HistoryContent = ContentAlone
	}
	if b.HistoryOrder == "" {
		b.HistoryOrder = NewestFirst
	}
	if b.TargetRefusal == "" {
		b.TargetRefusal = RefusedCounted
	}
	if b.TagMax == 0 {
		b.TagMax = documentedTags
	}
	return b
}
