package fcruntime

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// start runs the test binary in a role, "function" where the options name none.
func start(t *testing.T, o Options) *Platform {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o.Command = []string{self}
	if o.Env == nil {
		o.Env = []string{roleVariable + "=function"}
	}
	p, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func invoke(t *testing.T, p *Platform, event string) Result {
	t.Helper()
	r, err := p.Invoke(t.Context(), []byte(event))
	if err != nil {
		t.Fatalf("invoking with %s: %v", event, err)
	}
	return r
}

func reported(t *testing.T, r Result) report {
	t.Helper()
	var seen report
	if err := json.Unmarshal(r.Payload, &seen); err != nil || r.Failed() {
		t.Fatalf("got no report but %+v: %v", r, err)
	}
	return seen
}

// visit gives the address at which an event calls do, with a context that ends with the process.
func visit(t *testing.T, do func(*http.Request)) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { do(r) }))
	t.Cleanup(server.Close)
	return server.URL
}

// arrivals holds each event that calls the address until its arrival is received.
func arrivals(t *testing.T) (url string, arrived chan struct{}) {
	t.Helper()
	arrived = make(chan struct{})
	return visit(t, func(r *http.Request) {
		select {
		case arrived <- struct{}{}:
		case <-r.Context().Done():
		}
	}), arrived
}

func (o order) event() string {
	text, _ := json.Marshal(o) // strings and numbers only
	return string(text)
}

// invokeAtOnce counts the events of each process.
func invokeAtOnce(t *testing.T, p *Platform, n int, o order) map[int]int {
	t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	pids := map[int]int{}
	for range n {
		all.Go(func() {
			result, err := p.Invoke(t.Context(), []byte(o.event()))
			var seen report
			if err != nil || json.Unmarshal(result.Payload, &seen) != nil {
				t.Errorf("got %+v: %v", result, err)
			}
			mu.Lock()
			defer mu.Unlock()
			pids[seen.PID]++
		})
	}
	all.Wait()
	return pids
}

type outcome struct {
	result Result
	err    error
}

func invokeInBackground(ctx context.Context, p *Platform, o order) chan outcome {
	done := make(chan outcome, 1)
	go func() {
		result, err := p.Invoke(ctx, []byte(o.event()))
		done <- outcome{result, err}
	}()
	return done
}

// A difference between this and the real platform would be found on the platform only.
func TestAnEventComesWithWhatThePlatformSends(t *testing.T) {
	options := Options{
		Region: "cn-hangzhou", AccountID: "1234567890", FunctionName: "remediator", Timeout: 42 * time.Second,
		Credentials: Credentials{AccessKeyID: "STS.id", AccessKeySecret: "secret", SecurityToken: "token"},
	}
	p := start(t, options)
	result := invoke(t, p, "any text")
	seen := reported(t, result)
	if seen.Left <= 40*time.Second || seen.Left > 42*time.Second {
		t.Errorf("the deadline was %s away, want just under 42s", seen.Left)
	}
	want := report{
		Event: "any text", PID: seen.PID, RequestID: result.RequestID, RetryCount: 0,
		Credentials: fccontext.Credentials{AccessKeyId: "STS.id", AccessKeySecret: "secret", SecurityToken: "token"},
		Name:        "remediator", Handler: filepath.Base(os.Args[0]), Region: "cn-hangzhou", AccountID: "1234567890", Timeout: 42,
	}
	if diff := cmp.Diff(want, seen, cmpopts.IgnoreFields(report{}, "Left", "Environment")); diff != "" {
		t.Errorf("the event came with other facts (-want +got):\n%s", diff)
	}
}

// A variable of the developer's shell that leaks in makes a test pass that fails on every other machine.
func TestNothingOfTheCallersEnvironmentIsInherited(t *testing.T) {
	t.Setenv("CANARY", "alive")
	for _, row := range []struct {
		name        string
		credentials Credentials
		also        []string
	}{
		{"without a role there are no keys", Credentials{}, nil},
		{"a role puts its keys there", Credentials{AccessKeyID: "id"}, []string{
			"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := start(t, Options{
				Credentials: row.credentials, Region: "cn-hangzhou",
				Env: []string{roleVariable + "=function", "FC_REGION=moon", "OWN=1"},
			})
			var names []string
			for _, variable := range reported(t, invoke(t, p, "{}")).Environment {
				name, value, _ := strings.Cut(variable, "=")
				names = append(names, name)
				if name == "FC_REGION" && value != "cn-hangzhou" {
					t.Errorf("FC_REGION is %q: what the platform sets must win", value)
				}
			}
			want := append([]string{
				"FC_ACCOUNT_ID", "FC_FUNCTION_HANDLER", "FC_FUNCTION_MEMORY_SIZE", "FC_FUNCTION_NAME", "FC_FUNC_CODE_PATH",
				"FC_INSTANCE_ID", "FC_REGION", "FC_RUNTIME_API", "OWN", roleVariable}, row.also...)
			slices.Sort(names)
			slices.Sort(want)
			if diff := cmp.Diff(want, names); diff != "" {
				t.Errorf("the process has other variables (-want +got):\n%s", diff)
			}
		})
	}
}

