package house

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// indexed are the fields of a log line that Log Service can be asked for.
func indexed(t *testing.T) []string {
	t.Helper()
	var index struct {
		Keys struct {
			Message struct {
				Fields map[string]any `json:"json_keys"`
			}
		}
	}
	if err := json.Unmarshal([]byte(read(t, "internal/logservice/index.json")), &index); err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range index.Keys.Message.Fields {
		names = append(names, name)
	}
	if len(names) == 0 {
		t.Fatal("found no field in the index: nothing is checked")
	}
	return names
}

// A field of the index that no line has finds nothing, without a word.
func TestTheIndexNamesFieldsThatALineHas(t *testing.T) {
	known := logFields(t)
	for _, name := range indexed(t) {
		if !slices.Contains(known, name) && !strings.HasPrefix(name, "counts.") {
			t.Errorf("the index has %s, which no log line has", name)
		}
	}
}

var asked = regexp.MustCompile(`message\.([a-zA-Z.-]+)`)

// A query on a field that is not indexed is refused, or finds nothing.
func TestQueriesAskForIndexedFieldsOnly(t *testing.T) {
	var dashboard struct {
		Charts []struct {
			Search struct{ Query string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "internal/logservice/dashboard.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	queries := page(t, resultPage).blocks(t, "text")
	for _, chart := range dashboard.Charts {
		queries = append(queries, chart.Search.Query)
	}
	found := 0
	for _, query := range queries {
		for _, field := range asked.FindAllStringSubmatch(query, -1) {
			found++
			if !slices.Contains(indexed(t), field[1]) {
				t.Errorf("a query asks for %s, which is not in the index:\n%s", field[1], query)
			}
		}
	}
	if found == 0 || len(dashboard.Charts) == 0 {
		t.Fatal("found no query: nothing is checked")
	}
}
