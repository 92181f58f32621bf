package main

import (
	"os"
	"path/filepath"

	"github.com/rotation-remediator/rotation-remediator/internal/archive"
)

// zipSize returns how many bytes the folder of the function has as it is uploaded.
func zipSize(binary string) (int64, error) {
	var size byteCount
	err := archive.Write(&size, os.DirFS(filepath.Dir(binary)))
	return int64(size), err
}

type byteCount int64

func (c *byteCount) Write(p []byte) (int, error) {
	*c += byteCount(len(p))
	return len(p), nil
}
