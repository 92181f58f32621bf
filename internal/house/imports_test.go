package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const sdk = "github.com/aliyun/alibaba-cloud-sdk-go"

type goPackage struct {
	ImportPath, Doc string

	Imports, TestImports, XTestImports, Deps []string
}

// name is the path of a package within the module.
func (p goPackage) name() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

func (p goPackage) withTests() []string {
	return slices.Concat(p.Imports, p.TestImports, p.XTestImports)
}

func goPackages(t *testing.T) []goPackage {
	t.Helper()
	list := exec.Command("go", "list", "-json=ImportPath,Doc,Imports,TestImports,XTestImports,Deps", "./...")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatalf("listing the packages: %v", err)
	}
	var all []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 5 {
		t.Fatalf("found %d packages: nothing is checked", len(all))
	}
	return all
}

// ours returns those of paths that are in this module, as paths within it.
func ours(paths []string) []string {
	var found []string
	for _, path := range paths {
		if name, is := strings.CutPrefix(path, module+"/"); is {
			found = append(found, name)
		}
	}
	return found
}

// gear are the packages that stand in for the platform, and what is built on them: none may be deployed.
var gear = []string{"internal/standin", "internal/fcruntime", "internal/localrun", "internal/accounttest"}

func isGear(name string) bool { return slices.Contains(gear, name) || isCommand(name) }

func isCommand(name string) bool { return strings.HasPrefix(name, "internal/cmd/") }

// The core stays testable without network and SDK, and the secret stays with the one package that guards it, only as long
// as nobody takes a short cut.
func TestPackagesImportOnlyWhatTheyMay(t *testing.T) {
	mayImport := map[string][]string{ // of this module; packages that are not listed may import all that is left
		"events":            {},
		"remediation":       {"events"},
		"function":          {"events", "remediation", "internal/alicloud", "internal/config", "internal/report", "internal/version"},
		"internal/config":   {"events", "remediation", "internal/alicloud"},
		"internal/report":   {"events", "remediation", "internal/config"},
		"internal/alicloud": {"events", "remediation"},
	}
	checked := 0
	for _, p := range goPackages(t) {
		allowed, listed := mayImport[p.name()]
		if listed {
			checked++
		}
		for _, imported := range ours(p.Imports) {
			if listed && !slices.Contains(allowed, imported) {
				t.Errorf("%s imports %s, want at most %v", p.name(), imported, allowed)
			}
			if isGear(imported) && !isGear(p.name()) {
				t.Errorf("%s imports %s, which is for tests and commands", p.name(), imported)
			}
		}
		for _, imported := range ours(p.withTests()) {
			if imported == "function" {
				t.Errorf("%s imports function: it wires, and nothing depends on it", p.name())
			}
		}
		for _, imported := range p.withTests() {
			// The tests of the stand-in compare its answers with the vendor's types.
			compared := p.name() == "internal/standin" && !slices.Contains(p.Imports, imported)
			if strings.HasPrefix(imported, sdk) && p.name() != "internal/alicloud" && !compared {
				t.Errorf("%s imports %s: only internal/alicloud guards it", p.name(), imported)
			}
		}
	}
	if checked != len(mayImport) {
		t.Errorf("found %d of the %d packages of the core: the others are not checked", checked, len(mayImport))
	}
}

// Decide has to stay pure: a library that opens files or connections is one import away.
func TestTheCoreUsesFewLibraries(t *testing.T) {
	mayImport := map[string][]string{
		"events":      {},
		"remediation": {"github.com/bmatcuk/doublestar/v4", "github.com/cenkalti/backoff/v5"},
	}
	for _, p := range goPackages(t) {
		allowed, listed := mayImport[p.name()]
		for _, imported := range p.Imports {
			domain, _, _ := strings.Cut(imported, "/")
			foreign := strings.Contains(domain, ".") && !strings.HasPrefix(imported, module)
			network := imported == "net" || strings.HasPrefix(imported, "net/") && imported != "net/url" || imported == "os"
			if listed && (foreign || network) && !slices.Contains(allowed, imported) {
				t.Errorf("%s imports %s, want of all libraries %v, and neither network nor files", p.name(), imported, allowed)
			}
		}
	}
}

// A stand-in that is linked into the function could answer in place of KMS, in production.
func TestTheFunctionLinksNoTestGear(t *testing.T) {
	for _, p := range goPackages(t) {
		if p.name() != "function" {
			continue
		}
		linked := ours(p.Deps)
		if !slices.Contains(linked, "remediation") {
			t.Fatalf("function depends on %v: nothing is checked", linked)
		}
		if i := slices.IndexFunc(linked, isGear); i >= 0 {
			t.Errorf("function links %s", linked[i])
		}
		return
	}
	t.Fatal("found no package function: nothing is checked")
}

// A reader opens a package at its comment.
func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range goPackages(t) {
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.name())
		}
	}
}
