package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain lets the test binary be what deploy starts, which is this program once more.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		main()
	}
	status := m.Run()
	if scratch != "" {
		_ = os.RemoveAll(scratch)
	}
	os.Exit(status)
}

// scratch holds the function that was built, if a test needed it.
var scratch string

type said struct {
	status         int
	stdout, stderr string
}

// local is also called when the test's own context is over, to clean up.
func local(t *testing.T, props string, args ...string) said {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := run(context.WithoutCancel(t.Context()), args, streams{strings.NewReader(props), &stdout, &stderr})
	return said{status, stdout.String(), stderr.String()}
}

func parsed(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const repository = "../../.."

// built is the function as it is deployed, built once.
var built = sync.OnceValues(func() (folder string, err error) {
	if scratch, err = os.MkdirTemp("", "built"); err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-o", filepath.Join(scratch, "main"), "./function")
	build.Dir = repository
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	return scratch, build.Run()
})

// withFunction returns the folder of s.yaml and props whose code is the built function. What is deployed is gone, and has
// its place, in a folder of the test's own.
func withFunction(t *testing.T, change string) (folder, props string) {
	t.Helper()
	code, err := built()
	if err != nil {
		t.Fatalf("building the function: %v", err)
	}
	cache, err := os.MkdirTemp("", "c") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", cache)
	if change == "" {
		change = "{}"
	}
	props = goodProps(t, change)
	props = strings.Replace(props, `"./target"`, `"`+code+`"`, 1)
	t.Cleanup(func() {
		if got := local(t, props, "--folder", repository, "remove"); got.status != statusDone {
			t.Errorf("removing what is deployed: %s", got.stderr)
		}
		if err := os.RemoveAll(cache); err != nil {
			t.Error(err)
		}
	})
	return repository, props
}
