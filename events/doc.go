// Package events decodes payloads, and nothing else: bytes in, an Event out. It has no clock, no network and no SDK.
//
//	payload → Decode ─┬→ Items ───────────────────────────────────┬→ Event → observe → decide → apply → report
//	                  └→ Request → its token is checked → Decode ──┤
//	item of CloudMonitor's history → FromHistory ──────────────────┘
//
// Inside, a body (decode.go) becomes an object (json.go), whose form (envelope.go) is an event or an envelope of another
// body. Each kind of event (alert.go, cloudevent.go, subscription.go, history.go) fills one alert, which is then checked.
//
// An Event of kind Failure or Success was checked as far as its own bytes allow: it names a region, an account and a
// secret that agree with each other, and a Failure names a time. Whether it is true only KMS knows. An event that is well
// formed but not about a rotation is Foreign; one that is no JSON, or contradicts itself, is a RejectError. The same
// event gives the same Event by each route. README.md lists the routes and forms.
//
// The fields of an event, and the stray blanks in them, are those of the samples on "Monitor the rotation of dynamic ECS
// secrets" (https://www.alibabacloud.com/help/en/kms/key-management-service/support/monitor-the-rotation-of-dynamic-ecs-secrets)
// and of its twin for ApsaraDB RDS secrets.
package events
