package events

// isTopicMessage recognizes what a trigger of an MNS topic sends in the format JSON. In the format STREAM it sends the
// message alone. See https://www.alibabacloud.com/help/en/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-struct-mnstopictriggerconfig
func isTopicMessage(o object) bool {
	return o.has("TopicName")
}

func openTopicMessage(o object) (part, error) {
	if err := o.unique(); err != nil {
		return part{}, err
	}
	return o.part("Message")
}
