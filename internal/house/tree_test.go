package house

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The top level is read first by a newcomer, and deployed by accident.
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

// A compiled or measured file can be made anew, and stays in each clone for ever once it is committed.
func TestTheRepositoryHoldsTextOnly(t *testing.T) {
	for _, path := range files(t) {
		if text := read(t, path); strings.Contains(text, "\x00") && !strings.Contains(path, "testdata/") {
			t.Errorf("%s holds %d bytes that are no text", path, len(text))
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

// A clone is on another machine, and its owner cannot finish what somebody else left.
func TestNoFileTellsOfTheMachineItWasWrittenOn(t *testing.T) {
	for _, path := range files(t) {
		for number, line := range strings.Split(read(t, path), "\n") {
			if found := unwanted.FindString(line); found != "" {
				t.Errorf("%s:%d says %q", path, number+1, found)
			}
		}
	}
}

// private are words that this project once invented for what the field has a word for. They are put together here, since
// this file is searched as well.
var private = regexp.MustCompile(`(?i)\b(` + strings.Join([]string{"to" + "ld", "glan" + "ces?", "mo" + "ot", "men" + "d(s|ed)?", "verdi" + "cts?", "giv" + "es? back"}, "|") + `)\b`)

// A reader who knows KMS and Go reads the code without learning a language first.
func TestTheWordsAreThoseOfTheField(t *testing.T) {
	for _, path := range files(t) {
		if strings.Contains(path, "testdata/") || !slices.Contains([]string{".go", ".md", ".yaml", ".yml", ".js", ""}, filepath.Ext(path)) || path == "LICENSE" {
			continue
		}
		for number, line := range strings.Split(read(t, path), "\n") {
			if found := private.FindString(line); found != "" {
				t.Errorf("%s:%d says %q", path, number+1, found)
			}
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)]+)\)`)

// pages are all Markdown files.
func pages(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(files(t), func(path string) bool { return !strings.HasSuffix(path, ".md") })
}

// A link that leads nowhere sends a newcomer away.
func TestLinksLeadSomewhere(t *testing.T) {
	checked := 0
	for _, file := range pages(t) {
		for _, found := range link.FindAllStringSubmatch(read(t, file), -1) {
			checked++
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.HasPrefix(target, "https://") {
				continue
			}
			to := file
			if target != "" {
				to = filepath.Join(filepath.Dir(file), target)
			}
			info, err := os.Stat(filepath.Join(root, to))
			switch {
			case err != nil:
				t.Errorf("%s links %s: %v", file, found[1], err)
			case anchor != "" && (info.IsDir() || !slices.Contains(anchors(read(t, to)), anchor)):
				t.Errorf("%s links %s: no heading is called so", file, found[1])
			}
		}
	}
	if checked == 0 {
		t.Fatal("found no links: nothing is checked")
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
