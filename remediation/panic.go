package remediation

import (
	"fmt"
	"runtime"
	"strings"
)

// panicError is the place where one secret panicked.
type panicError string

func (p panicError) Error() string { return "the function panicked at " + string(p) }

// PanicPlace returns the function and line that panicked, to whatever recovers. Only the place is reported: a text may hold
// anything.
func PanicPlace() string {
	frames := make([]uintptr, 64)
	all := runtime.CallersFrames(frames[:runtime.Callers(0, frames)])
	below := false
	for {
		frame, more := all.Next()
		if below && !strings.HasPrefix(frame.Function, "runtime.") {
			return fmt.Sprintf("%s:%d", frame.Function, frame.Line)
		}
		below = below || frame.Function == "runtime.gopanic"
		if !more {
			return "an unknown place"
		}
	}
}
