package house

import (
	"go/ast"
	"reflect"
	"strings"
	"testing"

	"github.com/rotation-remediator/rotation-remediator/internal/config"
)

// structTags returns the tags of a struct's fields, in order. Embedded fields have none.
func structTags(t *testing.T, folder, name string) []reflect.StructTag {
	t.Helper()
	var tags []reflect.StructTag
	for _, file := range parse(t, folder) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.Name.Name != name {
				return true
			}
			if typ, ok := spec.Type.(*ast.StructType); ok {
				tags = append(tags, fieldTags(typ)...)
			}
			return false
		})
	}
	if len(tags) == 0 {
		t.Fatalf("found no tagged struct %s in %s: nothing is checked", name, folder)
	}
	return tags
}

func fieldTags(typ *ast.StructType) []reflect.StructTag {
	var tags []reflect.StructTag
	for _, field := range typ.Fields.List {
		if field.Tag != nil {
			tags = append(tags, reflect.StructTag(strings.Trim(field.Tag.Value, "`")))
		}
	}
	return tags
}

// jsonNames returns the names of a struct's fields in JSON.
func jsonNames(t *testing.T, folder, name string) []string {
	t.Helper()
	var names []string
	for _, tag := range structTags(t, folder, name) {
		field, _, _ := strings.Cut(tag.Get("json"), ",")
		names = append(names, field)
	}
	return names
}

// settings are the variables that the function reads, with their defaults.
func settings() map[string]string {
	defaults := map[string]string{}
	for _, setting := range config.Table {
		defaults[setting.Name] = setting.Default
	}
	return defaults
}
