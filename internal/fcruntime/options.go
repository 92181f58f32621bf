package fcruntime

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
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
