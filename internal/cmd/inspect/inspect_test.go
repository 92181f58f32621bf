package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whoever deploys relies on this: a finding that is missed here is an instance that does not start there, or a stand-in
// in production.
func TestInspectFindsWhatMustNotBeDeployed(t *testing.T) {
	function := build(t, entrypoint)
	command := build(t, module+"/internal/cmd/invoke")
	for _, row := range []struct {
		name   string
		folder map[string][]byte
		mode   os.FileMode
		want   []string // a part of each finding, in order
	}{
		{name: "the function as it is built has no finding", folder: map[string][]byte{"main": function}},
		{name: "an empty folder", want: []string{"no file main"}},
		{name: "a second file", folder: map[string][]byte{"main": function, "notes": nil}, want: []string{"notes is deployed"}},
		{name: "a file that only its owner may execute", folder: map[string][]byte{"main": function}, mode: 0o744,
			want: []string{"may execute"}},
		{name: "another processor", folder: map[string][]byte{"main": forMachine(function, elf.EM_AARCH64)}, want: []string{"want amd64"}},
		{name: "an interpreter", folder: map[string][]byte{"main": withInterpreter(function)}, want: []string{"names an interpreter"}},
		{name: "paths of the machine that built it", folder: map[string][]byte{"main": replaced(t, function, "-trimpath=true", "-trimpath=nope")},
			want: []string{"-trimpath=true"}},
		{name: "a build with cgo", folder: map[string][]byte{"main": replaced(t, function, "CGO_ENABLED=0", "CGO_ENABLED=1")},
			want: []string{"CGO_ENABLED=0"}},
		{name: "a script", folder: map[string][]byte{"main": []byte("#!/bin/sh\n")},
			want: []string{"as ELF", "how main was built", "does not name " + core}},
		{name: "a command that links the stand-ins", folder: map[string][]byte{"main": command},
			want: []string{"does not name " + core, "links " + gear[0], "links " + gear[1], "links " + gear[2]}},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, content := range row.folder {
				writeFile(t, filepath.Join(dir, name), content, row.mode)
			}
			var out bytes.Buffer
			status := run(dir, &out)
			wantStatus, wantLines := statusFindings, row.want
			if len(row.want) == 0 {
				wantStatus, wantLines = statusFine, []string{"one static linux/amd64 executable"}
			}
			if status != wantStatus {
				t.Errorf("got status %d, want %d: make check would say the opposite\n%s", status, wantStatus, &out)
			}
			if diff := cmp.Diff(wantLines, parts(out.String(), wantLines)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// What was built may be older than the sources; what they import would be deployed next.
func TestInspectFindsTestGearInTheSources(t *testing.T) {
	command := module + "/internal/cmd/invoke"
	found := inspectImports(command)
	for _, imported := range []string{"/internal/fcruntime", "/internal/standin"} {
		if want := command + " imports " + module + imported; !slices.Contains(found, want) {
			t.Errorf("got %q, want among them %s", found, want)
		}
	}
}

// parts replaces each line by the part that is wanted of it, where it has that part.
func parts(text string, want []string) []string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		if i < len(want) && strings.Contains(line, want[i]) {
			lines[i] = want[i]
		}
	}
	return lines
}

// build builds a package as `make build` does.
func build(t *testing.T, path string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "main")
	command := exec.Command("go", "build", "-trimpath", "-tags", "nethttpomithttp2", "-ldflags", "-s -w", "-o", file, path)
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", path, err, out)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func writeFile(t *testing.T, path string, content []byte, mode os.FileMode) {
	t.Helper()
	if mode == 0 {
		mode = 0o755
	}
	if err := os.WriteFile(path, content, mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // the umask of whoever runs the test may have taken bits away
		t.Fatal(err)
	}
}

// The places of two fields in a 64-bit ELF file: e_machine of the header, and p_type of the first segment.
const (
	machineAt = 18
	segmentAt = 64
)

func forMachine(executable []byte, machine elf.Machine) []byte {
	changed := bytes.Clone(executable)
	binary.LittleEndian.PutUint16(changed[machineAt:], uint16(machine))
	return changed
}

func withInterpreter(executable []byte) []byte {
	changed := bytes.Clone(executable)
	binary.LittleEndian.PutUint32(changed[segmentAt:], uint32(elf.PT_INTERP))
	return changed
}

func replaced(t *testing.T, executable []byte, old, new string) []byte {
	t.Helper()
	changed := bytes.ReplaceAll(executable, []byte(old), []byte(new))
	if bytes.Equal(changed, executable) {
		t.Fatalf("the executable does not say %s, so nothing is tried here", old)
	}
	return changed
}
