package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/aliyun/fc-runtime-go-sdk/fc/messages"

	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/report"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// A function that starts with a bad setting takes events out of the queue before anybody knows.
func TestABadSettingEndsTheProcessBeforeItAsksForAnEvent(t *testing.T) {
	for _, row := range []struct{ setting, line string }{
		{"REMEDIATION_MODE=", `REMEDIATION_MODE="": want act or observe: there is no default, so that nothing rotates by accident`},
		{"VERIFY_WAIT=20", `VERIFY_WAIT="20": want a duration such as 20s, 10m or 6h; the unit is missing`},
		{"MAX_ATTEMPTS=0\x00REGIONS=nowhere\x00VERIFY_WAIT=1d", `REGIONS="nowhere": "nowhere" is no region id: want such as cn-hangzhou, separated by commas; MAX_ATTEMPTS="0": want a whole number from 1 to 1000; VERIFY_WAIT="1d": want a duration such as 20s, 10m or 6h; "d" is no unit, h, m and s are`},
		{"RETRY_BACKOFF_MAX=1m", `RETRY_BACKOFF_MAX="1m": want at least RETRY_BACKOFF, which is 10m`},
		{"KMS_ENDPOINT=http://kms.aliyuncs.com", `KMS_ENDPOINT="http://kms.aliyuncs.com": want https: plain http is for a loopback address only, such as http://127.0.0.1:8080`},
	} {
		t.Run(row.setting, func(t *testing.T) {
			t.Parallel()
			platform, err := fcruntime.Start(fcruntime.Options{
				Command: []string{binary}, Region: region, AccountID: account, Credentials: platformCredentials(canaryCredentials),
				Env: append([]string{"REMEDIATION_MODE=act", "CANARY=" + canaryEnv}, strings.Split(row.setting, "\x00")...),
			})
			if err != nil {
				t.Fatal(err)
			}
			defer platform.Close()
			r, err := platform.Invoke(t.Context(), []byte(canaryPayload))
			if err != nil {
				t.Fatal(err)
			}
			stdout, stderr := platform.Output()
			if !r.Exited || r.ExitCode != 1 || r.Elapsed != 0 || len(stdout) > 0 || string(stderr) != row.line+"\n" {
				t.Errorf("exited %t with %d, took an event %t, printed %q and, on stderr:\n%swant:\n%s", r.Exited, r.ExitCode, r.Elapsed != 0, stdout, stderr, row.line)
			}
		})
	}
}

// The SDK reads these variables, panics on one and follows another: every call would end, or go through a stranger.
func TestProxyVariablesNeitherStopTheStartNorChangeACall(t *testing.T) {
	t.Parallel()
	var passed atomic.Int32
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed.Add(1) }))
	defer trap.Close()
	for _, proxies := range [][]string{
		{"NO_PROXY=(", "no_proxy=("},
		{"HTTPS_PROXY=http://[::1", "https_proxy=%zz", "HTTP_PROXY=://", "http_proxy=%zz"},
		{"HTTP_PROXY=" + trap.URL, "http_proxy=" + trap.URL, "HTTPS_PROXY=" + trap.URL, "https_proxy=" + trap.URL, "ALL_PROXY=" + trap.URL},
	} {
		c := newCloud(t, standin.Options{}, standin.Secret{})
		f := startFunction(t, c, fcruntime.Options{}, proxies...)
		a := f.invoke(c.failure)
		if got := strings.Join(c.calls(0), ", "); a.result().Outcome != "rotated" || got != wholeRemediation || passed.Load() > 0 {
			t.Errorf("%s: %s with the calls %s, %d through the proxy", proxies, a.text, got, passed.Load())
		}
	}
}

// Proxies are never asked for a loopback address, so this endpoint is none, and nobody listens there.
func TestAProxyNeverSeesACallToKMS(t *testing.T) {
	t.Parallel()
	var passed atomic.Int32
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed.Add(1) }))
	defer trap.Close()
	c := newCloud(t, standin.Options{}, standin.Secret{})
	f := startFunction(t, c, fcruntime.Options{}, "KMS_ENDPOINT=https://0.0.0.0:1", "HTTPS_PROXY="+trap.URL, "https_proxy="+trap.URL)
	if a := f.invoke(c.failure); a.errorType != "undecided" || !strings.Contains(a.result().Reason, "could not be sent") || passed.Load() > 0 {
		t.Errorf("%d calls through the proxy: %s", passed.Load(), a.text)
	}
}

// wholeRemediation are the calls of a rotation that works at the first read.
const wholeRemediation = "DescribeSecret 200, ListSecretVersionIds 200, TagResource 200, RotateSecret 200, ListSecretVersionIds 200, TagResource 200, DescribeSecret 200"

