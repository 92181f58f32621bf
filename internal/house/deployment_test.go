package house

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/deployment"
)

// deployed returns what s.yaml says of the one function, with the defaults of its variables.
func deployed(t *testing.T) *deployment.Function {
	t.Helper()
	d, err := deployment.Read(filepath.Join(root, deployment.File), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Functions) != 1 {
		t.Fatalf("s.yaml has %d functions, want one", len(d.Functions))
	}
	return d.Functions[0]
}

// A variable that the function does not read is ignored in silence, and one that is missing here cannot be set by whoever
// deploys.
func TestTheDeploymentSetsWhatTheFunctionReads(t *testing.T) {
	var read []string
	for _, setting := range config.Table {
		read = append(read, setting.Name)
	}
	slices.Sort(read)
	if diff := cmp.Diff(read, slices.Sorted(maps.Keys(deployed(t).Environment))); diff != "" {
		t.Errorf("variables (-function +s.yaml):\n%s", diff)
	}
}

// A person who deploys sets a setting under the name that README gives it, and gets the default that README names. Serverless
// Devs cannot read a default with braces in it; it is empty then, which the function takes as not set.
func TestTheDeploymentHandsOnEverySettingWithItsDefault(t *testing.T) {
	text := read(t, deployment.File)
	for _, setting := range config.Table {
		usual := setting.Default
		switch {
		case setting.Name == config.ModeVariable: // the function has no default, and a first deployment has to observe
			usual = "observe"
		case strings.Contains(usual, "{"):
			usual = ""
		}
		want := fmt.Sprintf("%s: ${env('%s', '%s')}\n", setting.Name, setting.Name, usual)
		if setting.Name == "SWEEP_INTERVAL" {
			want = setting.Name + ": " + usual + "\n" // it changes together with the trigger only
		}
		if !strings.Contains(text, want) {
			t.Errorf("s.yaml does not have %s", want)
		}
	}
}

var (
	environment = regexp.MustCompile(`env\(([^)]*)\)`)
	withDefault = regexp.MustCompile(`^'([A-Z_]+)', '[^']*'$`)
)

// A variable without a default fails every command of Serverless Devs, even one that only shows what it would do; one that
// no page names is one that nobody sets.
func TestTheDeploymentNeedsNoVariable(t *testing.T) {
	text := read(t, deployment.File)
	for _, trigger := range triggerFiles(t) {
		text += read(t, "internal/component/triggers/"+trigger+".yaml")
	}
	used := environment.FindAllStringSubmatch(text, -1)
	if len(used) == 0 {
		t.Fatal("found no env() in s.yaml: nothing is checked")
	}
	page := read(t, deployedPage) + read(t, readme)
	for _, call := range used {
		parts := withDefault.FindStringSubmatch(call[1])
		if parts == nil {
			t.Errorf("env(%s) has no default", call[1])
			continue
		}
		if !strings.Contains(page, "`"+parts[1]+"`") {
			t.Errorf("neither README says that a deployment takes %s", parts[1])
		}
	}
}

func triggerFiles(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(root, "internal/component/triggers"))
	if err != nil || len(entries) == 0 {
		t.Fatalf("found no triggers (%v): nothing is checked", err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, strings.TrimSuffix(entry.Name(), ".yaml"))
	}
	return names
}

// A trigger that no page names is one that nobody chooses.
func TestEachTriggerIsNamedWhereItIsChosen(t *testing.T) {
	for _, name := range triggerFiles(t) {
		if !strings.Contains(read(t, deployedPage), "`"+name+"`") {
			t.Errorf("%s does not name %s", deployedPage, name)
		}
	}
}
