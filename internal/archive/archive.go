// Package archive makes the code package of the function.
//
//	target/ → Write → zip: `make package` keeps it, `make bench` counts its bytes
package archive

import (
	"archive/zip"
	"compress/flate"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// mode is that of every file in the archive: the platform has to execute what it unpacks.
const mode = 0o755

// modified is the time of every file in the archive, the first one that the format can hold: the same files always give
// the same bytes.
var modified = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Write writes the files of a folder as a zip, in the order of their names.
func Write(w io.Writer, folder fs.FS) error {
	archive := zip.NewWriter(w)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	err := fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return add(archive, folder, path)
	})
	if err != nil {
		return err
	}
	return archive.Close()
}

func add(archive *zip.Writer, folder fs.FS, path string) error {
	file, err := folder.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	header := &zip.FileHeader{Name: path, Method: zip.Deflate, Modified: modified}
	header.SetMode(mode)
	to, err := archive.CreateHeader(header)
	if err != nil {
		return fmt.Errorf("adding %s: %w", path, err)
	}
	if _, err := io.Copy(to, file); err != nil {
		return fmt.Errorf("adding %s: %w", path, err)
	}
	return nil
}