// The runtime API hands out credentials over plain http. A proxy that the environment names would read them.
func TestNoProxyComesBetweenTheFunctionAndTheRuntimeAPI(t *testing.T) {
	before := http.DefaultTransport.(*http.Transport).Proxy
	t.Cleanup(func() { http.DefaultTransport.(*http.Transport).Proxy = before })
	if _, err := start([]string{"REMEDIATION_MODE=observe"}); err != nil {
		t.Fatal(err)
	}
	if http.DefaultTransport.(*http.Transport).Proxy != nil {
		t.Error("the transport of the runtime SDK heeds proxy variables, want none")
	}
}

// A token lives an hour, an instance can live a day. A token of the environment or of an earlier invocation is
// expired by then, or its role was taken away.
func TestEachInvocationUsesItsOwnCredentials(t *testing.T) {
	t.Parallel()
	old := canaryCredentials
	old.SecurityToken = otherCredentials.SecurityToken
	c := newCloud(t, standin.Options{}, failing) // knows the new token only
	f := startFunction(t, c, fcruntime.Options{Credentials: platformCredentials(old)})
	for n, row := range []struct {
		credentials standin.Credentials
		want        remediation.Outcome
	}{
		{old, remediation.Undecided},
		{canaryCredentials, remediation.Pending},
		{old, remediation.Undecided},
		{canaryCredentials, remediation.Waiting},
	} {
		f.SetCredentials(platformCredentials(row.credentials))
		skip := len(c.Calls())
		r, err := f.Invoke(t.Context(), c.failure)
		if err != nil || n > 0 && r.SinceExec != 0 {
			t.Fatalf("%v, or another process: what one keeps cannot be seen", err)
		}
		a := f.read(r)
		if a.result().Outcome != row.want || a.failed() != (row.want == remediation.Undecided) {
			t.Errorf("invocation %d: got %s after %q, want %s", n+1, a.text, c.calls(skip), row.want)
		}
		if calls := c.calls(skip); row.want == remediation.Undecided && len(calls) != 1 {
			t.Errorf("invocation %d: a token that is over was tried again: %q", n+1, calls)
		}
	}
	for _, call := range c.Calls() {
		if call.AccessKeyID != "STS.…" {
			t.Errorf("%s was called by %s", call.Action, call.AccessKeyID)
		}
	}
}

// Every test here searches what the function says for what it must not say. These do so where the SDK would print each
// signed address by itself, and where the service repeats what was signed.
func TestNothingLeaksWhereTheSDKWouldPrintIt(t *testing.T) {
	wrong := canaryCredentials
	wrong.AccessKeySecret = otherCredentials.AccessKeySecret
	for _, row := range []struct {
		name   string
		debug  string
		before func(*function)
		calls  int // at least so many were made
	}{
		{"a rotation that works", "DEBUG=sdk", func(*function) {}, 7},
		{"a signature that the service repeats", "DEBUG=sdk", func(f *function) { f.SetCredentials(platformCredentials(wrong)) }, 1},
		{"a permission that is missing", "DEBUG=x,sdk,y", refusing("RotateSecret", http.StatusForbidden, "Forbidden.NoPermission"), 5},
		{"a connection that is reset", "DEBUG=sdk", func(f *function) {
			f.cloud.Inject(standin.Fault{Action: "RotateSecret", Kind: standin.ResetAfter})
		}, 7},
		{"a redirect", "DEBUG=sdk,y", func(f *function) {
			f.cloud.Inject(standin.Fault{Action: "TagResource", Kind: standin.Redirect, Times: 1})
		}, 8},
		{"a page for people", "DEBUG=sdk", func(f *function) {
			f.cloud.Inject(standin.Fault{Action: "DescribeSecret", Kind: standin.HTML, Times: 1})
		}, 8},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, standin.Options{}, standin.Secret{})
			f := startFunction(t, c, fcruntime.Options{}, row.debug)
			row.before(f)
			f.invoke(c.failure)
			if got := len(c.Calls()); got < row.calls {
				t.Errorf("%d calls, want %d: nothing could leak", got, row.calls)
			}
		})
	}
}

// A payload that cannot be read is the one that somebody would love to see in the log, secrets included.
func TestAPayloadThatIsRefusedIsNotRepeated(t *testing.T) {
	t.Parallel()
	c := newCloud(t, standin.Options{}, standin.Secret{})
	f := startFunction(t, c, fcruntime.Options{})
	for _, payload := range [][]byte{
		[]byte(canaryPayload),
		[]byte(`"` + canaryPayload + `"`),
		[]byte(`["` + canaryPayload + `"]`),
		[]byte(`{"` + canaryPayload + `":1}`),
		bytes.Replace(c.failure, []byte(`"CRITICAL"`), []byte(`"INFO"`), 1),
		c.failure[:len(c.failure)-1],
		nil,
	} {
		if a := f.invoke(payload); a.errorType != "rejected" {
			t.Errorf("%s: got %s (errorType %q), want it rejected", payload, a.text, a.errorType)
		}
	}
	if n := len(c.Calls()); n > 0 {
		t.Errorf("%d calls for payloads that cannot be read", n)
	}
}

