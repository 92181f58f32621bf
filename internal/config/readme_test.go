package config

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An operator sets what README lists. A name that the code does not read would be ignored in silence.
func TestREADMEListsEverySetting(t *testing.T) {
	var listed, wanted [][]string
	for _, row := range settingsRows(t) {
		listed = append(listed, row[:3])
	}
	for _, setting := range Table {
		value := setting.Unset
		if setting.Default != "" {
			value = "`" + setting.Default + "`"
		}
		wanted = append(wanted, []string{"`" + setting.Name + "`", value, setting.Meaning})
	}
	if diff := cmp.Diff(wanted, listed); diff != "" {
		t.Errorf("variables, defaults and meanings in their order (-code +README):\n%s", diff)
	}
}

// settingsRows returns the cells of the table whose first column is "variable". Further columns may follow.
func settingsRows(t *testing.T) [][]string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	inside := false
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case !strings.HasPrefix(line, "|"):
			inside = false
		case len(cells) >= 3 && cells[0] == "variable" && cells[1] == "default" && cells[2] == "meaning":
			inside = true
		case inside && strings.Trim(cells[0], "-: ") != "":
			rows = append(rows, cells)
		}
	}
	if len(rows) == 0 {
		t.Fatal("README has no table of settings: nothing is checked")
	}
	return rows
}
