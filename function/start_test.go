package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/fcruntime"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// A function that starts with a bad setting takes events out of the queue before anybody knows.
func TestABadSettingEndsTheProcessBeforeItAsksForAnEvent(t *testing.T) {
	for _, row := range []struct{ setting, line string }{
		{"REMEDIATION_MODE=", `REMEDIATION_MODE="": want act or observe: there is no default, so that nothing rotates by accident`},
		{"VERIFY_WAIT=20", `VERIFY_WAIT="20": want a duration such as 20s, 10m or 6h; the unit is missing`},
		{"RETRY_BACKOFF_MAX=1m", `RETRY_BACKOFF_MAX="1m": want at least RETRY_BACKOFF, which is 10m`},
		{"KMS_ENDPOINT=http://kms.aliyuncs.com", `KMS_ENDPOINT="http://kms.aliyuncs.com": want https: plain http is for a loopback address only, such as http://127.0.0.1:8080`},
	} {
		t.Run(row.setting, func(t *testing.T) {
			t.Parallel()
			platform, err := fcruntime.Start(fcruntime.Options{
				Command: []string{binary}, Region: region, AccountID: account, Credentials: platformCredentials(canaryCredentials),
				Env: []string{"REMEDIATION_MODE=act", "CANARY=" + canaryEnv, row.setting},
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

// The SDK reads these variables, panics on one and follows another: every call would end, or pass through a stranger.
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
	if a := f.invoke(c.failure); a.errorType != "undecided" || !strings.Contains(a.result().Reason, "unsent") || passed.Load() > 0 {
		t.Errorf("%d calls through the proxy: %s", passed.Load(), a.text)
	}
}

// wholeRemediation are the calls of a rotation that works at the first look.
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
