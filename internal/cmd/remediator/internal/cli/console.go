package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

const (
	// quietFor is how long something may take before it is reported, and progressEvery how often then.
	quietFor      = time.Second
	progressEvery = 10 * time.Second
)

// Console is where a command speaks: results on out, all else on err.
type Console struct {
	Out  io.Writer
	Err  io.Writer
	In   *os.File
	Stop <-chan struct{} // closed when the person interrupts
	JSON bool            // out is for one JSON value and nothing else
}

// UsageError says that a command was used wrongly.
type UsageError string

func (e UsageError) Error() string { return string(e) }

// Warnf prints what is not the result.
func (c *Console) Warnf(format string, args ...any) {
	fmt.Fprintf(c.Err, format+"\n", flat(args)...)
}

// Show prints a text for people: where out belongs to a JSON value, beside it. Only format begins lines.
func (c *Console) Show(format string, args ...any) {
	if c.JSON {
		c.Warnf(format, args...)
		return
	}
	fmt.Fprintf(c.Out, format+"\n", flat(args)...)
}

// ShowLines prints a text of several lines.
func (c *Console) ShowLines(lines []string) {
	for _, line := range lines {
		c.Show("%s", line)
	}
}

// Value prints the JSON value.
func (c *Console) Value(v any) error {
	encoder := json.NewEncoder(c.Out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// Consent answers the question that a command asks before it writes.
type Consent struct {
	Yes bool `help:"Answer the question with yes. Without a terminal to ask on it is needed."`
}

// Ask returns nil if the person agrees. Nothing was written yet, and a refusal says so.
func (c *Console) Ask(given Consent, question string) error {
	if given.Yes {
		return nil
	}
	if !isTerminal(c.In) {
		return UsageError("nothing was written: there is no terminal to ask on; --yes answers")
	}
	fmt.Fprintf(c.Err, "%s [y/N] ", question)
	answers := make(chan string, 1) // a read of a terminal cannot be called off
	go func() {
		answer, err := bufio.NewReader(c.In).ReadString('\n')
		if err != nil { // without its end it is no answer
			answer = ""
			fmt.Fprintln(c.Err)
		}
		answers <- strings.ToLower(strings.TrimSpace(answer))
	}()
	select {
	case answer := <-answers:
		if answer == "y" || answer == "yes" {
			return nil
		}
		return errors.New("nothing was written: the answer was not yes")
	case <-c.Stop:
		fmt.Fprintln(c.Err)
		return errors.New("nothing was written: interrupted")
	}
}

// Agree asks, and reads again what was shown: the consent is for that, and what is not the same any more stops the write.
func Agree[T any](ctx context.Context, c *Console, given Consent, question string, shown T, read func(context.Context) (T, error), same func(a, b T) bool) (T, error) {
	if err := c.Ask(given, question); err != nil {
		return shown, err
	}
	now, err := read(ctx)
	switch {
	case err != nil:
		return now, fmt.Errorf("nothing was written: %w", err)
	case !same(shown, now):
		return now, errors.New("nothing was written: what was shown changed while the question waited; run it again to see it")
	}
	return now, nil
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

// Progress says what is waited for once that takes long, until done is called.
func (c *Console) Progress(what string) (done func()) {
	stopped, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		begun, next := time.Now(), quietFor
		for {
			select {
			case <-stopped:
				return
			case <-time.After(next):
				c.Warnf("… %s (%s)", what, time.Since(begun).Round(time.Second))
				next = progressEvery
			}
		}
	}()
	return func() { close(stopped); <-ended }
}
