// Command package makes what a release holds of the function: the code package, and its checksum.
//
//	target/ → dist/rotation-remediator-VERSION.zip, dist/rotation-remediator-VERSION.zip.sha256
//
// `make package` runs it, and adds the SBOM. The same sources give the same bytes on every machine.
package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rotation-remediator/rotation-remediator/internal/archive"
	"github.com/rotation-remediator/rotation-remediator/internal/version"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "package: want two arguments, the folder that is deployed and the folder to write to")
		os.Exit(2)
	}
	path, err := write(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "package:", err)
		os.Exit(1)
	}
	fmt.Println(path)
}

// write returns the path of the code package without its extension: other files of the release are named by it.
func write(from, to string) (string, error) {
	var content bytes.Buffer
	if err := archive.Write(&content, os.DirFS(from)); err != nil {
		return "", fmt.Errorf("packing %s: %w", from, err)
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(to, "rotation-remediator-"+version.Version)
	name := filepath.Base(path) + ".zip"
	if err := os.WriteFile(path+".zip", content.Bytes(), 0o644); err != nil {
		return "", err
	}
	// The form that sha256sum --check reads.
	sum := fmt.Sprintf("%x  %s\n", sha256.Sum256(content.Bytes()), name)
	return path, os.WriteFile(path+".zip.sha256", []byte(sum), 0o644)
}
