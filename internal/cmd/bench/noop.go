package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
)

// buildNoop builds the handler that does nothing, with the flags of `make build`.
func buildNoop(ctx context.Context) (binary string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) } // the system clears what is left there
	binary = filepath.Join(dir, "main")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./internal/cmd/bench/noop")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		remove()
		return "", nil, err
	}
	return binary, remove, nil
}