// A payload of any size reaches the function: what has no token, or is no event, is refused before it is copied. The
// runtime SDK takes nearly four times the size to read it, and nothing is left to add to that.
func TestLargePayloadsDoNotKillTheInstance(t *testing.T) {
	const size, most = 32 << 20, 1 << 20
	fill := func(begin, with, end string) []byte {
		return []byte(begin + strings.Repeat(with, (size-len(begin)-len(end))/len(with)) + end)
	}
	base64Body := fill(`{"rawPath":"/","requestContext":{"http":{"method":"POST"}},"isBase64Encoded":true,"body":"`, "A", `"}`)
	for _, row := range []struct {
		name    string
		payload []byte
	}{
		{"no JSON", fill("", "x", "")},
		{"bytes that are escaped", fill("", "\x01", "")},
		{"an event with a long member", fill(`{"name":"Secret:RotateSecret:Failure","x":"`, "A", `"}`)},
		{"nested arrays", fill("", "[", "")},
		{"many small objects", fill("[", `{"name":"x"},`, "{}]")},
		{"a request without a token, its body in base64", base64Body},
		{"a request without a token, with many headers", fill(`{"rawPath":"/","headers":{`, `"a":"b",`, `"c":"d"}}`)},
	} {
		c := newCloud(t, standin.Options{}, standin.Secret{})
		i := newInstance(t, c, callbackSetting)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := i.Invoke(t.Context(), row.payload)
		runtime.ReadMemStats(&after)
		if allocated := after.TotalAlloc - before.TotalAlloc; allocated > most {
			t.Errorf("%s: %d KB allocated, want less than %d", row.name, allocated>>10, most>>10)
		}
		over, _ := r.(response)
		var failure messages.InvokeResponse_Error
		refused := errors.As(err, &failure) && failure.Type == string(remediation.Rejected)
		if strings.HasPrefix(row.name, "a request") {
			refused = over.StatusCode == http.StatusForbidden
		}
		if !refused || len(failure.Message) > 4<<10 {
			t.Errorf("%s: want it refused in few words: %v, %.300s", row.name, r, failure.Message)
		}
	}
	f := startFunction(t, newCloud(t, standin.Options{}, standin.Secret{}), fcruntime.Options{}, callbackSetting)
	for range 2 { // and nothing adds up
		if a := f.call(base64Body); a.StatusCode != http.StatusForbidden {
			t.Errorf("got %d, want 403", a.StatusCode)
		}
	}
	if peak := f.Peak(); peak > 4*size {
		t.Errorf("peak memory %d MB, want at most four times the payload", peak>>20)
	}
}

// stdoutVariable has the test binary stand in for the function: it makes its stdout one that cannot be written, and
// becomes the function.
const stdoutVariable = "TEST_STDOUT"

var uselessStdouts = map[string]func() int{
	"a pipe that nobody reads": func() int {
		var ends [2]int
		if syscall.Pipe(ends[:]) != nil || syscall.Close(ends[0]) != nil {
			os.Exit(3)
		}
		return ends[1]
	},
	"a device that is full": func() int {
		full, err := syscall.Open("/dev/full", syscall.O_WRONLY, 0)
		if err != nil {
			os.Exit(3)
		}
		return full
	},
	"none": func() int { return -1 },
}

func runWithoutStdout(kind string) {
	if fd := uselessStdouts[kind](); fd < 0 {
		_ = syscall.Close(1)
	} else if syscall.Dup2(fd, 1) != nil {
		os.Exit(3)
	}
	_ = syscall.Exec(os.Getenv("TEST_FUNCTION"), []string{"main"}, os.Environ())
	os.Exit(3) // Exec returns only if it failed
}

// A log that cannot be written is no reason to leave a password as it is, nor to end the process.
func TestALogThatCannotBeWrittenChangesNothing(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for kind := range uselessStdouts {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, standin.Options{}, standin.Secret{})
			f := startFunction(t, c, fcruntime.Options{Command: []string{self}}, stdoutVariable+"="+kind, "TEST_FUNCTION="+binary)
			for n, want := range []remediation.Outcome{remediation.Rotated, remediation.AlreadyRotated} {
				r, err := f.Invoke(t.Context(), c.failure)
				var a report.Report
				if err != nil || r.Exited || json.Unmarshal(r.Payload, &a) != nil || len(a.Results) != 1 || a.Results[0].Outcome != want {
					t.Fatalf("%v, exited %t with %d: %s; want %s", err, r.Exited, r.ExitCode, r.Payload, want)
				}
				if n > 0 && r.SinceExec != 0 {
					t.Error("another process served the second event, want the first one alive")
				}
			}
			if stdout, _ := f.Output(); len(stdout) > 0 {
				t.Errorf("the log was written: %s", stdout)
			}
		})
	}
}
