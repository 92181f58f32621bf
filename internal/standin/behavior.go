package standin

import (
	"net/http"
	"time"
)

// World chooses where the documents are silent or disagree. The zero World is one that is plausible.
type Behavior struct {
	// StageMoves says when ACSCurrent moves, relative to the work on the instance; AfterWork if empty.
	StageMoves StageMoves
	// Work is how long the work on the instance takes. With 0 it is done within the call that starts it.
	Work time.Duration

	FailedLeavesVersion         bool // a failed rotation leaves its version behind, without a stage
	FailedMovesLastRotationDate bool // a failed rotation moves LastRotationDate, and with it NextRotationDate, as well
	FailedMovesNextRotationDate bool // a failed rotation of the schedule moves NextRotationDate
	InvalidHidesSchedule        bool // DescribeSecret shows no NextRotationDate and RotationInterval of an Invalid schedule
	FailedRaisesEvent           bool // a rotation by hand or by call that fails raises an event, as a scheduled one does
	SucceededRaisesEvent        bool // so does one that works
	SuccessClearsInvalid        bool // a rotation that works makes an Invalid schedule Enabled again
	FailureSparesSchedule       bool // a failure leaves AutomaticRotation as it was; the documented sample says Invalid

	HourlyWindow       Window // how an hour is counted; Fixed if empty
	RotationsPerHour   int    // RotateSecret calls an hour; 50 if 0, no limit if negative
	RotationsLimitCode string // what the call beyond that is answered; Rejected.Throttling if empty
	RefusedCallsCount  bool   // a refused RotateSecret uses up the quota too
	RequestsPerSecond  int    // calls of any action in one second; no limit if 0

	// BusyCode and BusyStatus answer a call while a rotation runs. Only the message is published; without a choice they
	// are the documented code that comes nearest.
	BusyCode   string
	BusyStatus int

	TagMax             int  // tags on one secret; 10 if 0, since one page says 10 and another 20
	TagRowsNameARNs    bool // ListTagResources names secrets by their ARN, not by their name
	TagRowsOfOtherKeys bool // ListTagResources with a filter gives all tags of a matching secret, not just those asked for

	HistoryContent    HistoryContent // what Content of DescribeSystemEventAttribute holds; ContentAlone if empty
	HistoryOrder      HistoryOrder   // in which order it lists events; NewestFirst if empty
	HistoryQuotesTime bool           // it gives Time as text, as an older example does, not as a number
	HistoryGivesID    bool           // it gives each event an Id, which is not in every version of its page

	DryRunNeedsRule  bool // a dry run needs an enabled rule that names its product and its event, as the console's test does
	DryRunsForgotten bool // a dry run is not in the history

	TargetRefusal              TargetRefusal // how PutEventRuleTargets says that it refused some; RefusedCounted if empty
	FunctionTargetNeedsService bool          // it refuses a function without ServiceName, which functions of version 3.0 have not
	ZeroSilenceIsADay          bool          // PutEventRule takes a SilenceTime of 0 for the default, 86400
	RuleProductsInLowerCase    bool          // a rule's product is shown in lower case, not as it was sent
	DisabledRulesListed        bool          // DescribeEventRuleList lists all rules, not just the enabled, or with IsEnable=false the disabled
	CustomRulesListed          bool          // it lists the rules for custom events too
	DeletingNothingFails       bool          // deleting a rule or a target that is not there is refused
	TargetsOutliveRules        bool          // the targets of a rule that is deleted stay, for a rule that gets its name
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

func (w Behavior) withDefaults() Behavior {
	if w.StageMoves == "" {
		w.StageMoves = AfterWork
	}
	if w.HourlyWindow == "" {
		w.HourlyWindow = Fixed
	}
	if w.RotationsPerHour == 0 {
		w.RotationsPerHour = documentedRotationsPerHour
	}
	if w.RotationsLimitCode == "" {
		w.RotationsLimitCode = codeThrottling
	}
	if w.BusyCode == "" {
		w.BusyCode = "Rejected.StateModifiedFailed"
	}
	if w.BusyStatus == 0 {
		w.BusyStatus = http.StatusConflict
	}
	if w.HistoryContent == "" {
		w.HistoryContent = ContentAlone
	}
	if w.HistoryOrder == "" {
		w.HistoryOrder = NewestFirst
	}
	if w.TargetRefusal == "" {
		w.TargetRefusal = RefusedCounted
	}
	if w.TagMax == 0 {
		w.TagMax = documentedTags
	}
	return w
}
