package localrun

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A file of the wrong name may be a database dump. It must not be read into memory in order to be refused.
func TestAFileThatNoInvocationCouldCarryIsRefusedUnread(t *testing.T) {
	large := filepath.Join(t.TempDir(), "dump")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, 200<<20); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, path, want string }{
		{"200 MB", large, "has 200 MB: want at most 1 MB"},
		{"a device without an end", "/dev/zero", "has more than 1 MB"},
		{"a folder", t.TempDir(), "is a directory"},
		{"no file", "gone.json", "reading the file gone.json: no such file or directory"},
		{"an address", "https://u.example/?token=SEKRET", "reading the file https://…: no such file"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ReadPayload(row.path)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "SEKRET") {
			t.Errorf("%s: %v, want %q", row.name, err, row.want)
		}
		if read := after.TotalAlloc - before.TotalAlloc; read > 8*maxFile {
			t.Errorf("%s: allocated %d bytes to refuse it", row.name, read)
		}
	}
}

// Quotes, blanks and a shell's own characters are legal in the name of a file.
func TestAFileOfAnyNameIsRead(t *testing.T) {
	for _, name := range []string{"it's.json", `a "b" c.json`, "$(touch x);.json", "a b"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadPayload(path); err != nil || string(got) != "{}" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
