package events

// isBareContent recognizes the content of an event of KMS without anything around it: data of a CloudEvent alone, as a
// trigger hands it over whose eventSchema is RawData. See
// https://www.alibabacloud.com/help/en/functioncompute/api-fc-2023-03-30-struct-deliveryoption
func isBareContent(o object) bool {
	return o.has("secretName") && o.has("rotationStatus") || o.has(failure.timeKey) || o.has(success.timeKey)
}

// refuseBareContent refuses content that names neither a region nor an account: a name alone may be that of many secrets.
func refuseBareContent(o object) error {
	return &RejectError{Field: o.field, Got: "content without its event", Want: "the whole CloudEvent: set the trigger's eventSchema to CloudEvents, not RawData"}
}