// Temporary keys end after hours: a function that keeps those of its first event works until then.
func TestEachEventCarriesTheCredentialsOfItsTime(t *testing.T) {
	p := start(t, Options{Credentials: Credentials{AccessKeyID: "old"}})
	first := reported(t, invoke(t, p, "{}"))
	p.SetCredentials(Credentials{AccessKeyID: "new"})
	second := reported(t, invoke(t, p, "{}"))
	if first.PID != second.PID || first.Credentials.AccessKeyId != "old" || second.Credentials.AccessKeyId != "new" {
		t.Errorf("got key %q in process %d, then %q in %d; want old, then new, in one process",
			first.Credentials.AccessKeyId, first.PID, second.Credentials.AccessKeyId, second.PID)
	}
	if !slices.Contains(second.Environment, "ALIBABA_CLOUD_ACCESS_KEY_ID=old") {
		t.Error("the environment of a process that runs has changed, which cannot be")
	}
}

// State that survives in a process between events is a class of bugs that one process per event would hide.
func TestOneProcessServesManyEvents(t *testing.T) {
	p := start(t, Options{Concurrency: 3})
	pids, fresh := map[int]int{}, 0
	for range 5 {
		result := invoke(t, p, "{}")
		pids[reported(t, result).PID]++
		if result.Elapsed <= 0 {
			t.Errorf("elapsed %s, want more than nothing", result.Elapsed)
		}
		if result.SinceExec > 0 {
			fresh++
		}
	}
	if len(pids) != 1 || fresh != 1 {
		t.Errorf("got %d processes and %d first answers, want 1 and 1", len(pids), fresh)
	}
}

// The SDK asks for the next event before it has answered the last: if it got one, tests of copies that arrive
// together would test something that the platform never does.
func TestOneEventIsHandedOutAtATime(t *testing.T) {
	var count, active, most atomic.Int32
	visited := visit(t, func(*http.Request) {
		count.Add(1)
		n := active.Add(1)
		defer active.Add(-1)
		most.Store(max(most.Load(), n))
		<-time.After(time.Millisecond) // long enough for another to be seen
	})
	p := start(t, Options{})
	pids := invokeAtOnce(t, p, 50, order{URL: visited})
	if count.Load() != 50 || most.Load() != 1 || len(pids) != 1 {
		t.Errorf("%d events ran in %d processes, %d at once; want 50 in 1, one at a time", count.Load(), len(pids), most.Load())
	}
}

// The test that names what is lost without a concurrency of 1 needs processes that really run side by side.
func TestAHigherConcurrencyRunsProcessesSideBySide(t *testing.T) {
	var count atomic.Int32
	met := make(chan struct{})
	visited := visit(t, func(r *http.Request) {
		if count.Add(1) == 3 {
			close(met)
		}
		select {
		case <-met:
		case <-r.Context().Done():
		}
	})
	p := start(t, Options{Concurrency: 3, Timeout: 20 * time.Second})
	if pids := invokeAtOnce(t, p, 3, order{URL: visited}); len(pids) != 3 {
		t.Errorf("three events that wait for each other ran in %d processes, want 3", len(pids))
	}
}

