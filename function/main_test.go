package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// binary is the path of the function as these tests build it: with the race detector where they have it themselves.
var binary string

func TestMain(m *testing.M) {
	os.Exit(runWithBinary(m))
}

func runWithBinary(m *testing.M) (code int) {
	folder, err := os.MkdirTemp("", "function")
	if err != nil {
		fmt.Fprintln(os.Stderr, "making a folder for the function:", err)
		return 1
	}
	defer os.RemoveAll(folder)
	binary = filepath.Join(folder, "main")
	args := []string{"build", "-o", binary}
	if raceDetector {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the function: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}
