package archive

import (
	"archive/zip"
	"bytes"
	"testing"
	"testing/fstest"
	"time"
)

func written(t *testing.T, folder fstest.MapFS) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, folder); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A release is checked by building it again and comparing checksums: the day and the umask of the builder must not show.
func TestTheSameFilesGiveTheSameBytes(t *testing.T) {
	first := written(t, fstest.MapFS{"main": {Data: []byte("code"), Mode: 0o700, ModTime: time.Unix(1, 0)}})
	second := written(t, fstest.MapFS{"main": {Data: []byte("code"), Mode: 0o755, ModTime: time.Unix(1e9, 0)}})
	if !bytes.Equal(first, second) {
		t.Error("mode and time of a file change the archive")
	}
}

// An executable that lost its mode on the way does not start, and only the platform's log says so.
func TestWhatIsUnpackedCanBeExecuted(t *testing.T) {
	content := written(t, fstest.MapFS{"main": {Data: []byte("code"), Mode: 0o600}})
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.File) != 1 || archive.File[0].Name != "main" || archive.File[0].Mode().Perm() != 0o755 {
		t.Errorf("got %d files, the first %v; want main, which everybody may execute", len(archive.File), archive.File[0].FileInfo())
	}
}
