package fcruntime

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// envelope is what a destination receives. Both payloads are strings, whatever is in them; the samples show the
// timestamp as text in older and as milliseconds in newer ones
// (https://www.alibabacloud.com/help/en/fc/user-guide/result-callback).
type envelope struct {
	Timestamp       int64           `json:"timestamp"`
	RequestContext  requestContext  `json:"requestContext"`
	RequestPayload  string          `json:"requestPayload"`
	ResponseContext responseContext `json:"responseContext"`
	ResponsePayload string          `json:"responsePayload"`
}

type requestContext struct {
	RequestID              string `json:"requestId"`
	FunctionARN            string `json:"functionArn"`
	Condition              string `json:"condition"` // empty, as in a sample; no document lists the others
	ApproximateInvokeCount int    `json:"approximateInvokeCount"`
}

type responseContext struct {
	StatusCode    int    `json:"statusCode"`
	FunctionError string `json:"functionError"`
}

// unhandled is what the platform calls each error of a Go function
// (https://www.alibabacloud.com/help/en/functioncompute/fc/error-handling-4-1).
const unhandled = "UnhandledInvocationError"

// InvokeAsync is an asynchronous invocation: it is tried until it succeeds or Options.Retries are used up, and is then
// sent to the failure destination. It returns when the platform is done with the event, with one result per attempt.
// Others may have their turn between the attempts.
func (p *Platform) InvokeAsync(ctx context.Context, event []byte) ([]Result, error) {
	var results []Result
	for n := 1; ; n++ {
		result, err := p.attempt(ctx, event, n)
		if err != nil {
			return results, err
		}
		results = append(results, result)
		if !result.Failed() {
			return results, nil
		}
		if n > p.options.Retries {
			return results, p.discard(event, result)
		}
		if err := p.pause(ctx); err != nil {
			return results, err
		}
	}
}

func (p *Platform) pause(ctx context.Context) error {
	timer := time.NewTimer(p.options.RetryPause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-p.closing:
		return errClosed
	case <-ctx.Done():
		return fmt.Errorf("waiting for the next attempt: %w", ctx.Err())
	}
}

// discard sends an event that will not be tried again to the failure destination.
func (p *Platform) discard(event []byte, last Result) error {
	message, err := json.Marshal(envelope{
		Timestamp: time.Now().UnixMilli(),
		RequestContext: requestContext{
			RequestID:              last.RequestID,
			FunctionARN:            fmt.Sprintf("acs:fc:%s:%s:functions/%s", p.options.Region, p.options.AccountID, p.options.FunctionName),
			ApproximateInvokeCount: last.Attempt,
		},
		RequestPayload:  string(event),
		ResponseContext: responseContext{StatusCode: 200, FunctionError: unhandled},
		ResponsePayload: last.reply(p.options.Timeout),
	})
	if err != nil {
		return fmt.Errorf("writing to the failure destination: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.discarded = append(p.discarded, message)
	return nil
}

// FailureDestination returns the messages that were sent to it, oldest first.
func (p *Platform) FailureDestination() [][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.discarded)
}
