package fcruntime

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// instance is one process of the function with the runtime API that it polls.
type instance struct {
	cmd            *exec.Cmd
	execAt         time.Time
	server         *http.Server
	stdout, stderr *drain
	polls          chan chan *invocation // the polls that wait for an event
	ended          chan struct{}         // closed when the process is gone and all its output is kept
	peak           atomic.Int64          // bytes
	answers        int                   // used by the one invocation at a time only

	mu   sync.Mutex
	open *invocation // the one that waits for its answer, or nil
}

// startInstance starts the process; environment gives its variables for the address of its runtime API.
func startInstance(o Options, environment func(address string) []string, stdout, stderr *transcript) (*instance, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening the runtime API: %w", err)
	}
	i := &instance{polls: make(chan chan *invocation), ended: make(chan struct{})}
	key := rand.Text() // an event carries credentials, and any user of this machine reaches the port
	i.server = &http.Server{Handler: http.StripPrefix("/"+key, i.routes())}
	i.cmd = exec.Command(o.Command[0], o.Command[1:]...)
	i.cmd.Dir = o.Directory
	i.cmd.Env = environment(listener.Addr().String() + "/" + key)
	go func() { _ = i.server.Serve(listener) }()
	if err := i.exec(stdout, stderr); err != nil {
		return nil, errors.Join(err, i.server.Close())
	}
	go i.wait()
	return i, nil
}

func (i *instance) exec(stdout, stderr *transcript) error {
	out, outEnd, err := newDrain(stdout)
	if err != nil {
		return fmt.Errorf("opening a pipe for stdout: %w", err)
	}
	defer outEnd.Close()
	errs, errEnd, err := newDrain(stderr)
	if err != nil {
		out.close()
		return fmt.Errorf("opening a pipe for stderr: %w", err)
	}
	defer errEnd.Close()

	i.stdout, i.stderr = out, errs
	i.cmd.Stdout, i.cmd.Stderr = outEnd, errEnd
	i.execAt = time.Now()
	if err := i.cmd.Start(); err != nil {
		out.close()
		errs.close()
		return fmt.Errorf("starting the function: %w", err)
	}
	return nil
}

// wait closes the listener only after the process has ended: the SDK polls a refused address as fast as it can.
func (i *instance) wait() {
	_ = i.cmd.Wait() // how it ended is in ProcessState
	i.stdout.close()
	i.stderr.close()
	_ = i.server.Close()
	close(i.ended)
}

func (i *instance) hasEnded() bool {
	select {
	case <-i.ended:
		return true
	default:
		return false
	}
}

// stop kills the process and returns when it is gone.
func (i *instance) stop() error {
	i.measure()
	if err := i.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("killing the function: %w", err)
	}
	<-i.ended
	return nil
}

// measure keeps the peak of the memory of a process that still runs. The kernel's figure is used, and not that of
// ProcessState.SysUsage, which begins with the memory of the program that started the process.
func (i *instance) measure() {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(i.cmd.Process.Pid) + "/status")
	if err != nil || i.hasEnded() {
		return
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	line, _, _ := bytes.Cut(rest, []byte("kB"))
	if kib, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64); err == nil {
		i.peak.Store(max(i.peak.Load(), kib<<10))
	}
}

const (
	apiPath = "/2020-11-11/runtime/invocation/"

	// maxAnswer is the documented limit of a synchronous payload, in bytes
	// (https://alibabacloud.com/help/en/functioncompute/fc-3-0/product-overview/limits-of-usage).
	maxAnswer = 32 << 20
)

func (i *instance) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+apiPath+"next", i.next)
	mux.HandleFunc("POST "+apiPath+"{id}/response", i.answer(false))
	mux.HandleFunc("POST "+apiPath+"{id}/error", i.answer(true))
	return mux
}

// next holds a poll until there is an event for it. It never answers with an error: the SDK would ask again at once,
// thousands of times a second.
func (i *instance) next(w http.ResponseWriter, r *http.Request) {
	poll := make(chan *invocation, 1)
	select {
	case i.polls <- poll:
	case <-r.Context().Done():
		return
	}
	inv := <-poll
	for name, values := range inv.header {
		w.Header()[name] = values
	}
	_, _ = w.Write(inv.event) // a process that does not read it ends, or runs into its deadline
}

func (i *instance) answer(failed bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAnswer))
		if err != nil {
			http.Error(w, "the body cannot be read", http.StatusBadRequest)
			return
		}
		if !i.accept(r.PathValue("id"), &answer{failed: failed, body: body, at: time.Now()}) {
			http.Error(w, "no invocation of that id waits for an answer", http.StatusBadRequest)
		}
	}
}
