package main

import (
	"archive/zip"
	"os"
	"path/filepath"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/version"
)

// The platform has to find the executable at the top of the package, as the handler names it.
func TestThePackageHoldsTheExecutableAlone(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(from, "main"), []byte("code"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := write(from, to); err != nil {
		t.Fatal(err)
	}
	packed, err := zip.OpenReader(filepath.Join(to, "rotation-remediator-"+version.Version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	if len(packed.File) != 1 || packed.File[0].Name != "main" || packed.File[0].Mode()&0o111 == 0 {
		t.Errorf("%+v, want main alone, and executable", packed.File)
	}
	if err := write(filepath.Join(from, "no-such-folder"), to); err == nil {
		t.Error("a folder that is not there was packed")
	}
}