// A caller who gives up must not leave an event behind that keeps the next one waiting.
func TestTheEndOfTheContextEndsTheInvocation(t *testing.T) {
	visited, arrived := arrivals(t)
	p := start(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	inFlight := invokeInBackground(ctx, p, order{Do: "hang", URL: visited})
	<-arrived
	waiting, waitingCancel := context.WithCancel(t.Context())
	waitingCancel()
	if _, err := p.Invoke(waiting, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for a turn: got %v, want context.Canceled", err)
	}
	cancel()
	if got := <-inFlight; !errors.Is(got.err, context.Canceled) {
		t.Errorf("in flight: got %+v, want context.Canceled", got)
	}
	reported(t, invoke(t, p, "{}"))
}

// A setting that cannot be meant is said at once, not by an odd result an hour later.
func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name    string
		options Options
	}{
		{"nothing to run", Options{}},
		{"a binary that is not there", Options{Command: []string{"./no-such-binary"}}},
		{"more retries than the platform has", Options{Command: []string{self}, Retries: 9}},
		{"fewer than no retries", Options{Command: []string{self}, Retries: -1}},
		{"a timeout in the past", Options{Command: []string{self}, Timeout: -1}},
		{"fewer than no processes", Options{Command: []string{self}, Concurrency: -1}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if p, err := Start(row.options); err == nil {
				t.Errorf("started %+v, want an error", p.options)
			}
		})
	}
}

// Tests look for log lines, and for secrets in them, when an invocation has returned: what comes later is not found.
func TestWhatWasPrintedBeforeTheAnswerIsKeptWhenItReturns(t *testing.T) {
	const lines = 1000 // more than a pipe holds
	var copied bytes.Buffer
	p := start(t, Options{Stdout: &copied, Stderr: &copied})
	for n := range 10 {
		reported(t, invoke(t, p, order{Lines: lines, Offset: n * lines}.event()))
		stdout, _ := p.Output()
		if got := bytes.Count(stdout, []byte("\nline ")); got != (n+1)*lines {
			t.Fatalf("event %d: %d lines are kept, want %d", n, got, (n+1)*lines)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	stdout, stderr := p.Output()
	if !bytes.Contains(stdout, fmt.Appendf(nil, "line %d ", 10*lines-1)) || copied.Len() != len(stdout)+len(stderr) {
		t.Errorf("%d bytes were copied, %d kept", copied.Len(), len(stdout)+len(stderr))
	}
}

// A process that ends says why in its last lines.
func TestWhatWasPrintedBeforeAnExitIsKeptWhenItReturns(t *testing.T) {
	const lines = 250 // nearly what a pipe holds, so that they can all be unread when the process ends
	p := start(t, Options{})
	for n := range 10 {
		invoke(t, p, order{Do: "exit", Lines: lines}.event())
		stdout, _ := p.Output()
		if got := bytes.Count(stdout, []byte("\nline ")); got != (n+1)*lines {
			t.Fatalf("exit %d: %d lines are kept, want %d", n, got, (n+1)*lines)
		}
	}
}

// The usual figure for an ended process includes the memory of the program that started it: the limit on the
// function's memory would be kept or broken by its test.
func TestThePeakIsTheMemoryOfTheFunctionAlone(t *testing.T) {
	const ours = 128 << 20
	ballast := bytes.Repeat([]byte{1}, ours)
	p := start(t, Options{})
	reported(t, invoke(t, p, "{}"))
	running := p.Peak()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if ended := p.Peak(); running < 1<<20 || ended < running || ended >= int64(len(ballast)) {
		t.Errorf("a peak of %d bytes while it runs, %d at the end; want 1 MiB or more, and less than the %d of this program",
			running, ended, len(ballast))
	}
}

// Other users of a machine reach its loopback addresses, and with the real account an event carries a person's credentials.
func TestAStrangerOnLoopbackGetsNoEventAndAnswersNone(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var address string
	output := &transcript{mu: &sync.Mutex{}}
	i, err := startInstance(Options{Command: []string{self}}, func(api string) []string {
		address = api
		return []string{roleVariable + "=never-polls"}
	}, output, output)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.stop() })
	host, key, _ := strings.Cut(address, "/")
	stranger := http.Client{Timeout: time.Second}
	for _, row := range []struct{ method, path string }{
		{http.MethodGet, apiPath + "next"},
		{http.MethodGet, "/" + strings.Repeat("0", len(key)) + apiPath + "next"},
		{http.MethodPost, apiPath + newID() + "/response"},
		{http.MethodPost, apiPath + newID() + "/error"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), row.method, "http://"+host+row.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := stranger.Do(r)
		if err != nil {
			t.Errorf("%s %s waits for an event (%v), want 404", row.method, row.path, err)
			continue
		}
		_ = reply.Body.Close()
		if reply.StatusCode != http.StatusNotFound {
			t.Errorf("%s %s: status %d, want 404", row.method, row.path, reply.StatusCode)
		}
	}
}
