package clitest

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// scratch is where the function is built, until the tests of a package end.
var scratch string

// Main runs the tests of a package that invokes the function.
func Main(m *testing.M) {
	status := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(status)
}

// builtFunction is compiled as other tests compile it, so that they share the cache.
var builtFunction = sync.OnceValue(func() (err error) {
	if scratch, err = os.MkdirTemp("", "remediator"); err != nil {
		return err
	}
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", filepath.Join(scratch, "target", "main"), "github.com/rotation-remediator/rotation-remediator/function")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	return build.Run()
})

// BesideTheFunction lets a test go on in a folder with target/main, where replay finds the function.
func BesideTheFunction(t *testing.T) {
	t.Helper()
	if err := builtFunction(); err != nil {
		t.Fatalf("building the function: %v", err)
	}
	t.Chdir(scratch)
}
