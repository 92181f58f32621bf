package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/report"
)

// logFields are the names in the result and in the log lines, sorted, those of the event as event.NAME. The log lines are
// structs of package main, so that their names are read from the source.
func logFields(t *testing.T) []string {
	t.Helper()
	names := slices.Concat(jsonNames(reflect.TypeFor[report.Report]()), jsonNames(reflect.TypeFor[report.Result]()))
	for _, name := range jsonNames(reflect.TypeFor[report.Event]()) {
		names = append(names, "event."+name)
	}
	inMain := 0
	lines, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "function/log.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(lines, func(n ast.Node) bool {
		if field, ok := n.(*ast.Field); ok && field.Tag != nil {
			if name := jsonName(reflect.StructTag(strings.Trim(field.Tag.Value, "`"))); name != "" {
				names = append(names, name)
				inMain++
			}
		}
		return true
	})
	if inMain == 0 {
		t.Fatal("found no log line in function/log.go: nothing is checked")
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func jsonNames(of reflect.Type) []string {
	var names []string
	for i := range of.NumField() {
		if name := jsonName(of.Field(i).Tag); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func jsonName(tag reflect.StructTag) string {
	name, _, _ := strings.Cut(tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}
