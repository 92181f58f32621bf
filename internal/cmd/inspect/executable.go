package main

import (
	"debug/buildinfo"
	"debug/elf"
	"fmt"
	"runtime/debug"
	"slices"
)

// inspectExecutable reads the ELF header: go1 takes x86-64 only, and a file that names an interpreter or a library needs
// both to be there.
func inspectExecutable(binary string) []string {
	file, err := elf.Open(binary)
	if err != nil {
		return []string{fmt.Sprintf("reading main as ELF: %v", err)}
	}
	defer file.Close()
	var findings []string
	if file.Machine != elf.EM_X86_64 || file.Class != elf.ELFCLASS64 {
		findings = append(findings, fmt.Sprintf("main is built for %s, %s: want amd64", file.Machine, file.Class))
	}
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_INTERP {
			findings = append(findings, "main names an interpreter, so it is not static: build with CGO_ENABLED=0")
		}
	}
	libraries, err := file.DynString(elf.DT_NEEDED)
	if err != nil {
		findings = append(findings, fmt.Sprintf("reading the libraries that main needs: %v", err))
	}
	if len(libraries) > 0 {
		findings = append(findings, fmt.Sprintf("main needs %v, so it is not static: build with CGO_ENABLED=0", libraries))
	}
	return findings
}

// wantSettings are the settings that `make build` gives.
var wantSettings = []debug.BuildSetting{
	{Key: "-trimpath", Value: "true"}, // else the paths of the machine that built it are in it
	{Key: "CGO_ENABLED", Value: "0"},
	{Key: "GOOS", Value: "linux"},
	{Key: "GOARCH", Value: "amd64"},
}

// inspectBuild reads what the Go tool noted in the executable.
func inspectBuild(binary string) []string {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return []string{fmt.Sprintf("reading how main was built: %v", err)}
	}
	var findings []string
	for _, want := range wantSettings {
		if !slices.Contains(info.Settings, want) {
			findings = append(findings, fmt.Sprintf("main was not built with %s=%s", want.Key, want.Value))
		}
	}
	return findings
}
