package house

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What lies at the top is what a newcomer reads first, and what is deployed by accident.
func TestTheTopLevelHoldsOnlyWhatItMay(t *testing.T) {
	allowed := []string{"events", "function", "internal", "remediation", "s.yaml", "go.mod", "go.sum", "Makefile", "README.md",
		"README.zh-CN.md", "LICENSE"}
	for _, path := range files(t) {
		top, _, _ := strings.Cut(path, "/")
		if !strings.HasPrefix(top, ".") && !slices.Contains(allowed, top) {
			t.Errorf("%s lies at the top level, want %v and files that begin with a dot", top, allowed)
		}
	}
}

// unwanted are words that tell of the machine or the moment in which something was written. They are put together here,
// since this file is searched as well.
var unwanted = regexp.MustCompile(strings.Join([]string{
	`\bTO` + `DO\b`, `\bFIX` + `ME\b`, `\bXX` + `X\b`, // unfinished
	`/ro` + `ot/`, `/ho` + `me/`, `/wo` + `rk/`, `/tm` + `p/`, `/Us` + `ers/`, // paths of a machine
	`proxy\.go` + `lang\.org`, `gopr` + `oxy\.`, `registry\.n` + `pm`, `npm` + `mirror`, // hosts that packages come from
}, "|"))

// Whoever clones this has another machine, and cannot finish what somebody else left.
func TestNoFileTellsOfTheMachineItWasWrittenOn(t *testing.T) {
	for _, path := range files(t) {
		for number, line := range strings.Split(read(t, path), "\n") {
			if found := unwanted.FindString(line); found != "" {
				t.Errorf("%s:%d says %q", path, number+1, found)
			}
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)]+)\)`)

// A link that leads nowhere sends a newcomer away.
func TestREADMELinksLeadSomewhere(t *testing.T) {
	for _, file := range []string{readme, translation} {
		text := read(t, file)
		links := link.FindAllStringSubmatch(text, -1)
		if len(links) == 0 {
			t.Fatalf("%s has no links: nothing is checked", file)
		}
		for _, found := range links {
			target := found[1]
			switch anchor, within := strings.CutPrefix(target, "#"); {
			case strings.HasPrefix(target, "https://"):
			case within:
				if !slices.Contains(anchors(text), anchor) {
					t.Errorf("no heading of %s is %s", file, target)
				}
			default:
				if _, err := os.Stat(filepath.Join(root, target)); err != nil {
					t.Errorf("%s links %s: %v", file, target, err)
				}
			}
		}
	}
}

// anchors are the headings as links name them.
func anchors(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if heading := strings.TrimLeft(line, "#"); len(line) > len(heading)+1 && strings.HasPrefix(heading, " ") {
			found = append(found, anchor(heading))
		}
	}
	return found
}

// anchor is how a heading is named: in lower case, with hyphens for blanks and without other signs.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case strings.ContainsRune(".,:()?`", r):
			return -1
		}
		return r
	}, strings.ToLower(strings.TrimSpace(heading)))
}
