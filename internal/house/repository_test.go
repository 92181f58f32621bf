package house

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/rotation-remediator/rotation-remediator"
)

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// files lists what belongs to the repository: what git tracks or would track, or, in an archive without it, all files but
// what is built.
func files(t *testing.T) []string {
	t.Helper()
	list := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	out, err := list.Output()
	all := strings.Fields(string(out))
	if err != nil {
		all = walk(t)
	}
	var there []string
	for _, path := range all {
		if _, err := os.Stat(filepath.Join(root, path)); err == nil {
			there = append(there, path)
		}
	}
	if len(there) == 0 {
		t.Fatal("found no files: nothing is checked")
	}
	return there
}

func walk(t *testing.T) []string {
	t.Helper()
	var all []string
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (path == ".git" || path == "target" || path == "dist"):
			return fs.SkipDir
		case !entry.IsDir():
			all = append(all, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// parse reads the Go files of a folder that are built, tests left out.
func parse(t *testing.T, folder string) []*ast.File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var parsed []*ast.File
	for _, path := range paths {
		built, err := build.Default.MatchFile(filepath.Split(path))
		if err != nil {
			t.Fatal(err)
		}
		if !built || strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, file)
	}
	if len(parsed) == 0 {
		t.Fatalf("found no Go files in %s: nothing is checked", folder)
	}
	return parsed
}
