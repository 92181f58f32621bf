// Package events reads what arrives, and nothing else: bytes in, an Event out. It has no clock, no network and no SDK.
//
//	payload → Decode → Items ─────────────┬→ Event → look at the secret → decide → act → report
//	item of the history → FromHistory ────┘
//	request of an HTTP trigger → ReadRequest → who may send one is checked → its body is a payload
//
// An Event of kind Failure or Success was checked as far as its own bytes allow: it names a region, an account and a
// secret that agree with each other, and a Failure names a time. That it is true is not known: KMS has the last word.
// What is well formed but not about a rotation is Foreign; what cannot be read, or contradicts itself, is a RejectError.
//
// A payload is the event itself, as an event rule delivers it to a function, or an envelope of the message route that it
// came by, or an array of those. Each form has a file of its own, and routes.go lists them. Whatever the route, the same
// event gives the same Event.
//
// The fields of an event, and the stray blanks in them, are those of the samples on "Monitor the rotation of dynamic ECS
// secrets" (https://www.alibabacloud.com/help/en/kms/key-management-service/support/monitor-the-rotation-of-dynamic-ecs-secrets)
// and of its twin for ApsaraDB RDS secrets.
package events
