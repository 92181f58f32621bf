// Package remediation decides what a failed rotation needs, and does it.
//
//	event or timer → look at the secret → Decide → claim → RotateSecret → look for the proof → Result
//
// Decide is pure: it gets the trigger, the state of the secret, the policy and the time, and names one Action.
// Remediator is the only thing that acts. It writes only what Decide asked for, and what the answer of KMS then means.
//
// # The episode
//
// A failed rotation leaves the secret on the version that should have been replaced. An episode is named by that
// version: it is open while the version is at stage ACSCurrent, and over once another is, whoever rotated. A copy of an
// event, a second event about the same failure and the events that failed retries raise all name the same episode by
// themselves.
//
// # The record
//
// An episode is remembered as one tag on the secret itself (see Record), so that it outlives the instance. An attempt is
// claimed in the record before RotateSecret is called for it, and a claim is spent whatever happens next: each claim
// causes at most one rotation. Tags have no compare-and-set; what keeps two invocations apart is reservedConcurrency: 1
// of the function.
//
// # What is overdue
//
// A rotation that neither takes place nor raises an event opens no episode. After what is due in all regions, each tick
// looks at its part of all secrets, so that each is looked at about once a day, and tells those whose schedule let its time
// pass. Nothing is done for them.
//
// # What is not known
//
// No document says when KMS moves ACSCurrent while it rotates an ECS secret, nor whether it moves it back after a
// failure. So a version seen current is told at once, and its record stays (phase done) until that has settled: a
// failure that follows meanwhile is the same series, and takes over its attempts.
//
// Documents: RotateSecret, https://www.alibabacloud.com/help/en/kms/key-management-service/developer-reference/api-kms-2016-01-20-rotatesecret ;
// rotation events, https://www.alibabacloud.com/help/en/kms/key-management-service/support/monitor-the-rotation-of-dynamic-ecs-secrets
package remediation
