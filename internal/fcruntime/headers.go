package fcruntime

import (
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// The headers that come with an event, by the names that the SDK reads. It drops an event without deadline or timeout.
const (
	headerRequestID       = "X-Fc-Request-Id"
	headerDeadline        = "X-Fc-Function-Deadline" // Unix time in milliseconds
	headerTimeout         = "X-Fc-Function-Timeout"  // seconds
	headerFunctionType    = "X-Fc-Function-Type"     // 0 is an event, as opposed to a lifecycle hook
	headerFunctionName    = "X-Fc-Function-Name"
	headerHandler         = "X-Fc-Function-Handler"
	headerMemory          = "X-Fc-Function-Memory" // MB
	headerAccessKeyID     = "X-Fc-Access-Key-Id"
	headerAccessKeySecret = "X-Fc-Access-Key-Secret"
	headerSecurityToken   = "X-Fc-Security-Token"
	headerRegion          = "X-Fc-Region"
	headerAccountID       = "X-Fc-Account-Id"
	headerQualifier       = "X-Fc-Qualifier"
	headerRetryCount      = "X-Fc-Retry-Count"
)

// memoryMB is the smallest size of a function, in MB; it is told, not enforced.
const memoryMB = "128"

// Credentials are those of the function's role. Without a role the platform sends empty strings.
type Credentials struct {
	AccessKeyID, AccessKeySecret, SecurityToken string
}

// header is what comes with one event, but for the deadline, which is known when the process takes the event.
func (o Options) header(requestID string, attempt int, c Credentials) http.Header {
	h := http.Header{}
	h.Set("Content-Type", "application/octet-stream")
	h.Set(headerRequestID, requestID)
	h.Set(headerTimeout, strconv.Itoa(wholeSeconds(o.Timeout)))
	h.Set(headerFunctionType, "0")
	h.Set(headerFunctionName, o.FunctionName)
	h.Set(headerHandler, filepath.Base(o.Command[0]))
	h.Set(headerMemory, memoryMB)
	h.Set(headerAccessKeyID, c.AccessKeyID)
	h.Set(headerAccessKeySecret, c.AccessKeySecret)
	h.Set(headerSecurityToken, c.SecurityToken)
	h.Set(headerRegion, o.Region)
	h.Set(headerAccountID, o.AccountID)
	h.Set(headerQualifier, "LATEST")
	h.Set(headerRetryCount, strconv.Itoa(attempt-1))
	return h
}

// environment is what a process sees. What the platform sets comes last and wins: the prefix FC_ is reserved
// (https://www.alibabacloud.com/help/en/functioncompute/fc/environment-variables).
func (o Options) environment(address, instanceID string, c Credentials) []string {
	env := append(slices.Clone(o.Env),
		"FC_RUNTIME_API="+address,
		"FC_REGION="+o.Region,
		"FC_ACCOUNT_ID="+o.AccountID,
		"FC_FUNCTION_NAME="+o.FunctionName,
		"FC_FUNCTION_HANDLER="+filepath.Base(o.Command[0]),
		"FC_FUNCTION_MEMORY_SIZE="+memoryMB,
		"FC_FUNC_CODE_PATH="+filepath.Dir(o.Command[0]),
		"FC_INSTANCE_ID="+instanceID,
	)
	if c == (Credentials{}) {
		return env
	}
	return append(env,
		"ALIBABA_CLOUD_ACCESS_KEY_ID="+c.AccessKeyID,
		"ALIBABA_CLOUD_ACCESS_KEY_SECRET="+c.AccessKeySecret,
		"ALIBABA_CLOUD_SECURITY_TOKEN="+c.SecurityToken,
	)
}

// wholeSeconds rounds up: a timeout of a fraction of a second, which only tests use, must not be told as 0.
func wholeSeconds(d time.Duration) int {
	return int((d + time.Second - 1) / time.Second)
}
