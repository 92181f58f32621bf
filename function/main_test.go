package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// folder holds what these tests build, and binary is the function as `make build` builds it.
var folder, binary string

func TestMain(m *testing.M) {
	os.Exit(runWithBinary(m))
}

func runWithBinary(m *testing.M) (code int) {
	var err error
	if folder, err = os.MkdirTemp("", "function"); err != nil {
		fmt.Fprintln(os.Stderr, "making a folder for the function:", err)
		return 1
	}
	defer os.RemoveAll(folder)
	binary = filepath.Join(folder, "main")
	if err := build(binary, "CGO_ENABLED=0", "-trimpath", "-buildvcs=false", "-tags", "nethttpomithttp2", "-ldflags", "-s -w"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func build(path, setting string, flags ...string) error {
	command := exec.Command("go", append(append([]string{"build", "-o", path}, flags...), ".")...)
	command.Env = append(os.Environ(), setting)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building the function: %w\n%s", err, out)
	}
	return nil
}

// watched is the function with the race detector, where these tests have it themselves: for those in which several things
// happen at once. It takes many times the time and memory.
var watched = sync.OnceValues(func() (path string, err error) {
	if !raceDetector {
		return binary, nil
	}
	path = filepath.Join(folder, "watched")
	return path, build(path, "CGO_ENABLED=1", "-race")
})

// underWatch is the command for a test of that kind.
func underWatch(t testing.TB) []string {
	t.Helper()
	path, err := watched()
	if err != nil {
		t.Fatal(err)
	}
	return []string{path}
}
