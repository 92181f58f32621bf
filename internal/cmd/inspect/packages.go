package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

const (
	module = "github.com/rotation-remediator/rotation-remediator"
	// entrypoint is the package that main is built from, and core one that it has to link.
	entrypoint = module + "/function"
	core       = module + "/remediation"
)

// gear are the packages that stand in for the platform or are commands: none may be deployed.
var gear = []string{module + "/internal/standin", module + "/internal/fcruntime", module + "/internal/cmd"}

// inspectPackages looks for them twice: in what the sources import, and in the executable itself, whose function names
// carry the path of their package even where symbols are stripped.
func inspectPackages(binary string) []string {
	findings := inspectImports(entrypoint)
	code, err := os.ReadFile(binary)
	if err != nil {
		return append(findings, err.Error())
	}
	if !bytes.Contains(code, []byte(core+".")) {
		// Were package names not in it at all, none of those below would be found either.
		findings = append(findings, fmt.Sprintf("main does not name %s, which it is made of", core))
	}
	for _, path := range gear {
		if bytes.Contains(code, []byte(path)) {
			findings = append(findings, fmt.Sprintf("main links %s", path))
		}
	}
	return findings
}

func inspectImports(of string) []string {
	list := exec.Command("go", "list", "-deps", of)
	list.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return []string{fmt.Sprintf("listing what %s imports: %v", of, err)}
	}
	var findings []string
	for imported := range strings.Lines(string(out)) {
		imported = strings.TrimSpace(imported)
		for _, path := range gear {
			if imported != of && (imported == path || strings.HasPrefix(imported, path+"/")) {
				findings = append(findings, fmt.Sprintf("%s imports %s", of, imported))
			}
		}
	}
	return findings
}
