package remediation

import "github.com/rotation-remediator/rotation-remediator/events"

// admit decides what can be decided before any call. refused is set where the event ends here.
func admit(event events.Event, scope Scope) (refusal Result, refused bool) {
	switch {
	case event.Kind != events.Failure && event.Kind != events.Success:
		return Result{Outcome: Ignored, Reason: "not a rotation event"}, true
	case scope.Account != "" && event.Account != scope.Account:
		return Result{Outcome: Rejected, Notify: true, Reason: "the secret belongs to another account than the function: deploy one function per account"}, true
	case !scope.HasRegion(event.Region):
		return Result{Outcome: Skipped, Reason: "region " + event.Region + " is not in REGIONS"}, true
	case !scope.HasName(event.SecretName):
		return Result{Outcome: Skipped, Reason: "SECRET_ALLOW and SECRET_DENY leave this name out"}, true
	case event.SecretType != "" && !scope.HasType(event.SecretType):
		return Result{Outcome: Skipped, Reason: "type " + printable(event.SecretType) + " is not in SECRET_TYPES"}, true
	}
	return Result{}, false
}
