package doctor

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/cli"
	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// fault is what is wrong where a call failed. It is a closed set.
type fault string

const (
	atEndpoint  fault = "endpoint"   // another host answered, or none
	atClock     fault = "clock"      // the time stamp of the signature is not of its time
	atKey       fault = "access key" // unknown, disabled, or its token is over
	atSignature fault = "signature"  // of another secret than that of the key
	atPolicy    fault = "policy"     // the caller may not
	atMoment    fault = "moment"     // another time the call may be answered
	atOther     fault = "other"
)

// common are the faults that all calls share, so that one finding says it, and what repairs each.
var common = map[fault]string{
	atEndpoint:  cli.CheckNetwork,
	atClock:     "set the clock of this machine: a signature is refused where it is 15 minutes off",
	atKey:       "check ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_SECURITY_TOKEN: temporary credentials need all three variables, and end",
	atSignature: "check ALIBABA_CLOUD_ACCESS_KEY_SECRET: it is not that of the access key",
}

// faults name the part of the caller's setup that an error shows to be wrong.
var faults = map[alicloud.Problem]fault{
	alicloud.ClockProblem: atClock, alicloud.EndpointProblem: atEndpoint, alicloud.KeyProblem: atKey,
	alicloud.SignatureProblem: atSignature, alicloud.PolicyProblem: atPolicy,
}

func faultOf(err error) fault {
	failed, ok := errors.AsType[*remediation.CallError](err)
	if !ok {
		return atOther
	}
	lost := failed.Network != "" && failed.Class != remediation.NotSent
	if known, found := faults[alicloud.ProblemOf(err)]; found && !lost {
		return known
	}
	switch failed.Class {
	case remediation.Throttled, remediation.Limit, remediation.Busy, remediation.Transient:
		return atMoment
	}
	return atOther
}

// access says of each action what came of it, and once for all what is wrong with endpoint, clock, key or signature. The
// calls are made with the credentials that are given here, which need not be the function's.
func (r *reader) access() []Check {
	checks := slices.Concat(r.checkCommon(), r.checkMissed())
	actions := policy.Function.Actions()
	for c := range r.tried {
		actions = append(actions, c.action)
	}
	slices.Sort(actions)
	for _, action := range slices.Compact(actions) {
		checks = append(checks, r.checkAction(action)...)
	}
	return checks
}

// checkCommon clears the credentials only after an answer that proves them: one with success, or a missing right.
func (r *reader) checkCommon() []Check {
	failed := map[fault][]string{}
	proven := false
	for _, c := range slices.SortedFunc(maps.Keys(r.tried), func(a, b call) int { return strings.Compare(a.region+a.action, b.region+b.action) }) {
		switch err := r.tried[c]; {
		case err == nil || faultOf(err) == atPolicy:
			proven = true
		case common[faultOf(err)] != "":
			failed[faultOf(err)] = append(failed[faultOf(err)], err.Error())
		}
	}
	var checks []Check
	for _, of := range slices.Sorted(maps.Keys(failed)) {
		what := failed[of][0]
		if more := len(failed[of]) - 1; more > 0 {
			what += fmt.Sprintf("; %d other calls failed in the same way", more)
		}
		checks = append(checks, Check{string(of), Finding, "", what, common[of]})
	}
	switch {
	case proven:
		checks = append(checks, Check{"credentials", OK, "", "a service accepts them", ""})
	case len(checks) > 0:
		checks = append(checks, Check{"credentials", NotChecked, "", "no answer shows whether they are right", ""})
	}
	return checks
}

// checkMissed reports the secrets that could not be read where others of the region could: else the action is reported.
func (r *reader) checkMissed() []Check {
	var checks []Check
	for _, m := range r.missed {
		if r.tried[m.call] == nil {
			checks = append(checks, unread("secret", m.region, fmt.Errorf("%s: %w", m.name, m.err)))
		}
	}
	return checks
}

// checkAction says in which regions an action failed, or whether it was answered.
func (r *reader) checkAction(action string) []Check {
	var checks []Check
	tried, failed := false, false
	for _, region := range r.account.Regions {
		err, here := r.tried[call{region, action}]
		tried = tried || here
		if err == nil {
			continue
		}
		failed = true
		if common[faultOf(err)] == "" {
			checks = append(checks, unread(action, region, err))
		}
	}
	_, name, _ := strings.Cut(action, ":")
	granted := "internal/policy/" + policy.Function.File + " grants it to the function's role"
	switch {
	case failed, !slices.Contains(policy.Function.Actions(), action):
	case tried:
		checks = append(checks, Check{action, OK, "", "answered, with the credentials given here", ""})
	case reads(name):
		checks = append(checks, Check{action, NotChecked, "", "no secret in scope to ask for", granted})
	default:
		checks = append(checks, Check{action, NotChecked, "", "only a write could show it", granted})
	}
	return checks
}

func reads(name string) bool {
	return strings.HasPrefix(name, "Describe") || strings.HasPrefix(name, "List") || strings.HasPrefix(name, "Get")
}

// unread says that a read failed: a refusal is for a person, anything else may pass.
func unread(check, region string, err error) Check {
	state := Finding
	if faultOf(err) == atMoment {
		state = Unknown
	}
	return Check{check, state, region, err.Error(), cli.Remedy(err)}
}
