package main

import (
	"fmt"
	"os"
)

// binaryName is what the handler in s.yaml names.
const binaryName = "main"

// inspectFolder wants the executable alone: whatever else lies there is deployed with it.
func inspectFolder(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return []string{err.Error()}
	}
	var findings []string
	found := false
	for _, entry := range entries {
		if entry.Name() != binaryName {
			findings = append(findings, fmt.Sprintf("%s is deployed as well: remove it", entry.Name()))
			continue
		}
		found = true
		findings = append(findings, inspectMode(entry)...)
	}
	if !found {
		findings = append(findings, "no file main: make build writes it")
	}
	return findings
}

func inspectMode(entry os.DirEntry) []string {
	info, err := entry.Info()
	switch {
	case err != nil:
		return []string{err.Error()}
	case !info.Mode().IsRegular():
		return []string{"main is no regular file"}
	case info.Mode().Perm()&0o111 != 0o111:
		return []string{fmt.Sprintf("main has mode %s: not everybody may execute it, and the platform's user is not known", info.Mode().Perm())}
	}
	return nil
}
