package events

// isKeptFailure recognizes what a failure destination of Function Compute keeps of an invocation that failed, so that it
// can be fed back. See https://www.alibabacloud.com/help/en/fc/user-guide/result-callback
func isKeptFailure(o object) bool {
	return o.holds("requestContext", "functionArn")
}

// openKeptFailure returns what the function was invoked with. What came of it is not read: it failed.
func openKeptFailure(o object) (part, error) {
	if err := o.unique(); err != nil {
		return part{}, err
	}
	return o.part("requestPayload")
}
