// Command inspect looks at the folder that is deployed, and says what would keep it from running as runtime go1, or what
// should not be in it.
//
//	DIR → one file, main → ELF header → build info → packages in it → findings
//
// `make check` runs it on target/. Function Compute runs the file that the handler names, on linux/amd64; which C library
// is there is not documented, so the executable must not need one:
// https://www.alibabacloud.com/help/en/functioncompute/fc/compile-and-deploy-code-packages-in-a-go-runtime
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const (
	statusFine     = 0
	statusFindings = 1
	statusUsage    = 2
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "inspect: want one argument, the folder that is deployed")
		os.Exit(statusUsage)
	}
	os.Exit(run(os.Args[1], os.Stdout))
}

func run(dir string, out io.Writer) int {
	findings := inspect(dir)
	for _, finding := range findings {
		fmt.Fprintf(out, "inspect: %s: %s\n", dir, finding)
	}
	if len(findings) > 0 {
		return statusFindings
	}
	fmt.Fprintf(out, "inspect: %s holds one static linux/amd64 executable and nothing of the test gear\n", dir)
	return statusFine
}

func inspect(dir string) []string {
	findings := inspectFolder(dir)
	binary := filepath.Join(dir, binaryName)
	if _, err := os.Stat(binary); err != nil {
		return findings // said already: it is not there
	}
	findings = append(findings, inspectExecutable(binary)...)
	findings = append(findings, inspectBuild(binary)...)
	return append(findings, inspectPackages(binary)...)
}
