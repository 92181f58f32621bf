package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/rotation-remediator/rotation-remediator/internal/cmd/remediator/internal/clitest"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// The requests of the pseudo-terminal driver that unlock one and tell its number.
const (
	unlock = 0x40045431 // TIOCSPTLCK
	number = 0x80045430 // TIOCGPTN
)

func terminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	var n int32
	for _, request := range []uintptr{unlock, number} {
		if _, _, failed := syscall.Syscall(syscall.SYS_IOCTL, person.Fd(), request, uintptr(unsafe.Pointer(&n))); failed != 0 {
			t.Fatalf("asking the terminal for %#x: %v", request, failed)
		}
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = person.Close(); _ = program.Close() })
	return person, program
}

// command is the command as a process of its own.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, args...)
	c.Env = append(os.Environ(), asCommand+"=yes", "GORACE=atexit_sleep_ms=0") // the race detector would wait a second at the end
	return c
}

// A person at a terminal is asked and gets what was answered; where nobody sits, nothing is written.
func TestTheCommandAsksBeforeItWrites(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	person, program := terminal(t)
	for _, row := range []struct {
		name   string
		in     *os.File
		answer string
		yes    bool
		status int
		writes int
		said   string
	}{
		{"yes", person, "y\n", false, clitest.Done, 4, "Write this? [y/N] "},
		{"no", person, "n\n", false, clitest.Failed, 0, "the answer was not yes"},
		{"nothing", person, "\n", false, clitest.Failed, 0, "the answer was not yes"},
		{"the end of the input", person, "\x04", false, clitest.Failed, 0, "the answer was not yes"},
		{"yes, without its end", person, "y\x04\x04", false, clitest.Failed, 0, "the answer was not yes"},
		{"--yes asks nobody", person, "", true, clitest.Done, 4, ""},
		{"nobody to ask", null, "", false, clitest.Usage, 0, "--yes answers"},
		{"nobody to ask, and --yes", null, "", true, clitest.Done, 4, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			k := account(t)
			clitest.ServeProcesses(t, k)
			args := []string{"--real", "alert-rules", "apply", "--topic", "t"}
			if row.yes {
				args = append(args, "--yes")
			}
			process := command(t, args...)
			process.Stdin = null
			if row.in == person {
				process.Stdin = program
				_, _ = io.WriteString(person, row.answer)
			}
			var stdout, stderr bytes.Buffer
			process.Stdout, process.Stderr = &stdout, &stderr
			err := process.Run()
			if status := process.ProcessState.ExitCode(); status != row.status || len(clitest.Written(k)) != row.writes || !strings.Contains(stderr.String(), row.said) {
				t.Errorf("status %d, want %d; %d writes, want %d (%v)\n%s%s", status, row.status, len(clitest.Written(k)), row.writes, err, stdout.String(), stderr.String())
			}
			if asked := strings.Contains(stderr.String(), "[y/N]"); asked != (row.in == person && !row.yes) {
				t.Errorf("asked is %t: %q", asked, stderr.String())
			}
		})
	}
}

// Ctrl-C at the question is an answer, too.
func TestAnInterruptAtTheQuestionWritesNothing(t *testing.T) {
	k := account(t)
	clitest.ServeProcesses(t, k)
	_, program := terminal(t)
	process := command(t, "--real", "alert-rules", "apply", "--topic", "t")
	process.Stdin = program
	stderr, err := process.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 100)
	n, _ := io.ReadAtLeast(stderr, said, len("Write this? [y/N] "))
	_ = process.Process.Signal(os.Interrupt)
	rest, _ := io.ReadAll(stderr)
	_ = process.Wait()
	if status := process.ProcessState.ExitCode(); status != clitest.Failed || len(clitest.Written(k)) != 0 || !strings.Contains(string(rest), "interrupted") {
		t.Errorf("status %d, %d writes, %q then %q; want %d, none, and that it was interrupted", status, len(clitest.Written(k)), said[:n], rest, clitest.Failed)
	}
}

// Scripts go by the exit status of the process, not of a function.
func TestTheCommandEndsWithItsStatus(t *testing.T) {
	clitest.ServeProcesses(t, account(t, standin.Secret{Name: "healthy"}))
	for args, want := range map[string]int{
		"--real status":                                 clitest.Done,
		"--real alert-rules show":                       clitest.Person,
		"--real alert-rules apply":                      clitest.Usage,
		"--real alert-rules test --yes --secret nobody": clitest.Failed,
		"--version":                                     clitest.Done,
	} {
		process := command(t, strings.Fields(args)...)
		out, _ := process.CombinedOutput()
		if got := process.ProcessState.ExitCode(); got != want {
			t.Errorf("%s: status %d, want %d\n%s", args, got, want, out)
		}
	}
}
