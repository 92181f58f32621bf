package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The aims are for the work of the function, and not for that of a machine that does something else as well.
func TestTheBestTimeIsTheShortest(t *testing.T) {
	noop, ours := []time.Duration{9 * time.Millisecond, 2 * time.Millisecond}, []time.Duration{3 * time.Millisecond, 3 * time.Millisecond, 90 * time.Millisecond}
	if got := best(noop); got != 2*time.Millisecond {
		t.Errorf("got %s, want 2ms", got)
	}
	if got := ratio(ours, noop); got != 1.5 {
		t.Errorf("got the ratio %v, want 1.5: that of the shortest times", got)
	}
	if got := above(ours, noop); got != 1 {
		t.Errorf("got %v ms above the no-op, want 1", got)
	}
}

// The size limit of an upload is one of the folder, not of the executable alone.
func TestZipSizeCountsTheWholeFolder(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("main", make([]byte, 1<<20))
	alone, err := zipSize(filepath.Join(dir, "main"))
	if err != nil {
		t.Fatal(err)
	}
	if alone > 8<<10 {
		t.Errorf("got %d bytes for a mebibyte of zeros: it is not compressed", alone)
	}
	write("other", []byte("more"))
	if both, err := zipSize(filepath.Join(dir, "main")); err != nil || both <= alone {
		t.Errorf("got %d bytes (%v) with a second file, want more than %d", both, err, alone)
	}
}
