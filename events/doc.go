// Package events reads what arrives, and nothing else: bytes in, an Event out. It has no clock, no network and no SDK.
//
//	payload → Decode ─────────────────────┬→ Event → look at the secret → decide → act → report
//	item of the history → FromHistory ────┘
//
// An Event of kind Failure or Success was checked as far as its own bytes allow: it names a region, an account and a
// secret that agree with each other, and a Failure names a time. That it is true is not known: KMS has the last word.
// What is well formed but not about a rotation is Foreign; what cannot be read, or contradicts itself, is a RejectError.
//
// The payload of an event rule is the event itself, without a wrapper. Its fields, and the stray blanks in them, are
// those of the samples on "Monitor the rotation of dynamic ECS secrets"
// (https://www.alibabacloud.com/help/en/kms/key-management-service/support/monitor-the-rotation-of-dynamic-ecs-secrets)
// and of its twin for ApsaraDB RDS secrets.
package events
