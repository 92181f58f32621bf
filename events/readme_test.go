package events

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A form that the page leaves out is one that nobody connects; one that only the page knows loses events.
func TestREADMEListsEveryForm(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "\n| form | mark |")
	if !found {
		t.Fatal("found no table of forms")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	var listed []string
	for _, row := range strings.Split(table, "\n")[2:] {
		listed = append(listed, strings.TrimSpace(strings.Split(row, "|")[1]))
	}
	var known []string
	for _, f := range forms {
		_, name, _ := strings.Cut(f.name, " ")
		known = append(known, name)
	}
	if diff := cmp.Diff(append(known, "history item"), listed); diff != "" {
		t.Errorf("forms (-code +README.md):\n%s", diff)
	}
}
