package fcruntime

import (
	"bytes"
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

// pipeCapacity is how much a pipe of Linux holds by default, in bytes: more cannot have been written before a flush.
const pipeCapacity = 64 << 10

// transcript keeps what all instances wrote to one stream and passes it on.
type transcript struct {
	mu   *sync.Mutex // shared by stdout and stderr: their copies may go to one writer
	kept bytes.Buffer
	copy io.Writer
}

func (t *transcript) add(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept.Write(p)
	if t.copy != nil {
		// A copy that cannot be written must not stop the function under test.
		_, _ = t.copy.Write(p)
	}
}

func (t *transcript) bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.kept.Bytes())
}

// drain moves what one process writes into a transcript. A pipe, not a file: when this program dies, the next line that
// the process logs ends it, too, and it does not fill a disk with complaints about a runtime API that is gone.
type drain struct {
	pipe     *os.File
	raw      syscall.RawConn
	into     *transcript
	flushing sync.Mutex
	caughtUp chan struct{}
	done     chan struct{}
}

// newDrain also returns the end of the pipe for the process to write to.
func newDrain(into *transcript) (*drain, *os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	raw, err := r.SyscallConn()
	if err != nil {
		return nil, nil, errors.Join(err, r.Close(), w.Close())
	}
	d := &drain{pipe: r, raw: raw, into: into, caughtUp: make(chan struct{}), done: make(chan struct{})}
	go d.run()
	return d, w, nil
}

func (d *drain) run() {
	defer close(d.done)
	buf := make([]byte, pipeCapacity)
	for {
		n, err := d.read(buf, true)
		switch {
		case n > 0:
			d.into.add(buf[:n])
		case errors.Is(err, os.ErrDeadlineExceeded):
			d.catchUp(buf)
		default:
			return
		}
	}
}

// flush returns when all that was written before it is in the transcript, so that a caller who has an answer also has
// the lines that were printed ahead of it. The deadline in the past is what wakes run.
func (d *drain) flush() {
	d.flushing.Lock()
	defer d.flushing.Unlock()
	if d.pipe.SetReadDeadline(time.Unix(1, 0)) != nil {
		return // closed, and drained before that
	}
	select {
	case <-d.caughtUp:
	case <-d.done:
	}
}

func (d *drain) catchUp(buf []byte) {
	_ = d.pipe.SetReadDeadline(time.Time{})
	for left := pipeCapacity; left > 0; {
		n, _ := d.read(buf[:left], false)
		if n <= 0 {
			break
		}
		d.into.add(buf[:n])
		left -= n
	}
	d.caughtUp <- struct{}{}
}

// close drops what a child of the process might still write: the process itself has ended and was flushed.
func (d *drain) close() {
	d.flush()
	_ = d.pipe.Close()
	<-d.done
}

// read is one read of the pipe. Unless wait is set it returns at once when the pipe is empty.
func (d *drain) read(buf []byte, wait bool) (n int, err error) {
	waitErr := d.raw.Read(func(fd uintptr) bool {
		n, err = syscall.Read(int(fd), buf)
		return !wait || !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR)
	})
	return n, errors.Join(waitErr, err)
}
