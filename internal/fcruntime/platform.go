package fcruntime

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"
)

var errClosed = errors.New("the platform is closed")

// Platform runs one function. Its methods may be called side by side.
type Platform struct {
	options        Options
	stdout, stderr *transcript
	turns          chan struct{} // one place for each invocation that may run at once
	closing        chan struct{}

	mu          sync.Mutex
	credentials Credentials
	living      map[*instance]struct{}
	warm        []*instance // those that wait for an event, the last used at the end
	peak        int64
	discarded   [][]byte
	closed      bool
}

// Start prepares the platform. The first process starts with the first event.
func Start(o Options) (*Platform, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	var output sync.Mutex
	return &Platform{
		options:     o,
		stdout:      &transcript{mu: &output, copy: o.Stdout},
		stderr:      &transcript{mu: &output, copy: o.Stderr},
		turns:       make(chan struct{}, o.Concurrency),
		closing:     make(chan struct{}),
		credentials: o.Credentials,
		living:      map[*instance]struct{}{},
	}, nil
}

// Invoke is a synchronous invocation: one attempt, after those that came before it. An error means that there is no
// result: the process cannot be started, the platform is closed, or ctx ended; an event that was handed out by then is
// ended with its process.
func (p *Platform) Invoke(ctx context.Context, event []byte) (Result, error) {
	return p.attempt(ctx, event, 1)
}

// attempt has a request id of its own each time: whether the platform keeps it for a retry is not documented.
func (p *Platform) attempt(ctx context.Context, event []byte, n int) (Result, error) {
	select {
	case p.turns <- struct{}{}:
	case <-p.closing:
		return Result{}, errClosed
	case <-ctx.Done():
		return Result{}, fmt.Errorf("waiting for the turn: %w", ctx.Err())
	}
	defer func() { <-p.turns }()

	i, credentials, err := p.acquire()
	if err != nil {
		return Result{}, err
	}
	defer p.release(i)
	id := newID()
	return i.run(ctx, &invocation{
		requestID: id,
		attempt:   n,
		header:    p.options.header(id, n, credentials),
		event:     event,
		answered:  make(chan *answer, 1),
	}, p.options)
}

// acquire returns the process that was used last, or starts one if none is alive.
func (p *Platform) acquire() (*instance, Credentials, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, Credentials{}, errClosed
	}
	for len(p.warm) > 0 {
		i := p.warm[len(p.warm)-1]
		p.warm = p.warm[:len(p.warm)-1]
		if !i.hasEnded() {
			return i, p.credentials, nil
		}
		p.forget(i)
	}
	i, err := startInstance(p.options, func(address string) []string {
		return p.options.environment(address, newID(), p.credentials)
	}, p.stdout, p.stderr)
	if err != nil {
		return nil, Credentials{}, err
	}
	p.living[i] = struct{}{}
	return i, p.credentials, nil
}

func (p *Platform) release(i *instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i.hasEnded() {
		p.forget(i)
		return
	}
	p.warm = append(p.warm, i)
}

func (p *Platform) forget(i *instance) {
	p.peak = max(p.peak, i.peak.Load())
	delete(p.living, i)
}

// SetCredentials changes what the events that follow carry. A process that runs keeps its environment.
func (p *Platform) SetCredentials(c Credentials) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.credentials = c
}

// Kill kills the processes (SIGKILL) and returns when they are gone. An invocation in flight ends with Result.Exited.
func (p *Platform) Kill() error {
	var errs []error
	for _, i := range p.instances() {
		errs = append(errs, i.stop())
	}
	return errors.Join(errs...)
}

// Output is all that the processes have printed so far. The lines of a process from before it answered, or ended, are in
// it by the time that the invocation returns.
func (p *Platform) Output() (stdout, stderr []byte) {
	return p.stdout.bytes(), p.stderr.bytes()
}

// Peak is the most memory that any process had resident, in bytes. It is read while a process runs and before it is
// killed; what a process reached only after that, before it ended by itself, is not seen.
func (p *Platform) Peak() int64 {
	for _, i := range p.instances() {
		i.measure()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	peak := p.peak
	for i := range p.living {
		peak = max(peak, i.peak.Load())
	}
	return peak
}

// Close ends the processes and then what they poll. Invocations that wait for their turn return an error.
func (p *Platform) Close() error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.closing)
	}
	p.mu.Unlock()
	return p.Kill()
}

func (p *Platform) instances() []*instance {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]*instance, 0, len(p.living))
	for i := range p.living {
		all = append(all, i)
	}
	return all
}

// newID has the shape of the platform's request ids.
func newID() string {
	var b [14]byte
	_, _ = rand.Read(b[:]) // never fails
	s := hex.EncodeToString(b[:])
	return fmt.Sprintf("1-%08x-%s-%s", time.Now().Unix(), s[:8], s[8:20])
}
