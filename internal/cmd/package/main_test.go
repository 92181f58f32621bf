package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Who downloads a release checks it with sha256sum, which wants its own form.
func TestTheChecksumIsThatOfThePackage(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "dist")
	if err := os.WriteFile(filepath.Join(from, "main"), []byte("code"), 0o755); err != nil {
		t.Fatal(err)
	}
	path, err := write(from, to)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path + ".zip")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path + ".zip.sha256")
	if want := fmt.Sprintf("%x  %s.zip\n", sha256.Sum256(content), filepath.Base(path)); err != nil || string(got) != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}
