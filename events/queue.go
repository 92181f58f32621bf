package events

import "strings"

// queueMessage is the type of the CloudEvent that carries a message of an MNS queue, see
// https://www.alibabacloud.com/help/en/functioncompute/fc/mns-queue-triggers
const queueMessage = "mns:Queue:SendMessage"

// isQueueMessage recognizes a message of an MNS queue: a CloudEvent, whose body tells it as well as its type does, or
// its data alone, which is what arrives where the trigger's eventSchema is RawData.
func isQueueMessage(o object) bool {
	if isCloudEvent(o) {
		return strings.EqualFold(o.shown("type"), queueMessage) || o.holds("data", "messageBody")
	}
	return o.has("messageBody")
}

func openQueueMessage(o object) (part, error) {
	if err := o.unique(); err != nil {
		return part{}, err
	}
	if !isCloudEvent(o) {
		return o.part("messageBody")
	}
	data, err := o.object("data")
	if err != nil {
		return part{}, err
	}
	if err := data.unique(); err != nil {
		return part{}, err
	}
	return data.part("messageBody")
}
