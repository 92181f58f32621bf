package localrun

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/events"
)

// maxFile bounds a payload on disk, in bytes. It leaves room for a failure destination's record and for an HTTP request
// around the longest payload, both of which escape it.
const maxFile = 8 * events.MaxPayload

// ReadPayload reads a payload from a file. A file that no invocation could carry is refused by its size, unread.
func ReadPayload(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadFile(path, err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > maxFile {
		return nil, fmt.Errorf("the file %s has %d MB: want at most 1 MB, since an event has a few KB", nameOf(path), (info.Size()+1<<20-1)>>20)
	}
	payload, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	switch {
	case err != nil:
		return nil, unreadFile(path, err)
	case len(payload) > maxFile: // a pipe has no size
		return nil, fmt.Errorf("the file %s has more than 1 MB: an event has a few KB", nameOf(path))
	}
	return payload, nil
}

// nameOf shows the name of a file. An address that was typed in its place may hold a token.
func nameOf(path string) string {
	if strings.ContainsAny(path, "?") || strings.Contains(path, "://") {
		return "https://…"
	}
	return Printable(path, maxLine)
}

func unreadFile(path string, err error) error {
	var place *fs.PathError
	if errors.As(err, &place) {
		err = place.Err
	}
	return fmt.Errorf("reading the file %s: %w", nameOf(path), err)
}
