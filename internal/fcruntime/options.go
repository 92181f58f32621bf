package fcruntime

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// Options say what is run, and how the platform is set.
type Options struct {
	Command   []string // path of the binary, and its arguments
	Directory string   // where it runs; this program's own when empty
	Env       []string // the function's variables; nothing is inherited

	Region, AccountID, FunctionName string

	Credentials    Credentials   // sent with every event, and in the environment of a process that starts
	Timeout        time.Duration // of one attempt; 60s when 0
	Retries        int           // of an asynchronous invocation that fails: 0 to 8
	RetryPause     time.Duration // between those attempts; how long the platform waits is not documented
	Concurrency    int           // processes at once, like reservedConcurrency; 1 when 0
	Stdout, Stderr io.Writer     // get a copy of what the processes print

	startLimit time.Duration
}

const (
	defaultTimeout = 60 * time.Second // as in s.yaml

	// defaultStartLimit is how long a process may take to ask for an event. The platform's limit is not documented; this
	// one is only there so that a binary that is no function fails, and long enough for a busy machine.
	defaultStartLimit = 30 * time.Second

	// maxRetries is the platform's bound of maxAsyncRetryAttempts.
	maxRetries = 8
)

// complete checks the options and fills in the defaults.
func (o *Options) complete() error {
	if len(o.Command) == 0 {
		return errors.New("no command to run")
	}
	path, err := exec.LookPath(o.Command[0])
	if err != nil {
		return fmt.Errorf("finding the function: %w", err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return fmt.Errorf("finding the function: %w", err)
	}
	o.Command = append([]string{path}, o.Command[1:]...)
	if o.Retries < 0 || o.Retries > maxRetries {
		return fmt.Errorf("%d retries: want 0 to %d", o.Retries, maxRetries)
	}
	if o.Timeout < 0 || o.Concurrency < 0 {
		return fmt.Errorf("timeout %s, concurrency %d: want 0 for the default, or more", o.Timeout, o.Concurrency)
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.startLimit == 0 {
		o.startLimit = defaultStartLimit
	}
	if o.Concurrency == 0 {
		o.Concurrency = 1
	}
	return nil
}

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

// memoryMB is the smallest size of a function, in MB; it is sent, not enforced.
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

// environment are the variables of a process. Those of the platform come last and win: the prefix FC_ is reserved
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

// wholeSeconds rounds up: a timeout of a fraction of a second, which only tests use, must not be sent as 0.
func wholeSeconds(d time.Duration) int {
	return int((d + time.Second - 1) / time.Second)
}
