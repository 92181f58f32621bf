package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

const (
	// idleLimit is how long a deployment that nobody invokes stays: long enough to read what an invocation printed, short
	// enough that one that is forgotten goes by itself.
	idleLimit = 15 * time.Minute
	// maxPayload is that of a synchronous invocation, in bytes.
	maxPayload = 32 << 20
)

// serveCommand is the process in the background.
type serveCommand struct {
	Place   string `required:""`
	Account string `required:""`
}

func (c serveCommand) Run(ctx context.Context, s streams) error {
	d := deployment{c.Place}
	// Once only: after it was asked to end, the place may be the next deployment's.
	tidy := sync.OnceValue(func() error { return os.RemoveAll(d.folder) })
	defer tidy()
	listener, err := takeOver()
	if err != nil {
		return fmt.Errorf("taking over the socket: %w", err)
	}
	defer listener.Close()
	p, err := readProps(s.in)
	if err != nil {
		return err
	}
	f, err := start(p, d.executable(), c.Account)
	if err != nil {
		return err
	}
	return serve(ctx, listener, &server{function: f, tidy: tidy, idle: idleLimit})
}

// takeOver closes the file that was handed on: the function, which is started later, would inherit it, and hold the socket
// open after the end of this process.
func takeOver() (net.Listener, error) {
	handed := os.NewFile(listenerFD, "socket")
	defer handed.Close()
	return net.FileListener(handed)
}

// server answers at the socket.
type server struct {
	function *function
	tidy     func() error // removes the files of the deployment
	idle     time.Duration

	since time.Time
	end   context.CancelFunc
	mu    sync.Mutex
	busy  int
	timer *time.Timer
}

// serve returns when it was asked to end, or when nobody has asked for anything for so long.
func serve(ctx context.Context, listener net.Listener, s *server) error {
	ctx, s.end = context.WithCancel(ctx)
	defer s.end()
	s.since, s.timer = time.Now(), time.AfterFunc(s.idle, s.end)
	defer s.timer.Stop()
	h := &http.Server{Handler: s.routes()}
	served := make(chan error, 1)
	go func() { served <- h.Serve(listener) }()
	select {
	case err := <-served:
		return errors.Join(fmt.Errorf("serving the socket: %w", err), s.function.close())
	case <-ctx.Done():
	}
	// What runs ends with its process. Shutdown lets the answers out, also the one to whoever asked for the end.
	return errors.Join(s.function.close(), h.Shutdown(context.WithoutCancel(ctx)))
}

func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /invocations", s.invoke)
	mux.HandleFunc("GET /{$}", s.info)
	mux.HandleFunc("DELETE /{$}", s.remove)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.begin()
		defer s.finish()
		mux.ServeHTTP(w, r)
	})
}

// begin and finish count the requests: while one runs, nothing is idle.
func (s *server) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy++
	s.timer.Stop()
}

func (s *server) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy--; s.busy == 0 {
		s.timer.Reset(s.idle)
	}
}

func (s *server) invoke(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	a, err := s.function.invoke(r.Context(), payload)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	reply(w, a)
}

func (s *server) info(w http.ResponseWriter, _ *http.Request) {
	reply(w, infoOf(s.function.props, s.since, s.idle))
}

func (s *server) remove(w http.ResponseWriter, _ *http.Request) {
	defer s.end()
	if err := s.tidy(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	reply(w, struct{}{})
}

// reply leaves an answer that does not reach its reader to the reader.
func reply(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }
