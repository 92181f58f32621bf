package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	// quietFor is how long something may take before a person is told what is waited for, and toldEvery how often then.
	quietFor  = time.Second
	toldEvery = 10 * time.Second
)

// console is where a command speaks: results on out, all else on err.
type console struct {
	out  io.Writer
	err  io.Writer
	in   *os.File
	stop <-chan struct{} // closed when the person interrupts
	json bool            // out is for one JSON value and nothing else
}

// usageError says that a command was used wrongly.
type usageError string

func (e usageError) Error() string { return string(e) }

// remark tells a person something that is not the result.
func (c *console) remark(format string, args ...any) {
	fmt.Fprintf(c.err, format+"\n", args...)
}

// show prints a text for people: where out belongs to a JSON value, beside it.
func (c *console) show(format string, args ...any) {
	if c.json {
		c.remark(format, args...)
		return
	}
	fmt.Fprintf(c.out, format+"\n", args...)
}

// value prints the JSON value.
func (c *console) value(v any) error {
	encoder := json.NewEncoder(c.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// consent answers the question that a command asks before it writes.
type consent struct {
	Yes bool `help:"Answer the question with yes. Without a terminal to ask on it is needed."`
}

// ask returns nil if the person agrees. Nothing was written yet, and a refusal says so.
func (c *console) ask(given consent, question string) error {
	if given.Yes {
		return nil
	}
	if !isTerminal(c.in) {
		return usageError("nothing was written: there is no terminal to ask on; --yes answers")
	}
	fmt.Fprintf(c.err, "%s [y/N] ", question)
	answers := make(chan string, 1) // a read of a terminal cannot be called off
	go func() {
		answer, err := bufio.NewReader(c.in).ReadString('\n')
		if err != nil { // without its end it is no answer
			answer = ""
			fmt.Fprintln(c.err)
		}
		answers <- strings.ToLower(strings.TrimSpace(answer))
	}()
	select {
	case answer := <-answers:
		if answer == "y" || answer == "yes" {
			return nil
		}
		return errors.New("nothing was written: the answer was not yes")
	case <-c.stop:
		fmt.Fprintln(c.err)
		return errors.New("nothing was written: interrupted")
	}
}

// isTerminal takes every character device for one, but for the null device, which is one as well.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}

// progress says what is waited for once that takes long, until done is called.
func (c *console) progress(what string) (done func()) {
	stopped, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		begun, next := time.Now(), quietFor
		for {
			select {
			case <-stopped:
				return
			case <-time.After(next):
				c.remark("… %s (%s)", what, time.Since(begun).Round(time.Second))
				next = toldEvery
			}
		}
	}()
	return func() { close(stopped); <-ended }
}

// shared is a writer for more than one goroutine.
type shared struct {
	mu sync.Mutex
	io.Writer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Writer.Write(p)
}
