package main

import (
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// function is the built binary, as the platform runs it, with a stand-in KMS.
type function struct {
	*fcruntime.Platform
	t     testing.TB
	cloud *cloud
}

// startFunction fills in the options and settings that a test does not care about; env wins over them. When the test is
// over, all that the function said is searched for what it must not say.
func startFunction(t testing.TB, c *cloud, o fcruntime.Options, env ...string) *function {
	t.Helper()
	url, stop, err := standin.Serve(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	c.sent.add(url)
	if o.Command == nil {
		o.Command = []string{binary}
	}
	o.Region, o.AccountID, o.FunctionName = region, account, "rotation-remediator"
	o.Env = append([]string{
		"REMEDIATION_MODE=act", "VERIFY_WAIT=0", "KMS_ENDPOINT=" + url, "CLOUDMONITOR_ENDPOINT=" + url, "CANARY=" + canaryEnv,
	}, env...)
	if o.Credentials == (fcruntime.Credentials{}) {
		o.Credentials = platformCredentials(canaryCredentials)
	}
	platform, err := fcruntime.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	f := &function{Platform: platform, t: t, cloud: c}
	t.Cleanup(f.close)
	return f
}

func (f *function) close() {
	if err := f.Close(); err != nil {
		f.t.Error(err)
	}
	stdout, stderr := f.Output()
	f.cloud.sent.search(f.t, "stdout", stdout)
	f.cloud.sent.search(f.t, "stderr", stderr)
	if rest := runtimeError.ReplaceAll(stderr, nil); len(rest) > 0 {
		f.t.Errorf("the function wrote to stderr:\n%s", rest)
	}
}

// invoke delivers a payload, and wants an answer.
func (f *function) invoke(payload []byte) answer {
	f.t.Helper()
	r, err := f.Invoke(f.t.Context(), payload)
	if err != nil || r.Exited || r.TimedOut {
		_, stderr := f.Output()
		f.t.Errorf("no answer: %v, exited %t, timed out %t\n%s", err, r.Exited, r.TimedOut, stderr)
		return answer{}
	}
	return f.read(r)
}

func (f *function) read(r fcruntime.Result) answer {
	f.t.Helper()
	f.cloud.sent.search(f.t, "the answer", r.Payload)
	text, errorType := r.Payload, ""
	if r.Error != nil {
		text, errorType = []byte(r.Error.Message), r.Error.Type
		if errorType == "" || len(r.Error.StackTrace) > 0 {
			f.t.Errorf("an error of type %q with %d lines of a stack", errorType, len(r.Error.StackTrace))
		}
	}
	stdout, _ := f.Output()
	return readAnswer(f.t, r.RequestID, errorType, text, stdout)
}
