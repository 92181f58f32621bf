package main

import (
	"archive/zip"
	"compress/flate"
	"io"
	"os"
	"path/filepath"
)

// zipSize returns how many bytes the folder of the function has as it is uploaded.
func zipSize(binary string) (int64, error) {
	var size byteCount
	archive := zip.NewWriter(&size)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	if err := archive.AddFS(os.DirFS(filepath.Dir(binary))); err != nil {
		return 0, err
	}
	err := archive.Close()
	return int64(size), err
}

type byteCount int64

func (c *byteCount) Write(p []byte) (int, error) {
	*c += byteCount(len(p))
	return len(p), nil
}
