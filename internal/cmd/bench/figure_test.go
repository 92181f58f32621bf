package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// README states medians: a mean, or the wrong middle, would let one slow start decide what it says.
func TestMedianIsTheMiddle(t *testing.T) {
	for _, row := range []struct {
		name string
		all  []time.Duration
		want time.Duration
	}{
		{"one", []time.Duration{7}, 7},
		{"an odd number, unsorted, with one that is far away", []time.Duration{9000, 2, 3}, 3},
		{"an even number has two in the middle", []time.Duration{4, 1, 2, 9000}, 3},
	} {
		if got := median(row.all); got != row.want {
			t.Errorf("%s: got %d, want %d", row.name, got, row.want)
		}
	}
	if got := ratio([]time.Duration{3, 3, 9}, []time.Duration{2}); got != 1.5 {
		t.Errorf("got the ratio %v, want 1.5: it is that of the medians", got)
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
