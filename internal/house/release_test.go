package house

import (
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/rotation-remediator/rotation-remediator/internal/version"
)

var release = regexp.MustCompile(`(?m)^## (\S+)`)

// A result names its version. The changelog has to have it.
func TestTheChangelogBeginsWithThisVersion(t *testing.T) {
	found := release.FindStringSubmatch(read(t, ".github/CHANGELOG.md"))
	if found == nil || found[1] != version.Version {
		t.Errorf("the changelog begins with %q, want %s", found, version.Version)
	}
}

// A host that runs less than a developer does lets through what the developer would have seen.
func TestThePublicHostRunsTheSameCommands(t *testing.T) {
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct{ Run string }
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, ".github/workflows/ci.yml")), &workflow); err != nil {
		t.Fatal(err)
	}
	wanted := map[string]bool{"make test": true, "make check": true}
	for _, job := range workflow.Jobs {
		for _, step := range job.Steps {
			delete(wanted, step.Run)
		}
	}
	if len(wanted) > 0 {
		t.Errorf("the workflow does not run %v", wanted)
	}
}

var (
	uses   = regexp.MustCompile(`uses: (\S+)`)
	pinned = regexp.MustCompile(`^[\w./-]+@[0-9a-f]{40}$`)
)

// A tag of an action can be moved to other code, which would run with our rights.
func TestActionsArePinnedByCommit(t *testing.T) {
	found := 0
	for _, path := range files(t) {
		if !strings.HasPrefix(path, ".github/workflows/") {
			continue
		}
		for _, action := range uses.FindAllStringSubmatch(read(t, path), -1) {
			found++
			if !pinned.MatchString(action[1]) {
				t.Errorf("%s uses %s, want a commit", path, action[1])
			}
		}
	}
	if found == 0 {
		t.Fatal("found no action: nothing is checked")
	}
}
