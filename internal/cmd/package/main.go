// Command package makes the code package of a release, and prints the version.
//
//	target/ → dist/rotation-remediator-VERSION.zip
//
// `make package` runs it, and adds what else a release holds. The same sources give the same bytes on every machine.
package main

import (
	"bytes"
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
	if err := write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "package:", err)
		os.Exit(1)
	}
	fmt.Println(version.Version)
}

func write(from, to string) error {
	var content bytes.Buffer
	if err := archive.Write(&content, os.DirFS(from)); err != nil {
		return fmt.Errorf("packing %s: %w", from, err)
	}
	return os.WriteFile(filepath.Join(to, "rotation-remediator-"+version.Version+".zip"), content.Bytes(), 0o644)
}
