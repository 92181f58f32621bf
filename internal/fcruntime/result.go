package fcruntime

import (
	"encoding/json"
	"fmt"
	"time"
)

// Result is what one attempt at an invocation came to.
type Result struct {
	RequestID string
	Attempt   int    // 1 for the first; the function sees Attempt-1 as its retry count
	Payload   []byte // the body that the process posted, to /response or, where Error is set, to /error
	Error     *FunctionError
	TimedOut  bool          // no answer within Options.Timeout, or no poll at all; the process was killed
	Exited    bool          // the process ended, or was killed by Kill or Close, before it answered
	ExitCode  int           // where Exited; -1 after a signal
	Elapsed   time.Duration // from handing out the event; 0 if the process never asked for it
	SinceExec time.Duration // from just before exec to the answer; 0 for all but the first answer of a process
}

// FunctionError is the body of /error.
type FunctionError struct {
	Message    string       `json:"errorMessage"`
	Type       string       `json:"errorType"`
	StackTrace []StackFrame `json:"stackTrace,omitempty"`
}

// StackFrame is one line of the stack of a handler that panicked.
type StackFrame struct {
	Path  string `json:"path"`
	Line  int    `json:"line"`
	Label string `json:"label"`
}

// Failed says whether the platform counts the attempt as failed, and tries an asynchronous invocation again.
func (r Result) Failed() bool { return r.Error != nil || r.TimedOut || r.Exited }

// take fills in what the process answered.
func (r *Result) take(a *answer) {
	r.Payload = a.body
	if !a.failed {
		return
	}
	r.Error = &FunctionError{}
	if json.Unmarshal(a.body, r.Error) != nil {
		r.Error = &FunctionError{Message: "the body of /error cannot be read"}
	}
}

// reply is what the platform passes on as the payload of the response. Where the process left none, it is an error in
// words of the platform's own.
func (r Result) reply(timeout time.Duration) string {
	message := ""
	switch {
	case r.TimedOut:
		message = fmt.Sprintf("Function time out after %d seconds", wholeSeconds(timeout))
	case r.Exited:
		message = fmt.Sprintf("Process exited unexpectedly before completing request (duration: %dms)", r.Elapsed.Milliseconds())
	default:
		return string(r.Payload)
	}
	return `{"errorMessage":"` + message + `"}`
}
